"""What changed, told at most five times a second: the newest view of each job, its changed files, and at the end the exact
truth (four times a second, and once at the end).

All events of the engine leave through here, one at a time, in the order in which they came in line: that is the order in which
things happened. Who puts one there tells, unless somebody does already; so a listener that hangs holds up one thread, not all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from threadreel import events
from threadreel.engine.jobs.base_job import BaseJob
from threadreel.engine.timers import Timers
from threadreel.events import Event, Level, Listener, Report
from threadreel.library.job_table import AttachmentRow
from threadreel.library.reports import file_view
from threadreel.states import JOB_ENDED

log = logging.getLogger(__name__)

INTERVAL_S = 0.25
#: files in one event: a frame stays far below its limit, the rest follow with the next
FILES_AT_ONCE = 200
#: removed jobs in one event
JOBS_AT_ONCE = 200
#: with so many events in line the listener is behind: what changes is told when it has caught up
_MOST_UNTOLD = 50
_KEY = "reporter"


class Reporter:
    """Collects what changed and tells the listener, which must neither block nor call the engine."""

    def __init__(self, listener: Listener, timers: Timers) -> None:
        self._listener, self._timers = listener, timers
        self._moving: Callable[[], list[BaseJob]] = list
        self._collecting = threading.Lock()  # protects what is collected and whether the timers will come for it
        self._jobs: dict[str, BaseJob] = {}
        self._files: dict[str, dict[str, AttachmentRow]] = {}
        self._is_awaited = False
        self._is_stopped = False
        self._composing = threading.Lock()  # what is said comes in line in the order in which it was true
        self._removed: set[str] = set()
        self._line: deque[Event] = deque()
        self._end_s: float | None = None  # monotonic; from then on nothing comes in line
        self._telling = threading.Lock()  # held by the one thread that tells
        self._told = threading.Condition()

    def watch(self, moving: Callable[[], list[BaseJob]]) -> None:
        """Who names the jobs whose bytes move without anybody saying so."""
        self._moving = moving

    def touch(self, job: BaseJob, row: AttachmentRow | None = None) -> None:
        """The job changed, and this attachment of it."""
        with self._collecting:
            if self._is_stopped:
                return
            self._collect(job, [] if row is None else [row])
            if not self._is_awaited:
                self._is_awaited = True
                self._timers.after(_KEY, INTERVAL_S, self._flush)

    def finished(self, job: BaseJob, report: Report) -> None:
        """The job ended: its last state exactly, then its report, which has every file; nothing of it is told later."""
        with self._composing:
            last = self._compose(job)
            self._forget(job)
            self._put([*last, events.job_finished(job.view(), report)])
        self._tell()

    def log(self, level: Level, text: str, job: BaseJob | None = None) -> None:
        """Say a sentence; about a job, only while it has not ended."""
        with self._composing:
            if job is None or job.row.state not in JOB_ENDED:
                self._put([events.log_line(level, text, job.id if job is not None else None)])
        self._tell()

    def removed(self, job_ids: Iterable[str]) -> None:
        """These jobs are listed no more; each is told of once, whoever removed it."""
        with self._composing:
            new = [job_id for job_id in job_ids if job_id not in self._removed]
            self._removed.update(new)
            for start in range(0, len(new), JOBS_AT_ONCE):
                self._put([events.jobs_removed(new[start : start + JOBS_AT_ONCE])])
        self._tell()

    def relay(self, said: Iterable[Event]) -> None:
        """Say this of a job that another process runs."""
        with self._composing:
            self._put(list(said))
        self._tell()

    def say(self, event: Event) -> None:
        """Tell this too, in its turn."""
        with self._composing:
            self._put([event])
        self._tell()

    def wait_told(self, timeout_s: float) -> bool:
        """Whether within the limit all that came in line was told."""
        with self._told:
            return self._told.wait_for(lambda: not self._line and not self._telling.locked(), timeout_s)

    def stop(self, timeout_s: float) -> bool:
        """Tell what is left; whether all was told within the limit. Nothing is told of what happens afterwards."""
        self._end_s = time.monotonic() + timeout_s
        with self._collecting:
            self._is_stopped = True
        while (jobs := self._collected()) and time.monotonic() < self._end_s:
            self._put_changes(jobs)
        self._tell()
        is_told = self.wait_told(max(0.0, self._end_s - time.monotonic()))
        self._end_s = 0.0
        return is_told

    # On the timers' thread

    def _flush(self) -> None:
        """Put what changed in line and tell it; come back as long as there was something."""
        jobs: list[BaseJob] = []
        try:
            if len(self._line) < _MOST_UNTOLD:
                for job in self._moving():
                    rows = [transfer.row for transfer in job.active()]
                    with self._collecting:
                        self._collect(job, rows)
                jobs = self._collected()
                self._put_changes(jobs)
                self._tell()
        finally:
            with self._collecting:
                self._is_awaited = bool(jobs or self._jobs)
                if self._is_awaited:
                    self._timers.after(_KEY, INTERVAL_S, self._flush)

    # What changed

    def _collect(self, job: BaseJob, rows: list[AttachmentRow]) -> None:
        self._jobs[job.id] = job
        self._files.setdefault(job.id, {}).update({row.key: row for row in rows})

    def _collected(self) -> list[BaseJob]:
        with self._collecting:
            return list(self._jobs.values())

    def _forget(self, job: BaseJob) -> None:
        with self._collecting:
            if self._jobs.get(job.id) is job:
                del self._jobs[job.id]
                self._files.pop(job.id, None)

    def _put_changes(self, jobs: list[BaseJob]) -> None:
        """Of a job that ended only ``finished`` speaks, however late it was touched."""
        for job in jobs:
            with self._composing:
                if job.row.state in JOB_ENDED:
                    self._forget(job)
                else:
                    self._put(self._compose(job))

    def _compose(self, job: BaseJob) -> list[Event]:
        """One ``files.changed`` and one ``job.update``; changed files beyond what one event carries wait for the next."""
        with self._collecting:
            self._jobs.pop(job.id, None)
            rows = list(self._files.pop(job.id, {}).values())
            if rows[FILES_AT_ONCE:]:
                self._collect(job, rows[FILES_AT_ONCE:])
        changed = [events.files_changed(job.id, [file_view(row) for row in rows[:FILES_AT_ONCE]])] if rows else []
        return [*changed, events.job_update(job.view())]

    # The line

    def _put(self, said: list[Event]) -> None:
        if self._end_s is None or time.monotonic() < self._end_s:
            self._line.extend(said)

    def _tell(self) -> None:
        """Everything in line is told now, or by the thread that tells at this moment."""
        while self._line and self._telling.acquire(blocking=False):
            try:
                while self._line:
                    self._tell_one(self._line.popleft())
            finally:
                self._telling.release()
        with self._told:
            self._told.notify_all()

    def _tell_one(self, event: Event) -> None:
        try:
            self._listener(event)
        except Exception:  # a stranger's code: it must not end who tells, or the transfer that has something to say
            log.exception("the listener failed")
