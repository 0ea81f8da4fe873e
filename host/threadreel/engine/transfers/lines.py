"""The line of each job, and who of all of them is next: jobs by priority, groups of equal priority in turn (see ``turns``), and of
each host only what it admits. Not thread-safe, and never waits: both is the scheduler's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection

from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.transfers.turns import Groups, Line, Turns, Way

PRIORITIES = ("critical", "high", "normal", "low", "background")


class Lines:
    """By job. ``way_of`` says which way a transfer takes, ``monotonic`` the second."""

    def __init__(self, way_of: Callable[[Transfer], Way], monotonic: Callable[[], float]) -> None:
        self._way_of, self._monotonic = way_of, monotonic
        self._turn = itertools.count(1)
        self._groups = Groups(lambda: next(self._turn))
        self._lines: dict[str, Line] = {}
        self._turns: dict[Way, Turns] = {}

    # Into the line, and out of it

    def of(self, job: str) -> Line | None:
        """The job's line, if it has one."""
        return self._lines.get(job)

    def enter(self, job: str, priority: str, group: str) -> Line:
        """Likewise; a new one with this priority in this group if it has none."""
        line = self._lines.get(job)
        if line is None:
            line = Line(self._groups.join(group), PRIORITIES.index(priority), next(self._turn))
            self._lines[job] = line
        return line

    def make_ready(self, line: Line, transfer: Transfer) -> None:
        """The transfer is served when its turn comes."""
        way = self._way_of(transfer)
        turns = self._turns.get(way)
        if turns is None:
            turns = self._turns[way] = Turns(way)
        turns.put(line, (self._monotonic(), transfer))

    def drop(self, job: str) -> list[Transfer]:
        """The job has no line any more; those of it that were delayed."""
        line = self._lines.pop(job, None)
        if line is None:
            return []
        for way in list(line.ready):
            self._turns[way].drop(line)
        delayed = list(line.delayed)
        line.delayed.clear()
        self._groups.part(line.group)
        return delayed

    def end(self, job: str, line: Line) -> None:
        """The line is no more, if nothing of the job is in it or on its way."""
        if line.is_over and self._lines.get(job) is line:
            del self._lines[job]
            self._groups.part(line.group)

    def set_priority(self, job: str, priority: str) -> None:
        """What waits of the job is served with this priority."""
        line, rank = self._lines.get(job), PRIORITIES.index(priority)
        if line is not None and line.rank != rank:
            line.rank = rank
            for way in line.ready:
                self._turns[way].enter(line)

    def withdraw(self, ways: Collection[Way]) -> tuple[list[Transfer], list[Transfer]]:
        """What was ready for these ways, and what was delayed; it is not in line any more."""
        ready: list[Transfer] = []
        delayed: list[Transfer] = []
        for job, line in list(self._lines.items()):
            for way in ways & line.ready.keys():
                ready += self._turns[way].drop(line)
            late = [each for each in line.delayed if self._way_of(each) in ways]
            for transfer in late:
                del line.delayed[transfer]
            delayed += late
            self.end(job, line)
        return ready, delayed

    def pop(self, is_free: Callable[[Way], bool]) -> tuple[Line, Way, float, Transfer] | None:
        """Who is next on a way that is free, and since which second it was ready; None when nobody is."""
        first: tuple[int, int] | None = None
        chosen: Way = ("", False)
        for way, turns in self._turns.items():
            if turns.ready and is_free(way):
                key = turns.first()
                if key is not None and (first is None or key < first):
                    first, chosen = key, way
        if first is None:
            return None
        line, (since, transfer) = self._turns[chosen].pop(next(self._turn))
        return line, chosen, since, transfer

    # What there is

    def jobs(self) -> list[str]:
        """Those that have a line."""
        return list(self._lines)

    def jobs_of(self, group: str) -> list[str]:
        """Those of this group."""
        return [job for job, line in self._lines.items() if line.group.name == group]

    def ready(self) -> dict[Way, int]:
        """How many are ready, by way."""
        return {way: turns.ready for way, turns in self._turns.items() if turns.ready}

    def delayed(self) -> int:
        """How many wait for their time, or for their worker to let go."""
        return sum(len(line.delayed) for line in self._lines.values())

    def hosts(self) -> set[str]:
        """Every media host that something was in line for."""
        return {host for host, _ in self._turns}
