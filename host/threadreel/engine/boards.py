"""The course of a board's job: its listing is read, each thread becomes a job of its own, and it ends with the last of them.

What is asked of it is asked of its threads' jobs too. A process may be killed between any two of these steps: each is kept in an
order in which the next process finishes it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence

from threadreel.engine.course import Course
from threadreel.engine.family import Family
from threadreel.engine.filters import Filter
from threadreel.engine.job import Job
from threadreel.engine.options import Options
from threadreel.engine.plan import order_threads
from threadreel.engine.reading import Reading
from threadreel.engine.reporter import Reporter
from threadreel.engine.roster import Found, Roster
from threadreel.engine.scans import Lanes
from threadreel.errors import LedgerError, RequestError, ThreadreelError
from threadreel.library.job_table import JobRow
from threadreel.sites.base import Listing, Target
from threadreel.states import JOB_ENDED, JOB_PAUSABLE, JobState


class Boards:
    """Moves boards' jobs along. ``ended`` is called after one has ended and everybody was told."""

    def __init__(
        self, roster: Roster, lanes: Lanes, course: Course, reporter: Reporter, ended: Callable[[Family], None]
    ) -> None:
        self._roster, self._lanes, self._course = roster, lanes, course
        self._reporter, self._ended = reporter, ended

    def go(self, family: Family) -> None:
        """From queued on: read the listing, or go on with the threads that it named. Its threads' jobs are started by others."""
        self._reporter.touch(family)
        if family.is_cancelled:  # the process before this one did not come to its end
            self._cancel_children(family)
        elif family.row.planned:
            family.become(JobState.RUNNING)
            self.check(family)
        else:
            self._read(family)

    def read_again(self, family: Family) -> None:
        """Look for threads that are new since the listing was read."""
        if family.forget_listing():
            self._read(family)

    def _read(self, family: Family) -> None:
        scan = family.new_scan()
        self._lanes.read(
            family.site,
            family.target,
            lambda listing: self._plan(family, scan, listing),
            family.row.priority,
            lambda: self._begins(family, scan),
            family.id,
        )

    def _begins(self, family: Family, scan: int) -> bool:
        is_wanted = family.is_scanned_by(scan)
        if is_wanted:
            self._reporter.touch(family)
        return is_wanted

    def _plan(self, family: Family, scan: int, listing: Reading | ThreadreelError) -> None:
        if not family.is_scanned_by(scan):
            return
        try:
            if isinstance(listing, ThreadreelError):
                raise listing
            assert isinstance(listing, Listing)  # a listing was asked for
            with family.held():
                self._add_listed(family, scan, listing)
        except ThreadreelError as error:
            self._fail(family, scan, error)
        except sqlite3.Error as error:
            hint = "Is the disk full, or may its folder not be read? Retry when that is mended."
            self._fail(family, scan, LedgerError("ledger.unusable", f"The threads could not be kept: {error}.", hint))
        self.check(family)

    def _add_listed(self, family: Family, scan: int, listing: Listing) -> None:
        wanted = Filter(family.row.options.get("filter", ""))
        refs = [ref for ref in order_threads(listing) if wanted.admits_thread(ref.subject)]
        planned = self._roster.plan_children(family, scan, listing.title, refs)
        if planned is None:
            return
        if not listing.threads:
            text = f"There is no thread on {family.row.url}: is that the address of a board?"
            self._reporter.log("warning", text, family)
        children, left_alone = planned
        parts = [f"{len(children)} {'thread' if len(children) == 1 else 'threads'} to fetch"]
        if filtered := len(listing.threads) - len(refs):
            parts.append(f"{filtered} left out by the filter")
        if left_alone:
            parts.append(f"{left_alone} left to jobs of their own")
        self._reporter.log("info", f"{_title(family)}: {', '.join(parts)}.", family)
        self._reporter.touch(family)
        for child in children:
            assert isinstance(child, Job)  # a thread's
            self._course.go(child)

    def add(self, family: Family, pages: Sequence[Target], options: Options) -> list[Found] | None:
        """These threads become parts of the job, but for those that have a job of their own; None when it has ended.

        The caller starts the newcomers.
        """
        found = self._roster.add_children(family, pages, options)
        for job, _ in found or ():
            row = job if isinstance(job, JobRow) else job.row
            if row.parent != family.id:
                self._reporter.log("info", f"{row.url} is left to the job that it has.", family)
        if family.row.state is JobState.PAUSED:
            self.pause(family)  # what was added rests like all the others
        self._reporter.touch(family)
        return found

    def child_ended(self, child: Job) -> None:
        """A job ended that may be a part of one of these."""
        family = self._roster.family_of(child)
        if family is None:
            self._roster.sum_up_again(child)
        else:
            family.leave(child)
            self._reporter.touch(family)
            self.check(family)

    def check(self, family: Family) -> None:
        """End it, if nothing of it is on its way. Once, whoever sees it first."""
        with family.ending:
            verdict = family.verdict()
            if verdict is None or family.row.state in JOB_ENDED or not family.become(verdict):
                return
            self._tell_end(family)
        self._ended(family)

    def _fail(self, family: Family, scan: int, error: ThreadreelError) -> None:
        if not family.is_scanned_by(scan):
            return
        if family.keep_listing(scan):
            text = f"{_title(family)} could not be read again: {error.message} It goes on with the threads that it has."
            self._reporter.log("warning", text, family)
            return
        with family.ending:
            self._reporter.log("error", error.message, family)
            if not family.become(JobState.FAILED, error.as_json()):
                return
            self._tell_end(family)
        self._ended(family)

    def _tell_end(self, family: Family) -> None:
        """``family.ending`` is held, so that nobody revives the job before it was told how it ended."""
        self._reporter.finished(family, family.report())
        self._roster.release(family)

    # What is asked of it, and so of its threads

    def pause(self, family: Family) -> None:
        """Rest. First the whole: a process that is killed in between leaves a job that rests, and so do its parts then."""
        if family.row.state in JOB_PAUSABLE and family.become(JobState.PAUSED):
            self._reporter.touch(family)
        if family.row.state is JobState.PAUSED:
            with family.written_together():
                for child in family.living():
                    self._course.pause(child)

    def resume(self, family: Family) -> None:
        """Go on after a pause. First the parts, for the same reason."""
        if family.row.state is not JobState.PAUSED:
            return
        with family.held():
            with family.written_together():
                for child in family.living():
                    self._course.resume(child)
            if not family.row.planned:
                family.become(JobState.QUEUED)
        self.go(family)

    def cancel(self, family: Family) -> None:
        """End now, with all that lives of it."""
        if family.cancel():
            self._cancel_children(family)

    def _cancel_children(self, family: Family) -> None:
        with family.held(), family.written_together():
            for child in family.living():
                self._course.cancel(child)
        self.check(family)

    def retry(self, family: Family) -> None:
        """Go on with the threads whose jobs ended without all their files, and with the listing if it was never read."""
        if family.row.planned and not family.unfinished_business():
            return
        with self._living(family) as is_living:
            for child_id in family.unfinished_business() if is_living else ():
                with contextlib.suppress(RequestError):  # forgotten, or its board left the settings
                    child, _ = self._roster.find(child_id)
                    if isinstance(child, Job):
                        self._course.retry(child)

    def retry_child(self, child: Job, file: str = "") -> None:
        """Go on with one thread of a board's job, or one file of it by its key, and so with that job if it has ended.

        RequestError ``job.elsewhere``.
        """
        try:
            family = self._roster.find(child.row.parent or "")[0]
        except RequestError as error:
            if error.code != "job.unknown":
                raise
            family = None  # forgotten
        if not isinstance(family, Family):
            self._course.retry(child, file)
        elif self._course.is_retriable(child, file):
            with self._living(family):
                self._course.retry(child, file)

    @contextlib.contextmanager
    def _living(self, family: Family) -> Iterator[bool]:
        """Whether the job lives, if need be again, and does so at least as long as this lasts."""
        with contextlib.ExitStack() as hold:
            with family.ending:
                has_ended = family.row.state in JOB_ENDED
                is_living = not has_ended or self._roster.revive_family(family)
                if not has_ended:
                    family.keep_done()
                hold.enter_context(family.held())
            yield is_living
        if has_ended and is_living:
            self.go(family)
        else:
            self.check(family)

    def set_priority(self, family: Family, priority: str) -> None:
        """Serve it, and its threads, earlier or later from now on."""
        if family.row.state not in JOB_ENDED:
            family.set_priority(priority)
            self._lanes.set_priority(family.id, priority)
            with family.written_together():
                for child in family.living():
                    self._course.set_priority(child, priority)
            self._reporter.touch(family)


def _title(family: Family) -> str:
    return family.row.title or family.row.url
