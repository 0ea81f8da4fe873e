"""The speed cap, as a user sees it: so many bytes a second over all connections, and other ones as soon as it is changed."""

import threading
import time
from pathlib import Path

from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread

CONNECTIONS = 6
SETTLED_S, MEASURED_S = 0.5, 3.5


def measure(scene: Scene, job: str) -> float:
    """Bytes a second that the job receives, once the first half second is over."""

    def after(seconds: float) -> tuple[float, int]:
        threading.Event().wait(seconds)  # the time itself is what is measured
        return time.monotonic(), scene.job(job)["bytes"]["done"]

    (began, before), (ended, then) = after(SETTLED_S), after(MEASURED_S)
    assert scene.job(job)["files"]["active"] == CONNECTIONS
    return (then - before) / (ended - began)


def test_a_speed_cap_holds_within_a_twentieth_and_may_be_raised_while_running(board: Board, home: Path) -> None:
    thread = plain_thread(CONNECTIONS, 4_000_000)
    board.add(thread)
    with Scene(board, home, settings={"speed_cap_bytes_per_s": 1_000_000}) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["files"]["active"] == CONNECTIONS, "all connections")
        assert 950_000 <= measure(scene, job) <= 1_050_000
        scene.engine.change_settings({"speed_cap_bytes_per_s": 3_000_000})
        assert 2_850_000 <= measure(scene, job) <= 3_150_000
        scene.engine.change_settings({"speed_cap_bytes_per_s": 0})
        scene.finish(job)
        scene.prove(job, thread)
        assert scene.media_requests() == CONNECTIONS


def test_a_cap_set_while_bytes_pour_in_lets_a_higher_one_hold_at_once(board: Board, home: Path) -> None:
    """What was asked for before the cap is far more than it allows in a second; nobody rests for that."""
    thread = plain_thread(CONNECTIONS, 3_000_000)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=64_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["bytes"]["done"] == CONNECTIONS * 64_000, "the beginnings")
        scene.engine.change_settings({"speed_cap_bytes_per_s": 1_000})
        gate.set()
        scene.until(lambda: scene.job(job)["bytes"]["done"] > CONNECTIONS * 64_000, "more bytes")
        scene.engine.change_settings({"speed_cap_bytes_per_s": 0})
        raised = time.monotonic()
        scene.finish(job)
        assert time.monotonic() - raised < 5  # at the cap before: as many hours
        scene.prove(job, thread)
