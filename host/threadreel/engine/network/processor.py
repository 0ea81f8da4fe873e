"""Workers take turns at the processor: one works on what has arrived while the others wait for the network.

Python runs one thread at a time whatever we do. But whoever makes a system call lets go of the interpreter and must win it
back; among six busy workers that costs more than the call (a quarter of all the processor's time, measured on 1 000 small files).
In turn, nobody is in the way. Nobody waits long either: who has waited for a moment works all the same, so that a slow disk
under one worker does not hold up the rest.
"""

from __future__ import annotations

import threading

_PATIENCE_S = 0.005

_turn = threading.Lock()
_mine = threading.local()  # ``has``: this thread has the turn


class working:
    """This thread works when it is its turn, and leaves it whenever it rests."""

    def __enter__(self) -> None:
        """Wait for the turn, a moment."""
        _mine.has = _turn.acquire(timeout=_PATIENCE_S)

    def __exit__(self, *_: object) -> None:
        """The next may work."""
        _leave()


class resting:
    """This thread waits for something inside; for one that takes no turns, nothing."""

    __slots__ = ("_had",)

    def __enter__(self) -> None:
        """Others may work."""
        self._had = _leave()

    def __exit__(self, *_: object) -> None:
        """Work goes on, in turn."""
        if self._had:
            _mine.has = _turn.acquire(timeout=_PATIENCE_S)


def _leave() -> bool:
    had: bool = getattr(_mine, "has", False)
    if had:
        _mine.has = False
        _turn.release()
    return had
