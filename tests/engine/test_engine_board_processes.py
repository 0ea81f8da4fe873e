"""Boards that another process goes on with, also where the last one was killed at a bad moment. Time is the test's."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from board_harness import catalog, child, children, prove, reads, threads_on
from fake_clock import FakeClock
from timed_scene import TimedScene

from board.server import Board
from threadreel.engine.lifecycle.thread_course import ThreadCourse
from threadreel.errors import RequestError
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger


def test_the_next_process_goes_on_with_all_of_it(board: Board, home: Path) -> None:
    threads_on(board, 4)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(2.5)
        done = scene.job(job)["files"]["done"]
        assert done == 4
        ids = [view["id"] for view in children(scene, job)]
    with TimedScene(board, home, time=clock) as scene:
        assert scene.job(job)["files"]["done"] == done  # nobody runs it: as the ledger has it
        assert scene.job(job)["threads"] == {"total": 4, "done": 2}
        assert [view["id"] for view in scene.engine.adopt()] == [job]
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        assert [view["id"] for view in children(scene, job)] == ids
        assert sorted(reads(board)) == ["1000", "2000", "3000", "4000", "catalog"]
        assert len(scene.events("job.finished", job)) == 1


@pytest.mark.parametrize("find", ["child", "thread", "add"])
def test_whoever_takes_over_one_of_them_takes_over_all(board: Board, home: Path, find: str) -> None:
    threads = threads_on(board, 4)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
    with TimedScene(board, home, time=clock) as scene:
        if find == "child":
            scene.control("priority", child(scene, job, 4000), "high")
        elif find == "thread":
            scene.start(threads[3])
        else:
            scene.start(threads[3], parent=job)
        assert scene.engine.adopt() == []
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=8)


def test_a_board_belongs_to_one_process(board: Board, home: Path) -> None:
    threads = threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        with TimedScene(board, home, time=clock) as other:
            assert other.engine.adopt() == []
            assert other.job(job)["threads"] == {"total": 3, "done": 0}
            part = child(other, job, 2000)
            for job_id in (job, part):
                with pytest.raises(RequestError) as refused:
                    other.control("pause", job_id)
                assert refused.value.code == "job.elsewhere"
            with pytest.raises(RequestError) as refused:
                other.start(threads[0], parent=job)
            assert refused.value.code == "job.elsewhere"
            assert other.start(threads[0]) == [child(other, job, 1000)]
        scene.finish(job)
        prove(scene, job)


def left_behind(home: Path, *statements: str) -> None:
    """The ledger as a process leaves it that is killed at a certain moment."""
    ledger = Ledger(home / "ledger.sqlite3")
    for statement in statements:
        ledger.run(statement)
    ledger.close()


def test_a_board_whose_threads_ended_while_nobody_was_there_ends(board: Board, home: Path) -> None:
    threads_on(board, 2)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
    left_behind(
        home, "UPDATE jobs SET state = 'running', finished = NULL, summary = '{}', owner = 'dead' WHERE parent IS NULL"
    )
    with TimedScene(board, home, time=clock) as scene:
        scene.engine.adopt()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        assert len(scene.events("job.finished")) == 1


def test_a_pause_that_was_cut_short_is_one(board: Board, home: Path) -> None:
    threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
    left_behind(home, "UPDATE jobs SET state = 'paused' WHERE parent IS NULL")
    with TimedScene(board, home, time=clock) as scene:
        scene.engine.adopt()
        scene.pass_s(60)
        assert {view["state"] for view in scene.engine.page()[0]} == {"paused", "completed"}
        scene.control("resume", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_cancel_that_was_cut_short_is_one(board: Board, home: Path) -> None:
    threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
        seen = len(board.requests())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ThreadCourse, "cancel", lambda *_: None)
            scene.control("cancel", job)
        assert (scene.job(job)["state"], scene.events("job.finished", job)) == ("cancelled", [])
    with TimedScene(board, home, time=clock) as scene:
        scene.engine.adopt()
        scene.finish(job)
        assert prove(scene, job)["state"] == "cancelled"
        scene.pass_s(30)
        assert len(board.requests()) == seen


def test_a_second_look_at_the_listing_that_was_cut_short_is_taken(board: Board, home: Path) -> None:
    threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
    left_behind(home, "UPDATE jobs SET planned = 0 WHERE parent IS NULL")
    threads_on(board, 5)
    with TimedScene(board, home, time=clock) as scene:
        clock.advance(20)
        scene.engine.adopt()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        assert sorted(view["thread"] for view in children(scene, job)) == [1000, 2000, 3000, 4000, 5000]


def test_children_and_plan_are_kept_together_or_not_at_all(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads_on(board, 3)
    with TimedScene(board, home) as scene:
        original = Ledger.run

        def full(ledger: Ledger, statement: str, values: Any = ()) -> int:
            if statement.startswith("INSERT INTO jobs") and "2000" in str(values):
                raise sqlite3.OperationalError("database or disk is full")
            return original(ledger, statement, values)

        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "run", full)
            (job,) = scene.start(catalog(board))
            scene.finish(job)
        assert (scene.job(job)["state"], scene.job(job)["error"]["code"]) == ("failed", "ledger.unusable")
        assert JobTable(scene.engine.ledger).children(job) == []
        scene.control("retry", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
