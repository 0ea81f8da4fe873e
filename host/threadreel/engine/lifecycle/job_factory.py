"""Jobs in memory, made from their rows."""

from __future__ import annotations

from collections.abc import Callable

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.base_job import BaseJob, Cooldowns
from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.tally import BOARD_KINDS
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.engine.lifecycle.recovery import distrust_parts, take_stock
from threadreel.errors import RequestError, UrlError
from threadreel.library.job_table import JobRow, JobTable
from threadreel.sites.base import PageKind, Site, Target
from threadreel.sites.registry import Registry
from threadreel.states import JOB_ENDED


class JobFactory:
    """Makes jobs; keeps none."""

    def __init__(self, table: JobTable, registry: Callable[[], Registry], clock: Clock, cooldowns: Cooldowns) -> None:
        self._table, self._registry, self._clock, self._cooldowns = table, registry, clock, cooldowns

    def page_of(self, row: JobRow) -> tuple[Site, Target]:
        """Where the row's page is, and what. RequestError ``job.unknown`` when its board is not in the settings."""
        try:
            site = self._registry().by_name(row.site)
            target = site.recognise(row.url)
        except UrlError:
            target = None
        if target is None:
            raise RequestError(
                "job.unknown",
                f"The site {row.site} of job {row.id} is no longer in the settings.",
                "Add the board again.",
            )
        return site, target

    def make(self, row: JobRow) -> BaseJob:
        """The job of this row; one that lives with its attachments as a dead process left them."""
        site, target = self.page_of(row)
        if target.kind in BOARD_KINDS:
            children = self._table.children(row.id)
            return BoardJob(row, children, site, target, self._table, self._clock, self._cooldowns)
        attachments = self._table.attachments(row.id) if row.planned else []
        make = ThreadJob if target.kind is PageKind.THREAD else Job
        job = make(row, attachments, site, target, self._table, self._clock, self._cooldowns)
        distrust_parts(attachments)
        if row.state not in JOB_ENDED and row.planned:
            take_stock(job.folder, attachments)
            job.recount()
        return job
