"""The body of one answer, taken from its connection: as long as announced, in chunks, or until the connection ends."""

from __future__ import annotations

from time import monotonic
from typing import Protocol

from threadreel.engine.network.connections import BUFFER_BYTES, Connection
from threadreel.engine.network.http_text import BrokenAnswer, Head, chunk_size

_LINE_LIMIT_BYTES = 4096
_TRAILER_LIMIT_BYTES = 64 * 1024


class Body(Protocol):
    """Raises OSError; BrokenAnswer when the body is cut short or cannot be read, after all that arrived was taken."""

    #: nothing of it is to come
    is_over: bool

    def take(self, most_bytes: int, timeout_s: float) -> memoryview:
        """The next bytes, as soon as there are some; they hold until the next call. Empty at the end."""


def body_of(head: Head, connection: Connection) -> Body:
    """The body that follows this head."""
    if head.is_chunked:
        return _Chunked(connection)
    return _UntilTheEnd(connection) if head.length_bytes is None else _Announced(connection, head.length_bytes)


class _Announced:
    def __init__(self, connection: Connection, length_bytes: int) -> None:
        self._connection, self._left_bytes = connection, length_bytes
        self.is_over = length_bytes == 0

    def take(self, most_bytes: int, timeout_s: float) -> memoryview:
        if self.is_over:
            return memoryview(b"")
        data = self._connection.take(min(most_bytes, self._left_bytes), timeout_s)
        if not data:
            raise BrokenAnswer(f"it ended {self._left_bytes} bytes early")
        self._left_bytes -= len(data)
        self.is_over = self._left_bytes == 0
        return data


class _UntilTheEnd:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.is_over = False

    def take(self, most_bytes: int, timeout_s: float) -> memoryview:
        data = self._connection.take(most_bytes, timeout_s)
        self.is_over = not data
        return data


class _Chunked:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._left_bytes = 0  # of the chunk that has begun
        self._has_begun = False
        self.is_over = False

    def take(self, most_bytes: int, timeout_s: float) -> memoryview:
        if self.is_over:
            return memoryview(b"")
        if self._left_bytes == 0 and not self._next_chunk(monotonic() + timeout_s):
            return memoryview(b"")
        data = self._connection.take(min(most_bytes, self._left_bytes), timeout_s)
        if not data:
            raise BrokenAnswer("it ended in the middle of a chunk")
        self._left_bytes -= len(data)
        return data

    def _next_chunk(self, until: float) -> bool:
        """Whether another chunk begins here; after the last one the trailer is passed over."""
        if self._has_begun and self._line(until).rstrip(b"\r\n"):
            raise BrokenAnswer("a chunk is longer than it says")
        self._has_begun = True
        self._left_bytes = chunk_size(self._line(until))
        if self._left_bytes:
            return True
        passed_bytes = 0
        while (line := self._line(until)).rstrip(b"\r\n"):
            passed_bytes += len(line)
            if passed_bytes > _TRAILER_LIMIT_BYTES:
                raise BrokenAnswer("the trailer does not end")
        self.is_over = True
        return False

    def _line(self, until: float) -> bytes:
        connection = self._connection
        while (at := connection.buffer.find(b"\n", connection.start, connection.end)) < 0:
            if connection.end - connection.start > min(_LINE_LIMIT_BYTES, BUFFER_BYTES):
                raise BrokenAnswer("a chunk has no size")
            if not connection.fill(until):
                raise BrokenAnswer("it ended between two chunks")
        line = bytes(connection.buffer[connection.start : at + 1])
        connection.start = at + 1
        return line
