"""HTTP/1.1 as text: the bytes of a GET, the head of an answer, and how its body is framed (RFC 9112). Pure.

What contradicts itself is refused rather than guessed at: two readings of one answer are how a file is faked. Transfer-Encoding
wins over Content-Length; of that exactly one is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: a head longer than this, or of more fields, is nobody's
HEAD_LIMIT_BYTES = 64 * 1024
_MOST_FIELDS = 200
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\0\r\n]*)?\r?\n")
_TOKEN, _TEXT = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", r"[^\0\r\n]*"
_FIELDS = re.compile(rf"(?:{_TOKEN}:{_TEXT}\r?\n)*\r?\n")
_FIELD = re.compile(rf"({_TOKEN}):({_TEXT})\r?\n")
#: a line that goes on with the one before it, as old servers write them
_FOLD = re.compile(r"(?<=[^\r\n])\r?\n[ \t]+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_LENGTH = re.compile(r"[0-9]{1,18}")
_NEVER_A_BODY = frozenset({204, 304})


class BrokenAnswer(ConnectionError):
    """What came is no HTTP answer, or one that cannot be read in one way only."""


class Headers(Mapping[str, str]):
    """The fields of an answer; names in any case, several of one name joined by commas."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, str]) -> None:
        """``fields``: by lower-case name."""
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def get(self, name: str, default: Any = None) -> Any:
        """The field, or the default. Mapping's own raises and catches an error for what is not there."""
        return self._fields.get(name.lower(), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and fields. ``length_bytes`` None: the body is chunked, or ends where the connection ends."""

    status: int
    headers: Headers
    length_bytes: int | None
    is_chunked: bool
    may_go_on: bool

    @property
    def is_interim(self) -> bool:
        """Whether the real answer is still to come."""
        return self.status < 200


def get_request(target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """A GET for ``target``, which is ASCII without spaces. What no field may hold is left out of the values."""
    fields = "".join(f"{name}: {_UNSENDABLE.sub('', value)}\r\n" for name, value in headers.items())
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode("latin-1", "replace")


def head_end(data: bytes | bytearray, start: int, end: int) -> int:
    """Where the body begins in ``data[start:end]``; 0 when the head is not whole yet."""
    found = _HEAD_END.search(data, start, end)
    return found.end() if found else 0


def read_head(data: bytes) -> Head:
    """The head of an answer, from its status line to the empty line. Raises BrokenAnswer."""
    text = data.decode("latin-1")
    status_line = _STATUS_LINE.match(text)
    if status_line is None:
        raise BrokenAnswer("this is no HTTP answer")
    fields = _read_fields(text[status_line.end() :])
    status, is_persistent = int(status_line[2]), status_line[1] == "1"
    options = fields.get("connection", "").lower()
    is_chunked, length_bytes = _framing(status, fields)
    may_go_on = is_persistent and "close" not in options and (is_chunked or length_bytes is not None)
    return Head(status, Headers(fields), length_bytes, is_chunked, may_go_on)


def _read_fields(text: str) -> dict[str, str]:
    if not _FIELDS.fullmatch(text):
        text = _FOLD.sub(" ", text)
        if not _FIELDS.fullmatch(text):
            raise BrokenAnswer("its headers cannot be read")
    found = _FIELD.findall(text)
    if len(found) > _MOST_FIELDS:
        raise BrokenAnswer("its headers do not end")
    fields: dict[str, str] = {}
    for name, value in found:
        name, value = name.lower(), value.strip(" \t")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _framing(status: int, fields: Mapping[str, str]) -> tuple[bool, int | None]:
    """Whether the body is chunked, else how long it is (None: until the end of the connection)."""
    if status < 200 or status in _NEVER_A_BODY:
        return False, 0
    coding = fields.get("transfer-encoding", "identity").strip().lower()
    if coding == "chunked":
        return True, None
    if coding != "identity":
        raise BrokenAnswer(f"the transfer coding {coding[:40]!r} is not one we asked for")
    length = fields.get("content-length")
    if length is None:
        return False, None
    if not _LENGTH.fullmatch(length):
        raise BrokenAnswer(f"the Content-Length {length[:40]!r} is not one number")
    return False, int(length)


def chunk_size(line: bytes) -> int:
    """The size that the line before a chunk gives; 0 is the last. Raises BrokenAnswer."""
    found = _CHUNK_SIZE.fullmatch(line.rstrip(b"\r\n"))
    if found is None:
        raise BrokenAnswer("a chunk has no size")
    return int(found[1], 16)
