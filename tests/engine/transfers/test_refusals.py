"""When a host that refuses files is left alone, for how long, and when it is given up."""

from __future__ import annotations

import pytest

from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.policy import Policy
from threadreel.engine.transfers.refusals import NOT_ASKED, Cooldown, Refusals, is_refusal, is_success
from threadreel.states import FileState

HOST, OTHER = "i.4cdn.org", "media.example.org"
POLICY = Policy()


def refuse(refusals: Refusals, times: int, host: str = HOST, *, is_probe: bool = False) -> list[Cooldown | None]:
    return [refusals.refused(host, POLICY, is_probe=is_probe) for _ in range(times)]


def test_the_third_file_in_a_row_cools_its_host_down() -> None:
    refusals = Refusals()
    assert refuse(refusals, 2) == [None, None]
    assert refuse(refusals, 2, OTHER) == [None, None]
    assert refuse(refusals, 1) == [Cooldown(60, is_given_up=False)]


def test_a_success_between_begins_a_new_row() -> None:
    refusals = Refusals()
    for _ in range(5):
        assert refuse(refusals, 2) == [None, None]
        assert not refusals.served(HOST, is_probe=False)
    assert refuse(refusals, 3)[-1] is not None


def test_what_was_on_its_way_as_the_cooldown_began_changes_nothing() -> None:
    refusals = Refusals()
    refuse(refusals, 3)
    assert refuse(refusals, 13) == [None] * 13
    assert not refusals.served(HOST, is_probe=False)
    assert refuse(refusals, 1, is_probe=True) == [Cooldown(120, is_given_up=False)]


def test_each_refused_probe_doubles_the_cooldown_and_from_the_second_on_gives_up() -> None:
    refusals = Refusals()
    refuse(refusals, 3)
    assert refuse(refusals, 6, is_probe=True) == [
        Cooldown(120, is_given_up=False),
        Cooldown(240, is_given_up=True),
        Cooldown(480, is_given_up=True),
        Cooldown(900, is_given_up=True),
        Cooldown(900, is_given_up=True),
        Cooldown(900, is_given_up=True),
    ]


def test_a_probe_that_is_served_ends_it_all() -> None:
    refusals = Refusals()
    refuse(refusals, 3)
    refuse(refusals, 4, is_probe=True)
    assert refusals.served(HOST, is_probe=True)
    assert refuse(refusals, 3) == [None, None, Cooldown(60, is_given_up=False)]


def test_a_job_that_is_refused_altogether_waits_three_minutes_and_no_longer() -> None:
    refusals = Refusals()
    waits = refuse(refusals, 3)[2:]
    while waits[-1] is not None and not waits[-1].is_given_up:
        waits += refuse(refusals, 1, is_probe=True)
    assert [wait.seconds for wait in waits[:-1] if wait is not None] == [60, 120]


def test_what_another_process_found_out_counts_like_what_we_did() -> None:
    refusals = Refusals()
    assert not refusals.learnt(HOST, POLICY)
    assert refuse(refusals, 5) == [None] * 5  # they were on their way
    assert refuse(refusals, 1, is_probe=True) == [Cooldown(120, is_given_up=False)]
    assert refusals.learnt(HOST, POLICY)  # its probe was the second that was refused: given up here too
    assert refuse(refusals, 1, is_probe=True) == [Cooldown(480, is_given_up=True)]


def test_another_process_that_is_served_ends_it_here_too() -> None:
    refusals = Refusals()
    refuse(refusals, 3)
    refusals.forget(HOST)
    refusals.forget(OTHER)
    assert refuse(refusals, 3) == [None, None, Cooldown(60, is_given_up=False)]


@pytest.mark.parametrize(
    ("outcome", "as_probe", "else_"),
    [
        (Outcome(FileState.BLOCKED, "http.403"), True, True),
        (Outcome(FileState.BLOCKED, "http.429"), True, True),
        (Outcome(None, "http.429", wait_s=1), True, False),  # once or twice is no refusal of the file yet
        (Outcome(None, "http.503", wait_s=1), False, False),
        (Outcome(FileState.BLOCKED, NOT_ASKED), False, False),
        (Outcome(FileState.GONE), False, False),
        (Outcome(FileState.FAILED, "http.418"), False, False),
        (Outcome(FileState.SAVED, is_published=True), False, False),
    ],
)
def test_what_a_refusal_is(outcome: Outcome, as_probe: bool, else_: bool) -> None:
    assert is_refusal(outcome, is_probe=True) is as_probe
    assert is_refusal(outcome, is_probe=False) is else_


def test_only_bytes_from_the_host_are_a_success() -> None:
    assert is_success(Outcome(FileState.SAVED, is_published=True))
    assert is_success(Outcome(FileState.DIFFERS, is_published=True))
    assert not is_success(Outcome(FileState.DIFFERS, "http.403"))  # the older copy stays
    assert not is_success(Outcome(FileState.HAVE, is_published=True))
    assert not is_success(Outcome(FileState.DUPLICATE, is_published=True))
    assert not is_success(Outcome(FileState.GONE))
