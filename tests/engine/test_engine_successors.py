"""Processes that come and go: a job goes on in the next one, and is run by one at a time."""

import time
from pathlib import Path

import pytest
from engine_harness import Scene, stop_before
from media_threads import SIZE, media_thread, until_sent

from board import faults
from board.server import Board
from threadreel.engine.jobs.job import Job
from threadreel.errors import RequestError


def test_an_interrupted_job_goes_on_in_the_next_process_without_asking_the_api(board: Board, home: Path) -> None:
    thread = media_thread(board, files=6)
    paths = list(thread.media())
    for path in paths[:2]:
        board.script(path, faults.stall(board.gate(), after=15_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["files"]["saved"] == 4, "four files")
        scene.until(lambda: scene.job(job)["bytes"]["done"] == 4 * SIZE + 30_000, "half of the others")
        began = time.monotonic()
        scene.close()
        assert time.monotonic() - began < 1.5
        assert not scene.events("job.finished")
    board.record.clear()
    with Scene(board, home) as scene:
        (view,) = scene.engine.page()[0]
        assert (view["id"], view["files"]["done"], view["files"]["saved"]) == (job, 4, 4)
        (adopted,) = scene.engine.adopt()
        assert adopted["files"]["done"] >= 4
        assert adopted["bytes"]["done"] >= 4 * SIZE + 30_000
        assert scene.engine.adopt() == []
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=6)
        assert sorted((entry.path, entry.headers["range"]) for entry in board.requests()) == [
            (path, "bytes=15000-") for path in sorted(paths[:2])
        ]


def test_get_of_the_same_page_takes_an_interrupted_job_up(board: Board, home: Path) -> None:
    thread = media_thread(board)
    board.script(board.is_media, faults.stall(board.gate(), after=1000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        until_sent(board, 4)
    with Scene(board, home) as scene:
        assert scene.start(thread) == [job]
        scene.finish(job)
        scene.prove(job, thread)
        assert scene.api_requests() == 1


def test_a_paused_job_stays_paused_in_the_next_process(board: Board, home: Path) -> None:
    thread = media_thread(board)
    board.script(board.is_media, faults.stall(board.gate(), after=1000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        until_sent(board, 4)
        scene.control("pause", job)
    with Scene(board, home) as scene:
        (adopted,) = scene.engine.adopt()
        assert adopted["state"] == "paused"
        scene.control("resume", job)
        scene.finish(job)
        scene.prove(job, thread)


@pytest.mark.parametrize("action", ["resume", "priority", "retry", "pause", "cancel"])
def test_an_action_on_an_orphan_takes_it_over_whole(board: Board, home: Path, action: str) -> None:
    thread = media_thread(board)
    board.script(board.is_media, faults.stall(board.gate(), after=1000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        until_sent(board, 4)
    with Scene(board, home) as scene:
        scene.control(action, job, "high")
        if action == "pause":
            assert scene.job(job)["state"] == "paused"
            scene.control("resume", job)
        scene.finish(job)
        scene.prove(job, thread)
        assert scene.job(job)["state"] == ("cancelled" if action == "cancel" else "completed")


def test_another_process_sees_a_job_and_does_not_run_it(board: Board, home: Path) -> None:
    thread = media_thread(board)
    gate = board.gate()
    board.script(board.is_media, faults.stall(gate, after=1000))
    with Scene(board, home) as first, Scene(board, home) as second:
        (job,) = first.start(thread)
        until_sent(board, 4)
        assert second.engine.adopt() == []
        assert second.start(thread) == [job]
        assert "Another Threadreel process" in second.logs()
        assert [view["id"] for view in second.engine.page()[0]] == [job]
        for action in ("pause", "resume", "cancel", "retry"):
            with pytest.raises(RequestError) as caught:
                second.control(action, job)
            assert caught.value.code == "job.elsewhere"
        gate.set()
        first.finish(job)
        first.prove(job, thread)
        assert first.media_requests() == 4
        assert second.job(job) == first.job(job)


def test_the_next_process_goes_on_while_the_last_one_is_still_leaving(board: Board, home: Path) -> None:
    thread = media_thread(board, files=2)
    board.script(board.is_media, faults.stall(board.gate(), after=1000))
    with Scene(board, home) as first:
        (job,) = first.start(thread)
        until_sent(board, 2)
        with stop_before(Job, "put_back"):
            first.engine.stop(0.1)  # its workers hang
            with Scene(board, home) as second:
                second.engine.adopt()
                second.finish(job)
                second.prove(job, thread)
                second.expect(job, saved=2)
