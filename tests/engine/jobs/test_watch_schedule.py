"""The watch machine by itself: when the next read is, for any history of answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.engine.jobs.watch_schedule import LONGEST_S, SEARCHES_S, SHORTEST_S, Watch

EVENTS = st.sampled_from(["news", "posts", "quiet", "missed", "failed", "archived"])
DELAYS = st.floats(0, 1000)


def answered(watch: Watch, now: float, *, files: int = 0, posts: int = 0, archived: bool = False) -> Watch:
    return watch.answered(
        now, posts=watch.posts + posts, new_files=files, is_archived=archived, links=(now.__hash__() & 0xFF,)
    )


def step(watch: Watch, event: str, now: float) -> Watch:
    match event:
        case "news":
            return answered(watch, now, files=2, posts=1)
        case "posts":
            return answered(watch, now, posts=1)
        case "quiet":
            return answered(watch, now)
        case "archived":
            return answered(watch, now, archived=True)
        case "missed":
            return watch.missed_at(now)
    return watch.failed_at(now)


def first(now: float = 0.0) -> Watch:
    return Watch().answered(now, posts=5, new_files=5, is_archived=False, links=(), is_first=True)


def test_the_first_read_is_followed_in_ten_seconds_and_brings_nothing_new() -> None:
    assert (first(100.0).next, first(100.0).new) == (110.0, 0)


def test_each_quiet_answer_doubles_the_wait_up_to_five_minutes() -> None:
    watch, waits = first(), []
    for _ in range(8):
        assert watch.next is not None
        waits.append(watch.wait_s)
        watch = answered(watch, watch.next)
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]
    assert answered(watch, 5000.0, files=1).next == 5010.0
    assert answered(watch, 5000.0, posts=1).next == 5010.0


@settings(max_examples=repeats(500))
@given(st.lists(st.tuples(EVENTS, DELAYS), max_size=40))
def test_whatever_happens_the_next_read_is_ten_to_three_hundred_seconds_away(history: list[tuple[str, float]]) -> None:
    watch, now, misses = first(), 0.0, []
    new = 0
    for event, late_s in history:
        assert watch.next is not None
        now = watch.next + late_s
        before, watch = watch, step(watch, event, now)
        misses = [*misses, now] if event == "missed" else []
        new += 2 * (event == "news")
        assert watch.new == new
        assert watch.posts >= before.posts
        if watch.over:
            assert watch.next is None
            assert watch.is_over
            assert watch.over == ("archived" if event == "archived" else "gone")
            # gone: two in a row, that much apart
            assert watch.over == "archived" or misses[-1] - misses[-2] >= SHORTEST_S
            return
        assert watch.next is not None
        assert now + SHORTEST_S <= watch.next <= now + LONGEST_S
        assert event != "archived"
        assert len(misses) < 2
        if event in ("news", "posts"):
            assert watch.next == now + SHORTEST_S
        if event in ("quiet", "failed"):
            assert watch.wait_s == max(before.wait_s, min(LONGEST_S, before.wait_s * 2))


@settings(max_examples=repeats(200))
@given(st.lists(st.tuples(EVENTS, DELAYS), max_size=12), st.booleans())
def test_what_the_ledger_keeps_is_all_of_it(history: list[tuple[str, float]], is_seeking: bool) -> None:
    watch = first()
    for event, late_s in history:
        watch = step(watch, event, (watch.next or 0.0) + late_s)
    kept: dict[str, Any] = json.loads(json.dumps(watch.sought(1.0).as_json() if is_seeking else watch.as_json()))
    assert Watch.of(kept) == (watch.sought(1.0) if is_seeking else watch)
    assert Watch.of({**kept, "of a later version": 1}).posts == watch.posts
    assert Watch.of({}) == Watch()


def test_a_second_404_too_soon_is_asked_for_again() -> None:
    watch = first().missed_at(20.0)
    assert watch.next == 30.0
    again = watch.missed_at(25.0)
    assert (again.over, again.next) == ("", 30.0)
    assert again.missed_at(30.0).over == "gone"


def test_an_answer_between_makes_a_404_the_first_again() -> None:
    watch = answered(first().missed_at(20.0), 30.0)
    assert watch.missed_at(60.0).over == ""
    assert first().missed_at(20.0).failed_at(30.0).missed_at(60.0).over == ""


def test_a_clock_that_was_set_back_delays_no_read_for_long() -> None:
    watch = first(1_000_000.0)
    assert watch.delay_s(0.0) == LONGEST_S
    assert watch.delay_s(1_000_004.0) == 6.0
    assert watch.delay_s(2_000_000.0) == 0.0
    assert watch.paused().delay_s(0.0) == 0.0


@pytest.mark.parametrize("found_at", [0, 1, 2, None])
def test_the_next_thread_is_looked_for_three_times(found_at: int | None) -> None:
    watch, now = Watch(over="archived", is_seeking=True), 0.0
    assert not watch.is_over
    for search in range(3):
        if search == found_at:
            watch = watch.sought(now, "the job")
            break
        watch = watch.sought(now)
        if search < 2:
            assert watch.is_seeking
            assert watch.next == now + SEARCHES_S[search]
            now = watch.next
    assert watch.is_over
    assert watch.next is None
    assert watch.successor == ("the job" if found_at is not None else "")
