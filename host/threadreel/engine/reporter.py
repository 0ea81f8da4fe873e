"""What changed, told at most five times a second: the newest view of each job, its changed files, and at the end the exact
truth (four times a second, and once at the end).

One thread, there only while a job lives. All events of the engine leave through here, one at a time, so their order is the
order in which things happened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from threadreel import events
from threadreel.engine.job import Job
from threadreel.events import Event, Level, Listener, Report
from threadreel.library.job_table import AttachmentRow
from threadreel.library.reports import file_view
from threadreel.states import JOB_ENDED

log = logging.getLogger(__name__)

INTERVAL_S = 0.25
#: files in one event: a frame stays far below its limit, the rest follow with the next
FILES_AT_ONCE = 200


class Reporter:
    """Collects what changed and tells the listener, which must neither block nor call the engine."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()  # protects what is collected
        self._telling = threading.RLock()  # one event after the other
        self._jobs: dict[str, Job] = {}
        self._files: dict[str, dict[str, AttachmentRow]] = {}
        self._moving: Callable[[], list[Job]] = list
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def watch(self, moving: Callable[[], list[Job]]) -> None:
        """Who names the jobs whose bytes move without anybody saying so."""
        self._moving = moving

    def touch(self, job: Job, row: AttachmentRow | None = None) -> None:
        """The job changed, and this attachment of it."""
        with self._lock:
            if self._stopped:
                return
            self._jobs[job.id] = job
            if row is not None:
                self._files.setdefault(job.id, {})[row.key] = row
            if self._thread is None:
                self._wake.clear()
                self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)
                self._thread.start()

    def finished(self, job: Job, report: Report) -> None:
        """The job ended: its last state exactly, then its report, which has every file; nothing of it is told later."""
        with self._telling:
            self._tell_job(job)
            with self._lock:
                self._jobs.pop(job.id, None)
                self._files.pop(job.id, None)
            self._tell(events.job_finished(job.view(), report))

    def log(self, level: Level, text: str, job: Job | None = None) -> None:
        """Say a sentence; about a job, only while it has not ended."""
        with self._telling:
            if job is None or job.row.state not in JOB_ENDED:
                self._tell(events.log_line(level, text, job.id if job is not None else None))

    def stop(self, timeout_s: float) -> bool:
        """Tell what is left; whether the thread ended within the limit."""
        with self._lock:
            self._stopped = True
            thread = self._thread
        self._wake.set()
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while True:
            self._wake.wait(INTERVAL_S)
            moving = [] if self._stopped else self._moving()
            with self._lock:
                for job in moving:
                    self._jobs.setdefault(job.id, job)
                    rows = self._files.setdefault(job.id, {})
                    rows.update({transfer.row.key: transfer.row for transfer in job.active()})
                jobs = list(self._jobs.values())
                if not jobs:
                    self._thread = None
                    return
            for job in jobs:
                with self._telling:
                    self._tell_changed(job)

    def _tell_changed(self, job: Job) -> None:
        """What changed of a job that somebody touched; of an ended one only ``finished`` speaks, however late it was touched."""
        if job.row.state not in JOB_ENDED:
            self._tell_job(job)
            return
        with self._lock:
            if self._jobs.get(job.id) is job:
                del self._jobs[job.id]
                self._files.pop(job.id, None)

    def _tell_job(self, job: Job) -> None:
        """One ``files.changed`` and one ``job.update``; changed files beyond what one event carries wait for the next."""
        with self._lock:
            self._jobs.pop(job.id, None)
            rows = list(self._files.pop(job.id, {}).values())
            if rows[FILES_AT_ONCE:]:
                self._jobs[job.id] = job
                self._files[job.id] = {row.key: row for row in rows[FILES_AT_ONCE:]}
        if rows:
            self._tell(events.files_changed(job.id, [file_view(row) for row in rows[:FILES_AT_ONCE]]))
        self._tell(events.job_update(job.view()))

    def _tell(self, event: Event) -> None:
        try:
            self._listener(event)
        except (
            Exception
        ):  # a stranger's code: it must not end the thread that tells, or the transfer that has something to say
            log.exception("the listener failed")
