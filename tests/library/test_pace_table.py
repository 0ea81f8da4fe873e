"""The pace of each host over all processes: one question at a time, in turn, and nobody waits for a dead one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from threadreel.library.ledger import Ledger
from threadreel.library.pace_table import ASKING_S, HORIZON_S, LOOK_AGAIN_S, PaceTable, Pause

HOST, OTHER = "a.4cdn.org", "api.example.org"
START = 1_700_000_000.0
INTERVAL_S = 1.0
#: of moments that are kept as Unix seconds
EXACT_S = 1e-5


class Now:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def now() -> Now:
    return Now()


class Process:
    """One process at this ledger."""

    def __init__(self, path: Path, name: str, now: Now, dead: set[str]) -> None:
        self.ledger = Ledger(path)
        self.now = now
        self.table = PaceTable(self.ledger, name, lambda other: other not in dead)

    def claim(self, host: str = HOST) -> float:
        return self.table.claim(host, INTERVAL_S, self.now)

    def answered(self, host: str = HOST) -> None:
        self.table.answered(host, INTERVAL_S, self.now())


@pytest.fixture
def dead() -> set[str]:
    """The processes that were killed, by name."""
    return set()


@pytest.fixture
def processes(tmp_path: Path, now: Now, dead: set[str]) -> Iterator[list[Process]]:
    made = [Process(tmp_path / "ledger.sqlite3", name, now, dead) for name in ("one", "two", "three")]
    yield made
    for process in made:
        process.ledger.close()


# One question at a time


def test_the_next_question_leaves_an_interval_after_the_answer(processes: list[Process], now: Now) -> None:
    one, *_ = processes
    assert one.claim() == 0
    now.time += 0.7  # so long was the answer on its way
    one.answered()
    assert one.claim() == pytest.approx(INTERVAL_S, abs=EXACT_S)
    now.time += INTERVAL_S
    assert one.claim() == 0


def test_nobody_asks_while_another_process_waits_for_its_answer(processes: list[Process], now: Now) -> None:
    one, two, _ = processes
    assert one.claim() == 0
    for _ in range(20):
        wait_s = two.claim()
        assert wait_s >= LOOK_AGAIN_S
        now.time += wait_s
    one.answered()
    assert two.claim() == pytest.approx(INTERVAL_S, abs=EXACT_S)
    now.time += INTERVAL_S
    assert two.claim() == 0


def test_processes_take_turns_though_one_always_wants_more(processes: list[Process], now: Now) -> None:
    asked: list[tuple[str, float]] = []
    one, two, three = processes
    wishes = {one: 20, two: 5, three: 3}
    while any(wishes.values()):
        waits = []
        for process, left in wishes.items():
            if left:
                wait_s = process.claim()
                waits.append(wait_s)
                if wait_s == 0:
                    asked.append((process.table._asker, now.time))
                    now.time += 0.2
                    process.answered()
                    wishes[process] -= 1
        now.time += min(waits) or 0.01
    assert len(asked) == 28
    names = [name for name, _ in asked]
    assert sorted(names[:3]) == ["one", "three", "two"]
    assert names[:9] == names[:3] * 3
    assert min(after - before for (_, before), (_, after) in pairwise(asked)) >= INTERVAL_S


def test_a_pause_is_not_made_up_for(processes: list[Process], now: Now) -> None:
    one, two, _ = processes
    assert one.claim() == 0
    one.answered()
    now.time += 60
    assert two.claim() == 0
    two.answered()
    assert one.claim() == pytest.approx(INTERVAL_S, abs=EXACT_S)


def test_each_host_has_its_own_pace(processes: list[Process]) -> None:
    assert processes[0].claim() == 0
    assert processes[1].claim(OTHER) == 0


def test_who_leaves_the_line_is_not_waited_for(processes: list[Process], now: Now) -> None:
    one, two, three = processes
    assert one.claim() == 0
    two.claim()
    three.claim()
    two.table.leave(HOST, now())
    one.table.leave(HOST, now())  # had its turn, and no wish any more
    now.time += INTERVAL_S
    assert three.claim() == 0


def test_the_clock_is_read_when_the_ledger_is_ours(processes: list[Process], now: Now) -> None:
    """Else two processes that waited for a third one's transaction would go at the same moment."""
    one, *_ = processes
    other = sqlite3.connect(one.ledger.path, timeout=0)
    readings = []

    def time() -> float:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        readings.append(now())
        return now()

    one.table.claim(HOST, INTERVAL_S, time)
    assert readings == [START]
    other.close()


# Processes that do not come to an end


def test_an_asker_that_was_killed_is_not_waited_for(processes: list[Process], now: Now, dead: set[str]) -> None:
    one, two, _ = processes
    assert one.claim() == 0
    now.time += 5
    assert two.claim() > 0
    dead.add("one")
    assert two.claim() == pytest.approx(INTERVAL_S, abs=EXACT_S)  # its question may have arrived just now
    now.time += INTERVAL_S
    assert two.claim() == 0


