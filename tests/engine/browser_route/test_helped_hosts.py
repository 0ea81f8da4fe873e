"""What is known, host by host, of what the browser can do; and which refusals are any business of it."""

import pytest

from threadreel.engine.browser_route.helped_hosts import HelpedHosts, is_for_browser
from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.policy import Policy
from threadreel.states import FileState

HOST, OTHER = "i.4cdn.org", "media.example.org"
POLICY = Policy()


class Case:
    def __init__(self) -> None:
        self.now = 0.0
        self.permitted = {HOST, OTHER}
        self.browser = HelpedHosts(lambda host: host in self.permitted, lambda: POLICY, lambda: self.now)


@pytest.fixture
def case() -> Case:
    return Case()


def test_of_an_unknown_host_one_file_is_tried_alone(case: Case) -> None:
    assert case.browser.helps(HOST)
    assert case.browser.room(HOST, 0, 0) == 1
    assert case.browser.room(HOST, 1, 1) == 0
    assert case.browser.room(OTHER, 0, 1) == 1


def test_what_works_has_two_files_at_once_over_all_hosts(case: Case) -> None:
    assert case.browser.brought(HOST)
    assert not case.browser.brought(HOST)
    assert [case.browser.room(HOST, at, at) for at in range(3)] == [2, 1, 0]
    assert case.browser.room(HOST, 0, 2) == 0


def test_what_fails_is_left_alone_longer_each_time(case: Case) -> None:
    for pause_s in (60, 120, 240):
        assert case.browser.missed(HOST)
        case.now += pause_s - 1
        assert not case.browser.helps(HOST)
        assert case.browser.room(HOST, 0, 0) == 0
        case.now += 2
        assert case.browser.helps(HOST)
    assert case.browser.brought(HOST)
    assert [case.browser.missed(HOST) for _ in range(3)] == [False, False, True]
    case.now += 61
    assert case.browser.helps(HOST)
    assert not case.browser.works(HOST)


def test_a_success_between_makes_good_what_failed(case: Case) -> None:
    case.browser.brought(HOST)
    for _ in range(5):
        assert not case.browser.missed(HOST)
        assert not case.browser.missed(HOST)
        case.browser.brought(HOST)


def test_without_permission_it_helps_nobody_and_a_new_one_begins_anew(case: Case) -> None:
    case.browser.brought(HOST)
    case.browser.missed(OTHER)
    case.permitted.clear()
    assert not case.browser.helps(HOST)
    assert not case.browser.works(HOST)
    case.permitted = {HOST, OTHER}
    case.browser.forget_failures()
    assert case.browser.works(HOST)
    assert case.browser.helps(OTHER)


def test_after_a_ban_it_helps_nobody_until_the_host_serves_us_or_refuses_us_as_a_program(case: Case) -> None:
    for ends in (lambda: case.browser.served(HOST), lambda: case.browser.refused(HOST, "http.403")):
        case.browser.brought(HOST)
        case.browser.refused(HOST, "http.banned")
        case.browser.refused(HOST, "http.451")
        case.browser.forget_failures()
        assert not case.browser.helps(HOST)
        assert case.browser.room(HOST, 0, 0) == 0
        assert case.browser.is_withheld(HOST)
        assert case.browser.helps(OTHER)
        ends()
        assert case.browser.helps(HOST)
        assert not case.browser.is_withheld(HOST)


def test_what_is_withheld_by_law_says_nothing_of_a_host_from_which_the_browser_brings_files(case: Case) -> None:
    case.browser.refused(HOST, "http.451")
    assert not case.browser.helps(HOST)
    case.browser.refused(HOST, "http.403")
    case.browser.brought(HOST)
    case.browser.refused(HOST, "http.451")
    assert case.browser.helps(HOST)


BLOCKED, WAITS = FileState.BLOCKED, None


@pytest.mark.parametrize(
    ("outcome", "at_first", "once_it_works"),
    [
        (Outcome(BLOCKED, "http.403"), True, True),
        (Outcome(BLOCKED, "http.401"), True, True),
        (Outcome(BLOCKED, "http.429"), True, True),
        (Outcome(BLOCKED, "http.challenge"), True, True),
        (Outcome(BLOCKED, "http.503"), True, True),
        (Outcome(BLOCKED, "http.451"), False, False),
        (Outcome(BLOCKED, "http.banned"), False, False),
        (Outcome(BLOCKED, "host.refuses"), False, False),
        (Outcome(BLOCKED, "http.429", host_wait_s=5), True, True),
        (Outcome(BLOCKED, "http.429", host_wait_s=900), False, False),
        (Outcome(WAITS, "http.429", wait_s=1), False, True),
        (Outcome(WAITS, "http.429", wait_s=5, host_wait_s=5), False, False),
        (Outcome(WAITS, "http.503", wait_s=1), False, False),
        (Outcome(FileState.GONE), False, False),
        (Outcome(FileState.FAILED, "http.cut"), False, False),
        (Outcome(FileState.SAVED, is_published=True), False, False),
    ],
)
def test_which_outcomes_are_for_the_browser(outcome: Outcome, at_first: bool, once_it_works: bool) -> None:
    assert is_for_browser(outcome, POLICY, works=False) is at_first
    assert is_for_browser(outcome, POLICY, works=True) is once_it_works
