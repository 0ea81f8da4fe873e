"""What a finisher does: go on, without a browser, with the downloads that were under way, as far as the settings say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from threadreel.engine.jobs.base_job import BaseJob
from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.states import FILE_ENDED, JobState


@dataclass(frozen=True, slots=True)
class Finishing:
    """``downloads`` and ``watches`` say whether these go on after the browser was closed. A paused job does not."""

    downloads: bool
    watches: bool

    def wants(self, row: JobRow, table: JobTable) -> bool:
        """Whether it goes on with this unfinished job: with a watched one that it does not watch, as long as files are to come."""
        if row.state is JobState.PAUSED:
            return False
        if not row.watching or self.watches:
            return self.watches if row.watching else self.downloads
        return self.downloads and (not row.planned or _has_open(table.attachments(row.id)))

    def is_at_work(self, jobs: Iterable[BaseJob]) -> bool:
        """Whether any of these jobs, which live here, is still under way."""
        return any(self._is_under_way(job) for job in jobs)

    def _is_under_way(self, job: BaseJob) -> bool:
        if job.row.state is JobState.PAUSED:
            return False
        if isinstance(job, BoardJob):
            return not job.row.planned  # once its listing was read, its threads speak for themselves
        if job.row.watching and not self.watches and isinstance(job, Job):
            return not job.row.planned or _has_open(job.attachments)
        return True


def _has_open(attachments: Iterable[AttachmentRow]) -> bool:
    return any(row.state not in FILE_ENDED for row in attachments)
