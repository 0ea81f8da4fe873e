"""What people ask of jobs that there are: pause, resume, cancel, retry, priority, watch. Says whose business each is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection

from threadreel.engine.jobs.base_job import BaseJob
from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.engine.lifecycle.board_course import BoardCourse
from threadreel.engine.lifecycle.lookup import Lookup
from threadreel.engine.lifecycle.roster import Roster
from threadreel.engine.lifecycle.thread_course import ThreadCourse
from threadreel.engine.reporter import Reporter
from threadreel.engine.transfers.lines import PRIORITIES
from threadreel.errors import RequestError
from threadreel.events import JobView
from threadreel.library.job_table import JobTable
from threadreel.states import JobState

#: ``job.retry`` of "all" goes back so many ended jobs
RETRY_AT_ONCE = 100


class Controls:
    """Changes jobs for people. A job that is past an action stays as it is."""

    def __init__(
        self,
        table: JobTable,
        roster: Roster,
        lookup: Lookup,
        course: ThreadCourse,
        boards: BoardCourse,
        reporter: Reporter,
    ) -> None:
        self._table, self._roster, self._lookup = table, roster, lookup
        self._course, self._boards, self._reporter = course, boards, reporter

    def go(self, job: BaseJob) -> None:
        """From queued on."""
        if isinstance(job, BoardJob):
            self._boards.go(job)
        elif isinstance(job, Job):
            self._course.go(job)

    def resume(self, job: BaseJob) -> None:
        """Go on after a pause."""
        if isinstance(job, BoardJob):
            self._boards.resume(job)
        elif isinstance(job, Job):
            self._boards.resume_child(job)

    def raise_priority(self, job: BaseJob, priority: str) -> None:
        """Serve it with this priority, if that is earlier than its own."""
        if PRIORITIES.index(priority) < PRIORITIES.index(job.row.priority):
            self._set_priority(job, priority)

    def control(self, action: str, job_id: str, priority: str = "", file: str = "") -> list[JobView]:
        """``pause``, ``resume``, ``cancel``, ``retry``, ``remove`` or ``priority`` for one job or ``all``; the jobs after it.

        ``retry`` with the key of a ``file`` asks for that alone, of a job that has ended.

        Raises RequestError ``job.unknown``, ``job.elsewhere``.
        """
        if action == "remove":
            return self._remove(job_id)
        act: Callable[[BaseJob], None] = {
            "pause": self._pause,
            "resume": self.resume,
            "cancel": self._cancel,
            "retry": lambda job: self._retry(job, file),
            "priority": lambda job: self._set_priority(job, priority),
        }[action]
        views = []
        for job, newcomers in self._find(action, job_id):
            act(job)
            self.start(newcomers)
            views.append(self._lookup.view(job.row))
        return views

    def set_watching(self, job_id: str, is_watched: bool) -> list[JobView]:
        """Watch the thread of a job, or watch it no more; the job after it.

        Raises RequestError ``job.unknown``, ``job.elsewhere``; ``request.unsupported`` for what is no thread.
        """
        job, newcomers = self._roster.find(job_id)
        if isinstance(job, ThreadJob):
            self._course.set_watching(job, is_watched)
        else:
            refuse_watch(job.target.kind)
        self.start(newcomers)
        return [self._lookup.view(job.row)]

    def watch(self, job: BaseJob, is_watched: bool | None) -> None:
        """Likewise, for a job that was asked for again; None leaves it as it is."""
        if is_watched is not None and isinstance(job, ThreadJob):
            self._course.set_watching(job, is_watched)

    def widen(self, job: BaseJob, files: Collection[str]) -> None:
        """Fetch these files of a thread's job too, by key, or (none) all that only a choice left out."""
        if isinstance(job, ThreadJob):
            self._course.widen(job, files)

    def start(self, newcomers: list[BaseJob]) -> None:
        """Jobs that are new to this process begin, or go on; those that rest stay so."""
        for job in newcomers:
            if job.row.state is JobState.QUEUED:
                self.go(job)

    def _find(self, action: str, job_id: str) -> list[tuple[BaseJob, list[BaseJob]]]:
        if job_id != "all":
            return [self._roster.find(job_id)]
        found: list[tuple[BaseJob, list[BaseJob]]] = [(job, []) for job in self._roster.heads()]
        if action == "retry":
            found = [(job, []) for job, _ in found if isinstance(job, BoardJob)]
            for row in self._table.ended(RETRY_AT_ONCE):
                with contextlib.suppress(RequestError):  # a board that left the settings, or forgotten just now
                    found.append(self._roster.find(row.id))
        return found

    def _remove(self, job_id: str) -> list[JobView]:
        views, removed = self._lookup.forget_ended() if job_id == "all" else self._lookup.forget(job_id)
        self._reporter.removed(removed)
        return views

    def _pause(self, job: BaseJob) -> None:
        if isinstance(job, BoardJob):
            self._boards.pause(job)
        elif isinstance(job, Job):
            self._course.pause(job)

    def _cancel(self, job: BaseJob) -> None:
        if isinstance(job, BoardJob):
            self._boards.cancel(job)
        elif isinstance(job, Job):
            self._course.cancel(job)

    def _retry(self, job: BaseJob, file: str) -> None:
        if isinstance(job, BoardJob):
            self._boards.retry(job)
        elif isinstance(job, Job) and job.row.parent:
            self._boards.retry_child(job, file)
        elif isinstance(job, Job):
            self._course.retry(job, file)

    def _set_priority(self, job: BaseJob, priority: str) -> None:
        if isinstance(job, BoardJob):
            self._boards.set_priority(job, priority)
        elif isinstance(job, Job):
            self._course.set_priority(job, priority)


def refuse_watch(kind: str) -> None:
    """RequestError ``request.unsupported``: only threads are watched."""
    if kind == "file":
        raise RequestError("request.unsupported", "A picture cannot be watched; watch its thread.")
    raise RequestError("request.unsupported", "A board cannot be watched; watch its threads.")
