"""The jobs of other processes, as they are told here: the newest view of each, its changed files, and how it ended."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from threadreel import events
from threadreel.engine.jobs.tally import BOARD_KINDS
from threadreel.engine.lifecycle.lookup import Lookup
from threadreel.engine.reporter import FILES_AT_ONCE, Reporter
from threadreel.errors import RequestError
from threadreel.events import Event, Report
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.live_table import Change
from threadreel.library.reports import file_view, make_report
from threadreel.states import END_STATES


@dataclass(frozen=True, slots=True)
class _Known:
    """An unfinished job: who runs it, and the revision that was told last."""

    owner: str | None
    revision: int


class ForeignJobs:
    """Those that concern this process. Only its one user tells; anybody may ask who is known."""

    def __init__(self, table: JobTable, lookup: Lookup, reporter: Reporter, time: Callable[[], float]) -> None:
        self._table, self._lookup, self._reporter, self._time = table, lookup, reporter, time
        self._lock = threading.Lock()  # protects what follows
        self._jobs: dict[str, _Known] = {}
        self._parents: dict[str, str | None] = {}
        self._followed: set[str] | None = set()  # None: all
        self._ends: set[str] = set()
        self._since = time()

    # Who is known

    def begin_with(self, unfinished: Iterable[Change]) -> None:
        """Every job concerns this process, beginning with these."""
        self._since = self._time()
        with self._lock:
            self._followed = None
            self._know(unfinished)

    def follow(self, job_id: str, unfinished: Iterable[Change]) -> None:
        """So does this job, with what it is made of."""
        with self._lock:
            if self._followed is not None:
                self._followed.add(job_id)
            self._know(unfinished)

    def _know(self, unfinished: Iterable[Change]) -> None:
        for change in unfinished:
            self._jobs[change.job] = _Known(change.owner, change.revision)
            self._parents[change.job] = change.parent

    def strangers(self, job_ids: Collection[str]) -> list[str]:
        """Those of these jobs that do not concern this process yet."""
        with self._lock:
            return [] if self._followed is None else [job_id for job_id in job_ids if job_id not in self._followed]

    def concerns(self, job_id: str, parent: str | None) -> bool:
        """Whether this job concerns this process."""
        with self._lock:
            return self._followed is None or job_id in self._followed or parent in self._followed

    def has_any(self, job_ids: Collection[str]) -> bool:
        """Whether one of these is run by another process, or was and not everybody was told of its end."""
        with self._lock:
            return not self._jobs.keys().isdisjoint(job_ids)

    def heads(self) -> list[str]:
        """Those that are no part of another of them."""
        with self._lock:
            return [job_id for job_id in self._jobs if self._parents.get(job_id) not in self._jobs]

    def owner(self, job_id: str) -> str | None:
        """Who runs it."""
        with self._lock:
            known = self._jobs.get(job_id)
            return known.owner if known else None

    def owners(self) -> set[str | None]:
        """Who runs any of them."""
        with self._lock:
            return {known.owner for known in self._jobs.values()}

    def of(self, owners: Collection[str | None]) -> list[str]:
        """The jobs of these processes."""
        with self._lock:
            return [job_id for job_id, known in self._jobs.items() if known.owner in owners]

    def drop(self, job_id: str) -> None:
        """It is no longer another's."""
        with self._lock:
            self._jobs.pop(job_id, None)
            self._parents.pop(job_id, None)

    # What is told

    def take(self, change: Change) -> bool:
        """Tell what changed, if it concerns this process; whether the job ended."""
        if not self.concerns(change.job, change.parent):
            return False
        if change.has_ended:
            return self._take_end(change)
        with self._lock:
            before = self._jobs.get(change.job)
            self._know([change])
            self._ends.discard(change.job)
        with contextlib.suppress(RequestError):  # forgotten meanwhile
            row = self._row(change.job)
            self._reporter.relay([*self._file_events(row, before.revision if before else 0), self._update(row)])
        return False

    def tell_removed(self, changes: Iterable[Change]) -> None:
        """Tell which of these jobs are listed no more, our own too: another process may have been asked for that."""
        gone = (change for change in changes if change.is_forgotten)
        self._reporter.removed([change.job for change in gone if self.concerns(change.job, change.parent)])

    def _take_end(self, change: Change) -> bool:
        with self._lock:
            known = self._jobs.get(change.job)
            is_told = change.job in self._ends
            self._ends.add(change.job)
        if not is_told and not change.is_forgotten:
            row = self._table.get(change.job)
            if row is not None and (known or (row.finished or 0.0) >= self._since):
                # A job may begin its last files and end between two looks
                last = self._file_events(row, known.revision) if known else ()
                end = events.job_finished(self._lookup.view(row), self._report(row))
                self._reporter.relay([*last, self._update(row), end])
        self.drop(change.job)
        return known is not None

    def _row(self, job_id: str) -> JobRow:
        row = self._table.get(job_id)
        if row is None:
            raise RequestError("job.unknown", f"There is no job {job_id!r}.")
        return row

    def _update(self, row: JobRow) -> Event:
        return events.job_update(self._lookup.view(row))

    def _file_events(self, row: JobRow, since: int) -> Iterable[Event]:
        if row.kind in BOARD_KINDS:
            return
        files = [file_view(each) for each in self._table.changed_attachments(row.id, since)]
        for start in range(0, len(files), FILES_AT_ONCE):
            yield events.files_changed(row.id, files[start : start + FILES_AT_ONCE])

    def _report(self, row: JobRow) -> Report:
        """The report that its own process made; a board's has its files in those of its threads."""
        if row.kind not in BOARD_KINDS:
            return make_report(row, self._table.attachments(row.id))
        files = row.summary.get("files", {})
        counts = {name: files.get(name, 0) for name in ("total", *map(str, END_STATES))}
        return {**make_report(row, ()), "counts": counts}
