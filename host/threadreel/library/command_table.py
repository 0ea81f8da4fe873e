"""What one process asks of another, through the ledger: of the one that runs a job, whichever that is, or of one by its name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from threadreel.library.ledger import Ledger

#: asked of a process by its name: to give up what it runs
HAND_BACK = "hand_back"


@dataclass(frozen=True, slots=True)
class Command:
    """``addressee`` is a job or the name of a process; ``action`` and ``argument`` are the engine's business."""

    id: int
    addressee: str
    action: str
    argument: dict[str, Any]


class CommandTable:
    """Commands that were not obeyed yet, oldest first."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def ask(self, addressee: str, action: str, argument: dict[str, Any], now: float) -> int:
        """Ask it; the number of the command. One that waits for the same already is the newest's to replace."""
        text = json.dumps(argument, sort_keys=True)
        with self._ledger.transaction():
            self._ledger.run(
                "DELETE FROM commands WHERE job = ? AND action = ? AND argument = ?", (addressee, action, text)
            )
            self._ledger.run(
                "INSERT INTO commands (job, action, argument, asked) VALUES (?, ?, ?, ?)",
                (addressee, action, text, now),
            )
            return int(self._ledger.rows("SELECT last_insert_rowid()")[0][0])

    def of(self, owner: str) -> list[Command]:
        """What is asked of this process: by its name, or of a job that it runs."""
        rows = self._ledger.settled_rows(
            "SELECT c.id, c.job, c.action, c.argument FROM commands AS c LEFT JOIN jobs AS j ON j.id = c.job"
            " WHERE c.job = ?1 OR (j.owner = ?1 AND j.finished IS NULL) ORDER BY c.id",
            (owner,),
        )
        return [Command(row["id"], row["job"], row["action"], json.loads(row["argument"])) for row in rows]

    def done(self, command: int) -> None:
        """It was obeyed, or is past that."""
        self._ledger.run("DELETE FROM commands WHERE id = ?", (command,))

    def are_waiting(self, commands: Sequence[int]) -> bool:
        """Whether one of these was not obeyed yet, and still can be."""
        marks = ", ".join("?" * len(commands))
        query = (
            f"SELECT 1 FROM commands AS c JOIN jobs AS j ON j.id = c.job AND j.finished IS NULL WHERE c.id IN ({marks})"
        )
        return bool(self._ledger.settled_rows(f"{query} LIMIT 1", commands))

    def sweep(self) -> None:
        """Those that nobody can obey any more are gone: asked of jobs that ended, or of processes that did."""
        self._ledger.run(
            "DELETE FROM commands WHERE job NOT IN (SELECT id FROM jobs WHERE finished IS NULL)"
            " AND job NOT IN (SELECT name FROM owners)"
        )
