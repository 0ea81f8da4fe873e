"""The course of a job: from queued through scan and plan to its transfers, and every way it ends. The only module that says
which step follows which; each step itself belongs to somebody else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from threadreel.engine.intake import Intake
from threadreel.engine.job import Job
from threadreel.engine.reporter import Reporter
from threadreel.engine.room import Room
from threadreel.engine.roster import Roster
from threadreel.engine.runner import Runner
from threadreel.engine.scans import Lanes
from threadreel.errors import DiskError, LedgerError, ThreadreelError
from threadreel.library.job_table import AttachmentRow
from threadreel.library.reports import make_report, write_report
from threadreel.sites.base import PageKind, Site, Target, ThreadAnswer
from threadreel.states import FILE_MISSING, JOB_ENDED, JOB_PAUSABLE, FileState, JobState

#: what ``job.retry`` asks for again; some of it only for one reason
_RETRIED = FILE_MISSING | {
    FileState.GONE,
    FileState.DIFFERS,
    FileState.CANCELLED,
    FileState.FILTERED,
    FileState.HAVE,
}


class Course:
    """Moves jobs along. ``ended`` is called after a job has ended and everybody was told."""

    def __init__(
        self,
        roster: Roster,
        lanes: Lanes,
        intake: Intake,
        room: Room,
        runner: Runner,
        reporter: Reporter,
        ended: Callable[[], None],
    ) -> None:
        self._roster, self._lanes, self._intake, self._room = roster, lanes, intake, room
        self._runner, self._reporter, self._ended = runner, reporter, ended

    def go(self, job: Job) -> None:
        """From queued on: launch what is planned, scan what is not."""
        self._reporter.touch(job)
        if job.row.planned:
            if job.become(JobState.RUNNING):
                self._launch(job)
            return
        scan = job.new_scan()
        if job.target.kind is PageKind.FILE:
            self._plan(job, scan, file_thread(job.site, job.target))
            return
        self._lanes.read(
            job.site,
            job.target,
            lambda thread: self._plan(job, scan, thread),
            job.row.priority,
            lambda: self._begins(job, scan),
        )

    def _begins(self, job: Job, scan: int) -> bool:
        """Whether the job still wants its scan."""
        is_wanted = job.is_scanned_by(scan)
        if is_wanted:
            self._reporter.touch(job)
        return is_wanted

    def _plan(self, job: Job, scan: int, thread: ThreadAnswer | ThreadreelError) -> None:
        if not job.is_scanned_by(scan):
            return
        try:
            if isinstance(thread, ThreadreelError):
                raise thread
            directory, attachments = self._intake.plan(job.row, job.target, thread)
            if not job.set_plan(scan, thread.title, directory, attachments):
                return
        except ThreadreelError as error:
            self._fail(job, error)
        except (OSError, sqlite3.Error) as error:
            hint = "Is the disk full, or may its folder not be read? Retry when that is mended."
            self._fail(job, LedgerError("ledger.unusable", f"The files could not be planned: {error}.", hint))
        else:
            counts = job.view()["files"]
            text = (
                f"{job.row.title or job.row.url}: {counts['total']} files, {counts['done']} settled before any request."
            )
            self._reporter.log("info", text, job)
            self._reporter.touch(job)
            self._launch(job)

    def _launch(self, job: Job) -> None:
        """Serve a running job, if there is room for it."""
        try:
            self._room.admit(job)
        except DiskError as error:
            if job.row.state is JobState.RUNNING:  # one that was paused meanwhile is looked at again when it goes on
                self._fail(job, error)
        else:
            self._runner.launch(job)

    def _fail(self, job: Job, error: ThreadreelError) -> None:
        with job.ending:
            self._reporter.log("error", error.message, job)
            if job.row.planned:
                self._fail_files(job, error.code)
                self._sync(job)
            if job.become(JobState.FAILED, error.as_json()):
                self._tell_end(job)

    def _fail_files(self, job: Job, reason: str) -> None:
        """What was still to come of a job that fails as a whole fails for the same reason; parts stay."""
        for transfer in job.queued():
            job.begin(transfer, 0.0)
        for transfer in job.active():
            transfer.interruption.set()
            if job.end(transfer, FileState.FAILED, reason):
                self._reporter.touch(job, transfer.row)

    def end(self, job: Job) -> None:
        """Every attachment has its end state: prove it, say it. Once, whoever sees it first."""
        with job.ending:
            verdict = job.verdict()
            if verdict is None or job.row.state in JOB_ENDED:
                return
            self._write_report(job)
            self._sync(job)
            if job.become(verdict):
                self._tell_end(job)

    def _tell_end(self, job: Job) -> None:
        """``job.ending`` is held, so that nobody revives the job before it was told how it ended."""
        self._reporter.finished(job, make_report(job.row, job.attachments))
        self._roster.release(job)
        self._ended()

    def _write_report(self, job: Job) -> None:
        """``report.json`` beside a thread's files; a single picture's folder is shared by all of its board."""
        if not job.row.planned or job.target.kind is PageKind.FILE:
            return
        try:
            write_report(job.folder, make_report(job.row, job.attachments))
        except DiskError as error:
            self._reporter.log("error", f"{error.message} {error.hint}", job)
        except OSError as error:
            self._reporter.log("error", f"The report could not be written: {error}.", job)

    def _sync(self, job: Job) -> None:
        """Every name of the job is on the disk: see ``library.durability``."""
        if job.folder.path.is_dir():
            try:
                job.folder.sync()
            except DiskError as error:
                self._reporter.log("error", f"{error.message} {error.hint}", job)

    def pause(self, job: Job) -> None:
        """Rest; what is on its way lets go and keeps what it has."""
        if job.row.state in JOB_PAUSABLE and job.become(JobState.PAUSED):
            self._runner.halt(job)
            self._reporter.touch(job)

    def resume(self, job: Job) -> None:
        """Go on after a pause."""
        if job.row.state is JobState.PAUSED:
            if not job.row.planned:
                job.become(JobState.QUEUED)
            self.go(job)

    def cancel(self, job: Job) -> None:
        """End now; what is complete stays."""
        with job.ending:
            if self._runner.cancel(job):
                self._write_report(job)
                if job.row.planned:
                    self._sync(job)
                self._tell_end(job)

    def retry(self, job: Job) -> None:
        """Go on after the end, with what is missing or not as it should be."""
        with job.ending:
            is_alive = self._roster.revive(job, _is_retried)
        if is_alive:
            self.go(job)

    def set_priority(self, job: Job, priority: str) -> None:
        """Serve it earlier or later from now on."""
        if job.row.state not in JOB_ENDED:
            job.set_priority(priority)
            self._runner.scheduler.set_priority(job.id, priority)
            self._reporter.touch(job)


def _is_retried(row: AttachmentRow) -> bool:
    """Whether ``job.retry`` asks for this attachment again."""
    if not row.urls or row.state not in _RETRIED:
        return False
    reasons = {FileState.FILTERED: "removed", FileState.HAVE: FileState.DIFFERS}
    return row.state not in reasons or row.reason == reasons[row.state]


def file_thread(site: Site, target: Target) -> ThreadAnswer:
    """A single picture as a thread of one."""
    attachment = site.single_file(target)
    return ThreadAnswer(attachment.key + attachment.ext, (attachment,), 1)
