"""Who is who among the processes that share a library. Whether one lives, only its lock file tells: see ``owners``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from threadreel.library.ledger import Ledger

BROWSER, COMMAND, FINISHER = "browser", "command", "finisher"


@dataclass(frozen=True, slots=True)
class Member:
    """One process: its name as an owner of jobs, what started it (``kind``), what people call it, and when it came (Unix s)."""

    name: str
    kind: str
    label: str
    pid: int
    started: float

    def __str__(self) -> str:
        return f"{self.label or self.kind} (process {self.pid})"


class OwnerTable:
    """The processes that have entered and not left. ``is_alive`` says whether one of that name still lives."""

    def __init__(self, ledger: Ledger, is_alive: Callable[[str], bool]) -> None:
        self._ledger, self._is_alive = ledger, is_alive

    def enter(self, member: Member) -> bool:
        """The process is known from now on, and those that died are no more. False, and it is not, for a second finisher."""
        with self._ledger.transaction():
            alive = self._sweep()
            if member.kind == FINISHER and any(each.kind == FINISHER for each in alive):
                return False
            self._ledger.run(
                "INSERT OR REPLACE INTO owners (name, kind, label, pid, started) VALUES (?, ?, ?, ?, ?)",
                (member.name, member.kind, member.label, member.pid, member.started),
            )
            return True

    def leave(self, name: str) -> None:
        """The process is no longer known."""
        self._ledger.run("DELETE FROM owners WHERE name = ?", (name,))

    def member(self, name: str | None) -> Member | None:
        """The process of this name, living or not."""
        rows = self._ledger.rows("SELECT name, kind, label, pid, started FROM owners WHERE name = ?", (name,))
        return Member(*rows[0]) if rows else None

    def living(self) -> list[Member]:
        """Those that live, oldest first."""
        return [member for member in self._members() if self._is_alive(member.name)]

    def _members(self) -> list[Member]:
        rows = self._ledger.rows("SELECT name, kind, label, pid, started FROM owners ORDER BY started, name")
        return [Member(*row) for row in rows]

    def _sweep(self) -> list[Member]:
        members = self._members()
        alive = [member for member in members if self._is_alive(member.name)]
        for member in members:
            if member not in alive:
                self.leave(member.name)
        return alive
