"""Whose turn it is: by priority, groups in turn, within a group the job that came first; and however many wait, at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from line_harness import HOST, OTHER, Line, tickets

from repeats import repeats
from threadreel.engine.transfers.lines import PRIORITIES


def test_one_jobs_transfers_come_in_their_order(line: Line) -> None:
    line.enter("a", 5)
    assert line.take_names(9) == ["a0", "a1", "a2", "a3", "a4"]
    assert line.is_empty()


def test_equal_jobs_take_turns(line: Line) -> None:
    line.enter("a", 3)
    line.enter("b", 2)
    line.enter("c", 4)
    assert line.take_names(9) == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "c2", "c3"]


def test_a_large_job_does_not_starve_a_small_one(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=6)
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
    assert len(line.take_names(10_000)) == 10_000 - 6 - (len(served) - 5)


def test_the_more_important_job_is_served_first(line: Line) -> None:
    for priority in reversed(PRIORITIES):
        line.enter(priority, 2, priority=priority)
    assert line.take_names(10) == [f"{priority}{number}" for priority in PRIORITIES for number in range(2)]


def test_a_priority_may_change_while_it_waits(line: Line) -> None:
    line.enter("a", 3)
    line.enter("b", 3)
    line.set_priority("b", "critical")
    assert line.take_names(3) == ["b0", "b1", "b2"]
    line.set_priority("b", "low")  # has nothing in line
    line.set_priority("nobody", "low")
    assert line.take_names(9) == ["a0", "a1", "a2"]


def test_a_priority_that_changes_there_and_back_loses_and_repeats_nothing(line: Line) -> None:
    line.enter("a", 4)
    line.enter("b", 2)
    for priority in ("high", "background", "normal", "critical", "normal"):
        line.set_priority("a", priority)
    assert line.take_names(9) == ["a0", "b0", "a1", "b1", "a2", "a3"]


def test_nothing_is_taken_twice_from_a_job_that_was_added_twice(line: Line) -> None:
    line.enter("a", 2)
    line.add("a", "normal", tickets("a", 4)[2:])
    line.add("b", "normal", [])
    assert line.take_names(9) == ["a0", "a1", "a2", "a3"]


# A board and its threads


def test_a_boards_threads_have_one_turn_together_and_the_first_is_served_out_first(line: Line) -> None:
    for thread in ("x", "y", "z"):
        line.enter(thread, 2, parent="board")
    line.enter("thread", 4)
    assert line.take_names(10) == ["x0", "thread0", "x1", "thread1", "y0", "thread2", "y1", "thread3", "z0", "z1"]


def test_a_thread_of_a_board_may_be_more_important_than_the_others(line: Line) -> None:
    for thread in ("x", "y", "z"):
        line.enter(thread, 2, parent="board")
    line.enter("thread", 2)
    line.set_priority("z", "high")
    assert line.take_names(10) == ["z0", "z1", "thread0", "x0", "thread1", "x1", "y0", "y1"]


def test_a_file_that_comes_back_goes_before_the_boards_later_threads(line: Line) -> None:
    line.enter("x", 1, parent="board")
    line.enter("y", 3, parent="board")
    first = line.take(0)
    assert first is not None
    line.put_back(first, 10)
    line.done(first, HOST)
    assert line.take_names(1) == ["y0"]
    line.time.go_on(10)
    assert line.take_names(9) == ["x0", "y1", "y2"]


def test_a_group_has_its_turn_at_all_hosts_together(line: Line) -> None:
    line.enter("a", 3)
    line.enter("a", 3, OTHER)
    line.enter("b", 3, OTHER)
    assert line.take_names(9) == ["a0", "b0", "a1", "b1", "a2", "b2", "a0", "a1", "a2"]


@pytest.mark.parametrize("seed", range(repeats(20)))
def test_whatever_changes_meanwhile_each_is_served_once_and_no_group_waits_long(line: Line, seed: int) -> None:
    chance = random.Random(seed)
    jobs = [f"job-{number}-" for number in range(12)]
    left = {job: chance.randint(1, 20) for job in jobs}
    expected = set()
    for job in jobs:
        parent = chance.choice([None, "p", "q"])
        host = chance.choice([HOST, OTHER])
        expected |= {ticket.name for ticket in line.enter(job, left[job], host, chance.choice(PRIORITIES), parent)}
    served = []
    while names := line.take_names(chance.randint(1, 4)):
        served += names
        if chance.random() < 0.5:
            line.set_priority(chance.choice(jobs), chance.choice(PRIORITIES))
        if chance.random() < 0.2 and (again := line.take(0)) is not None:
            line.put_back(again, chance.choice([0, 5]))
            line.done(again, again.host)
            line.time.go_on(5)
    assert sorted(served) == sorted(expected)
    assert line.is_empty()


def test_three_thousand_threads_of_a_board_cost_no_more_than_ten(make_line: Callable[..., Line]) -> None:
    """A step costs the logarithm of what waits. Measured against itself: a slow machine is slow in both."""

    def seconds_for_each(line: Line, jobs: int) -> float:
        for number in range(jobs):
            line.enter(f"child-{number}-", 3000 // jobs, parent="board" if number % 2 else None)
        started = time.process_time()
        assert len(line.take_names(3000)) == 3000 // jobs * jobs
        return (time.process_time() - started) / 3000

    few = min(seconds_for_each(make_line(slots=6), 10) for _ in range(3))
    many = min(seconds_for_each(make_line(slots=6), 3000) for _ in range(3))
    assert many < 5 * few
