"""Which transfers the line hands out for the browser: those a host refused, and what waits while it is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from line_harness import HOST, Line, Ticket

REFUSED = object()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path, slots=4)
    yield made
    made.ledger.close()


def carried(line: Line) -> list[Ticket]:
    """Take as much as the line gives; all of it is for the browser."""
    taken = []
    while (ticket := line.take(0)) is not None:
        assert ticket.is_carried
        taken.append(ticket)
    return taken


def test_what_a_host_refused_waits_for_the_browser_alone(line: Line) -> None:
    first, second = line.enter("a", 2)
    assert line.take(0) is first
    first.refused = REFUSED
    line.put_back(first, 0.0)
    line.done(first, HOST)
    assert line.take(0) is second
    assert not second.is_carried
    assert line.take(0) is None
    line.for_browser = 2
    assert carried(line) == [first]


def test_while_a_host_is_left_alone_the_browser_has_what_waits(line: Line) -> None:
    line.enter("a", 9)
    line.cool_down(HOST, 60, is_probed=True)
    assert line.take(0) is None
    line.for_browser = 2
    first, second = carried(line)
    line.done(first, HOST)
    assert len(carried(line)) == 1
    assert line.wanted() == 0
    line.time.go_on(61)  # the cooldown is over: one probes, before the browser has the next
    line.done(second, HOST)
    probe = line.take(0)
    assert probe is not None
    assert not probe.is_carried
    assert line.is_probe(probe, HOST)
    assert len(carried(line)) == 1


def test_a_host_that_serves_again_is_asked_by_ourselves(line: Line) -> None:
    line.enter("a", 6)
    line.for_browser = 2
    line.cool_down(HOST, 60, is_probed=True)
    assert len(carried(line)) == 2
    line.warm_up(HOST)
    taken = [line.take(0) for _ in range(2)]  # with the browser's two these are all that the settings allow
    assert [ticket is not None and ticket.is_carried for ticket in taken] == [False, False]
    assert line.take(0) is None


def test_the_browser_waits_too_for_what_a_host_asks_to_wait(line: Line) -> None:
    line.for_browser = 2
    first, _ = line.enter("a", 2)
    assert line.take(0) is first
    first.refused = REFUSED
    line.cool_down(HOST, 30)
    line.cool_down(HOST, 60, is_probed=True)
    line.put_back(first, 0.0)
    line.done(first, HOST)
    assert line.take(0) is None
    came = line.came
    line.time.go_on(31)
    assert line.came > came
    assert len(carried(line)) == 2


def test_what_is_put_back_in_hand_is_served_when_it_was_let_go(line: Line) -> None:
    (only,) = line.enter("a", 1)
    assert line.take(0) is only
    line.put_back(only, 0.0)
    assert line.take(0) is None
    assert line.counts() == {"ready": 0, "delayed": 1}
    line.done(only, HOST)
    assert line.take(0) is only
    line.done(only, HOST)
    assert line.is_empty()


def test_what_is_put_back_in_hand_and_dropped_is_not_served(line: Line) -> None:
    (only,) = line.enter("a", 1)
    line.take(0)
    line.put_back(only, 0.0)
    line.drop("a")
    line.done(only, HOST)
    assert line.take(0) is None
    assert line.is_empty()


def test_only_what_waits_for_the_browser_can_be_withdrawn(line: Line) -> None:
    tickets = line.enter("a", 4)
    tickets[0].refused = tickets[1].refused = REFUSED
    line.drop("a")
    line.add("a", "normal", tickets[:1])
    line.add("a", "normal", tickets[2:])
    line.put_back(tickets[1], 5.0)
    assert set(line.withdraw(HOST, is_all=False)) == set(tickets[:2])
    assert set(line.withdraw(HOST)) == set(tickets[2:])
    line.time.go_on(6)
    assert line.is_empty()


@pytest.mark.parametrize(("slots", "requests"), [(1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2])])
def test_a_long_file_has_two_requests_at_once_where_there_is_room_and_they_count(
    line: Line, slots: int, requests: list[int]
) -> None:
    line.slots, line.for_browser = slots, 2
    for ticket in line.enter("a", 9):
        ticket.row.size = 5_000_000
    line.cool_down(HOST, 60, is_probed=True)
    taken = carried(line)
    assert [ticket.carried_requests for ticket in taken] == requests
    line.warm_up(HOST)
    assert line.wanted() == slots - sum(requests)
    for ticket in taken:
        line.done(ticket, HOST)
    assert len(line.take_names(9)) == 9 - len(taken)


def test_of_a_short_file_the_browser_needs_one_request(line: Line) -> None:
    line.enter("a", 9)
    line.cool_down(HOST, 60, is_probed=True)
    line.for_browser = 2
    assert [ticket.carried_requests for ticket in carried(line)] == [1, 1]
