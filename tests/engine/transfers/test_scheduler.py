"""The waiting line: within each host's slots, nobody is forgotten in it, and nobody waits in it for a moment of its own."""

from __future__ import annotations

from collections.abc import Callable

from line_harness import HOST, OTHER, Line

# Slots


def test_a_host_has_so_many_slots(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=2)
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


def test_a_full_host_does_not_hold_up_another(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=1)
    line.enter("a", 3)
    line.enter("a", 3, OTHER)
    line.enter("b", 1, OTHER)
    taken = [line.take(0) for _ in range(3)]
    assert [ticket and (ticket.name, ticket.host) for ticket in taken] == [("a0", HOST), ("b0", OTHER), None]


def test_slots_may_become_more_and_fewer(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=1)
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


def test_a_host_that_is_asked_too_much_has_half_the_slots_and_earns_them_back(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=4)
    line.enter("a", 60)
    held = [line.take(0) for _ in range(4)]
    for ticket in held:
        assert ticket is not None
        line.slow_down(ticket, HOST)
    for ticket in held:
        assert ticket is not None
        line.done(ticket, HOST)
    assert line.hosts() == [{"host": HOST, "connections": 0, "limit": 2}]
    assert line.wanted() == 2
    for _ in range(16):
        ticket = line.take(0)
        assert ticket is not None
        line.served(HOST)
        line.done(ticket, HOST)
    assert line.wanted() == 3


def test_a_complaint_from_an_address_that_another_led_to_is_no_complaint_of_the_first(
    make_line: Callable[..., Line],
) -> None:
    line = make_line(slots=4)
    line.enter("a", 1)
    ticket = line.take(0)
    assert ticket is not None
    line.slow_down(ticket, OTHER)
    assert line.hosts() == [{"host": HOST, "connections": 1, "limit": 4}]


# Waiting for a time


def test_who_must_wait_is_ready_then_and_not_before(line: Line) -> None:
    (ticket,) = line.enter("a", 1)
    assert line.take(0) is ticket
    line.put_back(ticket, 30)
    line.done(ticket, HOST)
    assert line.counts() == {"ready": 0, "delayed": 1}
    assert line.wanted() == 0
    assert line.take(0) is None
    line.time.go_on(29.9)
    assert (line.take(0), line.came) == (None, 0)
    line.time.go_on(0.1)
    assert line.came == 1  # somebody is called to serve it
    assert line.wanted() == 1
    assert line.take(0) is ticket


def test_a_worker_waits_for_work_and_not_for_a_moment(line: Line) -> None:
    (ticket,) = line.enter("a", 1)
    assert line.take(0) is ticket
    line.put_back(ticket, 30)
    line.done(ticket, HOST)
    assert line.take(2.0) is None
    assert 2 <= line.time.passed_s < 2.1


def test_others_are_served_while_one_waits(line: Line) -> None:
    first, *_ = line.enter("a", 3)
    line.enter("b", 1)
    assert line.take(0) is first
    line.put_back(first, 30)
    line.done(first, HOST)
    assert line.take_names(3) == ["b0", "a1", "a2"]
    line.time.go_on(30)
    assert line.take_names(1) == ["a0"]


def test_the_earliest_is_served_first(line: Line) -> None:
    made = line.enter("a", 4)
    for wait_s in (40, 10, 30, 20):
        ticket = line.take(0)
        assert ticket is not None
        line.put_back(ticket, wait_s)
        line.done(ticket, HOST)
    line.time.go_on(40)
    assert line.take_names(4) == [made[number].name for number in (1, 3, 2, 0)]


def test_a_transfer_may_come_back_for_another_host(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=1)
    ticket, _ = line.enter("a", 2)
    assert line.take(0) is ticket
    ticket.host = OTHER
    line.put_back(ticket, 0)
    line.done(ticket, HOST)
    assert {line.take(0), line.take(0)} >= {ticket}
    line.done(ticket, OTHER)


def test_it_is_known_how_long_they_were_ready(line: Line) -> None:
    first, _ = line.enter("a", 2)
    line.time.go_on(3)
    assert line.take(0) is first
    line.put_back(first, 10)
    line.done(first, HOST)
    line.time.go_on(12)
    assert line.take_names(2) == ["a1", "a0"]
    assert line.waited() == (3, 3 + 15 + 2)


# Leaving the line


def test_a_dropped_job_is_not_served_and_the_others_are(line: Line) -> None:
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
    assert line.time.waiting() == 0
    assert line.take_names(9) == ["a1", "a2"]
    assert line.is_empty()


def test_what_comes_back_of_a_job_that_was_dropped_and_added_again_is_served_too(line: Line) -> None:
    line.enter("a", 2)
    before = line.take(0)
    assert before is not None
    line.drop("a")
    line.enter("a", 1)
    line.put_back(before, 5)
    line.done(before, HOST)
    assert line.take_names(9) == ["a0"]
    line.time.go_on(5)
    assert line.take(0) is before
    line.done(before, HOST)
    assert line.is_empty()


def test_the_slot_of_a_dropped_jobs_transfer_is_given_back(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=1)
    line.enter("a", 2)
    first = line.take(0)
    assert first is not None
    line.drop("a")
    line.enter("b", 1)
    assert line.take(0) is None
    line.done(first, HOST)
    assert line.take_names(1) == ["b0"]


def test_what_waits_for_a_host_can_be_taken_out_of_the_line(line: Line) -> None:
    line.enter("a", 2)
    line.enter("a", 1, OTHER)
    (other,) = line.enter("b", 1)
    first = line.take(0)
    assert first is not None
    line.put_back(first, 5)
    line.done(first, HOST)
    assert {ticket.name for ticket in line.withdraw(HOST)} == {"a0", "a1", other.name}
    assert line.withdraw(HOST) == []
    assert line.time.waiting() == 0
    assert line.take_names(9) == ["a0"]  # the other host's, which has that name too
    assert line.is_empty()


def test_after_the_end_nobody_is_served(line: Line) -> None:
    (ticket, late) = line.enter("a", 2)
    assert line.take(0) is ticket
    assert line.take(0) is late
    line.put_back(late, 5)
    line.close()
    assert line.time.waiting() == 0
    line.put_back(ticket, 0)
    line.enter("b", 1)
    line.done(ticket, HOST)
    assert line.take(60) is None
    assert line.wanted() == 0
    assert line.is_empty()


# How long to stay, and how many are needed


def test_who_has_nothing_to_do_leaves_after_its_patience(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=1)
    assert line.take(2.0) is None
    assert 2 <= line.time.passed_s < 2.1
    line.enter("a", 2)
    line.take(0)
    assert line.take(2.0) is None  # work, but no slot: who gives the slot back will see to it


def test_as_many_are_wanted_as_can_start(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=2)
    assert line.wanted() == 0
    line.enter("a", 5)
    line.enter("b", 1, OTHER)
    assert line.wanted() == 3
    line.take(0)
    assert line.wanted() == 2
    line.slots = 6
    assert line.wanted() == 5
