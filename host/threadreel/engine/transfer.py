"""A transfer: one attachment on its way, between the line it waits in and the worker that attempts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from threadreel.engine.interruption import Interruption
from threadreel.library.job_table import AttachmentRow

if TYPE_CHECKING:
    from threadreel.engine.job import Job


@dataclass(slots=True, eq=False)
class Transfer:
    """One attachment on its way. Its worker alone changes it while it is active; others only set ``interruption``."""

    job: Job
    row: AttachmentRow
    attempts: int = 0
    refusals: int = 0
    url_at: int = 0
    #: ask past the CDN's cache from now on; ``row.past_cache`` says that the part's bytes came that way
    past_cache: bool = False
    #: the part is whole, but not what the API says: kept if nothing better arrives
    differs: bool = False
    #: the most that the part ever held: only more than this is progress
    best_bytes: int = 0
    received_bytes: int = 0
    moved: float = 0.0  # monotonic seconds of the last byte, or of its start
    interruption: Interruption = field(default_factory=Interruption)

    @property
    def url(self) -> str:
        """The address that is asked now."""
        return self.row.urls[self.url_at]
