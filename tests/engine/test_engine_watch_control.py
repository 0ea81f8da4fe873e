"""What people ask of a watch, and watches that the next process goes on with. The test owns time."""

from pathlib import Path

import pytest
from engine_harness import stop_before
from fake_clock import FakeClock
from timed_scene import TimedScene
from watched_threads import life, prove_finished_once, watched

from board import faults
from board.server import Board
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.errors import RequestError

# What people ask for


def test_a_paused_watch_reads_nothing_and_resume_reads_at_once(board: Board, home: Path) -> None:
    shown = life(2).grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(40)
        assert scene.control("pause", job)["watch"]["next"] is None
        scene.pass_s(1000)
        assert scene.reads(shown) == [0, 10, 30]
        scene.control("resume", job)
        scene.pass_s(1)
        assert scene.reads(shown) == [0, 10, 30, 1041]
        assert scene.job(job)["state"] == "running"


@pytest.mark.parametrize("action", ["pause", "cancel", "unwatch"])
def test_an_answer_that_comes_too_late_changes_nothing(board: Board, home: Path, action: str) -> None:
    grows = life(4)
    shown = grows.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        board.add(grows.grown(5))
        with stop_before(ThreadJob, "merge") as stop:
            scene.time.advance(9.5)
            assert stop.arrived.wait(10)
            if action == "unwatch":
                scene.engine.set_watching(job, False)
            else:
                scene.control(action, job)
            before = scene.job(job)
            stop.open.set()
            scene.settle()
        assert scene.job(job) == before
        assert len(scene.files(job)) == 2
        assert before["state"] == {"pause": "paused", "cancel": "cancelled", "unwatch": "completed"}[action]
        if action == "pause":
            scene.control("resume", job)
            scene.pass_s(15)
            scene.expect(job, saved=4)


def test_a_watch_ends_when_nobody_wants_it_any_more(board: Board, home: Path) -> None:
    shown = life(2).grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        (view,) = scene.engine.set_watching(job, False)
        assert view["state"] == "completed"
        prove_finished_once(scene, job)
        scene.pass_s(1000)
        assert scene.reads(shown) == [0]
        assert scene.engine.set_watching(job, True)[0]["watching"] is False  # it has ended


def test_a_running_job_can_be_watched(board: Board, home: Path) -> None:
    grows = life(3)
    shown = grows.grown(3)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    board.add(shown)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(shown)
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 2)
        assert scene.engine.set_watching(job, True)[0]["watching"] is True
        (again,) = scene.start(shown, watch=True)
        assert again == job
        gate.set()
        scene.pass_s(25)
        board.add(grows.grown(4))
        scene.pass_s(60)
        scene.expect(job, saved=3)
        (again,) = scene.start(shown, watch=False)
        assert again == job
        scene.finish(job)
        prove_finished_once(scene, job)


def test_only_threads_are_watched(board: Board, home: Path) -> None:
    shown = life(1).grown(2)
    board.add(shown)
    with TimedScene(board, home) as scene:
        pages = (f"{board.root}/g/catalog", f"{board.root}/g/", f"http://{board.media_host}{next(iter(shown.media()))}")
        for page in pages:
            with pytest.raises(RequestError) as refused:
                scene.start(shown, page, watch=True)
            assert refused.value.code == "request.unsupported"
        with pytest.raises(RequestError) as refused:
            scene.engine.set_watching("nobody", True)
        assert refused.value.code == "job.unknown"
        assert scene.engine.page() == ([], None)


def test_a_filter_holds_for_what_is_new(board: Board, home: Path) -> None:
    grows = life(4)
    shown = grows.grown(3)
    board.add(shown)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(shown, watch=True, filter="ext:jpg,png")
        scene.pass_s(5)
        board.add(grows.grown(5))
        scene.pass_s(20)
        scene.expect(job, saved=2, filtered=2)
        assert scene.job(job)["watch"]["new"] == 2


# Other processes


def test_a_watch_goes_on_in_the_next_process_at_its_own_times(board: Board, home: Path) -> None:
    grows = life(4)
    shown = grows.grown(3)
    time = FakeClock()
    with TimedScene(board, home, time=time) as scene:
        job = watched(scene, shown)
        scene.pass_s(40)  # next at 70
    with TimedScene(board, home, time=time) as scene:
        assert [view["id"] for view in scene.engine.adopt()] == [job]
        scene.pass_s(10)
        assert len(board.requests("*/thread/*")) == 3
        board.add(grows.grown(5))
        scene.pass_s(25)
        scene.expect(job, saved=4)
        assert scene.job(job)["watch"]["new"] == 2
        assert [file.reason for file in scene.files(job)][2:] == ["new", "new"]
    time.advance(5000)
    with TimedScene(board, home, time=time) as scene:
        scene.engine.adopt()
        scene.pass_s(1)  # long past its time: at once
        assert len(scene.reads(shown)) == 5
        board.remove(shown)
        scene.finish(job)
        prove_finished_once(scene, job)


def test_a_last_pass_is_finished_by_the_next_process(board: Board, home: Path) -> None:
    ends = life(4)
    shown = ends.grown(3)
    time = FakeClock()
    gate = board.gate()
    with TimedScene(board, home, time=time) as scene:
        job = watched(scene, shown)
        ends.grown(5)
        board.always(board.is_media, faults.stall(gate))
        board.add(ends.archived())
        scene.time.advance(9.5)
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 4)
    gate.set()
    with TimedScene(board, home, time=time) as scene:
        scene.engine.adopt()
        scene.finish(job)
        scene.expect(job, saved=4)
        prove_finished_once(scene, job)
        assert len(board.requests("*/thread/*")) == 2