def test_all_who_were_killed_in_line_are_passed_over(processes: list[Process], now: Now, dead: set[str]) -> None:
    one, two, three = processes
    one.claim()
    two.claim()
    dead |= {"one", "two"}
    three.claim()
    now.time += INTERVAL_S
    assert three.claim() == 0


def test_an_asker_that_does_not_end_is_waited_for_only_so_long(processes: list[Process], now: Now) -> None:
    one, two, _ = processes
    one.claim()
    two.claim()
    now.time += ASKING_S - 0.01
    assert two.claim() == pytest.approx(LOOK_AGAIN_S)
    now.time += 0.01
    assert two.claim() == pytest.approx(INTERVAL_S, abs=EXACT_S)
    now.time += INTERVAL_S
    assert two.claim() == 0
    one.answered()  # at last: the turn is not taken from the one who has it
    assert one.claim() >= LOOK_AGAIN_S
    assert two.claim() > 0


def test_the_next_in_line_has_its_full_time(processes: list[Process], now: Now) -> None:
    one, two, three = processes
    one.claim()
    two.claim()
    now.time += ASKING_S - 1
    one.answered()
    three.claim()
    now.time += 2
    assert two.claim() == 0  # not passed over for the time that the first one took
    assert three.claim() >= LOOK_AGAIN_S


# Hosts that are left alone


def test_a_host_that_asks_to_wait_is_asked_by_nobody(processes: list[Process], now: Now) -> None:
    one, two, three = processes
    one.table.cool_down(HOST, START + 60)
    assert two.claim() == pytest.approx(60)
    assert three.claim() == pytest.approx(60)
    assert two.claim(OTHER) == 0
    now.time += 60
    assert three.claim() == pytest.approx(
        LOOK_AGAIN_S
    )  # who waited that long with the others is not passed over for it
    assert two.claim() == 0


def test_the_longer_cooldown_holds(processes: list[Process]) -> None:
    one, two, _ = processes
    one.table.cool_down(HOST, START + 60)
    two.table.cool_down(HOST, START + 5)
    assert one.claim() == pytest.approx(60)


def test_a_cooldown_that_has_passed_does_not_shorten_the_interval(processes: list[Process]) -> None:
    one, *_ = processes
    one.claim()
    one.table.cool_down(HOST, START + 0.5)
    one.answered()
    assert one.claim() == pytest.approx(INTERVAL_S, abs=EXACT_S)


def test_every_process_sees_who_is_left_alone_and_who_refuses(processes: list[Process]) -> None:
    one, two, _ = processes
    one.table.cool_down(HOST, START + 60)
    one.table.refuse(OTHER, START + 30)
    assert sorted(two.table.pauses(START + 20), key=str) == [
        Pause(HOST, START + 60, False),
        Pause(OTHER, START + 30, True),
    ]
    assert two.table.pauses(START + 70) == [Pause(OTHER, START + 30, True)]  # is probed until it is warm
    assert two.claim(OTHER) == 0  # only its files are refused
    two.table.warm_up(OTHER)
    assert one.table.pauses(START + 70) == []


def test_a_refusal_that_nobody_came_back_to_is_forgotten(processes: list[Process]) -> None:
    one, *_ = processes
    one.table.refuse(HOST, START + 60)
    assert one.table.pauses(START + 60 + HORIZON_S) == []


def test_the_version_tells_what_others_wrote_and_not_what_we_wrote(processes: list[Process]) -> None:
    one, two, _ = processes
    before = two.table.version()
    two.table.cool_down(HOST, START + 60)
    assert two.table.version() == before
    one.table.cool_down(HOST, START + 90)
    assert two.table.version() != before


# Clocks


@pytest.mark.parametrize("back_s", [600.0, 2 * HORIZON_S, 10 * 365 * 86400.0])
def test_a_clock_that_was_set_back_keeps_nobody_waiting(processes: list[Process], now: Now, back_s: float) -> None:
    one, two, _ = processes
    one.claim()
    one.answered()
    now.time -= back_s
    assert two.claim() == 0
    two.answered()
    assert one.claim() == pytest.approx(INTERVAL_S, abs=EXACT_S)


def test_a_cooldown_from_a_wrong_clock_does_not_hide_a_real_one(processes: list[Process]) -> None:
    one, two, _ = processes
    one.table.cool_down(HOST, START + 10 * 365 * 86400.0)
    assert one.table.pauses(START) == []
    assert one.claim(HOST) == 0
    one.answered()
    one.table.cool_down(HOST, START + 60)
    assert two.claim() == pytest.approx(60)
