"""Speed over a short window, and the average over the time a job really ran. Pure arithmetic on readings."""

from __future__ import annotations

from collections import deque

WINDOW_S = 5.0


class Meter:
    """Fed with (monotonic seconds, bytes received so far); not thread-safe: its owner's lock holds it."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, int]] = deque()
        self._ran_s = 0.0
        self._running_since: float | None = None
        self.received_bytes = 0

    def start(self, now: float) -> None:
        """The job runs from now on."""
        if self._running_since is None:
            self._running_since = now
            self._readings.clear()
            self._readings.append((now, self.received_bytes))

    def stop(self, now: float) -> None:
        """The job rests from now on."""
        if self._running_since is not None:
            self._ran_s += now - self._running_since
            self._running_since = None
            self._readings.clear()

    def read(self, now: float, received_bytes: int) -> None:
        """So many bytes were received until now."""
        self.received_bytes = received_bytes
        if self._running_since is None:
            return
        self._readings.append((now, received_bytes))
        while len(self._readings) > 2 and self._readings[1][0] <= now - WINDOW_S:
            self._readings.popleft()

    def speed(self, now: float) -> float:
        """Bytes a second over the last seconds; 0 while the job rests."""
        if not self._readings:
            return 0.0
        since, received = self._readings[0]
        span = now - since
        return (self.received_bytes - received) / span if span > 0 else 0.0

    def average(self, now: float) -> float:
        """Bytes a second over all the time the job ran in this process."""
        ran = self._ran_s + (now - self._running_since if self._running_since is not None else 0.0)
        return self.received_bytes / ran if ran > 0 else 0.0
