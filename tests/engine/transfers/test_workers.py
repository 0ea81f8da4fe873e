"""The threads that transfer, on a real clock: everybody is served within the slots, and the threads follow the work."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from line_harness import HOST, OTHER, Ticket, tickets

from repeats import repeats
from threadreel.engine.clock import Clock
from threadreel.engine.network.addresses import host_of
from threadreel.engine.timers import Timers
from threadreel.engine.transfers import workers as workers_module
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.engine.transfers.scheduler import Scheduler
from threadreel.engine.transfers.workers import Workers
from threadreel.library.ledger import Ledger
from threadreel.library.pace_table import PaceTable
from waiting import wait_until


@dataclass
class Pool:
    """Real workers and timers; ``work`` is what they do with a ticket, once for each time it is served."""

    folder: Path
    slots: int = 3
    most: int = 32
    work: Callable[[Ticket], object] = bool
    served: list[str] = field(default_factory=list)
    busy: Counter[str] = field(default_factory=Counter)
    most_busy: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        clock = Clock()
        self.ledger = Ledger(self.folder / "ledger.sqlite3")
        self.timers = Timers(clock)
        cooldowns = Cooldowns(
            PaceTable(self.ledger, "me", lambda _: True), clock, self.timers, lambda: self.workers.call()
        )
        self.scheduler = Scheduler(
            lambda: self.slots, host_of, clock, self.timers, cooldowns, lambda: self.workers.call()
        )
        self.workers = Workers(self.scheduler, self._run, self.most)

    def enter(self, *entered: Ticket, priority: str = "normal") -> None:
        self.scheduler.add(entered[0].job.id, priority, entered)
        self.workers.call()

    def _run(self, ticket: Ticket) -> None:
        host = ticket.host
        with self.lock:
            self.busy[host] += 1
            self.most_busy[host] = max(self.most_busy[host], self.busy[host])
        self.work(ticket)
        with self.lock:
            self.busy[host] -= 1
            self.served.append(ticket.name)
        self.scheduler.done(ticket, host)

    def stop(self) -> None:
        assert self.timers.stop(10)
        self.scheduler.close()
        assert self.workers.stop(10)
        self.ledger.close()


@pytest.fixture
def pools(tmp_path: Path) -> Iterator[Callable[..., Pool]]:
    made: list[Pool] = []

    def make(**options: object) -> Pool:
        made.append(Pool(tmp_path, **options))
        return made[-1]

    yield make
    for pool in made:
        pool.stop()


def workers_alive() -> int:
    return sum(thread.name.startswith("transfer-") for thread in threading.enumerate())


def all_served(pool: Pool, count: int) -> Callable[[], bool]:
    return lambda: len(pool.served) >= count


@pytest.mark.parametrize("seed", range(repeats(10)))
def test_everybody_is_served_within_the_slots_whatever_happens(
    pools: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(workers_module, "PATIENCE_S", 0.002)  # workers come and go all the time
    chance = random.Random(seed)

    def work(ticket: Ticket) -> None:
        ticket.attempts += 1
        if chance.random() < 0.1:
            pool.scheduler.slow_down(ticket, ticket.host)
        if chance.random() < 0.3 and ticket.attempts < 4:
            if chance.random() < 0.2:
                pool.scheduler.cool_down(ticket.host, chance.random() * 0.01)
            pool.scheduler.put_back(ticket, chance.random() * 0.01)

    pool = pools(work=work, slots=chance.randint(1, 4), most=chance.randint(1, 12))
    entered = [each for job in "abcde" for each in tickets(job, chance.randint(1, 40), chance.choice([HOST, OTHER]))]
    for job in "abcde":
        pool.enter(*(each for each in entered if each.job.id == job))
    wait_until(lambda: {each.name for each in entered} <= set(pool.served), "everybody to be served once")
    wait_until(
        lambda: pool.scheduler.counts() == {"ready": 0, "delayed": 0} and not pool.workers.busy(), "an empty line"
    )
    assert max(pool.most_busy.values()) <= pool.slots
    assert Counter(pool.served) == {each.name: each.attempts for each in entered}
    wait_until(lambda: workers_alive() == 0, "idle workers to leave")


def test_work_that_comes_as_the_last_worker_leaves_is_served(pools: Callable[..., Pool]) -> None:
    pool = pools()
    first, late = tickets("a", 2)
    take = pool.scheduler.take

    def take_and_look_away(_patience_s: float) -> Ticket | None:
        found = take(0)
        if found is None and not late.attempts:
            late.attempts = 1
            pool.enter(late)  # this worker has decided to leave, and still counts as idle
        return found

    pool.scheduler.take = take_and_look_away
    pool.enter(first)
    wait_until(all_served(pool, 2), "the late one to be served")


def test_who_waited_is_served_though_every_worker_is_busy_by_then(pools: Callable[..., Pool]) -> None:
    blocked, put_back = threading.Event(), threading.Event()

    def work(ticket: Ticket) -> None:
        if ticket.name.startswith("long"):
            blocked.wait(20)
        elif not ticket.attempts:
            ticket.attempts = 1
            pool.scheduler.put_back(ticket, 0.3)
            put_back.set()

    pool = pools(work=work)
    (delayed,) = tickets("a", 1)
    try:
        pool.enter(delayed)
        assert put_back.wait(10)
        wait_until(all_served(pool, 1), "the first attempt to end")
        pool.enter(*tickets("long", 1))  # the one worker there is takes it
        wait_until(lambda: pool.served == ["a0", "a0"], "the second attempt", timeout_s=5)
    finally:
        blocked.set()


def test_more_slots_are_used_at_once(pools: Callable[..., Pool]) -> None:
    blocked = threading.Event()
    pool = pools(work=lambda _: blocked.wait(20), slots=1)
    try:
        pool.enter(*tickets("a", 2))
        wait_until(lambda: pool.busy[HOST] == 1, "one to work")
        pool.slots = 2
        pool.workers.call()
        wait_until(lambda: pool.busy[HOST] == 2, "the second slot to be used", timeout_s=5)
    finally:
        blocked.set()


def test_no_more_threads_than_work_and_never_more_than_allowed(pools: Callable[..., Pool]) -> None:
    blocked = threading.Event()
    pool = pools(work=lambda _: blocked.wait(20), slots=50, most=5)
    try:
        pool.enter(*tickets("a", 2))
        wait_until(lambda: pool.busy[HOST] == 2, "both to be served")
        assert workers_alive() == 2
        pool.enter(*tickets("b", 50))
        wait_until(lambda: pool.busy[HOST] == 5, "all workers to be busy")
        assert workers_alive() == 5
    finally:
        blocked.set()
    wait_until(all_served(pool, 52), "all to be served")


def test_nobody_is_there_for_what_waits_for_its_time(
    pools: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "PATIENCE_S", 0.01)
    pool = pools(work=lambda ticket: pool.scheduler.put_back(ticket, 60))
    pool.scheduler.cool_down(OTHER, 60)
    pool.enter(*tickets("a", 5))
    pool.enter(*tickets("b", 5, OTHER))
    wait_until(lambda: pool.scheduler.counts() == {"ready": 5, "delayed": 5}, "all to be put back")
    wait_until(lambda: workers_alive() == 0, "the workers to leave")


def test_the_end_of_a_cooldown_calls_as_many_as_can_work(pools: Callable[..., Pool]) -> None:
    pool = pools()
    pool.scheduler.cool_down(HOST, 0.05)
    pool.enter(*tickets("a", 9))
    wait_until(all_served(pool, 9), "all to be served")
    assert pool.most_busy[HOST] <= 3


def test_the_end_wakes_everybody(pools: Callable[..., Pool]) -> None:
    pool = pools()
    pool.enter(*tickets("a", 1))
    wait_until(lambda: pool.served == ["a0"] and workers_alive() == 1, "a worker that waits for more")
    started = time.monotonic()
    pool.stop()
    assert time.monotonic() - started < 1.5
    pool.enter(*tickets("b", 1))
    assert workers_alive() == 0
    assert pool.served == ["a0"]
