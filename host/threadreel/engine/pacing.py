"""How fast: the speed cap shared by all transfers, and the size of a read that keeps control and progress prompt."""

from __future__ import annotations

import threading
from collections.abc import Callable

from threadreel.engine.policy import KIB, MIB

_BURST_S = 0.1


class SpeedCap:
    """A bucket of bytes that refills at the cap's rate. 0 is no cap; may be changed while transfers run."""

    def __init__(self, bytes_per_s: int, monotonic: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._free_at = monotonic()
        self.bytes_per_s = bytes_per_s

    def wait_s(self, size_bytes: int) -> float:
        """Account for bytes that were just received; seconds the receiver must now rest."""
        rate = self.bytes_per_s
        if rate <= 0:
            return 0.0
        with self._lock:
            now = self._monotonic()
            self._free_at = max(self._free_at, now - _BURST_S) + size_bytes / rate
            return max(0.0, self._free_at - now)

    def piece_bytes(self, wanted_bytes: int) -> int:
        """The most to read at once, so that a rest is never long and a changed cap holds soon, however low it was."""
        rate = self.bytes_per_s
        return wanted_bytes if rate <= 0 else max(1, min(wanted_bytes, rate // 20))


class PieceSize:
    """Reads that take about a tenth of a second: large on a fast line, small enough to show progress on a slow one."""

    def __init__(self) -> None:
        self.bytes = 64 * KIB

    def took(self, seconds: float) -> None:
        """The last read of ``bytes`` took so long."""
        if seconds < 0.05:
            self.bytes = min(MIB, self.bytes * 2)
        elif seconds > 0.25:
            self.bytes = max(8 * KIB, self.bytes // 2)
