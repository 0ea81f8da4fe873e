"""Is this the file? Hashes taken while bytes pass, and the judgement of a whole body against what the API says. Pure.

A file whose MD5 is the API's is right whatever else looks odd. One that is not the same bytes is kept as ``differs`` after
one more request past the CDN's cache (CDNs recompress pictures: 4chan/4chan-API issue 99). A fake, something that is no such
file at all, is never kept.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum

_HEAD_BYTES = 1024
_SIGNATURES: dict[str, tuple[tuple[int, bytes], ...]] = {
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    ".webp": ((8, b"WEBP"),),
    ".webm": ((0, b"\x1a\x45\xdf\xa3"),),
    ".mkv": ((0, b"\x1a\x45\xdf\xa3"),),
    ".mp4": ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"free"), (4, b"skip"), (4, b"wide")),
    ".swf": ((0, b"FWS"), (0, b"CWS"), (0, b"ZWS")),
}
_JSON_START = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])")  # not "{\rtf", not "[section]"
_TEXT_EXTENSIONS = frozenset({".html", ".htm", ".json", ".txt", ".xml", ".svg", ""})


class Digest:
    """What is known of the bytes so far: fed in order, once."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self.size_bytes = 0
        self.head = b""
        self.is_all_nul = True

    def feed(self, data: bytes | memoryview) -> None:
        """The next bytes."""
        self._md5.update(data)
        self._sha256.update(data)
        if len(self.head) < _HEAD_BYTES:
            self.head += bytes(data[: _HEAD_BYTES - len(self.head)])
        if self.is_all_nul:
            self.is_all_nul = not any(data)
        self.size_bytes += len(data)

    @property
    def md5(self) -> str:
        """Lower-case hex."""
        return self._md5.hexdigest()

    @property
    def sha256(self) -> str:
        """Lower-case hex."""
        return self._sha256.hexdigest()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the API says of a file; None where it says nothing."""

    ext: str
    size_bytes: int | None
    md5: str | None
    sha256: str | None


class Verdict(Enum):
    """What a whole body is."""

    RIGHT = "right"
    DIFFERS = "differs"
    FAKE = "fake"


def judge(digest: Digest, expected: Expected) -> tuple[Verdict, str]:
    """The verdict on a whole body, and for a fake the reason code."""
    if expected.md5 is not None and digest.md5 == expected.md5:
        return Verdict.RIGHT, ""
    if expected.sha256 is not None and digest.sha256 == expected.sha256:
        return Verdict.RIGHT, ""
    fake = fake_reason(digest, expected.ext)
    if fake:
        return Verdict.FAKE, fake
    has_hash = expected.md5 is not None or expected.sha256 is not None
    if has_hash or (expected.size_bytes is not None and digest.size_bytes != expected.size_bytes):
        return Verdict.DIFFERS, ""
    return Verdict.RIGHT, ""


def fake_reason(digest: Digest, ext: str) -> str:
    """Why these bytes cannot be a file with this extension; empty when they can."""
    if digest.size_bytes == 0:
        return "fake.empty"
    if digest.is_all_nul:
        return "fake.nul"
    ext = ext.lower()
    if ext not in _TEXT_EXTENSIONS and looks_like_html(digest.head):
        return "fake.html"
    if ext not in _TEXT_EXTENSIONS and _JSON_START.match(digest.head):
        return "fake.json"
    if ext == ".pdf":
        return "" if b"%PDF-" in digest.head else "fake.signature"
    signatures = _SIGNATURES.get(ext)
    if signatures and not any(digest.head[at : at + len(mark)] == mark for at, mark in signatures):
        return "fake.signature"
    return ""


def looks_like_html(head: bytes) -> bool:
    """Whether a body begins like a web page."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--", b"<?xml"))
