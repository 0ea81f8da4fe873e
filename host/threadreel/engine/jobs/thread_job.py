"""A thread's job: one that can be watched. Merging what a poll brought is one compare-and-set, like every change of a job."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.watch_schedule import Watch
from threadreel.engine.planning.plan import SELECTION
from threadreel.errors import RefusalError
from threadreel.library.job_table import AttachmentRow
from threadreel.states import FILE_MISSING, JOB_ENDED, FileState, JobState


class ThreadJob(Job):
    """A job whose thread may be read again and again. What its watch knows is in its row."""

    @property
    def watch(self) -> Watch:
        """What its watch knows."""
        return Watch.of(self.row.watch)

    def verdict(self) -> JobState | None:
        """How the job ends, None while an attachment is still on its way, or the thread is watched."""
        with self.lock:
            return None if self.row.watching and not self.watch.is_over else super().verdict()

    def set_watching(self, is_watched: bool) -> bool:
        """Whether the job, which has not ended, is watched from now on and was not before, or the other way round."""
        with self.lock:
            if self.row.state in JOB_ENDED or self.row.watching is is_watched:
                return False
            self.row.watching = is_watched
            self._journal.keep(self.row)
            return True

    def new_poll(self) -> int | None:
        """The number of a new poll of the thread, or of a search for the next one; None when there is to be none."""
        with self.lock:
            return self.new_scan() if self._is_polled() else None

    def is_polled_by(self, number: int) -> bool:
        """Whether this poll is still wanted: nothing was paused, ended or begun anew since."""
        with self.lock:
            return number == self._scan and self._is_polled()

    def _is_polled(self) -> bool:
        return self.row.watching and self.row.planned and self.row.state is JobState.RUNNING

    def unschedule(self) -> None:
        """Nobody reads the thread until somebody does at once."""
        with self.lock:
            if self.row.watching and self.row.state not in JOB_ENDED:
                self.row.watch = self.watch.paused().as_json()
                self._journal.keep(self.row)

    def note_refusal(self, number: int, refusal: RefusalError | None) -> None:
        """The poll says that its thread is shown to browsers only, or not that: the view does until the next poll."""
        with self.lock:
            if self.is_polled_by(number):
                self.row.error = refusal.as_json() if refusal is not None else None

    def keep_watch(self, number: int, watch: Watch) -> bool:
        """Whether the poll, or search, is still wanted, and what it says of the watch is known from now on."""
        with self.lock:
            if not self.is_polled_by(number):
                return False
            self.row.watch = watch.as_json()
            self._journal.keep(self.row)
            return True

    def merge(
        self, number: int, watch: Watch, new: Collection[AttachmentRow] = (), deleted: Collection[str] = ()
    ) -> list[AttachmentRow] | None:
        """What a poll brought is the job's, all or nothing: the rows to serve now, None when the poll is no longer wanted.

        ``deleted`` are keys of files that the site took back. When the watch says that this was the last pass, what failed is
        tried once more. sqlite3.Error when the ledger cannot be written; nothing is changed then.
        """
        with self.lock:
            if not self.is_polled_by(number):
                return None
            again = [row for row in self.attachments if row.state in FILE_MISSING and row.urls]
            again = again if watch.over and not self.watch.over else []
            least_done = self._tally.summary()["files"]["done"] if again else watch.least_done
            row = replace(self.row, watch=replace(watch, least_done=least_done).as_json())
            if new:
                self._table.extend(row, list(new), len(self.attachments))
            else:
                self._table.save(row)
            self.row.watch = row.watch
            self.attachments = [*self.attachments, *new]
            for each in new:
                self._tally.add(each, 1)
            gone = [each for each in self.attachments if each.key in deleted and each.state is FileState.QUEUED]
            for each in again:
                self._change(each, FileState.QUEUED)
                each.reason = None
            for each in gone:
                self._change(each, FileState.DELETED)
                each.reason = None
            self._journal.keep_progress(self.row, [*again, *gone])
            self.stirred()
            return [each for each in (*new, *again) if each.state is FileState.QUEUED]

    def set_plan(self, number: int, title: str, directory: Path, attachments: list[AttachmentRow]) -> bool:
        """Whether the plan of this scan is taken and the job runs. More may have been chosen since the plan was made."""
        with self.lock:
            for row in self._left_out(attachments, self.row.options.get("files", ())):
                row.state, row.reason = FileState.QUEUED, None
            return super().set_plan(number, title, directory, attachments)

    def widen(self, files: Collection[str]) -> list[AttachmentRow]:
        """Somebody chose these of its files too, by key, or (none) all that the filter admits: the rows to serve now."""
        with self.lock:
            if self.row.state in JOB_ENDED:
                return []
            before = self.row.options.get("files")
            if before is not None:
                options = {name: value for name, value in self.row.options.items() if name != "files"}
                self.row.options = {**options, "files": [*dict.fromkeys((*before, *files))]} if files else options
                self._journal.keep(self.row)
            chosen = self._left_out(self.attachments, files)
            for row in chosen:
                self._change(row, FileState.QUEUED)
                row.reason = None
            self._journal.keep_progress(self.row, chosen)
            return chosen if self.row.state is JobState.RUNNING else []

    @staticmethod
    def _left_out(attachments: Collection[AttachmentRow], files: Collection[str]) -> list[AttachmentRow]:
        """Those that are not fetched although they are chosen: by key, or (none) as part of the whole thread."""
        left_out = [row for row in attachments if row.state is FileState.FILTERED and row.urls]
        return [row for row in left_out if (row.key in files if files else row.reason == SELECTION)]

    def _is_to_be_read(self) -> bool:
        return super()._is_to_be_read() or (self.row.watching and not self.watch.over)
