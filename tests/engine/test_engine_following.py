"""Following: from a thread that ended to the one after it, only on request, and only so far. Time is the test's."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from timed_scene import TimedScene

from board import faults
from board.server import Board
from board.threads import Life, Snapshot, plain_thread
from threadreel.engine.watching.following import find_successor, follow_on, read_follow, why_not
from threadreel.errors import FilterError, RequestError
from threadreel.sites.base import Listing, ThreadRef

SIZE = 2_000


def general(no: int, title: str = "/gen/ - a general", **options: Any) -> Life:
    return Life(plain_thread(2, SIZE, no=no, title=title, seed=no), **options)


def ended(board: Board, thread: Life) -> Snapshot:
    """The thread is in the archive; only its own address still has it."""
    shown = thread.archived()
    board.add(shown)
    return shown


def followed(scene: TimedScene, job: str) -> str:
    successor = scene.engine.successor(job)
    assert successor is not None, scene.logs()
    return successor


# Which thread follows, by itself


def listing(*threads: tuple[int, str | None]) -> Listing:
    return Listing("/g/", tuple(ThreadRef(no, f"https://b/{no}", subject) for no, subject in threads))


def test_the_newest_later_thread_of_that_subject_or_link_follows() -> None:
    there = listing((50, "Gen"), (110, "gen one"), (130, "other"), (120, "GEN two"), (140, None), (100, "gen"))
    by_subject, by_link = read_follow({"subject": "gen"}), read_follow({"links": True})

    def found(follow: dict[str, Any], *links: int) -> int | None:
        ref = find_successor(there, 100, follow, links)
        return ref.thread if ref else None

    assert found(by_subject) == 120
    assert found(by_subject, 130) == 120  # links were not asked for
    assert found(by_link) is None
    assert found(by_link, 50, 100, 999) is None  # older, itself, and not on the board
    assert found(by_link, 110, 140) == 140
    assert found(read_follow({"subject": "/^gen (one|3)$/", "links": True}), 999) == 110


@pytest.mark.parametrize("wanted", [{}, {"subject": ""}, {"links": False}, {"depth": 3}])
def test_it_must_be_said_what_follows(wanted: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as refused:
        read_follow(wanted)
    assert refused.value.code == "request.invalid"


def test_a_subject_that_is_no_pattern_is_refused() -> None:
    with pytest.raises(FilterError):
        read_follow({"subject": "/(/"})


def test_depth_and_pace_are_capped() -> None:
    follow = read_follow({"links": True, "depth": 3, "per_hour": 2})
    moments = []
    now = 0.0
    while not why_not(follow, now):
        follow = follow_on(follow, now)
        moments.append(now)
        now += 100
    assert moments == [0.0, 100.0]
    assert "within an hour" in why_not(follow, now)
    assert why_not(follow, 3600.0) == ""
    last = follow_on(follow, 3600.0)
    assert "were asked for" in why_not(last, 99_999.0)
    greedy = read_follow({"links": True, "depth": 999, "per_hour": 999})
    assert (greedy["depth"], greedy["per_hour"]) == (20, 20)
    assert (read_follow({"links": True})["depth"], read_follow({"links": True})["per_hour"]) == (5, 4)


# On a board


def test_a_general_is_followed_by_its_subject(board: Board, home: Path) -> None:
    old, new, other = general(1000), general(2000, "/GEN/ - the next one"), general(3000, "something else")
    board.add(old.grown(3))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(old.grown(3), watch=True, follow={"subject": "/gen/"}, filter="ext:jpg,png")
        scene.pass_s(20)
        for thread in (new, other):
            board.add(thread.grown(3))
        ended(board, old)
        scene.finish(job)
        assert scene.job(job)["state"] == "completed"
        successor = followed(scene, job)
        view = scene.job(successor)
        assert (view["thread"], view["watching"], view["parent"], view["priority"]) == (2000, True, None, "background")
        assert "goes on in /GEN/ - the next one" in scene.logs()
        scene.pass_s(30)
        assert scene.job(successor)["files"]["saved"] == 2
        assert len(board.requests("*/catalog.json")) == 1
        board.remove(new.grown(3))
        scene.finish(successor)
        assert scene.job(successor)["state"] == "completed"
        assert scene.engine.successor(successor) is None
        assert len(scene.events("job.finished")) == 2


def test_a_link_in_the_last_posts_is_followed(board: Board, home: Path) -> None:
    old, new = general(1000, links=[2000, 7777]), general(2000, "no such subject")
    board.add(old.grown(3))
    board.add(new.grown(3))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(old.grown(3), watch=True, follow={"links": True})
        scene.pass_s(20)
        board.remove(old.grown(3))  # gone: what is known of its links is from before
        scene.finish(job)
        assert scene.job(followed(scene, job))["thread"] == 2000


def test_nothing_is_followed_unasked(board: Board, home: Path) -> None:
    old, new = general(1000, links=[2000]), general(2000)
    board.add(new.grown(3))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(ended(board, old), watch=True)
        scene.finish(job)
        assert scene.engine.successor(job) is None
        assert not board.requests("*/catalog.json")


def test_the_next_thread_may_be_late(board: Board, home: Path) -> None:
    old, new = general(1000), general(2000)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(ended(board, old), watch=True, follow={"subject": "gen"})
        scene.pass_s(30)
        assert scene.job(job)["state"] == "running"
        assert "Looking again in 60 s" in scene.logs()
        scene.pass_s(45)
        assert "Looking again in 300 s" in scene.logs()
        board.add(new.grown(3))
        scene.finish(job)
        assert scene.job(followed(scene, job))["thread"] == 2000
        times = [entry.began_s for entry in board.requests("*/catalog.json")]
        assert [round(after - before) for before, after in itertools.pairwise(times)] == [60, 300]


@pytest.mark.parametrize("is_down", [False, True])
def test_a_search_in_vain_ends_the_job(board: Board, home: Path, is_down: bool) -> None:
    if is_down:
        board.always("*/catalog.json", faults.status(403))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(ended(board, general(1000)), watch=True, follow={"subject": "gen"})
        scene.finish(job)
        assert scene.job(job)["state"] == "completed"
        assert scene.engine.successor(job) is None
        assert len(board.requests("*/catalog.json")) == 3
        assert "was found" in scene.logs()
        assert len(scene.events("job.finished")) == 1


@pytest.mark.parametrize(("follow", "threads"), [({"depth": 2}, 3), ({"per_hour": 3, "depth": 20}, 4)])
def test_a_chain_of_threads_has_an_end(board: Board, home: Path, follow: dict[str, int], threads: int) -> None:
    with TimedScene(board, home) as scene:
        (job,) = scene.start(ended(board, general(1000)), watch=True, follow={"subject": "gen", **follow})
        chain = [job]
        for number in range(2, 8):
            ended(board, general(1000 * number))
            scene.finish(job)
            successor = scene.engine.successor(job)
            if successor is None:
                break
            job = successor
            chain.append(job)
            scene.pass_s(11)  # the catalog is read anew for each
        assert len(chain) == threads
        assert "is not followed" in scene.logs()


def test_a_thread_with_a_job_becomes_watched(board: Board, home: Path) -> None:
    old, new = general(1000), general(2000)
    gate = board.gate()
    board.add(new.grown(3))
    with TimedScene(board, home) as scene:
        (own,) = scene.start(new.grown(3))
        scene.pass_s(0.5)
        (job,) = scene.start(ended(board, old), watch=True, follow={"subject": "gen"})
        gate.set()
        scene.finish(job)
        successor = followed(scene, job)
        assert scene.job(successor)["thread"] == 2000
        assert scene.job(successor)["watching"] is True
        assert successor != own or scene.job(own)["watching"]


def test_a_search_goes_on_after_a_pause_and_in_the_next_process(board: Board, home: Path) -> None:
    old, new = general(1000), general(2000)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(ended(board, old), watch=True, follow={"subject": "gen"})
        scene.pass_s(30)
        scene.control("pause", job)
        scene.pass_s(500)
        assert len(board.requests("*/catalog.json")) == 1
        scene.control("resume", job)
        scene.pass_s(1)
        assert len(board.requests("*/catalog.json")) == 2
    with TimedScene(board, home, time=clock) as scene:
        scene.engine.adopt()
        scene.pass_s(100)
        assert scene.job(job)["state"] == "running"
        board.add(new.grown(3))
        scene.finish(job)
        assert scene.job(followed(scene, job))["thread"] == 2000
        assert len(board.requests("*/catalog.json")) == 3
