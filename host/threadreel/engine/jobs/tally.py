"""Counting: how many attachments are in each state, how many bytes are owed and how many are there; and the job as others see it.

Pure, and kept up to date row by row: a job of ten thousand files is not counted anew for every view.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from threadreel.engine.jobs.outcome import BY_BROWSER
from threadreel.events import CooldownView, JobView, WatchView
from threadreel.library.job_table import AttachmentRow, JobRow
from threadreel.sites.base import PageKind
from threadreel.states import (
    END_STATES,
    FILE_ENDED,
    FILE_ON_DISK,
    FILE_WITHOUT_BYTES,
    JOB_ENDED,
    FileState,
    JobState,
)

#: kinds of page whose job is made of the jobs of its threads
BOARD_KINDS = frozenset({PageKind.CATALOG, PageKind.BOARD, PageKind.ARCHIVE})
#: so many children and files in transfer are named in a view, which is told several times a second
MOST_CHILDREN, MOST_CURRENT = 200, 20
#: in the options of a board's job: the Unix second at which it was cancelled. It ends with the last of its threads, but nobody sees
#: it alive any more, and the next process goes on with the ending if this one dies over it
CANCELLED = "cancelled"
#: among the counts of a job's files: those of ``saved`` and ``differs`` that came through the browser
THROUGH_BROWSER = "through_browser"
_FETCHED = frozenset({FileState.SAVED, FileState.DIFFERS})


class Tally:
    """The sums over a job's rows. An active row's bytes are counted live, by whoever has its transfer."""

    def __init__(self, rows: Iterable[AttachmentRow]) -> None:
        self.states: Counter[FileState] = Counter()
        self._owed_bytes = 0
        self._kept_bytes = 0
        self._through_browser = 0
        for row in rows:
            self.add(row, 1)

    def add(self, row: AttachmentRow, sign: int) -> None:
        """Count the row as it is (1), or take it out (-1) before it changes."""
        by_browser = sign * (row.reason == BY_BROWSER)
        self.add_many(row.state, sign, sign * (row.size or 0), sign * row.done, by_browser)

    def add_many(self, state: FileState, count: int, size_bytes: int, done_bytes: int, by_browser: int) -> None:
        """Count so many rows of this state: the sums of what the API says of their sizes, and of what is on disk; and how many
        have the browser for a reason.
        """
        self.states[state] += count
        self._through_browser += by_browser if state in _FETCHED else 0
        if state not in FILE_WITHOUT_BYTES:
            # what is there once it ended well, else what the API says
            self._owed_bytes += done_bytes if state in FILE_ON_DISK else size_bytes
            self._kept_bytes += 0 if state is FileState.ACTIVE else done_bytes

    @property
    def is_open(self) -> bool:
        """Whether an attachment has no end state yet."""
        return any(count for state, count in self.states.items() if state not in FILE_ENDED)

    def summary(self, in_transfer_bytes: int = 0, average_speed: float = 0.0, least_done: int = 0) -> dict[str, Any]:
        """``files``, ``bytes`` and ``average_speed`` of the contract's job. ``least_done``: so many had ended before, and some
        of them are tried once more; ``done`` does not fall for that.
        """
        files = {
            "total": self.states.total(),
            "done": max(least_done, sum(self.states[state] for state in END_STATES)),
            "active": self.states[FileState.ACTIVE],
            **{str(state): self.states[state] for state in END_STATES},
            THROUGH_BROWSER: self._through_browser,
        }
        done = self._kept_bytes + in_transfer_bytes
        return {
            "files": files,
            "bytes": {"total": max(self._owed_bytes, done), "done": done},
            "average_speed": round(average_speed, 1),
        }


def job_view(
    row: JobRow,
    summary: dict[str, Any],
    *,
    speed: float = 0.0,
    eta: float | None = None,
    current: Sequence[str] = (),
    children: Iterable[str] = (),
    cooldown: CooldownView | None = None,
) -> JobView:
    """The contract's ``job`` from its row and its summary (empty for a job that was never planned)."""
    summary = summary or Tally(()).summary()
    state, finished = row.state, row.finished
    if state not in JOB_ENDED and (cancelled := cancelled_at(row)) is not None:
        state, finished, speed, eta, cooldown = JobState.CANCELLED, cancelled, 0.0, None, None
    return {
        "id": row.id,
        "url": row.url,
        "site": row.site,
        "board": row.board,
        "thread": row.thread,
        "title": row.title,
        "kind": row.kind,
        "parent": row.parent,
        "children": list(islice(children, MOST_CHILDREN)),
        "state": str(state),
        "priority": row.priority,
        "watching": row.watching,
        "files": {THROUGH_BROWSER: 0, **summary["files"]},  # which jobs of earlier versions did not count
        "bytes": summary["bytes"],
        "speed": speed,
        "average_speed": summary["average_speed"],
        "eta": eta,
        "current": list(current[:MOST_CURRENT]),
        "directory": row.directory,
        "created": row.created,
        "started": row.started,
        "finished": finished,
        "error": row.error,  # type: ignore[typeddict-item]
        "threads": summary.get("threads", {"total": 0, "done": 0}) if row.kind in BOARD_KINDS else None,
        "watch": _watch_view(row),
        "cooldown": cooldown,
    }


def cancelled_at(row: JobRow) -> float | None:
    """When a board's job was cancelled, in Unix seconds; None if it was not."""
    flag = row.options.get(CANCELLED)
    return max(row.started or row.created, float(flag)) if flag else None


def _watch_view(row: JobRow) -> WatchView | None:
    """Also of a job that has ended: how much its watch brought is told for ever."""
    if not row.watching:
        return None
    is_between_reads = row.state is JobState.RUNNING and not row.watch.get("over")
    return {"next": row.watch.get("next") if is_between_reads else None, "new": row.watch.get("new", 0)}
