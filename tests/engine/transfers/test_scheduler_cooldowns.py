"""Hosts that are left alone, and those that are probed: what one process finds out holds for all of them at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from line_harness import HOST, OTHER, Line, Ticket

from threadreel.engine.transfers.cooldowns import LOOK_S


def test_a_host_that_cools_down_is_left_alone_and_others_go_on(line: Line) -> None:
    line.enter("a", 1)
    line.enter("b", 1, OTHER)
    line.cool_down(HOST, 7)
    line.cool_down(HOST, 3)
    assert line.cooldowns() == {HOST: pytest.approx(7)}
    assert line.wanted() == 1
    assert line.take_names(2) == ["b0"]
    line.time.go_on(6.9)
    assert (line.take(0), line.came) == (None, 0)
    line.time.go_on(0.1)
    assert line.came == 1
    assert line.take_names(1) == ["a0"]
    assert line.cooldowns() == {}


def test_a_delayed_transfer_waits_for_its_hosts_cooldown_too(line: Line) -> None:
    (ticket,) = line.enter("a", 1)
    assert line.take(0) is ticket
    line.cool_down(HOST, 20)
    line.put_back(ticket, 5)
    line.done(ticket, HOST)
    line.time.go_on(19.9)
    assert line.take(0) is None
    line.time.go_on(0.1)
    assert line.take(0) is ticket


def test_a_host_that_is_probed_has_one_transfer_at_a_time_until_it_is_warm(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=6)
    line.enter("a", 4)
    before = line.take(0)
    assert before is not None
    line.cool_down(HOST, 7, is_probed=True)
    line.time.go_on(8)
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


def test_a_probe_needs_a_slot_too_and_holds_up_no_other_host(make_line: Callable[..., Line]) -> None:
    line = make_line(slots=1)
    line.enter("a", 3)
    line.enter("b", 1, OTHER)
    before = line.take(0)
    assert before is not None
    line.cool_down(HOST, 7, is_probed=True)
    line.time.go_on(8)
    assert line.take_names(9) == ["b0"]
    line.done(before, HOST)
    assert line.take_names(9) == ["a1", "a2"]


# Other processes


def test_what_one_process_is_told_all_obey_from_the_next_file_on(make_line: Callable[..., Line]) -> None:
    first, second = make_line(), make_line()
    second.enter("a", 3)
    second.enter("b", 1, OTHER)
    assert second.take_names(1) == ["a0"]
    first.cool_down(HOST, 60)
    second.time.go_on(LOOK_S)
    assert second.take_names(9) == ["b0"]
    assert second.cooldowns() == {HOST: pytest.approx(60 - LOOK_S)}
    assert second.heard == []  # it was asked to wait, and did not refuse
    second.time.go_on(59.98)
    assert second.take(0) is None
    second.time.go_on(0.02)
    assert second.came == 1
    assert second.take_names(9) == ["a1", "a2"]


def test_the_longest_cooldown_holds_whoever_found_it_out(make_line: Callable[..., Line]) -> None:
    first, second = make_line(), make_line()
    first.cool_down(HOST, 60)
    second.cool_down(HOST, 5)
    second.enter("a", 1)
    second.time.go_on(30)
    assert second.take(0) is None
    second.time.go_on(30)
    assert second.take_names(1) == ["a0"]


def probing(make_line: Callable[..., Line], files: int, slots: int = 100) -> tuple[Line, Line, Ticket]:
    """One process was refused; another, with so many files in line, probes the host when its time has come."""
    first, second = make_line(), make_line(slots)
    first.cool_down(HOST, 60, is_probed=True)
    second.enter("a", files)
    assert second.take(0) is None
    assert second.heard == [(HOST, True)]
    second.time.go_on(60)
    probe = second.take(0)
    assert probe is not None
    return first, second, probe


def test_a_host_that_refuses_one_process_is_probed_by_all(make_line: Callable[..., Line]) -> None:
    _, second, probe = probing(make_line, files=4, slots=6)
    assert second.is_probe(probe, HOST)
    assert second.take(0) is None


def test_one_process_that_is_served_warms_all(make_line: Callable[..., Line]) -> None:
    first, second, probe = probing(make_line, files=4, slots=6)
    first.warm_up(HOST)
    second.time.go_on(LOOK_S)
    assert None not in [second.take(0) for _ in range(3)]
    assert not second.is_probe(probe, HOST)
    assert second.heard == [(HOST, True), (HOST, False)]


def test_what_was_on_its_way_when_another_process_was_refused_is_no_probe_any_more(
    make_line: Callable[..., Line],
) -> None:
    first, second, probe = probing(make_line, files=2)
    first.cool_down(HOST, 120, is_probed=True)
    second.look(at_once=True)  # as when it is refused
    assert not second.is_probe(probe, HOST)
    assert second.heard == [(HOST, True), (HOST, True)]
    second.time.go_on(119)
    assert second.take(0) is None


def test_a_process_that_begins_later_knows_what_the_others_found_out(make_line: Callable[..., Line]) -> None:
    make_line().cool_down(HOST, 60)
    late = make_line()
    late.enter("a", 1)
    assert late.take(0) is None
    late.time.go_on(60)
    assert late.came == 1
    assert late.take_names(1) == ["a0"]


def test_the_ledger_is_read_when_another_process_has_written_and_not_before(make_line: Callable[..., Line]) -> None:
    first, second = make_line(), make_line()
    second.enter("a", 500)
    second.take_names(1)
    reads: list[str] = []
    second.ledger._db.set_trace_callback(reads.append)
    for _ in range(250):
        second.time.go_on(LOOK_S / 10)
        second.take_names(1)
    assert set(reads) == {"PRAGMA data_version"}
    assert len(reads) <= 250 / 10 + 1
    first.cool_down(OTHER, 5)
    second.time.go_on(LOOK_S)
    second.take_names(1)
    assert "FROM paces" in reads[-1]


def test_a_ledger_that_cannot_be_used_stops_nobody(line: Line) -> None:
    line.ledger.close()
    line.enter("a", 2)
    line.cool_down(HOST, 5, is_probed=True)
    assert line.take(0) is None
    line.time.go_on(5)
    assert line.take_names(1) == ["a0"]
    line.warm_up(HOST)
    assert line.wanted() == 1
