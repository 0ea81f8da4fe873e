"""The jobs that live in this process, by id."""

from __future__ import annotations

import threading
from collections.abc import Collection

from threadreel.engine.jobs.base_job import BaseJob
from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.states import JOB_ENDED


class Residents:
    """Every job that lives here. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # protects _jobs, and makes finding or making one a single step
        self._jobs: dict[str, BaseJob] = {}

    def living(self) -> list[BaseJob]:
        """Jobs of this process that have not ended, oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.row.state not in JOB_ENDED]

    def heads(self) -> list[BaseJob]:
        """Those of them that are not a part of another."""
        with self._lock:
            return [job for job in self.living() if job.row.parent not in self._jobs]

    def here(self, job_id: str | None) -> BaseJob | None:
        """The job, if it lives in this process."""
        with self._lock:
            return self._jobs.get(job_id or "")

    def board_job_of(self, job: BaseJob) -> BoardJob | None:
        """The job that this one is a part of, if that lives."""
        board_job = self.here(job.row.parent)
        return board_job if isinstance(board_job, BoardJob) else None

    def has_any(self, job_ids: Collection[str]) -> bool:
        """Whether one of these jobs lives here, or ended and not everybody was told."""
        with self._lock:
            return not self._jobs.keys().isdisjoint(job_ids)

    def release(self, job: BaseJob) -> None:
        """The ended job is no longer in memory; the ledger has it."""
        with self._lock:
            if job.row.state in JOB_ENDED:
                self._jobs.pop(job.id, None)

    def _enter(self, job: BaseJob) -> BaseJob:
        """The job lives here, and the board's job that it is a part of knows."""
        self._jobs[job.id] = job
        if isinstance(job, Job) and (board_job := self.board_job_of(job)) is not None:
            board_job.take(job)
        return job
