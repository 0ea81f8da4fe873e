"""How a job comes into this process: new, taken over from a process that died, or back from its end.

The ledger decides between processes; here is only what this one runs. A board's job and those of its threads are always one
process's: whoever takes over one of them takes over all.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.base_job import BaseJob, Cooldowns
from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.tally import BOARD_KINDS
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.engine.lifecycle.elsewhere_error import ElsewhereError
from threadreel.engine.lifecycle.job_factory import JobFactory
from threadreel.engine.lifecycle.new_rows import NewRows
from threadreel.engine.lifecycle.options import Options
from threadreel.engine.lifecycle.residents import Residents
from threadreel.errors import RequestError
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.owners import Owner
from threadreel.sites.base import PageKind, Site, Target, ThreadRef
from threadreel.sites.registry import Registry
from threadreel.states import JOB_ENDED, JobState

#: a job that lives here, or only its row when another process runs it; and jobs new to this process, which somebody must start
Found = tuple[BaseJob | JobRow, list[BaseJob]]


class Roster(Residents):
    """Every job that lives in this process, and the ways in."""

    def __init__(
        self,
        table: JobTable,
        owner: Owner,
        registry: Callable[[], Registry],
        clock: Clock,
        cooldowns: Cooldowns = dict,
    ) -> None:
        super().__init__()
        self._table, self._owner = table, owner
        self._job_factory = JobFactory(table, registry, clock, cooldowns)
        self._new_rows = NewRows(owner.name, clock)

    def is_elsewhere(self, row: JobRow) -> bool:
        """Whether another process that lives owns the job of this row."""
        return row.owner != self._owner.name and self._owner.is_alive(row.owner)

    # How they come

    def find(self, job_id: str) -> tuple[BaseJob, list[BaseJob]]:
        """The job, from the ledger if need be, and newcomers: its process was gone, it is ours now.

        RequestError ``job.unknown``; ElsewhereError when another process runs it.
        """
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id], []
            row = known_row(self._table, job_id)
            newcomers: list[BaseJob] = []
            if row.state not in JOB_ENDED:
                newcomers = self._take_over(row)
                if job_id not in self._jobs:
                    raise ElsewhereError(row)
            return self._jobs.get(job_id) or self._job_factory.make(row), newcomers

    def find_or_add(self, site: Site, target: Target, options: Options) -> Found:
        """The job for this page and root, a new one if there is none."""
        return self._settle(self._new_rows.of(site, target, options))

    def continue_in(self, job: ThreadJob, target: Target, title: str, follow: dict[str, Any]) -> Found:
        """The watched job for the thread that follows this one, chosen like it but for what follows then."""
        return self._settle(self._new_rows.after(job.row, target, title, follow))

    def _settle(self, draft: JobRow) -> Found:
        """The job that has the draft's page and root, the draft's own if nobody has."""
        with self._lock:
            row = self._table.living(draft.url, draft.root)
            if row is None:
                try:
                    self._table.add(draft)
                except sqlite3.IntegrityError:  # another process was faster by a moment
                    row = self._table.living(draft.url, draft.root) or draft
                else:
                    job = self._keep(draft)
                    return job, [job]
            return self._living(row)

    def _living(self, row: JobRow) -> Found:
        newcomers = [] if row.id in self._jobs else self._take_over(row)
        return self._jobs.get(row.id) or row, newcomers

    def add_children(self, board_job: BoardJob, pages: Sequence[Target], options: Options) -> list[Found] | None:
        """Likewise for each of these threads: a part of the board's job, an old one (ended or not) or a new one.

        None when it has ended.
        """
        if not board_job.may_grow:
            return None
        with self._lock:
            drafts = self._new_rows.parts(
                board_job.row,
                [(page, "") for page in pages],
                options.as_json(),
                options.priority_for(PageKind.THREAD),
            )
            return [self._part(board_job, draft) for draft in drafts]

    def _part(self, board_job: BoardJob, draft: JobRow) -> Found:
        """The board job's part for the draft's thread, or a job that the thread has for itself."""
        while True:
            row = self._table.living(draft.url, draft.root)
            known = board_job.child_for(draft.thread)
            if row is not None and row.id != known:
                return self._living(row)
            if known is not None:
                with contextlib.suppress(RequestError):  # forgotten
                    return self.find(known)
            added = board_job.add([draft])
            if added is None:  # it was cancelled in this moment
                return self._settle(replace(draft, parent=None))
            if added:
                job = self._keep(draft)
                return job, [job]
            # the job that was in the way may have ended meanwhile

    def plan_children(
        self, board_job: BoardJob, scan: int, title: str, refs: Sequence[ThreadRef]
    ) -> tuple[list[BaseJob], int] | None:
        """The board's listing was read: its new parts, and how many threads are left to jobs that they have.

        None when this scan is no longer wanted.
        """
        with self._lock:
            known = board_job.threads
            pages = [
                (target, ref.subject or "")
                for ref in refs
                if ref.thread not in known and (target := board_job.site.recognise(ref.url)) is not None
            ]
            drafts = self._new_rows.parts(board_job.row, pages, board_job.part_options, board_job.row.priority)
            added = board_job.plan(scan, title, drafts)
            return None if added is None else ([self._keep(row) for row in added], len(drafts) - len(added))

    def adopt(self, is_wanted: Callable[[JobRow], bool]) -> list[BaseJob]:
        """Every unfinished job that is wanted, and whose process is gone, is ours now, but for boards that left the settings."""
        with self._lock:
            rows = [row for row in self._table.unfinished() if is_wanted(row)]
            heads = {row.id for row in rows}
            adopted = []
            for row in rows:
                with contextlib.suppress(RequestError):
                    if row.id not in self._jobs and row.parent not in heads:  # a part comes with its board's job
                        adopted += self._take_over(row)
            return adopted

    def revive(self, job: Job, is_wanted: Callable[[AttachmentRow], bool]) -> bool:
        """Whether the ended job lives again, here, with what is wanted of its attachments; not when a newer one is at its page."""
        with self._lock:
            if not self._has_just_ended(job):
                return False
            try:
                is_alive = job.revive(self._owner.name, is_wanted)
            except sqlite3.IntegrityError:
                return False
            if is_alive:
                self._enter(job)
            return is_alive

    def revive_board_job(self, board_job: BoardJob) -> bool:
        """Whether the ended job of a board lives again, here; what becomes of its parts is the caller's."""
        with self._lock:
            if not self._has_just_ended(board_job):
                return False
            try:
                board_job.revive(self._owner.name)
            except sqlite3.IntegrityError:
                return False
            self._enter(board_job)
            # parts that were retried by themselves, while another job had the board's page
            for job in [each for each in self._jobs.values() if each.row.parent == board_job.id]:
                assert isinstance(job, Job)  # a thread's
                board_job.take(job)
            return True

    def sum_up_again(self, child: Job) -> None:
        """The ended child may be a part of a job that ended before, and could not live again with it."""
        with self._lock:
            row = self._table.get(child.row.parent) if child.row.parent else None
            if row is not None and row.state in JOB_ENDED and row.id not in self._jobs:
                with contextlib.suppress(RequestError):  # its board left the settings
                    board_job = self._job_factory.make(row)
                    assert isinstance(board_job, BoardJob)  # only they have parts
                    board_job.sum_up_again()

    def _has_just_ended(self, job: BaseJob) -> bool:
        """Not when it was forgotten, or revived by somebody else meanwhile."""
        row = self._table.get(job.id)
        return row is not None and row.state in JOB_ENDED and row.finished == job.row.finished

    def draft(self, site: Site, target: Target, options: Options) -> JobRow:
        """The row a new job would begin with; nothing is kept."""
        return self._new_rows.of(site, target, options)

    def _take_over(self, row: JobRow) -> list[BaseJob]:
        """The unfinished job, ours now, with the board's job that it is a part of and all of that; none when their process lives.

        RequestError when their board is not in the settings.
        """
        parent = self._table.get(row.parent) if row.parent else None
        head = parent if parent is not None and parent.state not in JOB_ENDED else row
        self._job_factory.page_of(head)
        if head.owner != self._owner.name and self._owner.is_alive(head.owner):
            return []
        if not self._table.take_over(head.id, head.owner, self._owner.name):
            return []
        ours = known_row(self._table, head.id)  # as the other process left it
        is_paused = ours.state is JobState.PAUSED
        _wake(ours, is_paused=is_paused)
        newcomers = [self._keep(ours)]
        if ours.kind in BOARD_KINDS:
            for child in self._table.children(ours.id):
                if child.state not in JOB_ENDED and child.id not in self._jobs:
                    # between two steps of a pause some of them had not been told
                    _wake(child, is_paused=is_paused or child.state is JobState.PAUSED)
                    newcomers.append(self._keep(child))
        return newcomers

    def _keep(self, row: JobRow) -> BaseJob:
        return self._enter(self._job_factory.make(row))


def known_row(table: JobTable, job_id: str) -> JobRow:
    """The job's row. RequestError ``job.unknown``."""
    row = table.get(job_id)
    if row is None:
        raise RequestError("job.unknown", f"There is no job {job_id!r}.", "The list may be old: open the popup again.")
    return row


def _wake(row: JobRow, *, is_paused: bool) -> None:
    """An unfinished job begins from its first state, whichever its process left it in."""
    row.state = JobState.PAUSED if is_paused else JobState.QUEUED
