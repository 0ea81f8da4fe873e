"""What an honest imageboard answers to a request for a resource: pure, from headers to status, headers and body.

Ranges, If-Range, validators and gzip as RFC 9110 has them; one range at a time, several are answered with the whole.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cached_property

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


@dataclass(frozen=True, slots=True)
class Request:
    """A request. ``path`` is percent-decoded and without query; ``headers`` have lower-case names."""

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Resource:
    """Something to serve. ``modified`` in Unix seconds."""

    body: bytes
    content_type: str
    modified: int
    compressible: bool = False

    @cached_property
    def etag(self) -> str:
        """A strong validator: changes with the bytes."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'

    @property
    def last_modified(self) -> str:
        """The HTTP date of ``modified``."""
        return formatdate(self.modified, usegmt=True)


@dataclass(slots=True)
class Answer:
    """What is sent. ``headers`` are complete but for Date and Connection."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def text_answer(status: int, text: str, content_type: str = "text/html; charset=utf-8") -> Answer:
    """A page of a few words."""
    body = text.encode()
    return Answer(status, {"Content-Type": content_type, "Content-Length": str(len(body))}, body)


def resource_answer(request: Request, resource: Resource) -> Answer:
    """200, 206, 304 or 416, as the request's conditions and range ask."""
    headers = {
        "Content-Type": resource.content_type,
        "Last-Modified": resource.last_modified,
        "ETag": resource.etag,
        "Cache-Control": "public, no-cache",
    }
    if _unchanged(request, resource):
        return Answer(304, headers)
    if resource.compressible:
        return _whole(request, resource, headers | {"Vary": "Accept-Encoding"})
    headers["Accept-Ranges"] = "bytes"
    wanted = _wanted_range(request, resource)
    if wanted is None:
        return _whole(request, resource, headers)
    size_bytes = len(resource.body)
    if not wanted:
        refusal = text_answer(416, "Range Not Satisfiable\n", "text/plain")
        refusal.headers["Content-Range"] = f"bytes */{size_bytes}"
        return refusal
    part = resource.body[wanted.start : wanted.stop]
    headers |= {
        "Content-Range": f"bytes {wanted.start}-{wanted.stop - 1}/{size_bytes}",
        "Content-Length": str(len(part)),
    }
    return Answer(206, headers, part)


def _whole(request: Request, resource: Resource, headers: dict[str, str]) -> Answer:
    body = resource.body
    if resource.compressible and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Answer(200, headers | {"Content-Length": str(len(body))}, body)


def _unchanged(request: Request, resource: Resource) -> bool:
    if "if-none-match" in request.headers:
        return request.headers["if-none-match"] in {resource.etag, "*"}
    return request.headers.get("if-modified-since") == resource.last_modified


def _wanted_range(request: Request, resource: Resource) -> range | None:
    """None: all of it; an empty range: nothing of it exists."""
    size_bytes = len(resource.body)
    found = _ONE_RANGE.match(request.headers.get("range", ""))
    if found is None or found.group(0) == "bytes=-":
        return None
    if request.headers.get("if-range", resource.etag) not in {resource.etag, resource.last_modified}:
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size_bytes - int(last)), size_bytes)
    return range(int(first), min(int(last) + 1 if last else size_bytes, size_bytes))
