"""Who is served, and when: the only owner of the waiting lines.

Each transfer is served in its turn (see ``lines``), as its media host admits it (see ``admission``).
Nobody sleeps with a connection in hand: a transfer that must wait (backoff, Retry-After) leaves the line, and a timer brings it
back. A host that refuses us cools down, for all processes (see ``cooldowns``).
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.timers import Timers
from threadreel.engine.transfers.admission import Admission, Room, no_browser
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.engine.transfers.lines import Lines
from threadreel.engine.transfers.turns import Line, Way


class Scheduler:
    """``take`` hands a transfer and a connection of its host to a worker, ``done`` gives the connection back."""

    def __init__(
        self,
        slots_per_host: Callable[[], int],
        host_of: Callable[[str], str],
        clock: Clock,
        timers: Timers,
        cooldowns: Cooldowns,
        came: Callable[[], None],
        heard: Callable[[str, bool], None] = lambda _host, _is_refusing: None,
        room: Room = no_browser,
    ) -> None:
        """``came`` is called when a timer made something ready; ``heard``, on a worker, with a host that other processes say
        refuses them (True), or does so no longer; ``room``, under the lock, for what the browser may have.
        """
        self._host_of, self._clock, self._timers, self._cooldowns = host_of, clock, timers, cooldowns
        self._came, self._heard = came, heard
        self._changed = threading.Condition()  # its lock protects everything below
        self._admission = Admission(slots_per_host, cooldowns, room)
        self._lines = Lines(self._way_of, clock.monotonic)
        self._taken: dict[Transfer, tuple[Line, str, int]] = {}  # each with its line, its host and since when
        self._returning: set[Transfer] = set()  # put back, but not let go of by its worker yet
        self._served, self._waited_s = 0, 0.0
        self._closed = False

    # Into the line, and out of it

    def add(self, job: str, priority: str, transfers: Iterable[Transfer], group: str = "") -> None:
        """Put a job's transfers in line, in this order. ``group``: the job's parent, whose children have one turn together."""
        with self._changed:
            if self._closed:
                return
            for transfer in transfers:
                self._lines.make_ready(self._lines.enter(job, priority, group or job), transfer)
            self._changed.notify_all()

    def put_back(self, transfer: Transfer, wait_s: float) -> None:
        """Serve this one again, ``wait_s`` from now."""
        with self._changed:
            if self._closed:
                return
            row = transfer.job.row
            line = self._lines.enter(transfer.job.id, row.priority, row.parent or transfer.job.id)
            if wait_s > 0:
                line.delayed[transfer] = None
                self._timers.after(("transfer", transfer), wait_s, functools.partial(self._come, transfer))
            elif transfer in self._taken:
                line.delayed[transfer] = None
                self._returning.add(transfer)
            else:
                self._lines.make_ready(line, transfer)
                self._changed.notify()

    def drop(self, job: str) -> None:
        """Nothing of this job is in line any more."""
        with self._changed:
            self._cancel_waits(self._lines.drop(job))

    def drop_group(self, group: str) -> None:
        """Likewise of any job of this group."""
        with self._changed:
            for job in self._lines.jobs_of(group):
                self.drop(job)

    def set_priority(self, job: str, priority: str) -> None:
        """Serve the job's waiting transfers with this priority."""
        with self._changed:
            self._lines.set_priority(job, priority)

    def withdraw(self, host: str, *, is_all: bool = True) -> list[Transfer]:
        """Everything that waits for this media host, or only what waits for the browser; it is not in line any more."""
        with self._changed:
            ready, delayed = self._lines.withdraw({(host, True), (host, not is_all)})
            self._cancel_waits(delayed)
            return ready + delayed

    def take(self, patience_s: float) -> Transfer | None:
        """The next transfer, its connection taken; None when nothing was ready for so long, or never will be again."""
        give_up = self._clock.monotonic() + patience_s
        while True:
            self.look()
            with self._changed:
                if self._closed:
                    return None
                now = self._clock.monotonic()
                found = self._next(now)
                if found is not None:
                    return found
                if now >= give_up:
                    return None
                self._clock.wait(self._changed, give_up - now)

    def done(self, transfer: Transfer, host: str) -> None:
        """The connection to this host is free again."""
        with self._changed:
            self._admission.leave(transfer, host)
            line = self._taken.pop(transfer)[0]
            line.active -= 1
            if transfer in self._returning:
                self._returning.remove(transfer)
                self._end_wait(transfer)
            self._lines.end(transfer.job.id, line)
            self._changed.notify()

    # What a host asks for

    def cool_down(self, host: str, seconds: float, *, is_probed: bool = False) -> None:
        """No process asks this media host for so long; if ``is_probed``, one at a time does afterwards, until ``warm_up``."""
        self._cooldowns.begin(host, seconds, is_refusing=is_probed)
        if is_probed:
            self._end_probe(host)

    def warm_up(self, host: str) -> None:
        """The host is no longer probed."""
        self._cooldowns.warm_up(host)
        self._end_probe(host)

    def slow_down(self, transfer: Transfer, host: str) -> None:
        """The host answered this transfer that we ask too much: it has fewer connections from now on."""
        with self._changed:
            _, asked, since = self._taken[transfer]
            if asked == host:  # else it was sent on to another address: no connection of that host is counted
                self._admission.slow_down(host, since)

    def served(self, host: str) -> None:
        """The host gave a file: one that had fewer connections may have more by and by."""
        with self._changed:
            self._admission.served(host)

    def is_probe(self, transfer: Transfer, host: str) -> bool:
        """Whether this is the transfer that probes the host."""
        with self._changed:
            return self._admission.is_probe(transfer, host)

    def look(self, *, at_once: bool = False) -> None:
        """Heed what other processes found out about hosts; next to nothing to do as long as that is nothing."""
        for host, is_refusing in self._cooldowns.look(at_once=at_once):
            self._end_probe(host)  # what is on its way left before they found out, and says nothing new
            self._heard(host, is_refusing)

    # What can be seen from outside

    def wanted(self) -> int:
        """How many workers, beside those at work, have something to do at this moment.

        Those that wait in ``take`` look again: slots may have become more.
        """
        with self._changed:
            now = self._clock.monotonic()
            wanted = sum(min(ready, self._admission.free(way, now)) for way, ready in self._lines.ready().items())
            if wanted:
                self._changed.notify_all()
            return wanted

    def counts(self) -> dict[str, int]:
        """Ready and delayed transfers."""
        with self._changed:
            return {"ready": sum(self._lines.ready().values()), "delayed": self._lines.delayed()}

    def waited(self) -> tuple[int, float]:
        """How many transfers were handed out so far, and the seconds in sum for which they were ready before that."""
        with self._changed:
            return self._served, self._waited_s

    def hosts(self) -> list[dict[str, Any]]:
        """Every media host that was asked: ``host``, ``connections`` in use and the ``limit`` for them at this moment."""
        with self._changed:
            return self._admission.figures()

    def hosts_ever(self) -> set[str]:
        """Every media host that something was in line for."""
        with self._changed:
            return self._lines.hosts()

    def cooldowns(self) -> dict[str, float]:
        """Seconds left by host, whichever process found it out; API hosts too."""
        return self._cooldowns.left()

    def close(self) -> None:
        """Nobody is served any more."""
        with self._changed:
            self._closed = True
            for job in self._lines.jobs():
                self.drop(job)
            self._changed.notify_all()

    # Under the lock

    def _way_of(self, transfer: Transfer) -> Way:
        return self._host_of(transfer.url), transfer.refused is not None

    def _cancel_waits(self, delayed: Iterable[Transfer]) -> None:
        for transfer in delayed:
            self._timers.cancel(("transfer", transfer))

    def _come(self, transfer: Transfer) -> None:
        """The transfer's time has come, on the thread of the timers."""
        with self._changed:
            if not self._end_wait(transfer):
                return
            self._changed.notify()
        self._came()

    def _end_wait(self, transfer: Transfer) -> bool:
        """Whether the transfer waited, and is ready now."""
        line = self._lines.of(transfer.job.id)
        if line is None or transfer not in line.delayed:
            return False
        del line.delayed[transfer]
        self._lines.make_ready(line, transfer)
        return True

    def _next(self, now: float) -> Transfer | None:
        found = self._lines.pop(lambda way: bool(self._admission.free(way, now)))
        if found is None:
            return None
        line, way, since, transfer = found
        line.active += 1
        self._taken[transfer] = (line, way[0], self._admission.enter(transfer, way, now))
        self._served += 1
        self._waited_s += now - since
        return transfer

    def _end_probe(self, host: str) -> None:
        with self._changed:
            self._admission.end_probe(host)
            self._changed.notify_all()
