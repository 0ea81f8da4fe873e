"""API answers, shared by all processes through the ledger: a page asked a moment ago is not asked again, its answer is kept."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import dataclass

from threadreel.library.ledger import Ledger

#: an answer younger than this is used instead of asking (4chan/4chan-API README, API rules: threads not within 10 s)
FRESH_S = 10.0
#: answers kept beyond this age help nobody: the thread is gone or has changed
KEEP_S = 14 * 86400.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said: ``status`` 200, or 404. ``body`` and ``last_modified`` of a 404 are those of the last 200, if there was
    one: what comes back is asked for like what never went away.
    """

    status: int
    body: bytes
    last_modified: str | None
    fetched: float


class AnswerTable:
    """The kept answers, by URL."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def kept(self, url: str) -> Answer | None:
        """The last answer for this URL."""
        return _answer(self._ledger.row("SELECT * FROM answers WHERE url = ? AND status IS NOT NULL", (url,)))

    def fresh(self, url: str, now: float) -> Answer | None:
        """The kept answer, if it is young enough to stand for a new one."""
        query = "SELECT * FROM answers WHERE url = ? AND status IS NOT NULL AND fetched > ? AND fetched <= ?"
        return _answer(self._ledger.row(query, (url, now - FRESH_S, now)))

    def keep(self, url: str, answer: Answer) -> None:
        """Remember the answer, also one that says nothing changed, and drop what is too old."""
        self._ledger.run(
            "INSERT INTO answers (url, status, body, last_modified, asked, fetched) VALUES (?1, ?2, ?3, ?4, ?5, ?5)"
            " ON CONFLICT (url) DO UPDATE SET status = ?2, body = ?3, last_modified = ?4, asked = ?5, fetched = ?5",
            (url, answer.status, zlib.compress(answer.body, 1), answer.last_modified, answer.fetched),
        )
        self._ledger.run("DELETE FROM answers WHERE coalesce(fetched, asked) < ?", (answer.fetched - KEEP_S,))


def _answer(row: sqlite3.Row | None) -> Answer | None:
    if row is None:
        return None
    return Answer(row["status"], zlib.decompress(row["body"]), row["last_modified"], row["fetched"])
