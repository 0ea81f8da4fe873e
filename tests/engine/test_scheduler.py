"""The waiting line: fair, within each host's slots, and nobody is forgotten in it or sleeps beside it."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from repeats import repeats
from threadreel.engine import workers as workers_module
from threadreel.engine.addresses import host_of
from threadreel.engine.scheduler import PRIORITIES, Scheduler
from threadreel.engine.workers import Workers
from waiting import wait_until

HOST, OTHER = "i.4cdn.org", "media.example.org"


@dataclass(eq=False)
class Ticket:
    """As much of a transfer as the line looks at."""

    job: SimpleNamespace
    name: str
    host: str = HOST
    attempts: int = 0

    @property
    def url(self) -> str:
        return f"https://{self.host}/{self.name}"


def tickets(job: str, count: int, host: str = HOST, priority: str = "normal") -> list[Ticket]:
    row = SimpleNamespace(id=job, row=SimpleNamespace(priority=priority))
    return [Ticket(row, f"{job}{number}", host) for number in range(count)]


class Clock:
    """Stands, until somebody waits for it: then it is at once as late as they waited for."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line(Scheduler):
    """A scheduler whose waiting takes no time. Single-threaded tests alone use it."""

    def __init__(self, slots: int = 100) -> None:
        self.clock, self.slots = Clock(), slots
        super().__init__(lambda: self.slots, host_of, self.clock)
        self._changed = _Stepping(self.clock)

    def enter(self, job: str, count: int, host: str = HOST, priority: str = "normal") -> list[Ticket]:
        made = tickets(job, count, host, priority)
        self.add(job, priority, made)
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


class _Stepping(threading.Condition):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None, "a wait without a limit"
        self._clock.now += timeout
        return False


# Whose turn it is


def test_one_jobs_transfers_come_in_their_order() -> None:
    line = Line()
    line.enter("a", 5)
    assert line.take_names(9) == ["a0", "a1", "a2", "a3", "a4"]
    assert line.is_empty()


def test_equal_jobs_take_turns() -> None:
    line = Line()
    line.enter("a", 3)
    line.enter("b", 2)
    line.enter("c", 4)
    assert line.take_names(9) == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "c2", "c3"]


def test_a_large_job_does_not_starve_a_small_one() -> None:
    line = Line(slots=6)
    line.enter("large", 10_000)
    held = [line.take(0) for _ in range(6)]
    line.enter("small", 5)
    served = []
    for ticket in held:
        assert ticket is not None
        line.done(ticket, HOST)
    while "small4" not in served:
        served += line.take_names(1)
    assert len(served) <= 10
    started = time.perf_counter()
    assert len(line.take_names(10_000)) == 10_000 - 6 - (len(served) - 5)
    assert time.perf_counter() - started < 5


def test_the_more_important_job_is_served_first() -> None:
    line = Line()
    for priority in reversed(PRIORITIES):
        line.enter(priority, 2, priority=priority)
    assert line.take_names(10) == [f"{priority}{number}" for priority in PRIORITIES for number in range(2)]


def test_a_priority_may_change_while_it_waits() -> None:
    line = Line()
    line.enter("a", 3)
    line.enter("b", 3)
    line.set_priority("b", "critical")
    assert line.take_names(3) == ["b0", "b1", "b2"]
    line.set_priority("b", "low")  # has nothing in line
    line.set_priority("nobody", "low")
    assert line.take_names(9) == ["a0", "a1", "a2"]


def test_nothing_is_taken_twice_from_a_job_that_was_added_twice() -> None:
    line = Line()
    line.enter("a", 2)
    line.add("a", "normal", tickets("a", 4)[2:])
    line.add("b", "normal", [])
    assert line.take_names(9) == ["a0", "a1", "a2", "a3"]


# Slots


def test_a_host_has_so_many_slots() -> None:
    line = Line(slots=2)
    line.enter("a", 5)
    first, second = line.take(0), line.take(0)
    assert first is not None
    assert second is not None
    assert line.take(0) is None
    line.done(second, HOST)
    third = line.take(0)
    assert third is not None
    assert third.name == "a2"
    assert line.take(0) is None


def test_a_full_host_does_not_hold_up_another() -> None:
    line = Line(slots=1)
    line.enter("a", 3)
    line.enter("a", 3, OTHER)
    line.enter("b", 1, OTHER)
    taken = [line.take(0) for _ in range(3)]
    assert [ticket and (ticket.name, ticket.host) for ticket in taken] == [("a0", HOST), ("b0", OTHER), None]


