"""The course of a thread's or picture's job: from queued through scan and plan to its transfers, and every way it ends. The only
module that says which step follows which; each step itself belongs to somebody else. For boards' jobs ``board_course`` does it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

from threadreel.engine.jobs.child_shares import THREAD_GONE
from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.engine.lifecycle.roster import Roster
from threadreel.engine.planning.intake import Intake
from threadreel.engine.reporter import Reporter
from threadreel.engine.site_api.lanes import Lanes
from threadreel.engine.site_api.reading import Reading
from threadreel.engine.transfers.disk_room import DiskRoom
from threadreel.engine.transfers.runner import Runner
from threadreel.engine.watching.thread_watch import ThreadWatch
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


class ThreadCourse:
    """Moves jobs along. ``ended`` is called with a job that has ended after everybody was told, no lock of it held."""

    def __init__(
        self,
        roster: Roster,
        lanes: Lanes,
        intake: Intake,
        room: DiskRoom,
        runner: Runner,
        reporter: Reporter,
        watching: ThreadWatch,
        ended: Callable[[Job], None],
    ) -> None:
        self._roster, self._lanes, self._intake, self._room = roster, lanes, intake, room
        self._runner, self._reporter, self._watching, self._ended = runner, reporter, watching, ended

    def go(self, job: Job) -> None:
        """From queued on: launch what is planned, scan what is not."""
        if job.is_doomed:
            return
        # of a board's threads thousands begin at once: each is told when it is read
        if job.row.planned or job.row.parent is None:
            self._reporter.touch(job)
        if job.row.planned:
            if job.become(JobState.RUNNING):
                self._launch(job)
                if isinstance(job, ThreadJob):
                    self._watching.go_on(job)
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
            job.id,
            job.row.parent or "",
        )

    def _begins(self, job: Job, scan: int) -> bool:
        """Whether the job still wants its scan."""
        is_wanted = job.is_scanned_by(scan)
        if is_wanted:
            self._reporter.touch(job)
            if self._intake.is_new(job.row):  # else it may have everything already
                self._runner.warm(job)
        return is_wanted

    def _plan(self, job: Job, scan: int, thread: Reading | ThreadreelError) -> None:
        if not job.is_scanned_by(scan):
            return
        try:
            if isinstance(thread, ThreadreelError):
                raise thread
            assert isinstance(thread, ThreadAnswer)  # a thread was asked for
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
            self._reporter.log("debug", text, job)
            self._reporter.touch(job)
            self._launch(job)
            if isinstance(job, ThreadJob):
                self._watching.begin(job, thread)

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
        # of a board's threads some always die meanwhile
        is_expected = error.code == THREAD_GONE and job.row.parent is not None
        with job.ending:
            self._reporter.log("warning" if is_expected else "error", error.message, job)
            if job.row.planned:
                for row in job.give_up(error.code):
                    self._reporter.touch(job, row)
                self._sync(job)
            has_ended = job.become(JobState.FAILED, error.as_json())
            if has_ended:
                self._tell_end(job)
        if has_ended:
            self._ended(job)

    def end(self, job: Job) -> None:
        """Every attachment has its end state: prove it, say it. Once, whoever sees it first."""
        with job.ending:
            verdict = job.verdict()
            if verdict is None or job.row.state in JOB_ENDED:
                return
            self._write_report(job)
            self._sync(job)
            has_ended = job.become(verdict)
            if has_ended:
                self._tell_end(job)
        if has_ended:
            self._ended(job)

    def _tell_end(self, job: Job) -> None:
        """``job.ending`` is held, so that nobody revives the job before it was told how it ended."""
        self._reporter.finished(job, make_report(job.row, job.attachments))
        self._roster.release(job)

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
            self._rest(job)
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
            is_cancelled = self._runner.cancel(job)
            if is_cancelled:
                self._write_report(job)
                if job.row.planned:
                    self._sync(job)
                self._tell_end(job)
        if is_cancelled:
            self._rest(job)
            self._ended(job)

    def _rest(self, job: Job) -> None:
        if isinstance(job, ThreadJob) and job.row.watching:
            self._watching.rest(job)

    def retry(self, job: Job, file: str = "") -> bool:
        """Go on after the end, with what is missing or not as it should be, or one such file by its key; whether there is any."""
        with job.ending:
            is_alive = self._roster.revive(job, lambda row: _is_retried(row, file))
        if is_alive:
            self.go(job)
        return is_alive

    def is_retriable(self, job: Job, file: str = "") -> bool:
        """Whether ``retry`` of this ended job would have something to do."""
        return job.row.state in JOB_ENDED and (
            not job.row.planned or any(_is_retried(row, file) for row in job.attachments)
        )

    def set_watching(self, job: ThreadJob, is_watched: bool) -> None:
        """Read the thread again and again until it ends, or no more; a job that has ended stays as it is."""
        if job.set_watching(is_watched):
            self._reporter.touch(job)
            if is_watched:
                self._watching.go_on(job)
            else:
                self._watching.rest(job)
                self._runner.check(job)

    def widen(self, job: ThreadJob, files: Collection[str]) -> None:
        """Fetch these files of it too, by key, or (none) all that only a choice left out; a job that has ended stays as it is."""
        with job.ending:
            rows = job.widen(files)
        for row in rows:
            self._reporter.touch(job, row)
        if rows:
            self._watching.serve(job, rows)

    def set_priority(self, job: Job, priority: str) -> None:
        """Serve it earlier or later from now on."""
        if job.row.state not in JOB_ENDED:
            job.set_priority(priority)
            self._runner.scheduler.set_priority(job.id, priority)
            self._lanes.set_priority(job.id, priority)
            self._reporter.touch(job)


def _is_retried(row: AttachmentRow, file: str) -> bool:
    """Whether ``job.retry``, of this file by its key or (empty) of all, asks for this attachment again."""
    if not row.urls or row.state not in _RETRIED or file not in ("", row.key):
        return False
    reasons = {FileState.FILTERED: "removed", FileState.HAVE: FileState.DIFFERS}
    return row.state not in reasons or row.reason == reasons[row.state]


def file_thread(site: Site, target: Target) -> ThreadAnswer:
    """A single picture as a thread of one."""
    attachment = site.single_file(target)
    return ThreadAnswer(attachment.key + attachment.ext, (attachment,), 1)
