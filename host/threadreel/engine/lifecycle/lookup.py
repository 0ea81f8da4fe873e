"""Looking jobs up: those of this process as they are at this moment, all others as the ledger has them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.outcome import BY_BROWSER
from threadreel.engine.jobs.tally import BOARD_KINDS, MOST_CHILDREN, Tally, job_view
from threadreel.engine.jobs.watch_schedule import Watch
from threadreel.engine.lifecycle.roster import Roster, known_row
from threadreel.errors import RequestError
from threadreel.events import JobView
from threadreel.library.history import History
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.states import JOB_ENDED, FileState, JobState

PAGE = 100
#: instead of a parent: of all jobs, parts of others or not
EVERY_JOB = ""


class Lookup:
    """Views of any job."""

    def __init__(
        self, table: JobTable, history: History, roster: Roster, time: Callable[[], float] = time.time
    ) -> None:
        self._table, self._history, self._roster, self._time = table, history, roster, time

    def view(self, row: JobRow) -> JobView:
        """The job of this row as it is now."""
        job = self._roster.here(row.id)
        if job is None and row.state not in JOB_ENDED:
            row = known_row(self._table, row.id)  # it may have ended here since the row was read
        return self._kept(row) if job is None else job.view()

    def job(self, job_id: str) -> JobView:
        """Any job as it is now. RequestError ``job.unknown``."""
        return self.view(known_row(self._table, job_id))

    def successor(self, job_id: str) -> str | None:
        """The job that a watched job was followed into. RequestError ``job.unknown``."""
        return Watch.of(known_row(self._table, job_id).watch).successor or None

    def files(self, job_id: str) -> list[AttachmentRow]:
        """The attachments of any job; a board's has none of its own. RequestError ``job.unknown``."""
        job = self._roster.here(job_id)
        return job.attachments if isinstance(job, Job) else self._table.attachments(known_row(self._table, job_id).id)

    def page(self, cursor: str | None, parent: str | None = EVERY_JOB) -> tuple[list[JobView], str | None]:
        """Up to ``PAGE`` jobs, and where the next page begins: all, newest first; with None those that are no part of another;
        with an id the parts of that one, in the order in which they were added.
        """
        after = _read_cursor(cursor)
        if parent:
            rows = self._table.children_page(parent, after, PAGE + 1)
        else:
            rows = self._table.page(after, PAGE + 1, top_level=parent is None)
        following = f"{rows[PAGE - 1].created!r}/{rows[PAGE - 1].id}" if len(rows) > PAGE else None
        return [self.view(row) for row in rows[:PAGE]], following

    def history(
        self, words: Sequence[str], state: JobState | None, cursor: str | None
    ) -> tuple[list[JobView], str | None]:
        """Up to ``PAGE`` ended jobs, the last to end first, and where the next page begins. As ``History.page``."""
        rows, following = self._history.page(words, state, cursor, PAGE)
        return [self.view(row) for row in rows], following

    def forget(self, job_id: str) -> tuple[list[JobView], list[str]]:
        """The ended job is listed no more, nor what it is made of: its view, and the ids of all these. One that lives stays.

        RequestError ``job.unknown``.
        """
        return [self.job(job_id)], self._table.forget(job_id)

    def forget_ended(self) -> tuple[list[JobView], list[str]]:
        """No ended job is listed any more: a page of those that were, and the ids of all."""
        return [self._kept(row) for row in self._table.ended(PAGE)], self._table.forget_ended()

    def _kept(self, row: JobRow) -> JobView:
        """Of a job that ended, or that another process runs."""
        is_board = row.kind in BOARD_KINDS
        children = self._table.parts.ids(row.id, MOST_CHILDREN) if is_board else ()
        if row.state in JOB_ENDED:
            return job_view(row, row.summary, children=children)
        snapshot = self._table.live.of(row.id, self._time())
        if snapshot and self._roster.is_elsewhere(row):  # of a process that died the files tell more
            moving = {name: snapshot[name] for name in ("speed", "eta", "current", "cooldown")}
            return job_view(row, snapshot, children=children, **moving)
        return job_view(row, self._sums(row), children=children)

    def _sums(self, row: JobRow) -> dict[str, Any]:
        least_done = row.watch.get("least_done", 0)
        if row.kind not in BOARD_KINDS:
            return Tally(self._table.attachments(row.id)).summary(least_done=least_done)
        tally = Tally(())
        for state, *sums in self._table.parts.sums(row.id, BY_BROWSER):
            tally.add_many(FileState(state), *sums)
        total, done = self._table.parts.count(row.id)
        return {**tally.summary(least_done=least_done), "threads": {"total": total, "done": done}}


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
