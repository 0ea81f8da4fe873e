"""The refusal of whoever is asked for a job that another process runs."""

from __future__ import annotations

from threadreel.errors import RequestError
from threadreel.library.job_table import JobRow


class ElsewhereError(RequestError):
    """``job.elsewhere``: another process runs the job with the id ``job``."""

    def __init__(self, row: JobRow) -> None:
        super().__init__(
            "job.elsewhere",
            f"Another Threadreel process is downloading {row.url} already.",
            "Look at it in the browser that started it, or stop that process.",
        )
        self.job, self.row = row.id, row
