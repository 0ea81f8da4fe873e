"""Watching: when the thread is read, what becomes of what is new, and how it ends. The test owns time."""

import itertools
from pathlib import Path

import pytest
from timed_scene import TimedScene
from watched_threads import SIZE, life, prove_finished_once, watched

from board import faults
from board.server import Board
from board.threads import Life, plain_thread

# When the thread is read


def test_a_quiet_thread_is_read_ever_less_often_and_always_asked_what_changed(board: Board, home: Path) -> None:
    thread = life(2).grown(3)
    board.add(thread)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(thread, watch=True)
        scene.pass_s(1500)
        assert scene.reads(thread) == [0, 10, 30, 70, 150, 310, 610, 910, 1210]
        first, *later = scene.api_entries(thread)
        assert "if-modified-since" not in first.headers
        assert all(entry.headers["if-modified-since"] for entry in later)
        assert [entry.status for entry in later] == [304] * 8
        view = scene.job(job)
        assert (view["state"], view["watching"], view["priority"]) == ("running", True, "background")
        assert view["watch"] == {"next": scene.time.time() + 10, "new": 0}
        assert scene.events("job.finished") == []


def test_what_is_new_is_fetched_marked_and_brings_the_next_read_near(board: Board, home: Path) -> None:
    grows = life(6)
    shown = grows.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(99)  # 10, 30, 70
        board.add(grows.grown(5))
        scene.pass_s(55)  # 150
        scene.expect(job, saved=4)
        board.add(grows.grown(7))
        scene.pass_s(65)  # 160, 170, 190
        assert scene.reads(shown) == [0, 10, 30, 70, 150, 160, 170, 190]
        scene.expect(job, saved=6)
        assert [file.reason for file in scene.files(job)] == [None, None, "new", "new", "new", "new"]
        assert scene.job(job)["watch"]["new"] == 4
        assert scene.job(job)["files"]["total"] == 6
        assert scene.logs().count("2 new files.") == 2
        told = [file for event in scene.events("files.changed", job) for file in event["files"]]
        assert {file["id"] for file in told if (file["state"], file["reason"]) == ("saved", "new")} == {
            file.key for file in scene.files(job)[2:]
        }


def test_a_post_without_a_file_is_news_too(board: Board, home: Path) -> None:
    """Where people write, files follow."""
    thread = plain_thread(2, SIZE)
    talk = Life(thread)
    shown = talk.grown(2)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(35)  # 10, 30
        board.add(talk.grown(3, deleted=[2]))
        scene.pass_s(50)  # 70, 80
        assert scene.reads(shown) == [0, 10, 30, 70, 80]
        scene.expect(job, saved=1, deleted=1)


def test_jobs_for_two_folders_share_each_answer(board: Board, home: Path, tmp_path: Path) -> None:
    """A thread is never asked for again within ten seconds, however many watch it."""
    thread = life(2).grown(3)
    board.add(thread)
    with TimedScene(board, home) as scene:
        scene.start(thread, watch=True)
        scene.pass_s(4)
        scene.start(thread, watch=True, root=str(tmp_path / "other"))
        scene.pass_s(600)
        reads = scene.reads(thread)
        assert len(reads) > 5
        assert min(after - before for before, after in itertools.pairwise(reads)) >= 10


# How it ends


def test_the_archived_thread_is_read_no_more_and_what_it_lists_is_fetched(board: Board, home: Path) -> None:
    ends = life(5)
    shown = ends.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(30)
        ends.grown(6)
        board.add(ends.archived())
        scene.finish(job)
        assert scene.reads(shown) == [0, 10, 30, 70]
        assert scene.job(job)["state"] == "completed"
        assert scene.job(job)["watch"] == {"next": None, "new": 3}
        scene.expect(job, saved=5)
        prove_finished_once(scene, job)
        scene.pass_s(3600)
        assert len(scene.reads(shown)) == 4
        assert "is archived" in scene.logs()


def test_a_thread_that_is_archived_already_is_read_once(board: Board, home: Path) -> None:
    shown = life(3).archived()
    board.add(shown)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(shown, watch=True)
        scene.finish(job)
        scene.expect(job, saved=3)
        prove_finished_once(scene, job)
        assert scene.reads(shown) == [0]


def test_gone_only_after_two_404s(board: Board, home: Path) -> None:
    shown = life(2).grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(40)  # 10, 30
        board.script("/g/thread/*.json", faults.status(404))
        scene.pass_s(45)  # 70: a mistake of the site, 80
        assert scene.job(job)["state"] == "running"
        assert scene.reads(shown) == [0, 10, 30, 70, 80]
        assert all("if-modified-since" in entry.headers for entry in scene.api_entries(shown)[1:])
        board.remove(shown)
        scene.finish(job)
        assert scene.reads(shown)[5:] == [160, 170]
        assert scene.job(job)["state"] == "completed"
        prove_finished_once(scene, job)
        assert "is gone" in scene.logs()


@pytest.mark.parametrize("second", ["stub", "404"])
def test_what_is_left_of_a_removed_thread_counts_as_gone(board: Board, home: Path, second: str) -> None:
    removed = life(2)
    shown = removed.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        board.add(removed.stub())
        scene.pass_s(14)  # 10
        assert scene.job(job)["state"] == "running"
        if second == "404":
            board.remove(shown)
        scene.finish(job)
        assert scene.reads(shown) == [0, 10, 20]
        assert scene.job(job)["state"] == "completed"
        scene.expect(job, saved=2)


def test_a_thread_that_is_gone_at_first_fails(board: Board, home: Path) -> None:
    shown = life(1).grown(2)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(shown, watch=True)
        scene.finish(job)
        assert (scene.job(job)["state"], scene.job(job)["error"]["code"]) == ("failed", "thread.gone")
        assert len(scene.events("job.finished", job)) == 1


def test_the_last_pass_tries_once_more_what_failed(board: Board, home: Path) -> None:
    ends = life(3)
    shown = ends.grown(4)
    bad, worse, _ = sorted(shown.media())
    board.script(bad, *[faults.status(500)] * 6)
    board.always(worse, faults.status(500))
    with TimedScene(board, home) as scene:
        board.add(shown)
        (job,) = scene.start(shown, watch=True)
        scene.pass_s(400)
        scene.expect(job, saved=1, failed=2)
        assert scene.job(job)["files"]["done"] == 3
        board.add(ends.archived())
        scene.finish(job)
        scene.expect(job, saved=2, failed=1)
        assert scene.job(job)["state"] == "incomplete"
        prove_finished_once(scene, job)  # and on closing the scene sees that files.done never fell


def test_a_file_that_is_deleted_before_its_turn_is_not_asked_for(board: Board, home: Path) -> None:
    grows = life(3)
    shown = grows.grown(4)
    waits = sorted(shown.media())[2]
    board.script(waits, faults.status(503, retry_after=600))
    with TimedScene(board, home, transfers_per_host=1) as scene:
        board.add(shown)
        (job,) = scene.start(shown, watch=True)
        scene.pass_s(5)
        board.add(grows.grown(4, deleted=[1, 2, 3]))
        scene.pass_s(60)
        scene.expect(job, saved=2, deleted=1)  # what is on disk stays what it was
        assert len(board.requests(waits)) == 1
