"""What is asked of a board's job holds for all of it, and what it costs. Time is the test's."""

import time
from pathlib import Path
from typing import Any

import pytest
from board_harness import SIZE, catalog, child, children, prove, reads, retry, threads_on
from engine_harness import stop_before
from timed_scene import TimedScene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.engine.lifecycle.roster import Roster
from threadreel.errors import RequestError
from threadreel.library.ledger import Ledger
from threadreel.states import JOB_ENDED

# What people ask of it


def test_what_failed_is_retried_thread_by_thread(board: Board, home: Path) -> None:
    _, second, _ = threads_on(board, 3)
    board.always("/g/thread/3000.json", faults.status(403))
    board.always(sorted(second.media())[0], faults.status(500))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        assert prove(scene, job)["state"] == "incomplete"
        scene.expect(job, saved=3, failed=1)
        board.behave()
        before = len(reads(board))
        scene.pass_s(30)
        retry(scene, job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=6)
        assert reads(board)[before:] == ["3000"]
        assert len(scene.events("job.finished", job)) == 2


def test_one_thread_is_retried_and_its_board_with_it(board: Board, home: Path) -> None:
    threads_on(board, 2)
    board.always("/g/thread/*.json", faults.status(403))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        assert prove(scene, job)["state"] == "incomplete"
        board.behave()
        scene.pass_s(30)
        scene.lives_again(job)
        scene.control("retry", child(scene, job, 1000))
        assert scene.job(job)["state"] == "running"
        scene.finish(job)
        scene.expect(job, saved=2)
        assert scene.job(job)["state"] == "incomplete"
        assert len(scene.events("job.finished", job)) == 2
        assert len(scene.events("job.finished", child(scene, job, 2000))) == 1


def test_pause_and_resume_hold_for_all_of_it(board: Board, home: Path) -> None:
    threads_on(board, 5)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(2.5)
        assert scene.control("pause", job)["state"] == "paused"
        living = [view for view in children(scene, job) if view["state"] not in JOB_ENDED]
        assert {view["state"] for view in living} == {"paused"}
        assert len(living) == 3
        seen = len(board.requests())
        scene.pass_s(600)
        assert len(board.requests()) == seen
        scene.control("resume", living[0]["id"])
        scene.pass_s(5)
        assert scene.job(living[0]["id"])["state"] == "completed"
        assert scene.job(job)["state"] == "paused"
        scene.control("resume", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_board_paused_while_it_is_listed_is_listed_after_resume(board: Board, home: Path) -> None:
    threads_on(board, 2)
    with TimedScene(board, home) as scene:
        with stop_before(Roster, "plan_children") as stop:
            (job,) = scene.start(catalog(board))
            assert stop.arrived.wait(10)
            scene.control("pause", job)
            stop.open.set()
            scene.settle()
        assert children(scene, job) == []
        scene.control("resume", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


@pytest.mark.parametrize("after_s", [0.0, 0.5, 2.5])
def test_cancel_ends_all_of_it(board: Board, home: Path, after_s: float) -> None:
    threads_on(board, 5)
    with TimedScene(board, home) as scene:
        if after_s:
            (job,) = scene.start(catalog(board))
            scene.pass_s(after_s)
        else:
            with stop_before(Roster, "plan_children") as stop:
                (job,) = scene.start(catalog(board))
                assert stop.arrived.wait(10)
                scene.control("cancel", job)
                stop.open.set()
                scene.settle()
        view = scene.control("cancel", job) if after_s else scene.job(job)
        assert view["state"] == "cancelled"
        prove(scene, job)
        assert {view["state"] for view in children(scene, job)} <= {"cancelled", "completed"}
        seen = len(board.requests())
        scene.pass_s(60)
        assert len(board.requests()) == seen
        assert len(scene.events("job.finished", job)) == 1
        assert scene.control("cancel", job)["state"] == "cancelled"
        retry(scene, job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=10)


def test_one_thread_can_be_cancelled_by_itself(board: Board, home: Path) -> None:
    threads_on(board, 3)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        scene.control("cancel", child(scene, job, 2000))
        scene.finish(job)
        assert prove(scene, job)["state"] == "incomplete"
        assert reads(board) == ["catalog", "1000", "3000"]


def test_all_means_every_job_once(board: Board, home: Path) -> None:
    threads_on(board, 3)
    alone = plain_thread(1, SIZE, board="b", no=77)
    board.add(alone)
    with TimedScene(board, home) as scene:
        board.always("/b/*", faults.status(503, retry_after=60))
        job, other = scene.start(catalog(board), alone)
        scene.pass_s(0.5)
        board.behave()
        paused = scene.engine.control("pause", "all")
        assert {view["id"] for view in paused} == {job, other}
        assert {view["state"] for view in scene.engine.page()[0]} == {"paused"}
        scene.engine.control("resume", "all")
        scene.finish(job, other)
        scene.engine.control("retry", "all")
        assert {view["id"] for view in scene.engine.control("remove", "all")} == {job, other}
        assert scene.engine.page() == ([], None)


def test_priority_holds_for_all_of_it(board: Board, home: Path) -> None:
    threads_on(board, 3)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        assert scene.control("priority", job, "high")["priority"] == "high"
        assert {view["priority"] for view in children(scene, job)} == {"high"}
        scene.finish(job)


def test_a_removed_board_takes_its_threads_along(board: Board, home: Path) -> None:
    threads_on(board, 2)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
        assert scene.engine.control("remove", job)[0]["state"] == "running"
        assert scene.engine.control("remove", "all") == []
        assert len(children(scene, job)) == 2
        scene.finish(job)
        scene.engine.control("remove", job)
        assert scene.engine.page() == ([], None)
        with pytest.raises(RequestError):
            scene.job(job)


# What it costs


def test_an_archive_of_three_thousand_threads_is_counted_without_the_ledger(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads_on(board, 2)
    page = board.list_archive("g", *range(10_000, 13_000), 1000, 2000)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(page)
        scene.pass_until(lambda: scene.job(job)["files"]["saved"] >= 2, "the first threads", 60)
        asked: list[str] = []
        for name in ("row", "rows", "settled_rows"):
            original = getattr(Ledger, name)

            def count(ledger: Ledger, query: str, *values: Any, original: Any = original) -> Any:
                asked.append(query)
                return original(ledger, query, *values)

            monkeypatch.setattr(Ledger, name, count)
        began = time.monotonic()
        for _ in range(100):
            view = scene.job(job)
        took_s = time.monotonic() - began
        assert len(asked) <= 200  # for the row that says that there is such a job
        assert took_s < 1.0
        assert view["threads"]["total"] == 3002
        assert len(view["children"]) == 200
        assert len(children(scene, job)) == 3002
        assert scene.control("cancel", job)["state"] == "cancelled"
        scene.finish(job)
        prove(scene, job)
