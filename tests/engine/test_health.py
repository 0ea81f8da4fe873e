"""What the engine says of itself: who is at work, what waits, how the pool does, and whose process is stopped."""

import signal
import sys
import threading
from pathlib import Path

import pytest
from engine_harness import Scene
from fake_clock import FakeClock

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import write_settings
from host_process import HostProcess
from threadreel.engine.transfers import workers as workers_module
from threadreel.engine.transfers.workers import Workers
from threadreel.library.owners import Owner
from waiting import wait_until


def test_health_names_who_does_what(board: Board, home: Path) -> None:
    thread = plain_thread(3, 5_000)
    board.add(thread)
    gate = board.gate()
    board.script(board.is_media, faults.stall(gate, after=1_000))
    with Scene(board, home, transfers_per_host=2, read_timeout_s=0.5) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: len(scene.engine.health()["stalled"]) == 2, "two files that stall")
        health = scene.engine.health()
        names = {file.name for file in scene.files(job)}
        assert {worker["doing"] for worker in health["workers"]} <= names
        assert health["queues"] == {"scans": 0, "ready": 1, "delayed": 0}
        gate.set()
        scene.finish(job)
        scene.until_idle()
        health = scene.engine.health()
        assert (health["workers"], health["stalled"], health["cooldowns"]) == ([], [], [])
        assert (health["ledger"]["jobs"], health["ledger"]["files"]) == (1, 3)


class Line:
    """A scheduler with as much work as it is given; a ticket is what happens while it is worked on."""

    def __init__(self, *work: object) -> None:
        self._work = list(work)

    def wanted(self) -> int:
        return len(self._work)

    def take(self, _patience_s: float) -> object | None:
        return self._work.pop(0) if self._work else None


def test_the_pool_counts_its_work_and_the_time_it_takes() -> None:
    clock = FakeClock()
    begun, release = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert release.wait(20)

    pool = Workers(
        Line(lambda: clock.advance(5), lambda: clock.advance(7), hold), lambda act: act(), 1, clock.monotonic
    )
    assert pool.figures() == {"threads": 0, "limit": 1, "run": 0, "busy_s": 0}
    pool.call()
    try:
        assert begun.wait(20)
        clock.advance(3)
        assert pool.figures() == {"threads": 1, "limit": 1, "run": 3, "busy_s": 15}
    finally:
        release.set()
    wait_until(lambda: pool.figures()["threads"] == 0, "the worker to leave")
    clock.advance(60)
    assert pool.figures() == {"threads": 0, "limit": 1, "run": 3, "busy_s": 15}


def test_work_that_fails_is_counted_and_is_not_busy_for_ever() -> None:
    """A worker that a defect ends leaves no work behind that grows."""
    clock, ended = FakeClock(), []

    def fail() -> None:
        clock.advance(2)
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", ended.append)
        pool = Workers(Line(fail), lambda act: act(), 1, clock.monotonic)
        pool.call()
        wait_until(lambda: ended and pool.figures()["threads"] == 0, "the worker to end")
    clock.advance(60)
    assert pool.figures() == {"threads": 0, "limit": 1, "run": 1, "busy_s": 2}


def test_health_has_the_figures_of_a_run(board: Board, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_module, "PATIENCE_S", 0.01)
    thread = plain_thread(5, 2_000)
    board.add(thread)
    with Scene(board, home, transfers_per_host=2) as scene:
        idle = {"threads": 0, "limit": scene.engine.health()["pool"]["limit"], "run": 0, "waited_s": 0, "busy_s": 0}
        assert scene.engine.health()["pool"] == idle
        assert scene.engine.health()["timers"] == 0
        scene.run(thread)
        scene.until(lambda: not scene.engine.health()["pool"]["threads"], "the workers to leave")
        pool = scene.engine.health()["pool"]
        assert pool["run"] == 5
        assert pool["busy_s"] > 0
        assert 0 < pool["waited_s"] < 20
        scene.until(lambda: scene.engine.health()["timers"] == 0, "the last flush")
        assert scene.engine.health()["watching"] == 0


#: where the system tells who is stopped, and lets somebody be
CAN_STOP = sys.platform == "linux"


@pytest.mark.process
def test_a_stopped_process_is_named_as_long_as_it_has_jobs_and_is_stopped(board: Board, home: Path) -> None:
    thread = plain_thread(2)
    board.add(thread)
    board.always(board.is_media, faults.stall(board.gate()))
    write_settings(home, board)
    with HostProcess() as host, HostProcess() as idle, Scene(board, home) as scene:
        host.start(board.thread_url(thread))
        board.wait_until(lambda: board.requests(host=board.media_host))
        idle.hello()
        assert scene.engine.health()["stopped_owners"] == []
        if CAN_STOP:
            for each in (idle, host):
                each.process.send_signal(signal.SIGSTOP)
            (name,) = scene.until(lambda: scene.engine.health()["stopped_owners"], "the stopped one to be seen")
            assert name.startswith(f"{host.process.pid}-")
            for each in (idle, host):
                each.process.send_signal(signal.SIGCONT)
        scene.until(lambda: scene.engine.health()["stopped_owners"] == [], "it to run again")


def test_a_process_that_runs_or_is_gone_is_not_stopped(tmp_path: Path) -> None:
    first, second = Owner(tmp_path), Owner(tmp_path)
    (tmp_path / "999999999-00000000.lock").touch()
    (tmp_path / "strange.lock").touch()
    assert first.stopped() == second.stopped() == []
    second.release()
    first.release()
