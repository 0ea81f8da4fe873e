"""API answers and paces, shared by all processes through the ledger.

A thread is not asked again within ``FRESH_S``: the kept answer is used. Requests to one API host are spaced by
``interval_s`` for all processes together: a slot is reserved in one transaction before a request is sent.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from threadreel.library.ledger import Ledger

#: an answer younger than this is used instead of asking (4chan/4chan-API README, API rules: threads not within 10 s)
FRESH_S = 10.0
#: how long an asker may take before another process stops waiting for its answer
ASKING_S = 45.0
#: answers kept beyond this age help nobody: the thread is gone or has changed
KEEP_S = 14 * 86400.0
#: a slot or cooldown further ahead than this comes from a clock that was set back
HORIZON_S = 3600.0
#: likewise for the slots that wait one behind the other: no more processes than that ask at once
QUEUE_S = 120.0
_LOOK_AGAIN_S = 0.25


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said: ``status`` 200 with a body, or 404 without."""

    status: int
    body: bytes
    last_modified: str | None
    fetched: float


@dataclass(frozen=True, slots=True)
class Reservation:
    """Leave to ask ``wait_s`` seconds from now (``kept``: for If-Modified-Since), or no leave: look again then."""

    granted: bool
    wait_s: float
    kept: Answer | None


class AnswerTable:
    """The kept answers and the pace of each API host."""

    def __init__(self, ledger: Ledger, asker: str = "", is_alive: Callable[[str], bool] = lambda _: True) -> None:
        """``asker`` is this process's name; ``is_alive`` says whether the process of such a name still lives."""
        self._ledger, self._asker, self._is_alive = ledger, asker, is_alive

    def kept(self, url: str) -> Answer | None:
        """The last answer for this URL."""
        row = self._ledger.row("SELECT * FROM answers WHERE url = ? AND status IS NOT NULL", (url,))
        if row is None:
            return None
        return Answer(row["status"], zlib.decompress(row["body"]), row["last_modified"], row["fetched"])

    def fresh(self, url: str, now: float) -> Answer | None:
        """The kept answer, if it is young enough to stand for a new one."""
        kept = self.kept(url)
        return kept if kept and 0 <= now - kept.fetched < FRESH_S else None

    def reserve(self, url: str, host: str, interval_s: float, time: Callable[[], float]) -> Reservation:
        """The next slot of this host, marked as ours, unless another process is just asking the same or has its answer.

        ``time`` is read once the ledger is ours: other processes may have taken slots while we waited for it.
        """
        with self._ledger.transaction():
            now = time()
            row = self._ledger.row("SELECT asked, asker, fetched FROM answers WHERE url = ?", (url,))
            if row is not None and row["fetched"] is not None and 0 <= now - row["fetched"] < FRESH_S:
                return Reservation(False, 0.0, None)  # another process was faster: its answer will do
            is_open = row is not None and (row["fetched"] is None or row["fetched"] < row["asked"])
            is_recent = row is not None and is_open and -HORIZON_S < now - row["asked"] < ASKING_S
            if row is not None and is_recent and self._is_alive(row["asker"]):
                return Reservation(False, _LOOK_AGAIN_S, None)
            slot = self._next_slot(host, now)
            self._ledger.run(
                "INSERT INTO paces (host, next, cooldown) VALUES (?1, ?2, 0) ON CONFLICT (host) DO UPDATE SET next = ?2",
                (host, slot + interval_s),
            )
            self._ledger.run(
                "INSERT INTO answers (url, asked, asker) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (url) DO UPDATE SET asked = ?2, asker = ?3",
                (url, slot, self._asker),
            )
        return Reservation(True, slot - now, self.kept(url))

    def _next_slot(self, host: str, now: float) -> float:
        pace = self._ledger.row("SELECT next, cooldown FROM paces WHERE host = ?", (host,))
        if pace is None:
            return now
        slot = max(now, pace["cooldown"]) if pace["cooldown"] - now < HORIZON_S else now
        return max(slot, pace["next"]) if pace["next"] - slot < QUEUE_S else slot

    def keep(self, url: str, answer: Answer) -> None:
        """Remember the answer, also one that says nothing changed, and drop what is too old."""
        self._ledger.run(
            "INSERT INTO answers (url, status, body, last_modified, asked, fetched) VALUES (?1, ?2, ?3, ?4, ?5, ?5)"
            " ON CONFLICT (url) DO UPDATE SET status = ?2, body = ?3, last_modified = ?4, asked = ?5, fetched = ?5",
            (url, answer.status, zlib.compress(answer.body, 1), answer.last_modified, answer.fetched),
        )
        self._ledger.run("DELETE FROM answers WHERE coalesce(fetched, asked) < ?", (answer.fetched - KEEP_S,))

    def give_up(self, url: str) -> None:
        """We asked and got nothing usable: another may ask at once."""
        self._ledger.run("UPDATE answers SET asked = 0 WHERE url = ?", (url,))

    def cool_down(self, host: str, until: float) -> None:
        """No process asks this API host before ``until``."""
        self._ledger.run(
            "INSERT INTO paces (host, next, cooldown) VALUES (?1, 0, ?2) ON CONFLICT (host)"
            " DO UPDATE SET cooldown = iif(cooldown - ?2 < ?3, max(cooldown, ?2), ?2)",
            (host, until, HORIZON_S),
        )

    def cooldowns(self, now: float) -> dict[str, float]:
        """Seconds left by API host."""
        rows = self._ledger.rows(
            "SELECT host, cooldown FROM paces WHERE cooldown > ?1 AND cooldown < ?2", (now, now + HORIZON_S)
        )
        return {row["host"]: row["cooldown"] - now for row in rows}
