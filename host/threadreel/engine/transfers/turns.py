"""Whose turn it is on one way to a host: the order in which what is ready is served. Knows no clock and no threads.

By rank; of equal ranks each group in turn (a board and its threads are one group, any other job is its own); in a group the job
that came first is served out first: a board's threads come oldest first, and that is the order in which they die. A step
costs the logarithm of what waits.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from threadreel.engine.jobs.transfer import Transfer

#: a transfer and the monotonic second since which it is ready
Ready = tuple[float, Transfer]
#: a media host, and whether it is for the browser to ask it
Way = tuple[str, bool]


@dataclass(slots=True, eq=False)
class Group:
    """Jobs that have one turn together. ``served``: the number of the turn it had last."""

    name: str
    served: int
    lines: int = 0


@dataclass(slots=True, eq=False)
class Line:
    """One job's transfers: ready ones by way, and those that wait for their time or are with a worker."""

    group: Group
    rank: int
    number: int
    ready: dict[Way, deque[Ready]] = field(default_factory=dict)
    delayed: dict[Transfer, None] = field(default_factory=dict)
    active: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing of the job is in line or on its way."""
        return not (self.ready or self.delayed or self.active)


@dataclass(slots=True, eq=False)
class _Bench:
    """The lines of one group that have one rank; entries of lines that have left lie there until they come first."""

    rank: int
    group: Group
    lines: list[tuple[int, int, Line]] = field(default_factory=list)


class Turns:
    """What is ready for one way."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._benches: dict[tuple[int, Group], _Bench] = {}
        self._order: list[tuple[int, int, int, _Bench]] = []  # rank, turn, number; its turn may be an older one
        self._numbers = itertools.count()
        self.ready = 0

    def put(self, line: Line, entry: Ready) -> None:
        """Behind what is ready of this line."""
        waiting = line.ready.get(self._way)
        if waiting is None:
            waiting = line.ready[self._way] = deque()
            self.enter(line)
        waiting.append(entry)
        self.ready += 1

    def enter(self, line: Line) -> None:
        """The line has something ready now, or another rank."""
        bench = self._benches.get((line.rank, line.group))
        if bench is None:
            bench = self._benches[line.rank, line.group] = _Bench(line.rank, line.group)
            heapq.heappush(self._order, (line.rank, line.group.served, next(self._numbers), bench))
        heapq.heappush(bench.lines, (line.number, next(self._numbers), line))

    def first(self) -> tuple[int, int] | None:
        """Rank and last turn of who is served next: the lower of two ways' goes first. None when nothing is ready."""
        while self._order:
            rank, turn, number, bench = self._order[0]
            if not self._is_waiting(bench):
                heapq.heappop(self._order)
                del self._benches[bench.rank, bench.group]
            elif turn != bench.group.served:  # it was served since, maybe on another way
                heapq.heapreplace(self._order, (rank, bench.group.served, number, bench))
            else:
                return rank, turn
        return None

    def pop(self, turn: int) -> tuple[Line, Ready]:
        """Serve who is next (``first`` was not None), in the turn of this number."""
        bench = self._order[0][3]
        line = bench.lines[0][2]
        entry = line.ready[self._way].popleft()
        if not line.ready[self._way]:
            del line.ready[self._way]
            heapq.heappop(bench.lines)
        bench.group.served = turn
        self.ready -= 1
        return line, entry

    def drop(self, line: Line) -> list[Transfer]:
        """What was ready of this line, and is no more."""
        dropped = [transfer for _, transfer in line.ready.pop(self._way, ())]
        self.ready -= len(dropped)
        return dropped

    def _is_waiting(self, bench: _Bench) -> bool:
        while bench.lines:
            line = bench.lines[0][2]
            if line.rank == bench.rank and self._way in line.ready:
                return True
            heapq.heappop(bench.lines)
        return False


class Groups:
    """The groups that have lines."""

    def __init__(self, next_turn: Callable[[], int]) -> None:
        self._next_turn = next_turn
        self._groups: dict[str, Group] = {}

    def join(self, name: str) -> Group:
        """One more line of this group; a new group has its turn after all others."""
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = Group(name, self._next_turn())
        group.lines += 1
        return group

    def part(self, group: Group) -> None:
        """One line fewer."""
        group.lines -= 1
        if not group.lines:
            del self._groups[group.name]
