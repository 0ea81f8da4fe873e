"""A clock that stands still until a test sets it forward.

time = FakeClock()
timers = Timers(time.clock)         # or Engine(..., time.clock), Scene(..., clock=time.clock)
time.advance(10)                    # ten seconds later, for everybody who waits
"""

import contextlib
import threading
from collections.abc import Iterator

from threadreel.engine.clock import Clock

#: a waiter looks again after this much real time: it may have read the clock just before it was set forward
_LOOK_S = 0.05


class FakeClock:
    """Both clocks move together, and only by ``advance``."""

    def __init__(self, time: float = 1_750_000_000.0) -> None:
        self._lock = threading.Lock()  # never held while a condition's lock is taken
        self._start = time
        self._passed_s = 0.0
        self._moves = 0
        self._waits: list[tuple[threading.Condition, float, int]] = []
        self.clock = Clock(self.time, self.monotonic, self._wait)

    def time(self) -> float:
        """Unix seconds."""
        return self._start + self._passed_s

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._passed_s

    def advance(self, seconds: float) -> None:
        """So much later; everybody who waits looks at the clock."""
        with self._lock:
            self._passed_s += seconds
            self._moves += 1
            conditions = {condition for condition, _, _ in self._waits}
        for condition in conditions:
            with condition:
                condition.notify_all()

    def next_wake_s(self) -> float | None:
        """Seconds until the first moment that anybody waits for; None when nobody waits."""
        with self._lock:
            return min((until - self._passed_s for _, until, _ in self._waits), default=None)

    def waiters_at_rest(self) -> int:
        """How many wait, have looked at the clock since it was last set forward, and were not told of anything since."""
        with self._lock:
            waits = [condition for condition, _, moves in self._waits if moves == self._moves]
        # who was notified has left this list, though it may not run yet; there is no public way to know
        return sum(min(waits.count(condition), len(condition._waiters)) for condition in set(waits))

    def _wait(self, condition: threading.Condition, seconds: float) -> None:
        with self._noted(condition, self._passed_s + seconds):
            condition.wait(_LOOK_S)

    @contextlib.contextmanager
    def _noted(self, condition: threading.Condition, until: float) -> Iterator[None]:
        entry = (condition, until, self._moves)
        with self._lock:
            self._waits.append(entry)
        try:
            yield
        finally:
            with self._lock:
                self._waits.remove(entry)
