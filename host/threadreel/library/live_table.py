"""What processes show each other of the jobs that they run: a snapshot of each, and which jobs and files changed since one looked.

Whoever writes a job's row gives it a higher revision than any row has, by a trigger of the schema. A file's is one more than
its job's was: so the files that changed since a job was looked at are those above the revision that it had then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from threadreel.library.ledger import Ledger

#: a snapshot that is older says nothing of speeds: its process is stopped, or has died
_FRESH_S = 3.0


@dataclass(frozen=True, slots=True)
class Change:
    """A job that changed. ``owner``: the process that runs it, or did last."""

    job: str
    parent: str | None
    owner: str | None
    revision: int
    has_ended: bool
    is_forgotten: bool


class LiveTable:
    """Snapshots and revisions."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def show(self, job: str, snapshot: dict[str, Any] | None) -> None:
        """Others see this of the job, at the latest with the next ``settle``; nothing of one that has ended."""
        statement = "UPDATE jobs SET live = ? WHERE id = ?"
        text = "" if snapshot is None else json.dumps(snapshot, separators=(",", ":"))
        self._ledger.later(("live", job), statement, (text, job))

    def of(self, job: str, now: float) -> dict[str, Any]:
        """The job's newest snapshot; empty when there is none. Unix second ``now`` tells whether it may still move."""
        row = self._ledger.row("SELECT live FROM jobs WHERE id = ?", (job,))
        snapshot: dict[str, Any] = json.loads(row["live"]) if row and row["live"] else {}
        if snapshot and abs(now - snapshot["told"]) > _FRESH_S:
            snapshot.update(speed=0.0, eta=None, current=[])
        return snapshot

    def version(self) -> int:
        """Another number whenever another process has written (https://www.sqlite.org/pragma.html#pragma_data_version)."""
        return int(self._ledger.settled_rows("PRAGMA data_version")[0][0])

    def newest(self) -> int:
        """The revision of what changed last; 0 while there is nothing."""
        return int(self._ledger.settled_rows("SELECT coalesce(max(revision), 0) FROM jobs")[0][0])

    def changes(self, since: int, limit: int) -> list[Change]:
        """Up to ``limit`` jobs that changed after this revision, in the order of their last changes."""
        return self._changes("revision > ? ORDER BY revision LIMIT ?", (since, limit))

    def unfinished(self, job: str | None = None) -> list[Change]:
        """Every job that has not ended; or this one, with what it is made of."""
        if job is None:
            return self._changes("finished IS NULL", ())
        return self._changes("finished IS NULL AND (id = ?1 OR parent = ?1)", (job,))

    def _changes(self, where: str, values: Iterable[Any]) -> list[Change]:
        query = f"SELECT id, parent, owner, revision, finished IS NOT NULL, forgotten FROM jobs WHERE {where}"
        return [
            Change(job, parent, owner, revision, bool(has_ended), bool(is_forgotten))
            for job, parent, owner, revision, has_ended, is_forgotten in self._ledger.settled_rows(query, values)
        ]
