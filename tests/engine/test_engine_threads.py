"""Threads and connections: there when there is work, gone when there is none."""

import threading
from pathlib import Path

import pytest
from engine_harness import Scene
from media_threads import media_thread

from board import faults
from board.server import Board
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.transfers.scheduler import Scheduler
from threadreel.engine.transfers.workers import Workers


def test_work_that_comes_as_the_last_worker_leaves_is_not_lost(board: Board, home: Path) -> None:
    """The worker has decided to leave and still counts as one that waits for work."""
    thread, other = media_thread(board), media_thread(board, no=2000)
    leaving, go = threading.Event(), threading.Event()
    take = Scheduler.take

    def take_and_linger(scheduler: Scheduler, patience_s: float) -> Transfer | None:
        found = take(scheduler, patience_s)
        if found is None and not leaving.is_set():
            leaving.set()
            assert go.wait(10)
        return found

    with Scene(board, home, transfers_per_host=1) as scene, pytest.MonkeyPatch.context() as patch:
        scene.has_read(thread, other)
        patch.setattr("threadreel.engine.transfers.workers.PATIENCE_S", 0.0)
        patch.setattr(Scheduler, "take", take_and_linger)
        scene.expect(scene.run(thread), saved=4)
        assert leaving.wait(10)
        (job,) = scene.start(other)
        scene.until(lambda: scene.job(job)["state"] == "running", "the next job")
        go.set()
        scene.finish(job)
        scene.expect(job, saved=4)


def test_a_transfer_that_waits_is_served_in_time_though_another_one_lasts(board: Board, home: Path) -> None:
    """Two wait for their time and no worker is there; one is called for each, whatever the other does."""
    thread = media_thread(board, files=2)
    first, second = thread.media()
    gate = board.gate()
    board.script(first, faults.hang_up(), faults.stall(gate))
    board.script(second, faults.hang_up(), faults.hang_up())
    with Scene(board, home, transfers_per_host=2, backoff_base_s=0.6, backoff_cap_s=0.6) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["files"]["saved"] == 1, "the second file")
        assert len(board.requests(first)) <= 2
        gate.set()
        scene.finish(job)
        scene.prove(job, thread)


def test_stop_leaves_no_thread_and_no_connection(board: Board, home: Path) -> None:
    thread = media_thread(board, files=6)
    board.always(board.is_media, faults.stall(board.gate(), after=100))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 6)
        assert scene.job(job)["state"] == "running"
    board.wait_until(lambda: board.record.open_connections(board.media_host) == 0)
    board.wait_until(lambda: board.record.open_connections(board.host) == 0)
    assert not scene.engine._runner.workers.busy()


def test_workers_end_when_there_is_nothing_to_do(board: Board, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threadreel.engine.transfers.workers.PATIENCE_S", 0.05)
    thread = media_thread(board)
    with Scene(board, home) as scene:
        scene.run(thread)
        workers: Workers = scene.engine._runner.workers
        scene.until(lambda: not workers._threads, "the workers to leave")
        other = media_thread(board, no=2000)
        scene.has_read(other)
        scene.expect(scene.run(other), saved=4)
