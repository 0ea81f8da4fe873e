"""What a job lets other processes see of it: a snapshot in the ledger, once a second and at each change of state."""

from __future__ import annotations

from threadreel.events import JobView
from threadreel.library.live_table import LiveTable
from threadreel.states import JobState

INTERVAL_S = 1.0
#: of the view; the rest of it is in the job's row
_SHOWN = ("files", "bytes", "speed", "average_speed", "eta", "current", "threads", "cooldown")
_ENDED = "ended"


class JobSnapshots:
    """The snapshots of one job. Not thread-safe: the job's lock holds it."""

    def __init__(self, table: LiveTable) -> None:
        self._table = table
        self._state = str(JobState.QUEUED)  # of a job that has not begun its row says all there is
        self._next_s = 0.0

    def show(self, view: JobView, now_s: float, told: float, *, has_ended: bool) -> None:
        """Others see this view, if it is time. ``now_s`` is monotonic, ``told`` the Unix second. Of an ended job its row tells."""
        state = _ENDED if has_ended else view["state"]
        if state == self._state and (now_s < self._next_s or state == JobState.QUEUED):
            return
        self._state, self._next_s = state, now_s + INTERVAL_S
        snapshot = {**{name: view[name] for name in _SHOWN}, "told": round(told, 1)}  # type: ignore[literal-required]
        self._table.show(view["id"], None if has_ended else snapshot)
