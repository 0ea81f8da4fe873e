"""Boards: one job made of the jobs of its threads, how it comes along, and what is added to it. Time is the test's."""

import json
from collections import Counter
from pathlib import Path

import pytest
from board_harness import (
    SIZE,
    are_read,
    catalog,
    child,
    children,
    prove,
    reads,
    run_s,
    second_by_second,
    threads_on,
)
from timed_scene import TimedScene

from board import faults
from board.server import Board
from board.threads import Life, plain_thread
from threadreel.errors import FilterError, RequestError

# The way of a board


def test_a_board_is_its_threads_those_first_that_die_first(board: Board, home: Path) -> None:
    threads_on(board, 4)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        assert scene.job(job)["priority"] == "low"
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=8)
        assert reads(board) == ["catalog", "1000", "2000", "3000", "4000"]
        assert [view["thread"] for view in children(scene, job)] == [1000, 2000, 3000, 4000]
        assert {view["parent"] for view in children(scene, job)} == {job}
        assert {view["priority"] for view in children(scene, job)} == {"low"}
        folders = {Path(view["directory"]) for view in children(scene, job)}
        assert len(folders) == 4
        assert {folder.parent for folder in folders} == {scene.folder(job)}
        assert all((folder / "report.json").is_file() for folder in folders)
        assert not (scene.folder(job) / "report.json").exists()
        assert Counter(event["job"]["id"] for event in scene.events("job.finished")).most_common()[0][1] == 1
        assert len(scene.events("job.finished")) == 5


def test_the_api_is_asked_once_a_second(board: Board, home: Path) -> None:
    threads_on(board, 5)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        times = [round(entry.began_s, 1) for entry in board.requests("*.json", host=board.host)]
        assert times == [0, 1, 2, 3, 4, 5]


def test_lists_have_the_board_or_its_threads_or_both(board: Board, home: Path) -> None:
    threads_on(board, 3)
    alone = plain_thread(1, SIZE, board="b", no=77)
    board.add(alone)
    with TimedScene(board, home) as scene:
        job, other = scene.start(catalog(board), alone)
        scene.finish(job, other)
        assert {view["id"] for view in scene.engine.page(None, None)[0]} == {job, other}
        assert len(scene.engine.page()[0]) == 5
        assert scene.engine.page(None, other) == ([], None)
        assert scene.engine.files(job) == []


def test_an_archive_is_read_by_number(board: Board, home: Path) -> None:
    threads_on(board, 4)
    page = board.list_archive("g", 3000, 1000, 4000)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(page)
        scene.finish(job)
        assert prove(scene, job)["kind"] == "archive"
        assert reads(board) == ["archive", "1000", "3000", "4000"]


@pytest.mark.parametrize("page", ["archive", "catalog"])
def test_a_listing_that_cannot_be_read_fails_the_job(board: Board, home: Path, page: str) -> None:
    board.always("/g/catalog.json", faults.status(404))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(f"{board.root}/g/{page}")
        scene.finish(job)
        view = prove(scene, job)
        assert (view["state"], view["error"]["code"]) == ("failed", "site.unreadable")
        board.behave()
        threads_on(board, 2)
        board.list_archive("g", 1000, 2000)
        scene.pass_s(20)
        scene.control("retry", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=4)


def test_a_board_without_threads_is_complete(board: Board, home: Path) -> None:
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_thread_that_dies_in_between_is_said_and_not_fatal(board: Board, home: Path) -> None:
    threads = threads_on(board, 3)
    board.always("/g/thread/1000.json", faults.status(404))
    stub = json.dumps(Life(threads[1]).stub().answer()).encode()
    board.always("/g/thread/2000.json", faults.replaced(stub, "application/json"))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=2)
        dead = [
            event for event in scene.events("log") if event["job"] in {child(scene, job, 1000), child(scene, job, 2000)}
        ]
        assert [event["level"] for event in dead] == ["warning", "warning"]
        assert scene.job(child(scene, job, 1000))["error"]["code"] == "thread.gone"
        scene.control("retry", job)  # nothing to go on with
        assert scene.job(job)["state"] == "completed"
        assert len(scene.events("job.finished", job)) == 1


