"""Pause and cancel while a transfer flows, rests or waits its turn: it stops at once, and nothing that arrived is lost."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from repeats import repeats
from threadreel.demo.samples import SampleThread


def media_thread(board: Board, files: int, size_bytes: int) -> SampleThread:
    thread = plain_thread(files, size_bytes)
    board.add(thread)
    return thread


def parts(scene: Scene, job: str) -> dict[str, int]:
    """The size of each part file."""
    return {path.name: path.stat().st_size for path in scene.folder(job).glob("*.part")}


def test_pause_ends_a_flowing_transfer_within_a_second_and_resume_lets_it_grow(board: Board, home: Path) -> None:
    thread = media_thread(board, 4, 400_000)
    board.always(board.is_media, faults.slow(100_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        before: dict[str, int] = {}
        for kept_bytes in (40_000, 200_000):
            scene.until(lambda: scene.job(job)["bytes"]["done"] > kept_bytes, "bytes")  # noqa: B023
            scene.until(lambda: scene.job(job)["files"]["active"] == 4, "all four to flow")
            asked = time.monotonic()
            scene.control("pause", job)
            board.wait_until(lambda: all(entry.ended_s for entry in board.requests()))
            assert all((entry.ended_s or 0) - asked < 1 for entry in board.requests())
            scene.until_idle()
            kept = parts(scene, job)
            requests = scene.media_requests()
            assert sum(kept.values()) == scene.job(job)["bytes"]["done"] > kept_bytes
            assert all(kept[name] >= size for name, size in before.items())
            assert (scene.job(job)["speed"], scene.job(job)["eta"], scene.job(job)["current"]) == (0, None, [])
            scene.control("resume", job)
            board.wait_until(lambda: len(board.requests(host=board.media_host)) == requests + 4)  # noqa: B023
            offsets = [entry.headers["range"] for entry in board.requests(host=board.media_host)[requests:]]
            assert sorted(offsets) == sorted(f"bytes={size}-" for size in kept.values())
            before = kept
        board.behave()
        scene.control("pause", job)
        scene.control("resume", job)
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=4)


def rests(scene: Scene, job: str) -> bool:
    """A transfer has begun, and rests for the speed cap."""
    return scene.job(job)["bytes"]["done"] > 0


def waits(scene: Scene, job: str) -> bool:
    """Everything of the job waits in line for its time."""
    health = scene.engine.health()
    is_cool = health["queues"]["delayed"] or health["cooldowns"]
    return bool(scene.job(job)["files"]["total"] and is_cool) and not health["workers"]


#: what the board does, the speed cap, and how to see that the point is reached
WAITS: dict[str, tuple[faults.Fault, int, Callable[[Scene, str], bool]]] = {
    "speed cap": (faults.fine(), 2_000, rests),
    "backoff": (faults.status(503), 0, waits),
    "Retry-After": (faults.status(429, 60), 0, waits),
    "refused": (faults.status(403), 0, waits),
}


@pytest.mark.parametrize("point", WAITS)
def test_cancel_ends_a_transfer_that_rests_or_waits(board: Board, home: Path, point: str) -> None:
    """Nothing appears under a final name afterwards, no part is left, and the next job runs."""
    fault, cap_bytes_per_s, is_there = WAITS[point]
    thread = media_thread(board, 8, 20_000)
    board.always(board.is_media, fault)
    waiting = {"backoff_base_s": 60.0, "backoff_cap_s": 60.0, "speed_cap_bytes_per_s": cap_bytes_per_s}
    with Scene(board, home / "here", transfers_per_host=2, **waiting) as scene:
        for _ in range(repeats(200)):
            (job,) = scene.start(thread)
            scene.until(lambda: is_there(scene, job), "the point")  # noqa: B023
            files = scene.control("cancel", job)["files"]
            there = scene.on_disk()
            assert not [name for name in there if name.endswith(".part")]
            scene.until_idle()
            assert scene.on_disk() == there
            scene.prove(job, thread)
            assert scene.job(job)["state"] == "cancelled"
            assert files["cancelled"] + files["blocked"] == 8
            assert files["blocked"] <= 4
            shutil.rmtree(scene.places.download_root)
    board.behave()
    with Scene(board, home / "next") as scene:
        scene.expect(scene.run(thread), saved=8)
