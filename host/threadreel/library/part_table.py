"""What a board's job is made of, counted by the ledger: for a job of thousands of threads that another process runs."""

from __future__ import annotations

from threadreel.library.ledger import Ledger


class PartTable:
    """The parts of jobs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def ids(self, parent: str, limit: int) -> list[str]:
        """The first of them, by id."""
        query = "SELECT id FROM jobs WHERE parent = ? ORDER BY created, id LIMIT ?"
        return [row["id"] for row in self._ledger.rows(query, (parent, limit))]

    def sums(self, parent: str, reason: str) -> list[tuple[str, int, int, int, int]]:
        """Over the attachments of all of them, for each state: how many, the bytes that the API tells of, the bytes on disk, and
        how many have this reason.
        """
        query = (
            "SELECT state, count(*), sum(coalesce(size, 0)), sum(done), sum(reason IS ?) FROM attachments"
            " WHERE job IN (SELECT id FROM jobs WHERE parent = ?) GROUP BY state"
        )
        return [tuple(row) for row in self._ledger.rows(query, (reason, parent))]

    def count(self, parent: str) -> tuple[int, int]:
        """How many there are, and how many of them have ended."""
        row = self._ledger.row("SELECT count(*), count(finished) FROM jobs WHERE parent = ?", (parent,))
        return (row[0], row[1]) if row else (0, 0)
