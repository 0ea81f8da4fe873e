"""Counting: how many attachments are in each state, how many bytes are owed and how many are there; and the job as others see it.

Pure, and kept up to date row by row: a job of ten thousand files is not counted anew for every view.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from threadreel.events import JobView
from threadreel.library.job_table import AttachmentRow, JobRow
from threadreel.states import END_STATES, FILE_ENDED, FILE_ON_DISK, FILE_WITHOUT_BYTES, FileState


class Tally:
    """The sums over a job's rows. An active row's bytes are counted live, by whoever has its transfer."""

    def __init__(self, rows: Iterable[AttachmentRow]) -> None:
        self.states: Counter[FileState] = Counter()
        self._owed_bytes = 0
        self._kept_bytes = 0
        for row in rows:
            self.add(row, 1)

    def add(self, row: AttachmentRow, sign: int) -> None:
        """Count the row as it is (1), or take it out (-1) before it changes."""
        self.states[row.state] += sign
        self._owed_bytes += sign * _owed_bytes(row)
        self._kept_bytes += sign * _kept_bytes(row)

    @property
    def is_open(self) -> bool:
        """Whether an attachment has no end state yet."""
        return any(count for state, count in self.states.items() if state not in FILE_ENDED)

    def summary(self, in_transfer_bytes: int = 0, average_speed: float = 0.0) -> dict[str, Any]:
        """``files``, ``bytes`` and ``average_speed`` of the contract's job."""
        files = {
            "total": self.states.total(),
            "done": sum(self.states[state] for state in END_STATES),
            "active": self.states[FileState.ACTIVE],
            **{str(state): self.states[state] for state in END_STATES},
        }
        done = self._kept_bytes + in_transfer_bytes
        return {
            "files": files,
            "bytes": {"total": max(self._owed_bytes, done), "done": done},
            "average_speed": round(average_speed, 1),
        }


def job_view(
    row: JobRow, summary: dict[str, Any], speed: float = 0.0, eta: float | None = None, current: list[str] | None = None
) -> JobView:
    """The contract's ``job`` from its row and its summary (empty for a job that was never planned)."""
    summary = summary or Tally(()).summary()
    return {
        "id": row.id,
        "url": row.url,
        "site": row.site,
        "board": row.board,
        "thread": row.thread,
        "title": row.title,
        "kind": row.kind,
        "parent": row.parent,
        "children": [],
        "state": str(row.state),
        "priority": row.priority,
        "watching": row.watching,
        "files": summary["files"],
        "bytes": summary["bytes"],
        "speed": speed,
        "average_speed": summary["average_speed"],
        "eta": eta,
        "current": current or [],
        "directory": row.directory,
        "created": row.created,
        "started": row.started,
        "finished": row.finished,
        "error": row.error,  # type: ignore[typeddict-item]
    }


def _owed_bytes(row: AttachmentRow) -> int:
    """What the attachment adds to the job's total: what is there once it ended well, else what the API says."""
    if row.state in FILE_WITHOUT_BYTES:
        return 0
    return row.done if row.state in FILE_ON_DISK else row.size or 0


def _kept_bytes(row: AttachmentRow) -> int:
    return 0 if row.state in FILE_WITHOUT_BYTES or row.state is FileState.ACTIVE else row.done
