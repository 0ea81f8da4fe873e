"""Everything that happens later: one thread that sleeps until the next moment anybody asked for.

Whoever wants something done names it by a key; a newer request of the same key replaces the older, so that a thing asked for
ten times happens once. The thread is there only while something waits.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from threadreel.engine.clock import Clock

log = logging.getLogger(__name__)

Act = Callable[[], None]
#: so many replaced requests may lie in line before they are swept out
_MOST_STALE = 64


@dataclass(frozen=True, slots=True, order=True)
class _Request:
    """An act and its moment; of equal moments the one that was asked for first comes first."""

    moment: float
    number: int
    key: Hashable = field(compare=False)
    act: Act = field(compare=False)


class Timers:
    """A daemon thread ``timers`` that runs acts when their time has come, one after the other. Acts must be short.

    Any thread may call any method, also an act.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()  # its lock protects everything below
        self._line: list[_Request] = []
        self._newest: dict[Hashable, _Request] = {}  # what is in line and not here was replaced or cancelled
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def after(self, key: Hashable, delay_s: float, act: Act) -> None:
        """Run ``act`` in ``delay_s``, instead of what waits under this key. After ``stop`` nothing is run."""
        with self._changed:
            if self._is_stopped:
                return
            request = _Request(self._clock.monotonic() + max(0.0, delay_s), next(self._numbers), key, act)
            self._newest[key] = request
            heapq.heappush(self._line, request)
            self._look_again()

    def cancel(self, key: Hashable) -> bool:
        """Whether something waited under this key; it does not happen. What has begun is not waited for."""
        with self._changed:
            was_there = self._newest.pop(key, None) is not None
            if was_there:
                self._look_again()
            return was_there

    def waiting(self) -> int:
        """How many acts wait for their time."""
        with self._changed:
            return len(self._newest)

    def stop(self, timeout_s: float) -> bool:
        """Begin nothing any more; whether what had begun ended within the limit (an act that calls this is not waited for)."""
        with self._changed:
            self._is_stopped = True
            self._newest.clear()
            self._line.clear()
            thread = self._thread
            self._changed.notify_all()
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _look_again(self) -> None:
        """The line is another one."""
        if len(self._line) > len(self._newest) + _MOST_STALE:
            self._line = list(self._newest.values())
            heapq.heapify(self._line)
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="timers", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system allows no more: the next request tries again
                log.warning("no timers: %s", error)
                return
            self._thread = thread
        self._changed.notify_all()

    def _run(self) -> None:
        while (request := self._next()) is not None:
            try:
                request.act()
            except Exception:  # the top frame: one owner's defect must not end what the others wait for
                log.exception("timer %r failed", request.key)

    def _next(self) -> _Request | None:
        """What is due next, once it is; None, and nobody counts on the thread, when nothing waits."""
        with self._changed:
            while self._newest:
                request = self._line[0]
                left_s = request.moment - self._clock.monotonic()
                if self._newest.get(request.key) is not request:
                    heapq.heappop(self._line)
                elif left_s > 0:
                    self._clock.wait(self._changed, left_s)
                else:
                    heapq.heappop(self._line)
                    del self._newest[request.key]
                    return request
            self._thread = None
            return None
