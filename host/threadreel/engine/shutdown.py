"""The end of an engine: its parts stop in a fixed order, each with a deadline, and the log says how each of them ended.

The deadlines are moments, so that the time one part does not need is there for the next. Each part is stopped on a thread of
its own: one that hangs, wherever it does, is left behind, and the turn comes to the next.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """``stop`` is given seconds and returns False when it did not end within; ``share``: how much of the whole time that is."""

    name: str
    share: float
    stop: Callable[[float], bool | None]


def shut_down(parts: Sequence[Part], timeout_s: float) -> list[str]:
    """Stop the parts, one after the other; the names of those that were left behind. Returns within the limit."""
    left_behind = []
    deadline = time.monotonic()
    for part in parts:
        deadline += timeout_s * part.share
        begun = time.monotonic()
        has_ended = _stop(part, max(0.0, deadline - begun))
        took_s = time.monotonic() - begun
        log.log(
            logging.INFO if has_ended else logging.WARNING,
            "stop: %s %s after %.3f s",
            part.name,
            "ended" if has_ended else "left behind",
            took_s,
        )
        if not has_ended:
            left_behind.append(part.name)
    return left_behind


def _stop(part: Part, limit_s: float) -> bool:
    """Whether the part ended; what it raises is logged, and is an end too: nothing of it is waited for."""
    has_ended = False

    def run() -> None:
        nonlocal has_ended
        try:
            has_ended = part.stop(limit_s) is not False
        except Exception:  # the top frame: one part's defect must not keep the others from ending
            log.exception("stop: %s failed", part.name)
            has_ended = True

    thread = threading.Thread(target=run, name=f"stop-{part.name}", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the system allows no more threads: then without a guard
        run()
    else:
        thread.join(limit_s)
    return has_ended