def test_slots_may_become_more_and_fewer() -> None:
    line = Line(slots=1)
    line.enter("a", 9)
    held = [line.take(0)]
    line.slots = 3
    held += [line.take(0), line.take(0)]
    assert None not in held
    line.slots = 2
    assert line.take(0) is None
    for ticket, is_free in zip(held, (False, True, True), strict=True):
        assert ticket is not None
        line.done(ticket, HOST)
        found = line.take(0)
        assert (found is not None) == is_free


# Waiting for a time


def test_who_must_wait_is_served_then_and_not_before() -> None:
    line = Line()
    (ticket,) = line.enter("a", 1)
    assert line.take(0) is ticket
    line.put_back(ticket, 30)
    line.done(ticket, HOST)
    assert line.counts() == {"ready": 0, "delayed": 1}
    before = line.clock.now
    assert line.take(0) is ticket
    assert 30 <= line.clock.now - before < 30.1


def test_others_are_served_while_one_waits() -> None:
    line = Line()
    first, *_ = line.enter("a", 3)
    line.enter("b", 1)
    assert line.take(0) is first
    line.put_back(first, 30)
    line.done(first, HOST)
    before = line.clock.now
    assert line.take_names(3) == ["b0", "a1", "a2"]
    assert line.clock.now == before
    assert line.take_names(1) == ["a0"]


def test_the_earliest_is_served_first() -> None:
    line = Line()
    made = line.enter("a", 4)
    for wait_s in (40, 10, 30, 20):
        ticket = line.take(0)
        assert ticket is not None
        line.put_back(ticket, wait_s)
        line.done(ticket, HOST)
    assert line.take_names(4) == [made[number].name for number in (1, 3, 2, 0)]


def test_a_transfer_may_come_back_for_another_host() -> None:
    line = Line(slots=1)
    ticket, _ = line.enter("a", 2)
    assert line.take(0) is ticket
    ticket.host = OTHER
    line.put_back(ticket, 0)
    line.done(ticket, HOST)
    assert {line.take(0), line.take(0)} >= {ticket}
    line.done(ticket, OTHER)


# Cooling down


def test_a_host_that_cools_down_is_left_alone_and_others_go_on() -> None:
    line = Line()
    line.enter("a", 1)
    line.enter("b", 1, OTHER)
    line.cool_down(HOST, 7)
    line.cool_down(HOST, 3)
    assert line.cooldowns() == {HOST: 7}
    before = line.clock.now
    assert line.take_names(1) == ["b0"]
    assert line.clock.now == before
    assert line.take_names(1) == ["a0"]
    assert 7 <= line.clock.now - before < 7.1
    assert line.cooldowns() == {}


def test_a_delayed_transfer_waits_for_its_hosts_cooldown_too() -> None:
    line = Line()
    (ticket,) = line.enter("a", 1)
    assert line.take(0) is ticket
    line.cool_down(HOST, 20)
    line.put_back(ticket, 5)
    line.done(ticket, HOST)
    before = line.clock.now
    assert line.take(0) is ticket
    assert 20 <= line.clock.now - before < 20.1


def test_a_host_that_is_probed_has_one_transfer_at_a_time_until_it_is_warm() -> None:
    line = Line(slots=6)
    line.enter("a", 4)
    before = line.take(0)
    assert before is not None
    line.cool_down(HOST, 7, is_probed=True)
    line.clock.now += 8
    assert line.wanted() == 1
    probe = line.take(0)
    assert probe is not None
    assert line.is_probe(probe, HOST)
    assert not line.is_probe(before, HOST)
    line.done(before, HOST)  # what was on its way says nothing, and opens nothing
    assert line.wanted() == 0
    assert line.take(0) is None
    line.done(probe, HOST)
    assert line.wanted() == 1
    second = line.take(0)
    assert second is not None
    line.warm_up(HOST)
    assert not line.is_probe(second, HOST)
    assert line.wanted() == 1
    assert line.take(0) is not None


def test_a_probe_needs_a_slot_too_and_holds_up_no_other_host() -> None:
    line = Line(slots=1)
    line.enter("a", 3)
    line.enter("b", 1, OTHER)
    before = line.take(0)
    assert before is not None
    line.cool_down(HOST, 7, is_probed=True)
    line.clock.now += 8
    assert line.take_names(9) == ["b0"]
    line.done(before, HOST)
    assert line.take_names(9) == ["a1", "a2"]


