"""Counting: sums that always agree with the rows, and never say more than there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repeats import repeats
from rows import attachment_row, job_row
from threadreel.engine.jobs.tally import Tally, job_view
from threadreel.states import END_STATES, FILE_ENDED, FileState, JobState


def test_nothing_counts_nothing() -> None:
    tally = Tally(())
    files = {"total": 0, "done": 0, "active": 0, **{str(state): 0 for state in END_STATES}, "through_browser": 0}
    assert tally.summary() == {"files": files, "bytes": {"total": 0, "done": 0}, "average_speed": 0.0}
    assert not tally.is_open


def test_files_are_counted_by_state() -> None:
    tally = Tally(
        [attachment_row(str(number), state=state) for number, state in enumerate([*FileState, FileState.SAVED])]
    )
    files = tally.summary()["files"]
    ends = {**{str(state): 1 for state in END_STATES}, "saved": 2}
    assert files == {"total": 13, "done": 11, "active": 1, **ends, "through_browser": 0}
    assert files["done"] == sum(files[state] for state in END_STATES)


def test_what_the_browser_fetched_is_counted_among_what_was_fetched() -> None:
    tally = Tally(attachment_row(str(number), state=state, reason="browser") for number, state in enumerate(FileState))
    tally.add(attachment_row("x", state=FileState.SAVED, reason="http.404"), 1)
    assert tally.summary()["files"]["through_browser"] == 2, "saved and differs"


def test_a_job_that_ended_before_this_was_counted_has_none_through_the_browser() -> None:
    summary = Tally([attachment_row(state=FileState.SAVED)]).summary()
    files = {name: count for name, count in summary["files"].items() if name != "through_browser"}
    assert job_view(job_row(), {**summary, "files": files})["files"] == {**files, "through_browser": 0}


@pytest.mark.parametrize(
    ("state", "size", "done", "expected"),
    [
        (FileState.QUEUED, 1000, 0, (1000, 0)),
        (FileState.QUEUED, 1000, 300, (1000, 300)),
        (FileState.QUEUED, None, 0, (0, 0)),
        (FileState.QUEUED, None, 300, (300, 300)),
        (FileState.ACTIVE, 1000, 300, (1000, 0)),
        (FileState.SAVED, 1000, 1000, (1000, 1000)),
        (FileState.SAVED, None, 1000, (1000, 1000)),
        (FileState.DIFFERS, 1000, 1200, (1200, 1200)),
        (FileState.DIFFERS, 1000, 800, (800, 800)),
        (FileState.HAVE, 1000, 900, (900, 900)),
        (FileState.DUPLICATE, 1000, 1000, (1000, 1000)),
        (FileState.DUPLICATE, 1000, 0, (0, 0)),  # skipped: nothing of it is on disk, and nothing is to come
        (FileState.FAILED, 1000, 300, (1000, 300)),
        (FileState.BLOCKED, 1000, 0, (1000, 0)),
        (FileState.CANCELLED, 1000, 0, (1000, 0)),
        (FileState.FILTERED, 1000, 0, (0, 0)),
        (FileState.DELETED, 1000, 0, (0, 0)),
        (FileState.GONE, 1000, 300, (0, 0)),
    ],
)
def test_bytes_owed_and_bytes_there(state: FileState, size: int | None, done: int, expected: tuple[int, int]) -> None:
    summary = Tally([attachment_row(state=state, size=size, done=done)]).summary()["bytes"]
    assert (summary["total"], summary["done"]) == expected


def test_bytes_in_transfer_are_there_and_are_never_more_than_all() -> None:
    tally = Tally([attachment_row(state=FileState.ACTIVE, size=1000, done=300)])
    assert tally.summary(300)["bytes"] == {"total": 1000, "done": 300}
    assert tally.summary(1500)["bytes"] == {"total": 1500, "done": 1500}


def test_the_average_is_rounded() -> None:
    assert Tally(()).summary(0, 1234.567)["average_speed"] == 1234.6


rows = st.builds(
    attachment_row,
    key=st.just("1"),
    state=st.sampled_from(FileState),
    reason=st.sampled_from([None, "browser", "http.403"]),
    size=st.none() | st.integers(0, 5000),
    done=st.integers(0, 5000),
)


@settings(max_examples=repeats(100), deadline=None, database=None)
@given(st.lists(st.tuples(rows, rows), max_size=10))
def test_a_tally_kept_up_to_date_is_the_tally_counted_anew(changes: list[tuple]) -> None:
    tally = Tally(before for before, _ in changes)
    for before, after in changes:
        tally.add(before, -1)
        tally.add(after, 1)
    anew = Tally(after for _, after in changes)
    assert tally.summary() == anew.summary()
    assert tally.is_open == anew.is_open == any(after.state not in FILE_ENDED for _, after in changes)
    sums = tally.summary()
    assert sums["files"]["total"] == len(changes)
    assert 0 <= sums["bytes"]["done"] <= sums["bytes"]["total"]


def test_a_job_is_shown_as_the_contract_says() -> None:
    job = job_row(
        title="T", state=JobState.RUNNING, directory="/d", started=1.0, error={"code": "c", "message": "m", "hint": "h"}
    )
    summary = Tally([attachment_row(state=FileState.SAVED, done=1000)]).summary(0, 5.0)
    view = job_view(job, summary, speed=7.5, eta=2.0, current=["a.png"])
    assert view == {
        "id": "job-1",
        "url": "https://boards.4chan.org/g/thread/1",
        "site": "4chan",
        "board": "g",
        "thread": 1,
        "title": "T",
        "kind": "thread",
        "parent": None,
        "children": [],
        "state": "running",
        "priority": "normal",
        "watching": False,
        "files": summary["files"],
        "bytes": {"total": 1000, "done": 1000},
        "speed": 7.5,
        "average_speed": 5.0,
        "eta": 2.0,
        "current": ["a.png"],
        "directory": "/d",
        "created": 1000.0,
        "started": 1.0,
        "finished": None,
        "error": {"code": "c", "message": "m", "hint": "h"},
        "threads": None,
        "watch": None,
        "cooldown": None,
    }
    assert type(view["state"]) is str


def test_a_job_that_was_never_planned_has_counts_too() -> None:
    view = job_view(job_row(state=JobState.FAILED), {})
    assert view["files"]["total"] == 0
    assert view["bytes"] == {"total": 0, "done": 0}
    assert (view["speed"], view["average_speed"], view["eta"], view["current"]) == (0.0, 0.0, None, [])


def test_only_so_many_files_and_children_are_named() -> None:
    """An archive has thousands of them, and its view is told several times a second."""
    names = [str(number) for number in range(3000)]
    view = job_view(job_row(kind="archive"), {}, current=names, children=names)
    assert (view["current"], view["children"]) == (names[:20], names[:200])
    assert view["threads"] == {"total": 0, "done": 0}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"watching": False, "watch": {"next": 5.0, "new": 2}}, None),
        ({"watching": True}, {"next": None, "new": 0}),
        ({"watching": True, "watch": {"next": 5.0, "new": 2}}, {"next": 5.0, "new": 2}),
        ({"watching": True, "watch": {"next": 5.0, "new": 2}, "state": JobState.PAUSED}, {"next": None, "new": 2}),
        ({"watching": True, "watch": {"next": 5.0, "over": "archived"}}, {"next": None, "new": 0}),
        (
            {"watching": True, "watch": {"new": 2, "over": "gone"}, "state": JobState.COMPLETED},
            {"next": None, "new": 2},
        ),
    ],
)
def test_a_watch_is_shown_with_its_next_read_and_what_it_brought(changes: dict[str, Any], expected: object) -> None:
    assert job_view(job_row(**{"state": JobState.RUNNING, **changes}), {})["watch"] == expected


def test_done_does_not_fall_when_what_failed_is_tried_once_more() -> None:
    rows = [attachment_row(str(number), state=FileState.SAVED) for number in range(3)]
    tally = Tally([*rows, attachment_row("3", state=FileState.QUEUED)])
    assert tally.summary()["files"]["done"] == 3
    assert tally.summary(least_done=4)["files"]["done"] == 4
