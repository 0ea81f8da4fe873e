"""The one thread for everything that happens later: in time, once, in order, whatever an act does."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from fake_clock import FakeClock

from threadreel.engine.clock import Clock
from threadreel.engine.timers import Timers
from waiting import wait_until


@pytest.fixture
def time() -> FakeClock:
    return FakeClock()


@pytest.fixture
def timers(time: FakeClock) -> Iterator[Timers]:
    timers = Timers(time.clock)
    yield timers
    assert timers.stop(5)


class Diary:
    """What happened, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def noting(self, text: str) -> Callable[[], None]:
        return lambda: self.lines.append(text)

    def comes_to(self, *lines: str) -> None:
        wait_until(lambda: len(self.lines) >= len(lines), f"{lines}, so far {self.lines}")
        assert self.lines == list(lines)


@pytest.fixture
def is_running() -> Callable[[], bool]:
    """Whether the thread of these timers is there; other tests' threads may still be ending."""
    others = set(threading.enumerate())
    return lambda: any(thread.name == "timers" for thread in set(threading.enumerate()) - others)


def test_acts_happen_in_the_order_of_their_moments(time: FakeClock, timers: Timers) -> None:
    diary = Diary()
    for text, delay_s in (("third", 300), ("first", 1), ("second", 2), ("also second", 2), ("at once", 0)):
        timers.after(text, delay_s, diary.noting(text))
    diary.comes_to("at once")
    assert timers.waiting() == 4
    time.advance(2)
    diary.comes_to("at once", "first", "second", "also second")
    time.advance(297)
    assert timers.waiting() == 1
    time.advance(1)
    diary.comes_to("at once", "first", "second", "also second", "third")


def test_an_earlier_request_is_served_before_the_one_that_is_slept_for(time: FakeClock, timers: Timers) -> None:
    diary = Diary()
    timers.after("late", 300, diary.noting("late"))
    wait_until(lambda: time.next_wake_s() == 300, "the thread to sleep")
    timers.after("early", 10, diary.noting("early"))
    wait_until(lambda: time.next_wake_s() == 10, "the thread to sleep less")
    time.advance(10)
    diary.comes_to("early")


@pytest.mark.parametrize("newer_s", [5, 50])
def test_a_newer_request_of_the_same_key_replaces_the_older(time: FakeClock, timers: Timers, newer_s: float) -> None:
    diary = Diary()
    timers.after("key", 20, diary.noting("older"))
    timers.after(("another", "key"), 20, diary.noting("other"))
    timers.after("key", newer_s, diary.noting("newer"))
    assert timers.waiting() == 2
    time.advance(100)
    diary.comes_to(*(["newer", "other"] if newer_s < 20 else ["other", "newer"]))
    assert timers.waiting() == 0


def test_a_request_that_is_renewed_again_and_again_happens_once_and_costs_nothing(
    time: FakeClock, timers: Timers
) -> None:
    diary = Diary()
    for number in range(5_000):
        timers.after("key", 1_000_000 - number, diary.noting(str(number)))
    assert timers.waiting() == 1
    assert len(timers._line) < 100
    time.advance(1_000_000)
    diary.comes_to("4999")


def test_a_cancelled_request_does_not_happen(time: FakeClock, timers: Timers) -> None:
    diary = Diary()
    timers.after("kept", 10, diary.noting("kept"))
    timers.after("cancelled", 5, diary.noting("cancelled"))
    assert timers.cancel("cancelled")
    assert not timers.cancel("cancelled")
    assert not timers.cancel("never asked for")
    time.advance(10)
    diary.comes_to("kept")
    assert not timers.cancel("kept")


def test_the_thread_is_there_only_while_something_waits(
    time: FakeClock, timers: Timers, is_running: Callable[[], bool]
) -> None:
    diary = Diary()
    assert not is_running()
    for text in ("once", "again"):
        timers.after("key", 10, diary.noting(text))
        assert is_running()
        time.advance(10)
        wait_until(lambda: not is_running(), "the thread to end")
    assert diary.lines == ["once", "again"]
    timers.after("key", 10, diary.noting("never"))
    timers.cancel("key")
    wait_until(lambda: not is_running(), "the thread to end with what it waited for")


def test_an_act_may_ask_for_its_own_next_time(time: FakeClock, timers: Timers) -> None:
    diary = Diary()

    def poll() -> None:
        diary.lines.append("poll")
        timers.after("poll", 10, poll)

    timers.after("poll", 10, poll)
    for count in range(1, 4):
        wait_until(lambda: time.next_wake_s() == 10, "the next one to be waited for")
        time.advance(10)
        diary.comes_to(*["poll"] * count)


def test_an_act_that_fails_is_logged_and_hinders_nobody(
    time: FakeClock, timers: Timers, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary()
    timers.after("broken", 1, lambda: [][0])
    timers.after("sound", 2, diary.noting("sound"))
    with caplog.at_level(logging.ERROR):
        time.advance(2)
        diary.comes_to("sound")
    assert "timer 'broken' failed" in caplog.text


def test_nothing_begins_after_the_stop(time: FakeClock, timers: Timers, is_running: Callable[[], bool]) -> None:
    diary = Diary()
    timers.after("waiting", 10, diary.noting("waiting"))
    assert timers.stop(5)
    timers.after("late", 0, diary.noting("late"))
    time.advance(100)
    assert not is_running()
    assert timers.waiting() == 0
    assert diary.lines == []


def test_an_act_that_hangs_is_left_behind_by_the_stop_and_the_next_does_not_begin(timers: Timers) -> None:
    diary, begun, release = Diary(), threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        release.wait(20)

    timers.after("hangs", 0, hang)
    timers.after("next", 0, diary.noting("next"))
    assert begun.wait(10)
    assert not timers.stop(0.01)
    release.set()
    assert timers.stop(10)
    assert diary.lines == []


def test_an_act_may_stop_the_timers(time: FakeClock, timers: Timers) -> None:
    told: list[bool] = []
    timers.after("last", 1, lambda: told.append(timers.stop(5)))
    time.advance(1)
    wait_until(lambda: told == [True], "the act to come back")


def test_many_threads_may_ask_at_once(time: FakeClock, timers: Timers, is_running: Callable[[], bool]) -> None:
    counts = [0] * 8

    def ask(asker: int) -> None:
        def count() -> None:
            counts[asker] += 1

        for number in range(200):
            timers.after((asker, number), 1 + number % 7, count)
            if number % 2:
                timers.cancel((asker, number))

    askers = [threading.Thread(target=ask, args=(asker,)) for asker in range(len(counts))]
    for thread in askers:
        thread.start()
    for thread in askers:
        thread.join(20)
    time.advance(7)
    wait_until(lambda: not is_running(), "the end of the line")
    assert counts == [100] * len(counts)


def test_the_real_clock_wakes_it_too() -> None:
    timers, done = Timers(Clock()), threading.Event()
    timers.after("far", 1e12, lambda: None)
    timers.after("soon", 0.01, done.set)
    assert done.wait(10)
    assert timers.stop(5)
