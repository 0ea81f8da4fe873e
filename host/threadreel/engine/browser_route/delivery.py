"""One answer on its way through the browser: its chunks come in by the session's thread, a worker reads them like any body.

A chunk is answered when the worker asks for what follows it, for then its bytes are in the part: that is what holds a fast
browser back. Who is slow (a speed cap that was just lowered) still answers within ``REPLY_LIMIT_S``: one window of chunks is
answered early, and with the next the delivery is broken off, to be repeated in smaller chunks. More is never kept in memory.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from threadreel.engine.network.http_text import Headers
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.processor import resting
from threadreel.engine.policy import KIB
from threadreel.errors import BrowserError, HttpError, RequestError, ThreadreelError

#: so many chunks may be without an answer
WINDOW = 4
_MOST_KEPT = 2 * WINDOW
#: a chunk that is still not in the part after so long is answered all the same
REPLY_LIMIT_S = 20.0
#: how often somebody looks for such chunks
LOOK_S = 5.0
_PEEK_BYTES = 256 * KIB
#: takes the offset behind what was kept, or the refusal
Reply = Callable[[int | ThreadreelError], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the browser says of a file: the next bytes, or how its answer begins or ends. See ``file.chunk`` in the contract."""

    job: str | None
    file: str
    offset: int
    data: bytes
    status: int | None = None
    size: int | None = None
    is_last: bool = False
    error: str | None = None
    retry_after: str | None = None


@dataclass(slots=True, eq=False)
class _Kept:
    data: bytes
    end: int
    reply: Reply | None
    came: float
    taken: int = 0

    def answered(self, error: ThreadreelError | None = None) -> Callable[[], None]:
        """Under the lock: what to call when it is released. A chunk is answered once."""
        reply, self.reply = self.reply, None
        return functools.partial(reply, error or self.end) if reply is not None else _nothing


