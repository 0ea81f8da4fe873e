"""A waiting line in which time passes when the test says so: who is served when, without threads and without waiting.

line = Line(tmp_path)
line.enter("a", 3)
line.take_names(9)
line.time.go_on(30)
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from threadreel.engine.clock import Clock
from threadreel.engine.network.addresses import host_of
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.engine.transfers.scheduler import Scheduler
from threadreel.library.ledger import Ledger
from threadreel.library.pace_table import PaceTable

HOST, OTHER = "i.4cdn.org", "media.example.org"


@dataclass(eq=False)
class Ticket:
    """As much of a transfer as the line looks at."""

    job: SimpleNamespace
    name: str
    host: str = HOST
    attempts: int = 0
    is_carried: bool = False
    refused: object = None
    carried_requests: int = 0
    row: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(size=3_000))

    @property
    def url(self) -> str:
        return f"https://{self.host}/{self.name}"


def tickets(
    job: str, count: int, host: str = HOST, priority: str = "normal", parent: str | None = None
) -> list[Ticket]:
    owner = SimpleNamespace(id=job, row=SimpleNamespace(priority=priority, parent=parent))
    return [Ticket(owner, f"{job}{number}", host) for number in range(count)]


class HandTime:
    """Both clocks and the timers of a single thread: everything due happens in ``go_on``, and whoever waits is let go on."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self._acts: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self.clock = Clock(lambda: 1_700_000_000.0 + self.passed_s, lambda: self.passed_s, self._wait)

    def go_on(self, seconds: float) -> None:
        """So much later."""
        end = self.passed_s + seconds
        while due := [key for key, (moment, _) in self._acts.items() if moment <= end]:
            moment, act = self._acts.pop(min(due, key=lambda key: self._acts[key][0]))
            self.passed_s = max(self.passed_s, moment)
            act()
        self.passed_s = end

    def waiting(self) -> int:
        """How much is still to happen."""
        return len(self._acts)

    def _wait(self, _: threading.Condition, seconds: float) -> None:
        self.go_on(seconds)


@dataclass
class HandTimers:
    """The timers of one process."""

    time: HandTime
    process: str

    def after(self, key: Hashable, delay_s: float, act: Callable[[], None]) -> None:
        self.time._acts[self.process, key] = (self.time.passed_s + delay_s, act)

    def cancel(self, key: Hashable) -> bool:
        return self.time._acts.pop((self.process, key), None) is not None


class Line(Scheduler):
    """A scheduler on a ledger of its own, or on that of ``folder``; ``name`` is its process's."""

    def __init__(self, folder: Path, slots: int = 100, name: str = "me", time: HandTime | None = None) -> None:
        self.time, self.slots = time or HandTime(), slots
        self.ledger = Ledger(folder / "ledger.sqlite3")
        self.came = 0
        self.for_browser = 0  # so many at once
        self.heard: list[tuple[str, bool]] = []
        paces = PaceTable(self.ledger, name, lambda _: True)
        timers = HandTimers(self.time, name)
        cooldowns = Cooldowns(paces, self.time.clock, timers, self._come_in)
        super().__init__(
            lambda: self.slots,
            host_of,
            self.time.clock,
            timers,
            cooldowns,
            self._come_in,
            lambda host, is_refusing: self.heard.append((host, is_refusing)),
            lambda _host, _carried, carried_everywhere: max(0, self.for_browser - carried_everywhere),
        )

    def _come_in(self) -> None:
        self.came += 1

    def enter(
        self, job: str, count: int, host: str = HOST, priority: str = "normal", parent: str | None = None
    ) -> list[Ticket]:
        made = tickets(job, count, host, priority, parent)
        self.add(job, priority, made, group=parent or "")
        return made

    def take_names(self, count: int) -> list[str]:
        """Take and finish one after the other."""
        names = []
        for _ in range(count):
            ticket = self.take(0)
            if ticket is None:
                break
            names.append(ticket.name)
            self.done(ticket, ticket.host)
        return names

    def is_empty(self) -> bool:
        return self.counts() == {"ready": 0, "delayed": 0}
