"""The course of a board's job: its listing is read, each thread becomes a job of its own, and it ends with the last of them.

What is asked of it is asked of its threads' jobs too. A process may be killed between any two of these steps: each is kept in an
order in which the next process finishes it.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Callable, Iterator, Sequence

from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.engine.lifecycle.options import Options
from threadreel.engine.lifecycle.roster import Found, Roster
from threadreel.engine.lifecycle.sweeps import Sweeps
from threadreel.engine.lifecycle.thread_course import ThreadCourse
from threadreel.engine.planning.filters import Filter
from threadreel.engine.planning.plan import order_threads
from threadreel.engine.reporter import Reporter
from threadreel.engine.site_api.lanes import Lanes
from threadreel.engine.site_api.reading import Reading
from threadreel.errors import LedgerError, RequestError, ThreadreelError
from threadreel.library.job_table import JobRow
from threadreel.sites.base import Listing, Target
from threadreel.states import JOB_ENDED, JOB_PAUSABLE, JobState


class BoardCourse:
    """Moves boards' jobs along. ``ended`` is called after one has ended and everybody was told."""

    def __init__(
        self,
        roster: Roster,
        lanes: Lanes,
        course: ThreadCourse,
        sweeps: Sweeps,
        reporter: Reporter,
        ended: Callable[[BoardJob], None],
    ) -> None:
        self._roster, self._lanes, self._course = roster, lanes, course
        self._sweeps, self._reporter, self._ended = sweeps, reporter, ended

    def go(self, board_job: BoardJob) -> None:
        """From queued on: read the listing, or go on with the threads that it named. Its threads' jobs are started by others."""
        self._reporter.touch(board_job)
        if board_job.is_cancelled:  # the process before this one did not come to its end
            self._cancel_children(board_job)
        elif board_job.row.planned:
            board_job.become(JobState.RUNNING)
            self.check(board_job)
        else:
            self._read(board_job)

    def read_again(self, board_job: BoardJob) -> None:
        """Look for threads that are new since the listing was read."""
        if board_job.forget_listing():
            self._read(board_job)

    def _read(self, board_job: BoardJob) -> None:
        scan = board_job.new_scan()
        self._lanes.read(
            board_job.site,
            board_job.target,
            lambda listing: self._plan(board_job, scan, listing),
            board_job.row.priority,
            lambda: self._begins(board_job, scan),
            board_job.id,
        )

    def _begins(self, board_job: BoardJob, scan: int) -> bool:
        is_wanted = board_job.is_scanned_by(scan)
        if is_wanted:
            self._reporter.touch(board_job)
        return is_wanted

    def _plan(self, board_job: BoardJob, scan: int, listing: Reading | ThreadreelError) -> None:
        if not board_job.is_scanned_by(scan):
            return
        try:
            if isinstance(listing, ThreadreelError):
                raise listing
            assert isinstance(listing, Listing)  # a listing was asked for
            with board_job.held():
                self._add_listed(board_job, scan, listing)
        except ThreadreelError as error:
            self._fail(board_job, scan, error)
        except sqlite3.Error as error:
            hint = "Is the disk full, or may its folder not be read? Retry when that is mended."
            self._fail(
                board_job, scan, LedgerError("ledger.unusable", f"The threads could not be kept: {error}.", hint)
            )
        self.check(board_job)

    def _add_listed(self, board_job: BoardJob, scan: int, listing: Listing) -> None:
        wanted = Filter(board_job.row.options.get("filter", ""))
        refs = [ref for ref in order_threads(listing) if wanted.admits_thread(ref.subject)]
        planned = self._roster.plan_children(board_job, scan, listing.title, refs)
        if planned is None:
            return
        if not listing.threads:
            text = f"There is no thread on {board_job.row.url}: is that the address of a board?"
            self._reporter.log("warning", text, board_job)
        children, left_alone = planned
        parts = [f"{len(children)} {'thread' if len(children) == 1 else 'threads'} to fetch"]
        if filtered := len(listing.threads) - len(refs):
            parts.append(f"{filtered} left out by the filter")
        if left_alone:
            parts.append(f"{left_alone} left to jobs of their own")
        self._reporter.log("info", f"{_title(board_job)}: {', '.join(parts)}.", board_job)
        self._reporter.touch(board_job)
        for child in children:
            assert isinstance(child, Job)  # a thread's
            self._course.go(child)

    def add(self, board_job: BoardJob, pages: Sequence[Target], options: Options) -> list[Found] | None:
        """These threads become parts of the job, but for those that have a job of their own; None when it has ended.

        The caller starts the newcomers.
        """
        found = self._roster.add_children(board_job, pages, options)
        for job, _ in found or ():
            row = job if isinstance(job, JobRow) else job.row
            if row.parent != board_job.id:
                self._reporter.log("info", f"{row.url} is left to the job that it has.", board_job)
        if board_job.row.state is JobState.PAUSED:
            self.pause(board_job)  # what was added rests like all the others
        self._reporter.touch(board_job)
        return found

    def child_ended(self, child: Job) -> None:
        """A job ended that may be a part of one of these."""
        board_job = self._roster.board_job_of(child)
        if board_job is None:
            self._roster.sum_up_again(child)
        else:
            board_job.leave(child)
            self._reporter.touch(board_job)
            self.check(board_job)

    def check(self, board_job: BoardJob) -> None:
        """End it, if nothing of it is on its way. Once, whoever sees it first."""
        with board_job.ending:
            verdict = board_job.verdict()
            if verdict is None or board_job.row.state in JOB_ENDED or not board_job.become(verdict):
                return
            self._tell_end(board_job)
        self._ended(board_job)

    def _fail(self, board_job: BoardJob, scan: int, error: ThreadreelError) -> None:
        if not board_job.is_scanned_by(scan):
            return
        if board_job.keep_listing(scan):
            text = (
                f"{_title(board_job)} could not be read again: {error.message} It goes on with the threads that it has."
            )
            self._reporter.log("warning", text, board_job)
            return
        with board_job.ending:
            self._reporter.log("error", error.message, board_job)
            if not board_job.become(JobState.FAILED, error.as_json()):
                return
            self._tell_end(board_job)
        self._ended(board_job)

    def _tell_end(self, board_job: BoardJob) -> None:
        """``board_job.ending`` is held, so that nobody revives the job before it was told how it ended."""
        self._reporter.finished(board_job, board_job.report())
        self._roster.release(board_job)

    # What is asked of it, and so of its threads

    def pause(self, board_job: BoardJob) -> None:
        """Rest. First the whole: a process that is killed in between leaves a job that rests, and so do its parts then."""
        if board_job.is_cancelled:
            return
        if board_job.row.state in JOB_PAUSABLE and board_job.become(JobState.PAUSED):
            self._reporter.touch(board_job)
        if board_job.row.state is JobState.PAUSED:
            self._sweeps.pause(board_job)

    def resume(self, board_job: BoardJob) -> None:
        """Go on after a pause. First the parts, for the same reason."""
        if board_job.row.state is not JobState.PAUSED or board_job.is_cancelled:
            return
        self._sweeps.finish(board_job)
        with board_job.held():
            with board_job.written_together():
                for child in board_job.living():
                    self._course.resume(child)
            if not board_job.row.planned:
                board_job.become(JobState.QUEUED)
        self.go(board_job)

    def resume_child(self, child: Job) -> None:
        """Go on with one thread after a pause; if that was one of the whole, once all of it rests."""
        self._finish_sweep(child)
        self._course.resume(child)

    def cancel(self, board_job: BoardJob) -> None:
        """End, with all that lives of it: nothing more is fetched, or told of it but that."""
        if board_job.cancel():
            self._reporter.touch(board_job)
            self._cancel_children(board_job)

    def _cancel_children(self, board_job: BoardJob) -> None:
        self._sweeps.cancel(board_job, functools.partial(self.check, board_job))

    def finish_cancelling(self, board_job: BoardJob) -> bool:
        """Whether the job was cancelled and not all of it had ended; it has now."""
        is_ending = board_job.is_cancelled and board_job.row.state not in JOB_ENDED
        if is_ending:
            self._cancel_children(board_job)
            self._sweeps.finish(board_job)
        return is_ending

    def _finish_sweep(self, child: Job) -> None:
        board_job = self._roster.board_job_of(child)
        if board_job is not None:
            self._sweeps.finish(board_job)

    def retry(self, board_job: BoardJob) -> None:
        """Go on with the threads whose jobs ended without all their files, and with the listing if it was never read."""
        self._sweeps.finish(board_job)
        if board_job.row.planned and not board_job.unfinished_business():
            return
        with self._living(board_job) as is_living:
            for child_id in board_job.unfinished_business() if is_living else ():
                with contextlib.suppress(RequestError):  # forgotten, or its board left the settings
                    child, _ = self._roster.find(child_id)
                    if isinstance(child, Job):
                        self._course.retry(child)

    def retry_child(self, child: Job, file: str = "") -> None:
        """Go on with one thread of a board's job, or one file of it by its key, and so with that job if it has ended.

        RequestError ``job.elsewhere``.
        """
        self._finish_sweep(child)
        try:
            board_job = self._roster.find(child.row.parent or "")[0]
        except RequestError as error:
            if error.code != "job.unknown":
                raise
            board_job = None  # forgotten
        if not isinstance(board_job, BoardJob):
            self._course.retry(child, file)
        elif self._course.is_retriable(child, file):
            with self._living(board_job):
                self._course.retry(child, file)

    @contextlib.contextmanager
    def _living(self, board_job: BoardJob) -> Iterator[bool]:
        """Whether the job lives, if need be again, and does so at least as long as this lasts."""
        with contextlib.ExitStack() as hold:
            with board_job.ending:
                has_ended = board_job.row.state in JOB_ENDED
                is_living = not has_ended or self._roster.revive_board_job(board_job)
                if not has_ended:
                    board_job.keep_done()
                hold.enter_context(board_job.held())
            yield is_living
        if has_ended and is_living:
            self.go(board_job)
        else:
            self.check(board_job)

    def set_priority(self, board_job: BoardJob, priority: str) -> None:
        """Serve it, and its threads, earlier or later from now on."""
        if board_job.row.state not in JOB_ENDED:
            board_job.set_priority(priority)
            self._lanes.set_priority(board_job.id, priority)
            with board_job.written_together():
                for child in board_job.living():
                    self._course.set_priority(child, priority)
            self._reporter.touch(board_job)


def _title(board_job: BoardJob) -> str:
    return board_job.row.title or board_job.row.url
