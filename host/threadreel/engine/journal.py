"""What a job writes to the ledger while it runs. A ledger that cannot be written (a full disk) does not stop the job: what it
missed is written as soon as it can be, and what it never got is found on disk by the next process.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

from threadreel.library.job_table import AttachmentRow, JobRow, JobTable

log = logging.getLogger(__name__)


class Journal:
    """The writes of one job. Not thread-safe: the job's lock holds it."""

    def __init__(self, table: JobTable) -> None:
        self._table = table

    def keep(self, job: JobRow) -> None:
        """The job is in the ledger as it is now."""
        try:
            self._table.save(job)
        except sqlite3.Error:
            log.exception("the ledger missed a change of job %s", job.id)

    def keep_progress(self, job: JobRow, attachments: Iterable[AttachmentRow]) -> None:
        """So is, after the next ``settle`` or ``keep``, how far these attachments have come."""
        self._table.progress(job.id, attachments)

    def settle(self) -> None:
        """What was kept so far would be found by the next process: to be called before it is shown to anybody."""
        try:
            self._table.settle()
        except sqlite3.Error:
            log.exception("the ledger cannot be written at the moment")
