"""Reads watched threads again and again: polls on the API lanes at the times that ``watch_schedule`` says, what is new into the
job, and the last pass when the thread is archived or gone.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.child_shares import THREAD_GONE
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.engine.jobs.watch_schedule import Watch
from threadreel.engine.planning.intake import Intake
from threadreel.engine.reporter import Reporter
from threadreel.engine.site_api.lanes import Lanes
from threadreel.engine.site_api.reading import Reading
from threadreel.engine.timers import Timers
from threadreel.engine.transfers.disk_room import DiskRoom
from threadreel.engine.transfers.runner import Runner
from threadreel.engine.watching.following import Following
from threadreel.errors import DiskError, RefusalError, ThreadreelError
from threadreel.library.job_table import AttachmentRow
from threadreel.sites.base import ThreadAnswer
from threadreel.states import JobState

log = logging.getLogger(__name__)

_ENDS = {
    "archived": "{title} is archived: what it lists now is fetched, then its watch ends.",
    "gone": "{title} is gone: its watch ends.",
}


class ThreadWatch:
    """Every watch of this process. Polls begin on the timers' thread and end on a lane's; neither is kept waiting."""

    def __init__(
        self,
        lanes: Lanes,
        intake: Intake,
        room: DiskRoom,
        runner: Runner,
        reporter: Reporter,
        timers: Timers,
        clock: Clock,
        following: Following,
    ) -> None:
        self._lanes, self._intake, self._room, self._runner = lanes, intake, room, runner
        self._reporter, self._timers, self._clock, self._following = reporter, timers, clock, following

    def begin(self, job: ThreadJob, thread: ThreadAnswer) -> None:
        """The thread was read for the first time, and its job runs: the watch of it begins."""
        number = job.new_poll()
        if number is None:
            return
        watch = job.watch.answered(
            self._clock.time(),
            posts=thread.posts,
            new_files=0,
            is_archived=thread.archived,
            links=thread.links,
            is_first=True,
        )
        self._keep(job, number, watch)

    def go_on(self, job: ThreadJob) -> None:
        """The watched job runs: its thread is read when its time has come, at once when none is set."""
        if not job.row.watching or job.row.state is not JobState.RUNNING:
            return
        watch = job.watch
        if watch.over:
            self._finish(job, watch)
        else:
            self._timers.after(_key(job), watch.delay_s(self._clock.time()), lambda: self._poll(job))

    def rest(self, job: ThreadJob) -> None:
        """The job is paused, or watched no more: nobody reads its thread, until somebody does at once."""
        self._timers.cancel(_key(job))
        job.unschedule()
        self._following.rest(job)

    def _poll(self, job: ThreadJob) -> None:
        number = job.new_poll()
        if number is not None and not job.watch.over:
            self._lanes.read(
                job.site,
                job.target,
                lambda found: self._received(job, number, found),
                job.row.priority,
                lambda: job.is_polled_by(number),
                job.id,
                job.row.parent or "",
            )

    def _received(self, job: ThreadJob, number: int, found: Reading | ThreadreelError) -> None:
        if not job.is_polled_by(number):
            return
        now, watch = self._clock.time(), job.watch
        new: Sequence[AttachmentRow] = ()
        deleted: Collection[str] = ()
        job.note_refusal(number, found if isinstance(found, RefusalError) else None)
        try:
            if isinstance(found, ThreadreelError):
                raise found
            assert isinstance(found, ThreadAnswer)  # a thread was asked for
            more = self._intake.more(job.row, job.target, found, job.attachments)
            new, deleted = more.new, more.deleted
            after = watch.answered(
                now,
                posts=found.posts,
                new_files=len(new),
                is_archived=found.archived,
                links=found.links,
            )
        except ThreadreelError as error:
            after = watch.missed_at(now) if error.code == THREAD_GONE else self._failed(job, watch, now, error.message)
        except (OSError, sqlite3.Error) as error:
            after = self._failed(job, watch, now, f"What is new could not be planned: {error}.")
        if watch.is_failing and not after.is_failing:
            self._reporter.log("info", f"{_title(job)} can be read again.", job)
        self._keep(job, number, after, new, deleted)

    def _failed(self, job: ThreadJob, watch: Watch, now: float, why: str) -> Watch:
        """A failed poll is not the end. Said once for each outage."""
        if not watch.is_failing:
            text = f"{_title(job)} could not be read again: {why} Its watch goes on."
            self._reporter.log("warning", text, job)
        return watch.failed_at(now)

    def _keep(
        self,
        job: ThreadJob,
        number: int,
        watch: Watch,
        new: Sequence[AttachmentRow] = (),
        deleted: Collection[str] = (),
    ) -> None:
        """The job takes what a poll brought, is served with it, and waits for the next poll or for its end."""
        has_ended = watch.over and not job.watch.over
        if has_ended and self._following.is_wanted(job):
            watch = replace(watch, is_seeking=True)
        try:
            serve = job.merge(number, watch, new, deleted)
        except sqlite3.Error as error:
            log.exception("what a poll of job %s brought could not be kept", job.id)
            watch = self._failed(job, job.watch, self._clock.time(), f"the ledger cannot be written ({error}).")
            job.keep_watch(number, watch)
            self.go_on(job)
            return
        if serve is None:
            return
        self._tell(job, watch, new, has_ended=bool(has_ended))
        if serve:
            self.serve(job, serve)
        if watch.over:
            self._finish(job, watch)
        else:
            self.go_on(job)

    def _tell(self, job: ThreadJob, watch: Watch, new: Sequence[AttachmentRow], *, has_ended: bool) -> None:
        for row in new:
            self._reporter.touch(job, row)
        self._reporter.touch(job)
        if new:
            self._reporter.log("info", f"{_title(job)}: {len(new)} new {'file' if len(new) == 1 else 'files'}.", job)
        if has_ended:
            self._reporter.log("info", _ENDS[watch.over].format(title=_title(job)), job)

    def serve(self, job: ThreadJob, rows: list[AttachmentRow]) -> None:
        """Fetch these too, if there is room."""
        try:
            self._room.admit(job)
        except DiskError as error:
            self._reporter.log("error", f"{error.message} {error.hint}", job)
            for row in job.give_up(error.code):
                self._reporter.touch(job, row)
        else:
            self._runner.more(job, rows)

    def _finish(self, job: ThreadJob, watch: Watch) -> None:
        if watch.is_seeking:
            self._following.go_on(job)
        else:
            self._runner.check(job)


def _key(job: ThreadJob) -> tuple[str, str]:
    return "watch", job.id


def _title(job: ThreadJob) -> str:
    return job.row.title or job.row.url
