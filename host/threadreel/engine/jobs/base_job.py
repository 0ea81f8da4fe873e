"""What every job is, whatever it is made of: its row, its state with the one way from each to the next, its scans and its view.

A thread's attachments are ``job``'s, a board's threads ``board_job``'s.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.journal import Journal
from threadreel.engine.jobs.meter import Meter
from threadreel.engine.jobs.snapshots import JobSnapshots
from threadreel.engine.jobs.tally import job_view
from threadreel.engine.jobs.transfer import Transfer
from threadreel.events import CooldownView, JobView
from threadreel.library.job_table import JobRow, JobTable
from threadreel.sites.base import Site, Target
from threadreel.states import JOB_ENDED, JobState, may_become


class Rest(NamedTuple):
    """For how long a host is left alone, whether it refuses programs (else it asked to wait), and whether the browser is
    asked meanwhile.
    """

    left_s: float
    is_refusing: bool
    is_tried: bool


#: by host
Cooldowns = Callable[[], Mapping[str, Rest]]


class BaseJob(ABC):
    """A job that lives in this process. Public methods may be called from any thread."""

    def __init__(
        self, row: JobRow, site: Site, target: Target, table: JobTable, clock: Clock, cooldowns: Cooldowns = dict
    ) -> None:
        self.row, self.site, self.target = row, site, target
        self.lock = threading.RLock()
        #: held while the job is ended and everybody is told, or revived: never both at once. Taken before any other lock
        self.ending = threading.Lock()
        self._table, self._clock, self._cooldowns = table, clock, cooldowns
        self._journal, self._snapshots = Journal(table), JobSnapshots(table.live)
        self._scan = 0
        self._meter = Meter()

    @property
    def id(self) -> str:
        """Its name for everybody."""
        return self.row.id

    # Its state

    def become(self, state: JobState, error: dict[str, str] | None = None) -> bool:
        """Whether the job went to ``state`` now; False, and nothing changed, where that step does not exist."""
        with self.lock:
            if self.row.state is state or not may_become(self.row.state, state):
                return False
            self.row.state, self.row.error = state, error
            now = self._clock.time()
            if state is JobState.QUEUED:
                self.row.finished = None
            elif state in (JobState.SCANNING, JobState.RUNNING) and self.row.started is None:
                self.row.started = now
            if state is JobState.RUNNING:
                self._meter.start(self._clock.monotonic())
            else:
                self._read_meter()
                self._meter.stop(self._clock.monotonic())
            if state in JOB_ENDED:
                self.row.finished = self._end_second()
                self.row.summary = self._summary()
            self._journal.keep(self.row)
            return True

    def _end_second(self) -> float:
        """When it ended, if it ends now."""
        return self._clock.time()

    def new_scan(self) -> int:
        """The number of a new scan; from now on only that one is wanted."""
        with self.lock:
            self._scan += 1
            return self._scan

    def is_scanned_by(self, number: int) -> bool:
        """Whether this scan is still wanted; the first time it is asked, the job begins to be scanned."""
        with self.lock:
            if number != self._scan:
                return False
            if self.row.state is JobState.QUEUED:
                self.become(JobState.SCANNING)
            return self.row.state is JobState.SCANNING

    def set_priority(self, priority: str) -> None:
        """From now on it is served with this priority."""
        with self.lock:
            self.row.priority = priority
            self._journal.keep(self.row)

    @abstractmethod
    def verdict(self) -> JobState | None:
        """How the job ends, None while something of it is still on its way."""

    # What others may see

    @abstractmethod
    def is_moving(self) -> bool:
        """Whether its view changes without a change of state."""

    def active(self) -> list[Transfer]:
        """Its own transfers that are with a worker."""
        return []

    def view(self) -> JobView:
        """The job, whole, at this moment; the ledger knows as much."""
        with self.lock:
            now = self._clock.monotonic()
            self._read_meter()
            speed = self._meter.speed(now)
            summary = self._summary()
            left = summary["bytes"]["total"] - summary["bytes"]["done"]
            rate = speed or self._meter.average(now)
            running = self.row.state is JobState.RUNNING
            view = job_view(
                self.row,
                summary,
                speed=round(speed, 1),
                eta=round(max(0, left) / rate, 1) if running and rate > 0 and self._is_measured() else None,
                current=self._current(),
                children=self._children(),
                cooldown=self._cooldown(),
            )
            self._snapshots.show(view, now, self._clock.time(), has_ended=self.row.state in JOB_ENDED)
        self._journal.settle()  # what is shown outlives this process
        return view

    def _read_meter(self) -> None:
        self._meter.read(self._clock.monotonic(), self._received_so_far())

    def _cooldown(self) -> CooldownView | None:
        """The host that it waits for and that is left alone, the longest when there are several."""
        if self.row.state in JOB_ENDED or self.row.state is JobState.PAUSED:
            return None
        cooldowns = self._cooldowns()
        hosts = self._hosts_waited_for(cooldowns.keys() & self.site.hosts) if cooldowns else ()
        host = max(hosts, key=lambda host: cooldowns[host], default=None)
        if host is None:
            return None
        left_s, is_refusing, is_tried = cooldowns[host]
        until = round(self._clock.time() + left_s, 1)
        return {"host": host, "until": until, "refusing": is_refusing, "trying": is_tried}

    @abstractmethod
    def _received_so_far(self) -> int:
        """Bytes that came over the network in this process."""

    @abstractmethod
    def _summary(self) -> dict[str, Any]:
        """``files``, ``bytes`` and ``average_speed`` of the view, and what else an ended job's row shall keep."""

    @abstractmethod
    def _current(self) -> list[str]:
        """Names of the files that are on their way."""

    @abstractmethod
    def _hosts_waited_for(self, candidates: set[str]) -> set[str]:
        """Those of these hosts that what is still to come needs."""

    def _is_measured(self) -> bool:
        """Whether it is known how much there is to come."""
        return True

    def _children(self) -> Iterable[str]:
        """Ids of the jobs that it is made of."""
        return ()
