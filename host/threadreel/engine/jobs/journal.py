"""What a job writes to the ledger while it runs. A ledger that cannot be written (a full disk) does not stop the job: what it
missed is written as soon as it can be, and what it never got is found on disk by the next process.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from threadreel.library.job_table import AttachmentRow, JobRow, JobTable

log = logging.getLogger(__name__)
_batch = threading.local()


@contextmanager
def together(table: JobTable) -> Iterator[None]:
    """What this thread changes of jobs is written in one transaction at the end: of a board's thousands of threads each would
    cost one of its own. For steps that the next process takes again if this one is killed before.
    """
    _batch.is_open = True
    try:
        yield
    finally:
        _batch.is_open = False
        _settle(table)


class Journal:
    """The writes of one job. Not thread-safe: the job's lock holds it."""

    def __init__(self, table: JobTable) -> None:
        self._table = table

    def keep(self, job: JobRow) -> None:
        """The job is in the ledger as it is now."""
        try:
            if _is_batched():
                self._table.save_later(job)
            else:
                self._table.save(job)
        except sqlite3.Error:
            log.exception("the ledger missed a change of job %s", job.id)

    def keep_progress(self, job: JobRow, attachments: Iterable[AttachmentRow]) -> None:
        """So is, after the next ``settle`` or ``keep``, how far these attachments have come."""
        self._table.progress(job.id, attachments)

    def settle(self) -> None:
        """What was kept so far would be found by the next process: to be called before it is shown to anybody."""
        if not _is_batched():
            _settle(self._table)


def _is_batched() -> bool:
    return getattr(_batch, "is_open", False)


def _settle(table: JobTable) -> None:
    try:
        table.settle()
    except sqlite3.Error:
        log.exception("the ledger cannot be written at the moment")
