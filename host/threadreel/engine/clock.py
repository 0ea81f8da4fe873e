"""The two clocks, passed in so that tests own time: wall time for people and other processes, monotonic for spans."""

from __future__ import annotations

import time as _time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """``time`` in Unix seconds, ``monotonic`` in seconds from anywhere."""

    time: Callable[[], float] = _time.time
    monotonic: Callable[[], float] = _time.monotonic
