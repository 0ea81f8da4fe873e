"""The history: jobs that have ended, newest first, found by words, and forgotten on request. What the library has stays known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from threadreel.errors import RequestError
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.names import fold
from threadreel.states import JobState

#: so many rows are looked at in one query: memory does not grow with the history
_BATCH = 1000
#: a job that is part of a board's job belongs to it as long as that one lives
_NO_LIVING_PARENT = "NOT EXISTS (SELECT 1 FROM jobs AS p WHERE p.id = jobs.parent AND p.finished IS NULL)"


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is searched of a job, and its place."""

    id: str
    finished: float
    text: str


class History:
    """Ended jobs that are not forgotten."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._jobs = ledger, JobTable(ledger)

    def page(
        self, words: Sequence[str], state: JobState | None, cursor: str | None, limit: int
    ) -> tuple[list[JobRow], str | None]:
        """Up to ``limit`` jobs that ended last, and where the next page begins (None: there is none).

        Every word is in the title, board, address or thread number, in upper or lower case; ``state`` an end state, None for
        all. RequestError ``request.invalid`` for a cursor that no page gave. Raises sqlite3.Error.
        """
        found: list[_Entry] = []
        for entry in self._matching(words, state, _read_cursor(cursor)):
            found.append(entry)
            if len(found) > limit:
                break
        following = f"{found[limit - 1].finished!r}/{found[limit - 1].id}" if 0 < limit < len(found) else None
        rows = [self._jobs.get(entry.id) for entry in found[:limit]]
        return [row for row in rows if row is not None], following

    def count(self, words: Sequence[str], state: JobState | None) -> int:
        """How many jobs all pages together have."""
        return sum(1 for _ in self._matching(words, state, None))

    def clear(self, words: Sequence[str], state: JobState | None) -> int:
        """Forget the jobs that a page would show, all or none; how many. What a living job is made of stays."""
        found = [entry.id for entry in self._matching(words, state, None)]
        query = f"UPDATE jobs SET forgotten = 1 WHERE id = ? AND finished IS NOT NULL AND {_NO_LIVING_PARENT}"
        with self._ledger.transaction():
            return sum(self._ledger.run(query, (job,)) for job in found)

    def _matching(
        self, words: Sequence[str], state: JobState | None, after: tuple[float, str] | None
    ) -> Iterator[_Entry]:
        wanted = [_folded(word) for word in words]
        while entries := self._batch(state, after):
            yield from (entry for entry in entries if all(word in entry.text for word in wanted))
            after = (entries[-1].finished, entries[-1].id)

    def _batch(self, state: JobState | None, after: tuple[float, str] | None) -> list[_Entry]:
        """The next entries, whether they match or not. SQLite's own search knows neither upper case beyond ASCII nor accents."""
        state_is, states = ("AND state = ?", (str(state),)) if state else ("", ())
        comes, places = ("AND (finished, id) < (?, ?)", after) if after else ("", ())
        rows = self._ledger.rows(
            "SELECT id, finished, title, board, url, thread FROM jobs WHERE finished IS NOT NULL AND forgotten = 0"
            f" {state_is} {comes} ORDER BY finished DESC, id DESC LIMIT ?",
            (*states, *places, _BATCH),
        )
        # a line between the fields: no word begins in one and ends in the next
        return [_Entry(row["id"], row["finished"], _folded("\n".join(map(str, tuple(row)[2:])))) for row in rows]


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else fold(text)


def _read_cursor(cursor: str | None) -> tuple[float, str] | None:
    if cursor is None:
        return None
    finished, _, job = cursor.partition("/")
    try:
        return float(finished), job
    except ValueError:
        raise RequestError(
            "request.invalid", "The cursor is not one that a page of jobs gave.", "Start from the first page."
        ) from None
