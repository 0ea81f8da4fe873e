"""How a thread's waiting is ended from outside: a flag that it looks at, and the connection that it may be blocked on."""

from __future__ import annotations

import threading
from collections.abc import Callable

from threadreel.engine.clock import Clock

_CLOCK = Clock()


class Interrupted(Exception):
    """The user, or the end of the process, stopped this work. Not an error."""


class Interruption:
    """Set by anybody at any moment. Afterwards no wait of the watching thread, and no read of its connection, lasts."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_set = False
        self._lock = threading.Lock()  # protects _cut: a connection that went back to its pool is never cut
        self._cut: Callable[[], None] | None = None

    def set(self) -> None:
        """End the work."""
        with self._changed:
            self._is_set = True
            self._changed.notify_all()
        with self._lock:
            if self._cut is not None:
                self._cut()

    def clear(self) -> None:
        """New work begins."""
        self._is_set = False

    def is_set(self) -> bool:
        """Whether the work is to end."""
        return self._is_set

    def check(self) -> None:
        """Raise Interrupted when the work is to end."""
        if self._is_set:
            raise Interrupted

    def wait(self, timeout_s: float, clock: Clock = _CLOCK) -> None:
        """Rest, but not after ``set``; it may end early, as ``Clock.wait`` may."""
        with self._changed:
            if not self._is_set:
                clock.wait(self._changed, timeout_s)

    def watch(self, cut: Callable[[], None] | None) -> None:
        """From now on ``set`` calls ``cut``, which ends what the thread waits for (at once, if it was set before); or nothing."""
        with self._lock:
            self._cut = cut
            if cut is not None and self._is_set:
                cut()