def test_threads_that_the_filter_leaves_out_are_not_read(board: Board, home: Path) -> None:
    threads_on(board, 4)
    with TimedScene(board, home) as scene:
        with pytest.raises(FilterError):
            scene.start(catalog(board), filter="subject:/(/")
        (job,) = scene.start(catalog(board), filter="subject:/thread [13]/ ext:jpg")
        scene.finish(job)
        prove(scene, job)
        assert reads(board) == ["catalog", "1000", "3000"]
        scene.expect(job, saved=2, filtered=2)
        assert "2 left out by the filter" in scene.logs()


def test_the_job_tells_how_it_comes_along(board: Board, home: Path) -> None:
    threads_on(board, 3)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=500))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        second_by_second(scene, lambda: scene.job(job)["files"]["active"] == 6, "six transfers")
        scene.until(lambda: scene.job(job)["bytes"]["done"] == 3000, "their first bytes")
        view = scene.job(job)
        assert view["threads"] == {"total": 3, "done": 0}
        assert len(view["current"]) == 6
        assert (view["bytes"]["total"], view["files"]["total"]) == (6 * SIZE, 6)
        gate.set()
        scene.finish(job)
        prove(scene, job)
        updates = [event["job"] for event in scene.events("job.update", job)]
        assert any(update["files"]["active"] for update in updates)


# More of it


def test_a_listing_is_read_again_while_the_job_runs(board: Board, home: Path) -> None:
    threads_on(board, 2)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        run_s(scene, 14)
        threads_on(board, 4)
        assert scene.start(catalog(board)) == [job]
        second_by_second(scene, lambda: scene.job(job)["threads"] == {"total": 4, "done": 0}, "two threads more")
        run_s(scene, 14)
        board.always("/g/catalog.json", faults.status(403))
        assert scene.start(catalog(board)) == [job]
        second_by_second(scene, lambda: "could not be read again" in scene.logs(), "the refusal to be told")
        gate.set()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=8)
        assert reads(board).count("catalog") == 3
        assert len(scene.events("job.finished", job)) == 1


def test_threads_are_added_to_a_running_board(board: Board, home: Path) -> None:
    threads_on(board, 2)
    late, own = plain_thread(1, SIZE, no=9000, seed="late"), plain_thread(1, SIZE, no=9500, seed="own")
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        are_read(scene, job, 1000, 2000)
        for thread in (late, own):
            board.add(thread)
        (alone,) = scene.start(own)
        added, left, known = scene.start(late, own, f"{board.root}/g/thread/1000", parent=job)
        assert scene.job(added)["parent"] == job
        assert (left, scene.job(left)["parent"]) == (alone, None)
        assert known == child(scene, job, 1000)
        assert "is left to the job that it has" in scene.logs()
        assert scene.job(job)["threads"] == {"total": 3, "done": 0}
        for wrong in (catalog(board), f"{board.root}/b/archive"):
            with pytest.raises(RequestError) as refused:
                scene.start(wrong, parent=job)
            assert refused.value.code == "request.unsupported"
        gate.set()
        scene.finish(job, alone)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=5)
        for parent, code in ((job, "request.unsupported"), (alone, "request.unsupported"), ("nobody", "job.unknown")):
            with pytest.raises(RequestError) as refused:
                scene.start(late, parent=parent)
            assert refused.value.code == code


def test_a_thread_that_is_asked_for_by_itself_comes_first(board: Board, home: Path) -> None:
    threads = threads_on(board, 6)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        (wanted,) = scene.start(threads[5])
        assert wanted == child(scene, job, 6000)
        assert scene.job(wanted)["priority"] == "normal"
        scene.finish(job)
        assert reads(board)[:3] == ["catalog", "6000", "1000"]
        prove(scene, job)


def test_a_thread_with_a_job_of_its_own_is_left_to_that(board: Board, home: Path) -> None:
    threads = threads_on(board, 3)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (own,) = scene.start(threads[1])
        run_s(scene, 2)
        (job,) = scene.start(catalog(board))
        run_s(scene, 5)
        gate.set()
        scene.finish(job, own)
        prove(scene, job)
        assert [view["thread"] for view in children(scene, job)] == [1000, 3000]
        assert "1 left to jobs of their own" in scene.logs()
        assert reads(board).count("2000") == 1
