"""A transfer: one attachment on its way, between the line it waits in and the worker that attempts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.network.interruption import Interruption
from threadreel.library.job_table import AttachmentRow

if TYPE_CHECKING:
    from threadreel.engine.jobs.job import Job


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
    #: this attempt goes through the browser
    is_carried: bool = False
    #: with so many requests at once, at most
    carried_requests: int = 0
    #: how it ends if the browser cannot bring what the host refused us; None as long as it may be asked for by ourselves
    refused: Outcome | None = None
    received_bytes: int = 0
    moved: float = 0.0  # monotonic seconds of the last byte, or of its start
    _interruption: Interruption | None = None

    @property
    def interruption(self) -> Interruption:
        """What ends its waiting. Made when it begins: of the thousands that wait in line few are ever on their way at once."""
        if self._interruption is None:
            self._interruption = Interruption()
        return self._interruption

    @property
    def url(self) -> str:
        """The address that is asked now."""
        return self.row.urls[self.url_at]
