"""How a thread's waiting is ended from outside: a flag that it looks at, and the connection that it may be blocked on."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Interrupted(Exception):
    """The user, or the end of the process, stopped this work. Not an error."""


class Interruption:
    """Set by anybody at any moment. Afterwards no wait of the watching thread, and no read of its connection, lasts."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()  # protects _cut: a connection that went back to its pool is never cut
        self._cut: Callable[[], None] | None = None

    def set(self) -> None:
        """End the work."""
        self._event.set()
        with self._lock:
            if self._cut is not None:
                self._cut()

    def clear(self) -> None:
        """New work begins."""
        self._event.clear()

    def is_set(self) -> bool:
        """Whether the work is to end."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Interrupted when the work is to end."""
        if self._event.is_set():
            raise Interrupted

    def wait(self, timeout_s: float) -> None:
        """Rest, but not after ``set``."""
        self._event.wait(timeout_s)

    def watch(self, cut: Callable[[], None] | None) -> None:
        """From now on ``set`` calls ``cut``, which ends what the thread waits for (at once, if it was set before); or nothing."""
        with self._lock:
            self._cut = cut
            if cut is not None and self._event.is_set():
                cut()