class Delivery:
    """The answer to one ``file.needed``. ``closed`` is called once, with whether the browser need not go on."""

    def __init__(
        self,
        url: str,
        offset: int,
        limit_bytes: int,
        interruption: Interruption,
        timeout_s: float,
        monotonic: Callable[[], float],
        closed: Callable[[bool], None],
    ) -> None:
        self.url = url
        self._start, self._limit_bytes, self._timeout_s = offset, limit_bytes, timeout_s
        self._interruption, self._monotonic, self._closed = interruption, monotonic, closed
        self._changed = threading.Condition()  # its lock protects everything below
        self._kept: deque[_Kept] = deque()
        self._handed: list[_Kept] = []  # the reader has them, and has not asked for more yet
        self._next = offset
        self._status = 0
        self._size: int | None = None
        self._is_over = self._is_closed = False
        self._is_sent = True  # the browser is at it, as far as we know
        self._error = ""
        self._retry_after: str | None = None
        self._ahead = b""
        self._is_read = False

    # On the session's thread

    def bring(self, chunk: Chunk, reply: Reply) -> None:
        """Keep the chunk, to be answered later, or refuse it at once."""
        found: int | ThreadreelError | None
        with self._changed:
            try:
                found = self._take(chunk, reply)
            except RequestError as error:
                found = error
            self._changed.notify_all()
        if found is not None:
            reply(found)

    def fail(self, error: str) -> None:
        """Nothing more will come, for this reason: what came so far can still be read."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def answer_overdue(self) -> bool:
        """Answer what is not in the part yet but has waited long; whether to look again."""
        with self._changed:
            due = self._monotonic() - REPLY_LIMIT_S + LOOK_S
            late = [each for each in self._kept if each.reply is not None and each.came <= due]
            is_too_slow = bool(late) and sum(each.reply is None for each in self._kept) >= WINDOW
            if is_too_slow:
                self._error = self._error or "aborted"
            answers = [each.answered(unwanted(self.url) if is_too_slow else None) for each in late]
            is_open = not self._is_closed
        for answer in answers:
            answer()
        return is_open

    def _take(self, chunk: Chunk, reply: Reply) -> int | ThreadreelError | None:
        if self._is_closed or self._is_over or self._error:
            raise unwanted(chunk.file)
        self._retry_after = chunk.retry_after
        if chunk.error and not (chunk.error == "status" and chunk.status):
            self._error = "network" if chunk.error == "status" else chunk.error
            self._is_sent = False
            return self._next
        if not self._status:
            self._begin(chunk)
        if self._status not in (200, 206):
            self._is_over = True
            return self._next
        if chunk.offset != self._next:
            raise _misplaced(chunk, self._next)
        if len(self._kept) >= _MOST_KEPT:
            raise RequestError("file.too_many", f"There are {_MOST_KEPT} chunks of {chunk.file} here.", str(self._next))
        self._next += len(chunk.data)
        self._is_over = chunk.is_last
        if self._next > self._limit_bytes:  # the reader must see that it is too much
            self._kept.append(_Kept(chunk.data, self._next, None, self._monotonic()))
            self._is_over = True
            text = f"{chunk.file} may have {self._limit_bytes} bytes, not more."
            return RequestError("file.too_large", text, "Stop sending it.")
        if not chunk.data:
            return self._next
        self._kept.append(_Kept(chunk.data, self._next, reply, self._monotonic()))
        return None

    def _begin(self, chunk: Chunk) -> None:
        """The first word about the answer: from where on it is."""
        status = chunk.status or (206 if self._start else 200)
        wanted = self._start if status == 206 else 0
        if status in (200, 206) and chunk.offset != wanted:
            raise _misplaced(chunk, wanted)
        self._status, self._size = status, chunk.size
        if status in (200, 206):
            self._start = self._next = wanted

    # On the reader's thread

    def await_answer(self) -> None:
        """Return once the answer has begun. Raises BrowserError."""
        self._interruption.watch(self._cut)
        with resting(), self._changed:
            if not self._changed.wait_for(lambda: self._status or self._error, self._timeout_s):
                raise self._failure("timeout")
            if not self._status:
                raise self._failure(self._error)

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        """What the browser said of it, as fields. It checks itself whether a body is cut short, as chunks do."""
        fields = {} if self._size is not None else {"transfer-encoding": "chunked"}
        if self._retry_after is not None:
            fields["retry-after"] = self._retry_after
        if self._status == 206:
            total = "*" if self._size is None else str(self._size)
            fields["content-range"] = f"bytes {self._start}-{max(self._start, self._limit_bytes)}/{total}"
        return Headers(fields)

    @property
    def length_bytes(self) -> int | None:
        """The body's length, None when it was not told."""
        return None if self._size is None else max(0, self._size - self._start)

    @property
    def is_over(self) -> bool:
        """Whether ``read`` has given all."""
        return self._is_read

    def read(self, most_bytes: int) -> bytes | memoryview:
        """The next bytes, at most so many; empty at the end. Raises HttpError, after everything that came."""
        if self._ahead:
            ahead, self._ahead = self._ahead[:most_bytes], self._ahead[most_bytes:]
            return ahead
        self._acknowledge()
        with resting(), self._changed:
            if not self._changed.wait_for(lambda: self._kept or self._is_over or self._error, self._timeout_s):
                raise self._failure("timeout")
            if self._is_closed or not self._kept:
                if self._error:
                    raise self._failure(self._error)
                if self._size is not None and self._next < self._size:
                    raise HttpError("http.cut", f"{self.url} ended early.")
                self._is_read = True
                return b""
            first = self._kept[0]
            data = memoryview(first.data)[first.taken : first.taken + most_bytes]
            first.taken += len(data)
            if first.taken == len(first.data):
                self._handed.append(self._kept.popleft())
            return data

    def peek(self) -> bytes:
        """The beginning of the body, which ``read`` gives again. Raises HttpError."""
        self._ahead = bytes(self.read(_PEEK_BYTES))
        return self._ahead

    def close(self) -> None:
        """What comes from now on, and what was not read, is refused. Twice is once."""
        with self._changed:
            if self._is_closed:
                return
            self._is_closed = True
            answers = [each.answered(unwanted(self.url)) for each in (*self._handed, *self._kept)]
            self._kept.clear()
            is_unneeded = self._is_sent and not self._is_over
            self._changed.notify_all()
        self._interruption.watch(None)
        for answer in answers:
            answer()
        self._closed(is_unneeded)

    def _acknowledge(self) -> None:
        with self._changed:
            answers = [each.answered() for each in self._handed]
            self._handed = []
        for answer in answers:
            answer()

    def _cut(self) -> None:
        self.fail("aborted")

    def _failure(self, why: str) -> BrowserError:
        error = BrowserError(f"browser.{why}", f"The browser did not bring {self.url} ({why}).", "Try it in a tab.")
        error.retry_after = self._retry_after
        return error


def unwanted(what: str) -> RequestError:
    """The refusal of what nobody asked for, or wants any longer."""
    return RequestError("file.unwanted", f"Nobody waits for more of {what[:200]}.", "Stop sending it.")


def _nothing() -> None:
    """It was answered before."""


def _misplaced(chunk: Chunk, wanted: int) -> RequestError:
    """``hint`` is the offset alone: the extension goes on there."""
    return RequestError("file.offset", f"{chunk.file} goes on at {wanted}, not at {chunk.offset}.", str(wanted))
