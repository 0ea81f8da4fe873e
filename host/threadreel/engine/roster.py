"""The jobs of this process, and how a job comes into it: new, taken over from a process that died, or back from its end.

The ledger decides between processes; here is only what this one runs.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from threadreel.engine.clock import Clock
from threadreel.engine.job import Job
from threadreel.engine.recovery import distrust_parts, take_stock
from threadreel.engine.tally import Tally, job_view
from threadreel.errors import RequestError, UrlError
from threadreel.events import JobView
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.owners import Owner
from threadreel.sites.base import Site, Target
from threadreel.sites.registry import Registry
from threadreel.states import JOB_ENDED, JobState

PAGE = 100


@dataclass(frozen=True, slots=True)
class Options:
    """What may be chosen for a job: ``only`` kinds (empty: all), templates, priority, and the download root."""

    root: Path
    only: tuple[str, ...]
    name_template: str
    folder_template: str
    priority: str = "normal"


class Roster:
    """Every job that lives in this process, by id."""

    def __init__(self, table: JobTable, owner: Owner, registry: Callable[[], Registry], clock: Clock) -> None:
        self._table, self._owner, self._registry, self._clock = table, owner, registry, clock
        self._lock = threading.RLock()  # protects _jobs, and makes finding or making one a single step
        self._jobs: dict[str, Job] = {}

    def living(self) -> list[Job]:
        """Jobs of this process that have not ended, oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.row.state not in JOB_ENDED]

    def has_any(self, job_ids: Collection[str]) -> bool:
        """Whether one of these jobs lives here, or ended and not everybody was told."""
        with self._lock:
            return not self._jobs.keys().isdisjoint(job_ids)

    def find(self, job_id: str) -> tuple[Job, bool]:
        """The job, from the ledger if need be, and whether somebody must start it: its process was gone, it is ours now.

        RequestError ``job.unknown``; ``job.elsewhere`` when another process runs it.
        """
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id], False
            row = self._row(job_id)
            if row.state in JOB_ENDED:
                return self._make(row), False
            job = self._take_over(row)
            if job is None:
                raise RequestError(
                    "job.elsewhere",
                    f"Another Threadreel process is downloading {row.url} already.",
                    "Look at it in the browser that started it, or stop that process.",
                )
            return job, True

    def find_or_add(self, site: Site, target: Target, options: Options) -> tuple[Job | JobRow, bool]:
        """The job for this page and root, and whether it is new to this process (so that somebody must start it).

        Only its row, when another process runs it.
        """
        with self._lock:
            row = self._table.living(target.url, str(options.root))
            if row is None:
                row = self._new_row(site, target, options)
                try:
                    self._table.add(row)
                except sqlite3.IntegrityError:  # another process was faster by a moment
                    row = self._table.living(target.url, str(options.root)) or row
                else:
                    return self._keep(row), True
            if row.id in self._jobs:
                return self._jobs[row.id], False
            job = self._take_over(row)
            return (job, True) if job is not None else (row, False)

    def adopt(self) -> list[Job]:
        """Every unfinished job whose process is gone is this one's now, but for boards that left the settings."""
        with self._lock:
            adopted = []
            for row in self._table.unfinished():
                with contextlib.suppress(RequestError):
                    if row.id not in self._jobs and (job := self._take_over(row)) is not None:
                        adopted.append(job)
            return adopted

    def revive(self, job: Job, is_wanted: Callable[[AttachmentRow], bool]) -> bool:
        """Whether the ended job lives again, here, with what is wanted of its attachments; not when a newer one is at its page."""
        with self._lock:
            row = self._table.get(job.id)
            if row is None or row.state not in JOB_ENDED or row.finished != job.row.finished:
                return False  # forgotten, or revived by somebody else meanwhile
            try:
                is_alive = job.revive(self._owner.name, is_wanted)
            except sqlite3.IntegrityError:
                return False
            if is_alive:
                self._jobs[job.id] = job
            return is_alive

    def draft(self, site: Site, target: Target, options: Options) -> JobRow:
        """The row a new job would begin with; nothing is kept."""
        return self._new_row(site, target, options)

    def release(self, job: Job) -> None:
        """The ended job is no longer in memory; the ledger has it."""
        with self._lock:
            if job.row.state in JOB_ENDED:
                self._jobs.pop(job.id, None)

    def view(self, row: JobRow) -> JobView:
        """The job of this row as it is now: from memory, or from the ledger when it ended or runs elsewhere."""
        with self._lock:
            job = self._jobs.get(row.id)
            if job is None and row.state not in JOB_ENDED:
                row = self._table.get(row.id) or row  # it may have ended here since the row was read
        if job is not None:
            return job.view()
        return job_view(
            row, row.summary if row.state in JOB_ENDED else Tally(self._table.attachments(row.id)).summary()
        )

    def job(self, job_id: str) -> JobView:
        """Any job as it is now. RequestError ``job.unknown``."""
        return self.view(self._row(job_id))

    def forget(self, job_id: str) -> list[JobView]:
        """The ended job is listed no more; one that lives stays. RequestError ``job.unknown``."""
        view = self.view(self._row(job_id))
        self._table.forget(job_id)
        return [view]

    def forget_ended(self) -> list[JobView]:
        """No ended job is listed any more; those that were, a page of them."""
        views = [job_view(row, row.summary) for row in self._table.ended(PAGE)]
        self._table.forget_ended()
        return views

    def page(self, cursor: str | None) -> tuple[list[JobView], str | None]:
        """Up to ``PAGE`` jobs, newest first, and where the next page begins."""
        rows = self._table.page(_read_cursor(cursor), PAGE + 1)
        following = f"{rows[PAGE - 1].created!r}/{rows[PAGE - 1].id}" if len(rows) > PAGE else None
        return [self.view(row) for row in rows[:PAGE]], following

    def files(self, job_id: str) -> list[AttachmentRow]:
        """The attachments of any job. RequestError ``job.unknown``."""
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id].attachments
        return self._table.attachments(self._row(job_id).id)

    def _row(self, job_id: str) -> JobRow:
        row = self._table.get(job_id)
        if row is None:
            raise RequestError(
                "job.unknown", f"There is no job {job_id!r}.", "The list may be old: open the popup again."
            )
        return row

    def _new_row(self, site: Site, target: Target, options: Options) -> JobRow:
        return JobRow(
            id=secrets.token_hex(6),
            url=target.url,
            root=str(options.root),
            site=site.name,
            kind=str(target.kind),
            board=target.board,
            thread=target.thread,
            created=self._clock.time(),
            priority=options.priority,
            options={
                "only": list(options.only),
                "name": options.name_template,
                "folder": options.folder_template,
            },
            owner=self._owner.name,
        )

    def _take_over(self, row: JobRow) -> Job | None:
        """The unfinished job, ours now; None when its process lives. RequestError when its board is not in the settings."""
        self._page_of(row)
        if row.owner != self._owner.name and self._owner.is_alive(row.owner):
            return None
        if not self._table.take_over(row.id, row.owner, self._owner.name):
            return None
        ours = self._row(row.id)  # as the other process left it
        if ours.state is not JobState.PAUSED:
            ours.state = JobState.QUEUED
        return self._keep(ours)

    def _keep(self, row: JobRow) -> Job:
        job = self._jobs[row.id] = self._make(row)
        return job

    def _page_of(self, row: JobRow) -> tuple[Site, Target]:
        try:
            site = self._registry().by_name(row.site)
            target = site.recognise(row.url)
        except UrlError:
            target = None
        if target is None:
            raise RequestError(
                "job.unknown",
                f"The site {row.site} of job {row.id} is no longer in the settings.",
                "Add the board again.",
            )
        return site, target

    def _make(self, row: JobRow) -> Job:
        """The job of this row; one that lives with its attachments as a dead process left them."""
        site, target = self._page_of(row)
        attachments = self._table.attachments(row.id)
        job = Job(row, attachments, site, target, self._table, self._clock)
        distrust_parts(attachments)
        if row.state not in JOB_ENDED and row.planned:
            take_stock(job.folder, attachments)
            job.recount()
        return job


def _read_cursor(cursor: str | None) -> tuple[float, str] | None:
    if cursor is None:
        return None
    created, _, job_id = cursor.partition("/")
    try:
        return float(created), job_id
    except ValueError:
        raise RequestError(
            "request.invalid", "The cursor is not one that a page of jobs gave.", "Start from the first page."
        ) from None
