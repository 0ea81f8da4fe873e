"""Connections: bytes in and out, with a limit to every wait.

The socket never blocks; who must wait does so in ``poll``, where ``cut``, from any thread, ends it. What has arrived is taken in
one go, into one buffer for each connection, so that a fast line is read in large pieces and a slow one piece by piece.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from threadreel.engine.network.processor import resting
from threadreel.engine.policy import KIB

#: as much as is taken at once: more gains nothing, and this much lies in the processor's cache
BUFFER_BYTES = 256 * KIB
#: nothing there, or no room, at this moment
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection leads. ``proxy`` is the address of the one it goes through; empty: none."""

    scheme: str
    host: str
    port: int
    proxy: str = ""


class Connection:
    """One connection, used by one thread at a time. Raises OSError; TimeoutError when a wait lasts too long."""

    def __init__(self, connection: socket.socket, origin: Origin) -> None:
        connection.settimeout(0)
        self.origin = origin
        self.is_used = False  # it has carried an answer
        self.is_maybe_stale = False  # it rested so long that the server may be about to close it
        self.rests_since = 0.0
        self._socket = connection
        self._wait_for = _waiter(connection)
        self.buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self.buffer)
        self.start = self.end = 0  # what of the buffer was received and not taken yet

    def send(self, data: bytes, until: float) -> None:
        """Send all of it, before the monotonic moment ``until``."""
        self.start = self.end = 0
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except _NOT_NOW as reason:
                self._wait(until, for_room=not isinstance(reason, ssl.SSLWantReadError))

    def take(self, most_bytes: int, timeout_s: float) -> memoryview:
        """The next bytes, as many as have arrived and are wanted; empty at the end. They hold until the next call."""
        if self.start == self.end:
            self.start = self.end = 0
        stop = min(self.start + most_bytes, BUFFER_BYTES)
        is_open = True
        while self.end < stop and is_open:
            try:
                received = self._receive(self._view[self.end : stop])
            except OSError:
                if self.end == self.start:
                    raise
                break  # first what has arrived; the next call finds the connection as it is
            if received is None:
                if self.end > self.start:
                    break
                self._wait(monotonic() + timeout_s)
            else:
                self.end += received
                is_open = received > 0
        taken = self._view[self.start : min(stop, self.end)]
        self.start += len(taken)
        return taken

    def fill(self, until: float) -> bool:
        """Whether more was received behind what is there already, before the monotonic moment ``until``."""
        if self.start:
            left = self.end - self.start
            self.buffer[:left] = self.buffer[self.start : self.end]
            self.start, self.end = 0, left
        while (received := self._receive(self._view[self.end :])) is None:
            self._wait(until)
        self.end += received
        return received > 0

    def await_answer(self, until: float) -> None:
        """Rest until something arrives."""
        self._wait(until)

    def is_idle(self) -> bool:
        """Whether it can carry the next request: nothing is left over, and the other side has not closed."""
        if self.start < self.end or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            return False
        # before its first answer a TLS connection has something to read: the tickets that follow the handshake
        return not self.is_used or not self._wait_for(0, False)

    def cut(self) -> None:
        """End every wait on it, from any thread. The plain shutdown, also of TLS: SSLSocket's own forgets the session first, and
        a read in another thread would take ciphertext for the body.
        """
        cut(self._socket)

    def close(self) -> None:
        """It is of no use any more."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _receive(self, room: memoryview) -> int | None:
        """How much was received; None when nothing is there, 0 at the end."""
        try:
            return self._socket.recv_into(room)
        except _NOT_NOW:
            return None

    def _wait(self, until: float, for_room: bool = False) -> None:
        with resting():
            if not self._wait_for(max(0.0, until - monotonic()), for_room):
                raise TimeoutError


def cut(connection: socket.socket) -> None:
    """Shut down what is below any TLS. Inside a TLS proxy the socket is one level down."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(getattr(connection, "socket", connection), socket.SHUT_RDWR)


def _waiter(connection: socket.socket) -> Callable[[float, bool], bool]:
    """A way to wait, so many seconds at most, until there is something to read, or room to write."""
    if not hasattr(select, "poll"):  # Windows

        def wait(timeout_s: float, for_room: bool) -> bool:
            reading, writing = ([], [connection]) if for_room else ([connection], [])
            return any(select.select(reading, writing, [connection], timeout_s))

        return wait
    reading, writing = select.poll(), select.poll()
    reading.register(connection, select.POLLIN)
    writing.register(connection, select.POLLOUT)
    return lambda timeout_s, for_room: bool((writing if for_room else reading).poll(timeout_s * 1000))
