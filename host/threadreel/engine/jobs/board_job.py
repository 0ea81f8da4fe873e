"""A board's job in memory: one that is made of the jobs of its threads, its children. The owner of its state;
``child_shares`` counts.

Its lock may be held while a child's is taken, never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.base_job import BaseJob, Cooldowns
from threadreel.engine.jobs.child_shares import GONE, ChildShares
from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.journal import together
from threadreel.engine.jobs.tally import CANCELLED, cancelled_at
from threadreel.events import Report
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.reports import make_report
from threadreel.sites.base import Site, Target
from threadreel.states import END_STATES, JOB_ENDED, JobState

#: in the watch of a job's row: so many files had ended before some of them were asked for again
_LEAST_DONE = "least_done"


class BoardJob(BaseJob):
    """A job without attachments of its own. ``children`` are all that it has in the ledger; those that live join with ``take``."""

    def __init__(
        self,
        row: JobRow,
        children: Iterable[JobRow],
        site: Site,
        target: Target,
        table: JobTable,
        clock: Clock,
        cooldowns: Cooldowns = dict,
    ) -> None:
        super().__init__(row, site, target, table, clock, cooldowns)
        self._shares = ChildShares(children)
        self._held = 0

    # Its children

    @property
    def threads(self) -> set[int | None]:
        """The numbers of its threads."""
        with self.lock:
            return self._shares.threads()

    @property
    def part_options(self) -> dict[str, Any]:
        """The options of its children."""
        return {name: value for name, value in self.row.options.items() if name != CANCELLED}

    def child_for(self, thread: int | None) -> str | None:
        """The id of its child for this thread, if there is one, whether it lives or not."""
        with self.lock:
            return self._shares.of_thread(thread)

    def living(self) -> list[Job]:
        """Its children that live in this process and have not ended, in the order in which they were added."""
        with self.lock:
            return self._shares.living()

    def unfinished_business(self) -> list[str]:
        """Ids of the children that ended without all their files, but for those whose thread was gone."""
        with self.lock:
            return self._shares.unfinished_business()

    def plan(self, number: int, title: str, children: Sequence[JobRow]) -> list[JobRow] | None:
        """This scan read its listing: the children that are its own now, or None when the scan is no longer wanted."""
        with self.lock:
            if not self.is_scanned_by(number):
                return None
            added = self._add(replace(self.row, title=title, planned=True), children)
            self.row.title, self.row.planned = title, True
            self.become(JobState.RUNNING)
            return added

    def add(self, children: Sequence[JobRow]) -> list[JobRow] | None:
        """Those of the children that are its own now; None when it is at its end."""
        with self.lock:
            return self._add(self.row, children) if self.may_grow else None

    def _add(self, row: JobRow, children: Sequence[JobRow]) -> list[JobRow]:
        added = self._table.add_children(row, children)
        for child in added:
            self._shares.enter(child)
        return added

    def take(self, child: Job) -> None:
        """The child lives in this process; it may have ended before."""
        with self.lock:
            self._shares.take(child)

    def leave(self, child: Job) -> None:
        """The child has ended, if it has."""
        with self.lock:
            self._shares.leave(child)

    # Its state

    @property
    def may_grow(self) -> bool:
        """Whether it takes more children: it has not ended, and is not about to."""
        return self.row.state not in JOB_ENDED and not self.is_cancelled

    @property
    def is_cancelled(self) -> bool:
        """Whether it is cancelled, and at the latest ends with the last of its children."""
        return cancelled_at(self.row) is not None

    def is_scanned_by(self, number: int) -> bool:
        """Whether this scan of its listing is still wanted; also by one that runs, and has its listing read again."""
        with self.lock:
            if self.is_cancelled:
                return False
            if number == self._scan and self.row.state is JobState.RUNNING:
                return not self.row.planned
            return super().is_scanned_by(number)

    def forget_listing(self) -> bool:
        """Whether the running job has its listing read again from now on; the next process does, should this one die before."""
        with self.lock:
            if self.row.state is not JobState.RUNNING or not self.row.planned or self.is_cancelled:
                return False
            self.row.planned = False
            self._journal.keep(self.row)
            return True

    def keep_listing(self, number: int) -> bool:
        """Whether the job goes on with the children that it has, because this scan could not read its listing again."""
        with self.lock:
            if not len(self._shares) or not self.is_scanned_by(number):
                return False
            self.row.planned = True
            self._journal.keep(self.row)
            self.become(JobState.RUNNING)
            return True

    def cancel(self) -> bool:
        """Whether the job is cancelled now, also if this process dies: it gets no more children, and ends when those that live
        have ended.
        """
        with self.lock:
            if not self.may_grow:
                return False
            self.row.options = {**self.row.options, CANCELLED: self._clock.time()}
            self._journal.keep(self.row)
            return True

    def revive(self, owner: str) -> None:
        """Queue the ended job again for ``owner``. sqlite3.IntegrityError when another job for its page and root lives."""
        with self.lock:
            row = replace(
                self.row,
                owner=owner,
                state=JobState.QUEUED,
                error=None,
                finished=None,
                options=self.part_options,
                watch={},
            )
            self._table.save(row)
            self.row = row

    def sum_up_again(self) -> None:
        """A child of the ended job lived once more by itself: the job is still the sum of its children."""
        with self.lock:
            average_speed = self.row.summary.get("average_speed", 0.0)
            self.row.summary = {**self._summary(), "average_speed": average_speed}
            self._journal.keep(self.row)

    def keep_done(self) -> None:
        """Children that ended are about to live again: until they have ended once more, what was done stays done in the view."""
        with self.lock:
            self._shares.count()
            self.row.watch = {_LEAST_DONE: self._summary()["files"]["done"]}
            self._journal.keep(self.row)

    def written_together(self) -> AbstractContextManager[None]:
        """While this lasts what happens to its children is kept in one go, not each by itself."""
        return together(self._table)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts the job does not end: somebody is about to give it children that live."""
        with self.lock:
            self._held += 1
        try:
            yield
        finally:
            with self.lock:
                self._held -= 1

    def verdict(self) -> JobState | None:
        """How the job ends, None while a child lives or its listing was not read."""
        with self.lock:
            if self._held or self._shares.done < len(self._shares):
                return None
            if self.is_cancelled:
                return JobState.CANCELLED
            if not self.row.planned:
                return None
            ends = self._shares.ends()
            is_whole = ends[JobState.COMPLETED] + ends[GONE] == len(self._shares)
            return JobState.COMPLETED if is_whole else JobState.INCOMPLETE

    # What others may see

    def is_moving(self) -> bool:
        """Whether its view changes without a change of state."""
        with self.lock:
            self._read_meter()
            return self._shares.is_busy() or self._meter.speed(self._clock.monotonic()) > 0

    def report(self) -> Report:
        """What became of all its files. They are named in the reports of its children."""
        with self.lock:
            files = self._summary()["files"]
        counts = {name: files[name] for name in ("total", *map(str, END_STATES))}
        return {**make_report(self.row, ()), "counts": counts}

    def _received_so_far(self) -> int:
        self._shares.count()
        self.row.directory = self._shares.folder
        return self._shares.received_bytes()

    def _summary(self) -> dict[str, Any]:
        average = self._meter.average(self._clock.monotonic())
        return {**self._shares.summary(self.row.watch.get(_LEAST_DONE, 0)), "average_speed": round(average, 1)}

    def _end_second(self) -> float:
        return cancelled_at(self.row) or super()._end_second()

    def _is_measured(self) -> bool:
        return all(child.row.planned for child in self._shares.living())

    def _current(self) -> list[str]:
        return self._shares.current()

    def _children(self) -> Iterable[str]:
        return self._shares.ids()

    def _hosts_waited_for(self, candidates: set[str]) -> set[str]:
        return candidates
