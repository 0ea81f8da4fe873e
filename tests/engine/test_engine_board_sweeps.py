"""Cancelling and pausing a board of many threads: the answer does not wait for the last of them, and nothing is lost behind it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from board_harness import are_read, catalog, child, children, prove, reads, threads_on
from engine_harness import LIMIT_S, Stop, stop_before
from fake_clock import FakeClock
from timed_scene import TimedScene

from board import faults
from board.server import Board
from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.lifecycle import sweeps
from threadreel.engine.lifecycle.sweeps import Sweeps

THREADS = 5


@pytest.fixture(autouse=True)
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread obeys before the answer, one at each step behind."""
    monkeypatch.setattr(sweeps, "AT_ONCE", 1)
    monkeypatch.setattr(sweeps, "AT_A_STEP", 1)


@contextmanager
def begun(board: Board, home: Path, time: FakeClock | None = None) -> Iterator[tuple[TimedScene, str]]:
    """The job of a board whose threads are known, and not read yet."""
    threads_on(board, THREADS)
    with TimedScene(board, home, time=time) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        yield scene, job


@contextmanager
def asked(scene: TimedScene, action: str, job: str) -> Iterator[tuple[Stop, dict[str, Any]]]:
    """The answer to this, while the first step behind it has not begun."""
    with stop_before(Sweeps, "_step", lambda *_: threading.current_thread().name == "timers") as stop:
        view = scene.control(action, job)
        assert stop.arrived.wait(LIMIT_S)
        yield stop, view


def states(scene: TimedScene, job: str) -> list[str]:
    return [view["state"] for view in children(scene, job)]


def copied(home: Path, tmp_path: Path) -> Path:
    """A home as a process leaves it that is killed in this moment."""
    other = tmp_path / "after the kill"
    other.mkdir()
    for file in home.glob("ledger.sqlite3*"):
        shutil.copy(file, other)
    return other


def test_a_cancelled_board_is_so_at_once_and_its_threads_behind_in_order(board: Board, home: Path) -> None:
    clock = FakeClock()
    with begun(board, home, clock) as (scene, job):
        with asked(scene, "cancel", job) as (stop, view):
            assert (view["state"], view["finished"], view["eta"]) == ("cancelled", clock.time(), None)
            assert states(scene, job).count("cancelled") == 1
            assert scene.events("job.finished", job) == []
            assert scene.control("cancel", job)["state"] == scene.control("pause", job)["state"] == "cancelled"
            assert scene.engine.control("remove", "all") == []
            with TimedScene(board, home, time=clock) as other:
                assert (other.job(job)["state"], other.job(job)["finished"]) == ("cancelled", view["finished"])
                assert other.engine.adopt() == []
            clock.advance(5)
            stop.open.set()
            scene.finish(job)
        assert prove(scene, job)["state"] == "cancelled"
        ends = [event["job"]["id"] for event in scene.events("job.finished")]
        assert ends == [*(part["id"] for part in children(scene, job)), job]
        assert scene.job(job)["finished"] == view["finished"]
        assert {event["job"]["state"] for event in scene.events("job.update", job)[-2:]} == {"cancelled"}
        scene.pass_s(60)
        assert reads(board) == ["catalog"]


@pytest.mark.parametrize("action", ["cancel", "pause"])
def test_a_process_that_is_killed_right_after_the_answer_leaves_what_was_asked(
    board: Board, home: Path, tmp_path: Path, action: str
) -> None:
    clock = FakeClock()
    with begun(board, home, clock) as (scene, job), asked(scene, action, job) as (_, view):
        left = copied(home, tmp_path)
    seen = len(board.requests())
    with TimedScene(board, left, time=clock) as scene:
        assert scene.job(job)["state"] == view["state"]
        scene.engine.adopt()
        if action == "pause":
            scene.settle()
            assert set(states(scene, job)) == {"paused"}
            scene.control("resume", job)
            scene.finish(job)
            assert prove(scene, job)["state"] == "completed"
        else:
            scene.finish(job)
            assert prove(scene, job)["state"] == "cancelled"
            assert set(states(scene, job)) == {"cancelled"}
            assert len(scene.events("job.finished")) == THREADS, "one thread had told of its end before"
            scene.pass_s(60)
            assert len(board.requests()) == seen


def test_nothing_is_asked_for_or_saved_after_a_board_was_cancelled(board: Board, home: Path) -> None:
    threads_on(board, THREADS, files=3)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home, transfers_per_host=1) as scene:
        (job,) = scene.start(catalog(board))
        are_read(scene, job, *(1000 * number for number in range(1, THREADS + 1)))
        scene.until(lambda: scene.media_requests() == 1, "the first file")
        with asked(scene, "cancel", job) as (stop, _):
            gate.set()
            scene.until_idle()
            stop.open.set()
            scene.finish(job)
        assert prove(scene, job)["files"]["cancelled"] == 3 * THREADS
        assert scene.media_requests() == 1
        assert scene.on_disk(".png") == scene.on_disk(".part") == []


def test_a_board_that_is_started_again_while_it_is_being_cancelled_is_a_new_one(board: Board, home: Path) -> None:
    with begun(board, home) as (scene, job):
        with asked(scene, "cancel", job) as (stop, _):
            (again,) = scene.start(catalog(board))
            assert prove(scene, job)["state"] == "cancelled"
            stop.open.set()
            scene.finish(again)
        assert again != job
        assert prove(scene, again)["state"] == "completed"
        scene.expect(again, saved=2 * THREADS)


def test_a_board_that_is_retried_while_it_is_being_cancelled_lives_again_as_a_whole(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begun(board, home) as (scene, job):
        finish = Sweeps.finish

        def finish_and_note(self: Sweeps, board_job: BoardJob) -> None:
            finish(self, board_job)
            assert prove(scene, job)["state"] == "cancelled"
            scene.lives_again(job, *(view["id"] for view in children(scene, job)))

        with asked(scene, "cancel", job) as (stop, _):
            with monkeypatch.context() as patch:
                patch.setattr(Sweeps, "finish", finish_and_note)
                assert [view["state"] for view in scene.engine.control("retry", job)] == ["running"]
            stop.open.set()
            scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=2 * THREADS)


def test_a_board_that_goes_on_while_it_is_being_paused_goes_on_as_a_whole(board: Board, home: Path) -> None:
    with begun(board, home) as (scene, job):
        with asked(scene, "pause", job) as (stop, view):
            assert view["state"] == "paused"
            assert set(states(scene, job)) >= {"paused", "queued"}
            one = child(scene, job, 5000)
            assert scene.control("resume", one)["state"] in ("queued", "scanning")
            assert set(states(scene, job)) >= {"paused"}, "the others rest"
            scene.control("resume", job)
            stop.open.set()
            scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_board_that_is_cancelled_while_it_is_being_paused_is_cancelled(board: Board, home: Path) -> None:
    with begun(board, home) as (scene, job):
        with asked(scene, "pause", job) as (stop, _):
            assert scene.control("cancel", job)["state"] == "cancelled"
            stop.open.set()
            scene.finish(job)
        assert prove(scene, job)["state"] == "cancelled"
        assert scene.control("resume", job)["state"] == "cancelled"