def test_what_waits_for_a_host_can_be_taken_out_of_the_line() -> None:
    line = Line()
    line.enter("a", 2)
    line.enter("a", 1, OTHER)
    (other,) = line.enter("b", 1)
    first = line.take(0)
    assert first is not None
    line.put_back(first, 5)
    line.done(first, HOST)
    assert {ticket.name for ticket in line.withdraw(HOST)} == {"a0", "a1", other.name}
    assert line.withdraw(HOST) == []
    assert line.take_names(9) == ["a0"]  # the other host's, which has that name too
    assert line.is_empty()


# Leaving the line


def test_a_dropped_job_is_not_served_and_the_others_are() -> None:
    line = Line()
    line.enter("a", 3)
    line.enter("b", 2)
    first = line.take(0)
    assert first is not None
    delayed = line.take(0)
    assert delayed is not None
    line.put_back(delayed, 5)
    line.done(delayed, HOST)
    line.drop("b")
    line.drop("nobody")
    line.done(first, HOST)
    assert line.take_names(9) == ["a1", "a2"]
    assert line.is_empty()


def test_the_slot_of_a_dropped_jobs_transfer_is_given_back() -> None:
    line = Line(slots=1)
    line.enter("a", 2)
    first = line.take(0)
    assert first is not None
    line.drop("a")
    line.enter("b", 1)
    assert line.take(0) is None
    line.done(first, HOST)
    assert line.take_names(1) == ["b0"]


def test_after_the_end_nobody_is_served() -> None:
    line = Line()
    (ticket, _) = line.enter("a", 2)
    assert line.take(0) is ticket
    line.close()
    line.put_back(ticket, 0)
    line.enter("b", 1)
    line.done(ticket, HOST)
    assert line.take(60) is None
    assert line.wanted() == 0
    assert line.is_empty()


# How long to stay, and how many are needed


def test_who_has_nothing_to_do_leaves_after_its_patience() -> None:
    line = Line(slots=1)
    before = line.clock.now
    assert line.take(2.0) is None
    assert 2 <= line.clock.now - before < 2.1
    line.enter("a", 2)
    line.take(0)
    assert line.take(2.0) is None  # work, but no slot: who gives the slot back will see to it


def test_as_many_are_wanted_as_can_start() -> None:
    line = Line(slots=2)
    assert line.wanted() == 0
    line.enter("a", 5)
    line.enter("b", 1, OTHER)
    assert line.wanted() == 3
    line.take(0)
    assert line.wanted() == 2
    line.slots = 6
    assert line.wanted() == 5


def test_one_is_wanted_to_see_the_others_time_come() -> None:
    line = Line()
    line.enter("a", 3)
    line.cool_down(HOST, 7)
    assert line.wanted() == 1
    line.clock.now += 8
    assert line.wanted() == 3
    first, second = line.take(0), line.take(0)
    for ticket in (first, second):
        assert ticket is not None
        line.put_back(ticket, 60)
    assert line.wanted() == 2
    line.clock.now += 61
    assert line.wanted() == 3


# Many threads


@dataclass
class Pool:
    """Real workers on a real clock; ``work`` is what they do with a ticket, once for each time it is served."""

    slots: int = 3
    most: int = 32
    work: Callable[[Ticket], object] = bool
    served: list[str] = field(default_factory=list)
    busy: Counter[str] = field(default_factory=Counter)
    most_busy: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(lambda: self.slots, host_of, time.monotonic)
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
        self.scheduler.close()
        assert self.workers.stop(10)


@pytest.fixture
def pools() -> Iterator[Callable[..., Pool]]:
    made: list[Pool] = []

    def make(**options: object) -> Pool:
        made.append(Pool(**options))
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


def test_more_slots_are_used_at_once_though_a_worker_sleeps(pools: Callable[..., Pool]) -> None:
    blocked = threading.Event()
    pool = pools(work=lambda _: blocked.wait(20), slots=1)
    try:
        pool.scheduler.cool_down(OTHER, 60)
        pool.enter(*tickets("later", 1, OTHER))  # a worker sleeps until its time comes
        pool.enter(*tickets("a", 2))
        wait_until(lambda: pool.busy[HOST] == 1 and workers_alive() == 2, "one to work and one to sleep")
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


def test_the_end_wakes_everybody(pools: Callable[..., Pool]) -> None:
    pool = pools()
    pool.scheduler.cool_down(HOST, 60)
    pool.enter(*tickets("a", 5))
    wait_until(lambda: workers_alive() == 1, "a worker that sleeps")
    started = time.monotonic()
    pool.stop()
    assert time.monotonic() - started < 5
    pool.enter(*tickets("b", 1))
    assert workers_alive() == 0
    assert pool.served == []
