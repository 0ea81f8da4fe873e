"""The two clocks, passed in so that tests own time: wall time for people and other processes, monotonic for spans, and the one
way to wait for a moment of the latter.
"""

from __future__ import annotations

import threading
import time as _time
from collections.abc import Callable
from dataclasses import dataclass


def _wait(condition: threading.Condition, seconds: float) -> None:
    condition.wait(min(max(0.0, seconds), threading.TIMEOUT_MAX))


@dataclass(frozen=True, slots=True)
class Clock:
    """``time`` in Unix seconds, ``monotonic`` in seconds from anywhere.

    ``wait`` rests on a condition, whose lock is held, until it is notified or so many seconds have passed; it may return
    earlier, so it belongs into a loop that looks again.
    """

    time: Callable[[], float] = _time.time
    monotonic: Callable[[], float] = _time.monotonic
    wait: Callable[[threading.Condition, float], None] = _wait
