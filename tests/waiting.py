"""Waiting for something to become true, with a limit."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_PAUSE_S = 0.01
T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, timeout_s: float = 10) -> T:
    """What ``condition`` returns once that is true; AssertionError that names ``what`` when the limit has passed."""
    end, pause = time.monotonic() + timeout_s, threading.Event()
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {timeout_s} s in vain for: {what}"
        pause.wait(_PAUSE_S)
    return value
