"""How fast: the speed cap shared by all transfers, and the speed below which a body has stalled."""

from __future__ import annotations

import threading
from collections.abc import Callable

_BURST_S = 0.1


class SpeedCap:
    """A bucket of bytes that refills at the cap's rate. 0 is no cap; may be changed while transfers run."""

    def __init__(self, bytes_per_s: int, monotonic: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._free_at = monotonic()
        self._rate = bytes_per_s

    @property
    def bytes_per_s(self) -> int:
        """The cap."""
        return self._rate

    @bytes_per_s.setter
    def bytes_per_s(self, rate: int) -> None:
        with self._lock:
            if rate != self._rate:  # what is owed at the old rate is forgiven: a raised cap holds at once
                self._rate, self._free_at = rate, self._monotonic()

    def wait_s(self, size_bytes: int) -> float:
        """Account for bytes that were just received; seconds the receiver must now rest.

        Of a piece that was asked for under a higher cap only what the cap of now allows counts, or the rest would be long.
        """
        with self._lock:
            if self._rate <= 0:
                return 0.0
            now = self._monotonic()
            counted = min(size_bytes, self._most_bytes())
            self._free_at = max(self._free_at, now - _BURST_S) + counted / self._rate
            return max(0.0, self._free_at - now)

    def piece_bytes(self, wanted_bytes: int) -> int:
        """The most to read at once, so that a rest is never long and a changed cap holds soon, however low it was."""
        return wanted_bytes if self._rate <= 0 else min(wanted_bytes, self._most_bytes())

    def _most_bytes(self) -> int:
        return max(1, self._rate // 20)


class Floor:
    """Notices a body that trickles. Only waiting for its bytes counts as time: a rest for the speed cap is not the server's."""

    def __init__(self, bytes_per_s: float, window_s: float) -> None:
        self._bytes_per_s, self._window_s = bytes_per_s, window_s
        self._waited_s, self._received_bytes = 0.0, 0

    def is_above(self, size_bytes: int, waited_s: float) -> bool:
        """Whether, with these bytes that were waited for so long, the last whole window brought enough."""
        self._waited_s += waited_s
        self._received_bytes += size_bytes
        if self._waited_s < self._window_s:
            return True
        is_enough = self._received_bytes >= self._bytes_per_s * self._waited_s
        self._waited_s, self._received_bytes = 0.0, 0
        return is_enough
