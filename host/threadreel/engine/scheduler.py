"""Who is served next: the only owner of the waiting line.

Jobs are served by priority, equal ones in turn, each within the slots of its media host. Nobody sleeps with a slot in hand: a
transfer that must wait (backoff, Retry-After) goes back with the time before which it is not served. A host that refuses us cools
down, and is then probed: served one transfer at a time, until it is said to be warm again.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from threadreel.engine.transfer import Transfer

PRIORITIES = ("critical", "high", "normal", "low", "background")


@dataclass(slots=True)
class _Line:
    """One job's transfers."""

    rank: int
    served: int
    ready: dict[str, deque[Transfer]] = field(default_factory=dict)
    delayed: list[tuple[float, int, Transfer]] = field(default_factory=list)


class Scheduler:
    """``take`` hands a transfer and a slot of its host to a worker, ``done`` gives the slot back."""

    def __init__(
        self, slots_per_host: Callable[[], int], host_of: Callable[[str], str], monotonic: Callable[[], float]
    ) -> None:
        self._slots, self._host_of, self._monotonic = slots_per_host, host_of, monotonic
        self._changed = threading.Condition()
        self._lines: dict[str, _Line] = {}
        self._busy: Counter[str] = Counter()
        self._cool: dict[str, float] = {}
        self._probes: dict[str, Transfer | None] = {}  # by host that is probed, the transfer that does
        self._turn = itertools.count(1)
        self._waiting = 0
        self._closed = False

    def add(self, job: str, priority: str, transfers: Iterable[Transfer]) -> None:
        """Put a job's transfers in line, in this order."""
        with self._changed:
            if self._closed:
                return
            for transfer in transfers:
                line = self._line(job, priority)
                line.ready.setdefault(self._host_of(transfer.url), deque()).append(transfer)
            self._changed.notify_all()

    def put_back(self, transfer: Transfer, wait_s: float) -> None:
        """Serve this one again, ``wait_s`` from now."""
        with self._changed:
            if self._closed:
                return
            line = self._line(transfer.job.id, transfer.job.row.priority)
            heapq.heappush(line.delayed, (self._monotonic() + wait_s, next(self._turn), transfer))
            self._changed.notify_all()

    def drop(self, job: str) -> None:
        """Nothing of this job is in line any more."""
        with self._changed:
            self._lines.pop(job, None)
            self._changed.notify_all()

    def set_priority(self, job: str, priority: str) -> None:
        """Serve the job's waiting transfers with this priority."""
        with self._changed:
            if job in self._lines:
                self._lines[job].rank = PRIORITIES.index(priority)
                self._changed.notify_all()

    def withdraw(self, host: str) -> list[Transfer]:
        """Everything that waits for this media host; it is not in line any more."""
        found: list[Transfer] = []
        with self._changed:
            for job, line in list(self._lines.items()):
                found += line.ready.pop(host, ())
                found += [transfer for _, _, transfer in line.delayed if self._host_of(transfer.url) == host]
                line.delayed = [entry for entry in line.delayed if self._host_of(entry[2].url) != host]
                heapq.heapify(line.delayed)
                if not line.ready and not line.delayed:
                    del self._lines[job]
            self._changed.notify_all()
        return found

    def cool_down(self, host: str, seconds: float, *, is_probed: bool = False) -> None:
        """Nobody asks this media host for so long; if ``is_probed``, one at a time does afterwards, until ``warm_up``."""
        with self._changed:
            self._cool[host] = max(self._cool.get(host, 0.0), self._monotonic() + seconds)
            if is_probed:
                self._probes.setdefault(host, None)

    def warm_up(self, host: str) -> None:
        """The host is no longer probed."""
        with self._changed:
            self._probes.pop(host, None)
            self._changed.notify_all()

    def is_probe(self, transfer: Transfer, host: str) -> bool:
        """Whether this is the transfer that probes the host."""
        with self._changed:
            return self._probes.get(host) is transfer

    def take(self, patience_s: float) -> Transfer | None:
        """The next transfer, its slot taken; None when there is nothing to do for so long, or ever again.

        As long as something waits for its time, one worker stays to see it come.
        """
        with self._changed:
            give_up = self._monotonic() + patience_s
            while not self._closed:
                now = self._monotonic()
                found = self._next(now)
                if found is not None:
                    return found
                due = self._next_due(now)
                if now >= give_up and (due is None or self._waiting > 0):
                    return None
                until = min(moment for moment in (due, give_up if now < give_up else None) if moment is not None)
                self._waiting += 1
                self._changed.wait(max(0.0, until - now) + 0.001)
                self._waiting -= 1
            return None

    def done(self, transfer: Transfer, host: str) -> None:
        """The slot of this host is free again."""
        with self._changed:
            self._busy[host] -= 1
            if self._probes.get(host) is transfer:
                self._probes[host] = None
            line = self._lines.get(transfer.job.id)
            if line is not None and not line.ready and not line.delayed:
                del self._lines[transfer.job.id]
            self._changed.notify()

    def wanted(self) -> int:
        """How many workers, beside those at work, have something to do: serve what is ready, and one see the rest come due.

        Those that wait in ``take`` look again: slots may have become more.
        """
        with self._changed:
            now = self._monotonic()
            self._wake_delayed(now)
            ready: Counter[str] = Counter()
            for line in self._lines.values():
                for host, waiting in line.ready.items():
                    ready[host] += len(waiting)
            wanted = sum(min(count, self._free(host, now)) for host, count in ready.items())
            if wanted:
                self._changed.notify_all()
            return wanted + (self._next_due(now) is not None)

    def counts(self) -> dict[str, int]:
        """Ready and delayed transfers."""
        with self._changed:
            ready = sum(len(waiting) for line in self._lines.values() for waiting in line.ready.values())
            return {"ready": ready, "delayed": sum(len(line.delayed) for line in self._lines.values())}

    def cooldowns(self) -> dict[str, float]:
        """Seconds left by media host."""
        with self._changed:
            now = self._monotonic()
            return {host: until - now for host, until in self._cool.items() if until > now}

    def close(self) -> None:
        """Nobody is served any more."""
        with self._changed:
            self._closed = True
            self._lines.clear()
            self._changed.notify_all()

    def _line(self, job: str, priority: str) -> _Line:
        return self._lines.setdefault(job, _Line(PRIORITIES.index(priority), next(self._turn)))

    def _next(self, now: float) -> Transfer | None:
        self._wake_delayed(now)
        for line in sorted(self._lines.values(), key=lambda line: (line.rank, line.served)):
            for host, waiting in line.ready.items():
                if self._free(host, now):
                    transfer = waiting.popleft()
                    if not waiting:
                        del line.ready[host]
                    line.served = next(self._turn)
                    self._busy[host] += 1
                    if host in self._probes:
                        self._probes[host] = transfer
                    return transfer
        return None

    def _free(self, host: str, now: float) -> int:
        """How many more transfers this host may have at this moment."""
        if self._cool.get(host, 0.0) > now:
            return 0
        free = max(0, self._slots() - self._busy[host])
        if host in self._probes:
            return min(free, int(self._probes[host] is None))
        return free

    def _wake_delayed(self, now: float) -> None:
        for line in self._lines.values():
            while line.delayed and line.delayed[0][0] <= now:
                transfer = heapq.heappop(line.delayed)[2]
                line.ready.setdefault(self._host_of(transfer.url), deque()).append(transfer)

    def _next_due(self, now: float) -> float | None:
        moments = [line.delayed[0][0] for line in self._lines.values() if line.delayed]
        for line in self._lines.values():
            moments += [self._cool[host] for host in line.ready if self._cool.get(host, 0.0) > now]
        return min(moments, default=None)
