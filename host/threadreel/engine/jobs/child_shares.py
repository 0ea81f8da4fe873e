"""What the threads of a board's job add to it, one share for each, and the sums over them.

A child says only that it stirred; at the next look just those are counted anew. So an archive of three thousand threads is not
counted, or read from the ledger, whenever one of its files moves.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.tally import Tally
from threadreel.library.job_table import JobRow
from threadreel.states import JOB_ENDED, JobState

#: the error with which a thread's job fails that died before it was read: said, but nobody's fault
THREAD_GONE = "thread.gone"
#: how a child ended whose thread was gone before it could be read; others end as their jobs' states say
GONE = "gone"
_FILES = tuple(Tally(()).summary()["files"])
_NOTHING = (0,) * (len(_FILES) + 3)


@dataclass(slots=True)
class _Share:
    """One child's: its files in the order of ``_FILES``, bytes owed and there, and bytes received by this process."""

    thread: int | None
    sums: tuple[int, ...] = _NOTHING
    #: empty while the child has not ended
    end: str = ""


class ChildShares:
    """The children, by id, in the order in which they came. Not thread-safe: the lock of their job holds it."""

    def __init__(self, children: Iterable[JobRow]) -> None:
        self._shares: dict[str, _Share] = {}
        self._sums = list(_NOTHING)
        self._living: dict[str, Job] = {}
        #: ids of children that changed since they were last counted; a plain set, so that they need no lock to say so
        self._stirred: set[str] = set()
        self._busy: dict[str, list[str]] = {}  # names of files on their way, by child
        self._received_bytes = 0  # by children before they were begun anew
        self._done = 0
        #: the folder that has the folders of all children in it; empty while none has one
        self.folder = ""
        for child in children:
            self.enter(child)

    def __len__(self) -> int:
        return len(self._shares)

    def enter(self, child: JobRow) -> None:
        """There is this child; it lives as far as its row says."""
        share = self._shares[child.id] = _Share(child.thread)
        if child.state in JOB_ENDED:
            self._finish(share, child)
            self._count(share, child.summary, 0)
            self._gather(child)

    def take(self, child: Job) -> None:
        """The child lives in this process; it may have ended before."""
        share = self._shares[child.id]
        self._done -= bool(share.end)
        share.end = ""
        self._received_bytes += share.sums[-1]
        self._count(share, {}, 0)
        self._living[child.id] = child
        stirred, child_id = self._stirred, child.id
        child.stirred = lambda: stirred.add(child_id)
        stirred.add(child_id)

    def leave(self, child: Job) -> None:
        """The child has ended, if it has."""
        if self._living.get(child.id) is child and child.row.state in JOB_ENDED:
            self._recount(child.id)
            del self._living[child.id]
            self._busy.pop(child.id, None)
            self._finish(self._shares[child.id], child.row)

    def _finish(self, share: _Share, row: JobRow) -> None:
        is_gone = row.state is JobState.FAILED and (row.error or {}).get("code") == THREAD_GONE
        share.end = GONE if is_gone else str(row.state)
        self._done += 1

    # What is known of them

    def ids(self) -> Iterable[str]:
        """All of them."""
        return self._shares

    def threads(self) -> set[int | None]:
        """The numbers of their threads."""
        return {share.thread for share in self._shares.values()}

    def of_thread(self, thread: int | None) -> str | None:
        """The id of the one for this thread."""
        return next((child for child, share in self._shares.items() if share.thread == thread), None)

    def living(self) -> list[Job]:
        """Those that have not ended."""
        return list(self._living.values())

    def ends(self) -> Counter[str]:
        """How many ended how; empty text for those that have not."""
        return Counter(share.end for share in self._shares.values())

    def unfinished_business(self) -> list[str]:
        """Ids of those that ended without all their files, but for those whose thread was gone."""
        return [child for child, share in self._shares.items() if share.end not in ("", GONE, JobState.COMPLETED)]

    @property
    def done(self) -> int:
        """How many have ended."""
        return self._done

    # The sums over them

    def is_busy(self) -> bool:
        """Whether files of any of them are on their way."""
        return bool(self._busy)

    def current(self) -> list[str]:
        """The names of these files."""
        return [name for names in self._busy.values() for name in names]

    def count(self) -> None:
        """Look again at those that changed."""
        for child_id in self._stirred.copy() | self._busy.keys():
            self._recount(child_id)

    def received_bytes(self) -> int:
        """Bytes that they received in this process, as of the last ``count``."""
        return self._received_bytes + self._sums[-1]

    def summary(self, least_done: int = 0) -> dict[str, Any]:
        """``files``, ``bytes`` and ``threads`` of the contract's job, as of the last ``count``; ``least_done`` as in ``Tally``."""
        *sums, total_bytes, done_bytes, _ = self._sums
        files = dict(zip(_FILES, sums, strict=True))
        return {
            "files": {**files, "done": max(least_done, files["done"])},
            "bytes": {"total": total_bytes, "done": done_bytes},
            "threads": {"total": len(self._shares), "done": self._done},
        }

    def _recount(self, child_id: str) -> None:
        """While files of a child are on their way it is looked at every time."""
        self._stirred.discard(child_id)  # before it is looked at: what changes meanwhile is seen the next time
        child = self._living.get(child_id)
        if child is None:
            return
        summary, received_bytes, current = child.share()
        self._count(self._shares[child_id], summary, received_bytes)
        self._busy.pop(child_id, None)
        if current:
            self._busy[child_id] = current
        self._gather(child.row)

    def _gather(self, child: JobRow) -> None:
        if child.directory:
            parent = str(Path(child.directory).parent)
            self.folder = os.path.commonpath([self.folder or parent, parent])

    def _count(self, share: _Share, summary: dict[str, Any], received_bytes: int) -> None:
        """``summary``: empty for a child that was never planned."""
        before, share.sums = share.sums, _NOTHING
        if summary:
            files, size = summary["files"], summary["bytes"]
            share.sums = (*(files.get(name, 0) for name in _FILES), size["total"], size["done"], received_bytes)
        self._sums = [total + now - then for total, now, then in zip(self._sums, share.sums, before, strict=True)]
