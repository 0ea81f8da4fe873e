"""The jobs of this process, and how a job comes into it: new, taken over from a process that died, or back from its end.

The ledger decides between processes; here is only what this one runs. A board's job and those of its threads are always one
process's: whoever takes over one of them takes over all.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.drafts import Drafts
from threadreel.engine.elsewhere import ElsewhereError
from threadreel.engine.family import Family
from threadreel.engine.job import Job
from threadreel.engine.making import Maker
from threadreel.engine.options import Options
from threadreel.engine.standing import Cooldowns, Standing
from threadreel.engine.tally import BOARD_KINDS
from threadreel.engine.thread_job import ThreadJob
from threadreel.errors import RequestError
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.owners import Owner
from threadreel.sites.base import PageKind, Site, Target, ThreadRef
from threadreel.sites.registry import Registry
from threadreel.states import JOB_ENDED, JobState

#: a job that lives here, or only its row when another process runs it; and jobs new to this process, which somebody must start
Found = tuple[Standing | JobRow, list[Standing]]


class Roster:
    """Every job that lives in this process, by id."""

    def __init__(
        self,
        table: JobTable,
        owner: Owner,
        registry: Callable[[], Registry],
        clock: Clock,
        cooldowns: Cooldowns = dict,
    ) -> None:
        self._table, self._owner = table, owner
        self._maker = Maker(table, registry, clock, cooldowns)
        self._drafts = Drafts(owner.name, clock)
        self._lock = threading.RLock()  # protects _jobs, and makes finding or making one a single step
        self._jobs: dict[str, Standing] = {}

    # Who is here

    def living(self) -> list[Standing]:
        """Jobs of this process that have not ended, oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.row.state not in JOB_ENDED]

    def heads(self) -> list[Standing]:
        """Those of them that are not a part of another."""
        with self._lock:
            return [job for job in self.living() if job.row.parent not in self._jobs]

    def here(self, job_id: str | None) -> Standing | None:
        """The job, if it lives in this process."""
        with self._lock:
            return self._jobs.get(job_id or "")

    def family_of(self, job: Standing) -> Family | None:
        """The job that this one is a part of, if that lives."""
        family = self.here(job.row.parent)
        return family if isinstance(family, Family) else None

    def is_elsewhere(self, row: JobRow) -> bool:
        """Whether another process that lives owns the job of this row."""
        return row.owner != self._owner.name and self._owner.is_alive(row.owner)

    def has_any(self, job_ids: Collection[str]) -> bool:
        """Whether one of these jobs lives here, or ended and not everybody was told."""
        with self._lock:
            return not self._jobs.keys().isdisjoint(job_ids)

    # How they come

    def find(self, job_id: str) -> tuple[Standing, list[Standing]]:
        """The job, from the ledger if need be, and newcomers: its process was gone, it is ours now.

        RequestError ``job.unknown``; ElsewhereError when another process runs it.
        """
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id], []
            row = known_row(self._table, job_id)
            newcomers: list[Standing] = []
            if row.state not in JOB_ENDED:
                newcomers = self._take_over(row)
                if job_id not in self._jobs:
                    raise ElsewhereError(row)
            return self._jobs.get(job_id) or self._maker.make(row), newcomers

    def find_or_add(self, site: Site, target: Target, options: Options) -> Found:
        """The job for this page and root, a new one if there is none."""
        return self._settle(self._drafts.of(site, target, options))

    def continue_in(self, job: ThreadJob, target: Target, title: str, follow: dict[str, Any]) -> Found:
        """The watched job for the thread that follows this one, chosen like it but for what follows then."""
        return self._settle(self._drafts.after(job.row, target, title, follow))

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

    def add_children(self, family: Family, pages: Sequence[Target], options: Options) -> list[Found] | None:
        """Likewise for each of these threads: a part of the family, an old one (ended or not) or a new one.

        None when the family has ended.
        """
        if not family.may_grow:
            return None
        with self._lock:
            drafts = self._drafts.parts(
                family.row,
                [(page, "") for page in pages],
                options.as_json(),
                options.priority_for(PageKind.THREAD),
            )
            return [self._part(family, draft) for draft in drafts]

    def _part(self, family: Family, draft: JobRow) -> Found:
        """The family's part for the draft's thread, or a job that the thread has for itself."""
        while True:
            row = self._table.living(draft.url, draft.root)
            known = family.child_for(draft.thread)
            if row is not None and row.id != known:
                return self._living(row)
            if known is not None:
                with contextlib.suppress(RequestError):  # forgotten
                    return self.find(known)
            added = family.add([draft])
            if added is None:  # it was cancelled in this moment
                return self._settle(replace(draft, parent=None))
            if added:
                job = self._keep(draft)
                return job, [job]
            # the job that was in the way may have ended meanwhile

    def plan_children(
        self, family: Family, scan: int, title: str, refs: Sequence[ThreadRef]
    ) -> tuple[list[Standing], int] | None:
        """The family's listing was read: its new parts, and how many threads are left to jobs that they have.

        None when this scan is no longer wanted.
        """
        with self._lock:
            known = family.threads
            pages = [
                (target, ref.subject or "")
                for ref in refs
                if ref.thread not in known and (target := family.site.recognise(ref.url)) is not None
            ]
            drafts = self._drafts.parts(family.row, pages, family.part_options, family.row.priority)
            added = family.plan(scan, title, drafts)
            return None if added is None else ([self._keep(row) for row in added], len(drafts) - len(added))

    def adopt(self, is_wanted: Callable[[JobRow], bool]) -> list[Standing]:
        """Every unfinished job that is wanted, and whose process is gone, is ours now, but for boards that left the settings."""
        with self._lock:
            rows = [row for row in self._table.unfinished() if is_wanted(row)]
            heads = {row.id for row in rows}
            adopted = []
            for row in rows:
                with contextlib.suppress(RequestError):
                    if row.id not in self._jobs and row.parent not in heads:  # a part comes with its family
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

    def revive_family(self, family: Family) -> bool:
        """Whether the ended job of a board lives again, here; what becomes of its parts is the caller's."""
        with self._lock:
            if not self._has_just_ended(family):
                return False
            try:
                family.revive(self._owner.name)
            except sqlite3.IntegrityError:
                return False
            self._enter(family)
            # parts that were retried by themselves, while another job had the family's page
            for job in [each for each in self._jobs.values() if each.row.parent == family.id]:
                assert isinstance(job, Job)  # a thread's
                family.take(job)
            return True

    def sum_up_again(self, child: Job) -> None:
        """The ended child may be a part of a job that ended before, and could not live again with it."""
        with self._lock:
            row = self._table.get(child.row.parent) if child.row.parent else None
            if row is not None and row.state in JOB_ENDED and row.id not in self._jobs:
                with contextlib.suppress(RequestError):  # its board left the settings
                    family = self._maker.make(row)
                    assert isinstance(family, Family)  # only they have parts
                    family.sum_up_again()

    def _has_just_ended(self, job: Standing) -> bool:
        """Not when it was forgotten, or revived by somebody else meanwhile."""
        row = self._table.get(job.id)
        return row is not None and row.state in JOB_ENDED and row.finished == job.row.finished

    def release(self, job: Standing) -> None:
        """The ended job is no longer in memory; the ledger has it."""
        with self._lock:
            if job.row.state in JOB_ENDED:
                self._jobs.pop(job.id, None)

    def draft(self, site: Site, target: Target, options: Options) -> JobRow:
        """The row a new job would begin with; nothing is kept."""
        return self._drafts.of(site, target, options)

    def _take_over(self, row: JobRow) -> list[Standing]:
        """The unfinished job, ours now, with all that are in one family with it; none when their process lives.

        RequestError when their board is not in the settings.
        """
        parent = self._table.get(row.parent) if row.parent else None
        head = parent if parent is not None and parent.state not in JOB_ENDED else row
        self._maker.page_of(head)
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

    def _keep(self, row: JobRow) -> Standing:
        return self._enter(self._maker.make(row))

    def _enter(self, job: Standing) -> Standing:
        """The job lives here, and every family that it is in knows."""
        self._jobs[job.id] = job
        if isinstance(job, Job) and (family := self.family_of(job)) is not None:
            family.take(job)
        return job


def known_row(table: JobTable, job_id: str) -> JobRow:
    """The job's row. RequestError ``job.unknown``."""
    row = table.get(job_id)
    if row is None:
        raise RequestError("job.unknown", f"There is no job {job_id!r}.", "The list may be old: open the popup again.")
    return row


def _wake(row: JobRow, *, is_paused: bool) -> None:
    """An unfinished job begins from its first state, whichever its process left it in."""
    row.state = JobState.PAUSED if is_paused else JobState.QUEUED
