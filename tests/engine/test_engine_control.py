"""Pause, resume and cancel: what is asked for holds at every moment of a job."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_harness import Scene, Stop, stop_before
from media_threads import media_thread

from board import faults
from board.server import Board
from repeats import repeats
from threadreel.engine.jobs.job import Job
from threadreel.engine.network.http import Http, Response
from threadreel.engine.transfers.arrival import Arrival

# Pause and resume


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_pause_stops_traffic_and_resume_goes_on_where_it_stopped(
    board: Board, home: Path, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tls:
        for name, value in board.environment().items():
            monkeypatch.setenv(name, value)
    thread = media_thread(board, files=2)
    board.script(board.is_media, faults.stall(board.gate(), after=15_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(board.real_url(thread) if tls else thread)
        scene.until(lambda: scene.job(job)["bytes"]["done"] == 30_000, "half of both files")
        asked = time.monotonic()
        assert scene.control("pause", job)["state"] == "paused"
        board.wait_until(lambda: all(entry.ended_s for entry in board.requests("/g/*")))
        assert time.monotonic() - asked < 1
        scene.until_idle()
        assert [path.stat().st_size for path in scene.folder(job).glob("*.part")] == [15_000, 15_000]
        assert scene.job(job)["files"]["active"] == 0
        before = len(board.requests())
        assert scene.control("pause", job)["state"] == "paused"
        assert scene.control("resume", job)["state"] == "running"
        assert scene.control("resume", job)["state"] in {"running", "completed"}
        scene.finish(job)
        scene.prove(job, thread)
        assert [entry.headers["range"] for entry in board.requests()[before:]] == ["bytes=15000-"] * 2
        assert not [event for event in scene.events("log") if event["level"] in {"warning", "error"}]


def test_pause_before_an_answer_ends_the_wait_for_it(board: Board, home: Path) -> None:
    """A server that accepts and says nothing must not hold a slot, nor the part, until a time-out."""
    thread = media_thread(board, files=1)
    board.script(board.is_media, faults.stall(board.gate()))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: board.requests(host=board.media_host))
        scene.control("pause", job)
        scene.until_idle()
        scene.control("resume", job)
        scene.finish(job)
        scene.prove(job, thread)
        assert scene.media_requests() == 2


def test_pause_and_resume_at_once_lose_nothing(board: Board, home: Path) -> None:
    thread = media_thread(board, files=12)
    board.latency_s = 0.002
    with Scene(board, home, transfers_per_host=4) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["files"]["total"], "the plan")
        for _ in range(repeats(200)):
            scene.control("pause", job)
            scene.control("resume", job)
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=12)


def test_a_job_paused_while_its_thread_is_read_is_read_after_resume(board: Board, home: Path) -> None:
    thread = media_thread(board)
    gate = board.gate()
    board.script("*.json", faults.stall(gate))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: board.requests("*.json"))
        assert scene.control("pause", job)["state"] == "paused"
        gate.set()
        board.wait_until(lambda: board.requests("*.json")[0].ended_s)
        assert scene.job(job)["state"] == "paused"
        for _ in range(3):  # several scans are asked for; one is enough
            scene.control("resume", job)
            scene.control("pause", job)
        scene.control("resume", job)
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=4)
        assert scene.api_requests() == 1


def test_a_job_resumed_while_its_thread_is_read_is_planned_once(board: Board, home: Path) -> None:
    """The scan from before the pause and the one from after it must not plan the job twice: files would be lost from sight."""
    thread = media_thread(board)
    api, media = board.gate(), board.gate()
    board.script("*.json", faults.stall(api))
    board.always(board.is_media, faults.stall(media))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: board.requests("*.json"))
        for _ in range(3):
            scene.control("pause", job)
            scene.control("resume", job)
        api.set()
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 4)
        scene.until(lambda: scene.engine.health()["queues"]["scans"] == 0, "the scans to be through")
        assert scene.job(job)["state"] == "running"
        media.set()
        scene.finish(job)
        scene.prove(job, thread)
        assert scene.media_requests() == 4


# Cancel


@contextlib.contextmanager
def nothing(*_: object) -> Iterator[Stop | None]:
    yield None


POINTS: dict[str, Callable[[], contextlib.AbstractContextManager[Stop | None]]] = {
    "begin": lambda: stop_before(Job, "begin"),
    "connect": lambda: stop_before(Http, "get", lambda _, url, *_rest: not url.endswith(".json")),
    "headers": nothing,
    "body": nothing,
    "publish": lambda: stop_before(Arrival, "publish"),
    "between files": nothing,
}


@pytest.mark.parametrize("point", POINTS)
def test_cancel_ends_at_any_point_of_a_transfer(board: Board, home: Path, point: str) -> None:
    """Nothing appears under a final name afterwards, no part is left, and the next job runs."""
    thread = media_thread(board, files=4)
    with Scene(board, home, transfers_per_host=2) as scene:
        for _ in range(repeats(200)):
            gate = board.gate()
            if point in {"headers", "body"}:
                board.always(board.is_media, faults.stall(gate, after=None if point == "headers" else 15_000))
            board.record.clear()
            with POINTS[point]() as stop:
                (job,) = scene.start(thread)
                if stop:
                    assert stop.arrived.wait(10)
                else:
                    count = 3 if point == "between files" else 2
                    board.wait_until(lambda: len(board.requests(host=board.media_host)) >= count)  # noqa: B023
                view = scene.control("cancel", job)
                there = scene.on_disk()
                assert not [name for name in there if name.endswith(".part")]
            scene.until_idle()
            gate.set()
            assert scene.on_disk() == there
            scene.prove(job, thread)
            if point == "between files":
                assert view["state"] in {"cancelled", "completed"}
            else:
                scene.expect(job, cancelled=4)
            board.behave()
            wipe(scene)
        scene.expect(scene.run(thread), saved=4)


def wipe(scene: Scene) -> None:
    """Nothing is on disk: what comes next begins anew."""
    shutil.rmtree(scene.places.download_root / "Threadreel")


def test_cancel_before_the_plan_ends_the_job_and_the_next_one_runs(board: Board, home: Path) -> None:
    thread, other = media_thread(board), media_thread(board, no=2000)
    gate = board.gate()
    board.script("/g/thread/1000.json", faults.stall(gate))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: board.requests("*.json"))
        assert scene.control("cancel", job)["state"] == "cancelled"
        scene.has_read(other)
        gate.set()
        scene.expect(scene.run(other), saved=4)
        assert scene.job(job)["state"] == "cancelled"
        assert scene.job(job)["files"]["total"] == 0
        scene.retry(job, thread)
        scene.expect(job, saved=4)


def test_a_new_job_right_after_a_cancel_keeps_its_part(board: Board, home: Path) -> None:
    """A worker that notices the cancel late must not take away the part of the job that came after."""
    thread = media_thread(board, files=1)
    ((path, body),) = thread.media().items()
    picture = f"http://{board.media_host}{path}"
    board.script(path, faults.stall(board.gate(), after=10_000), faults.stall(board.gate(), after=20_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(picture)
        scene.until(lambda: scene.job(job)["bytes"]["done"] == 10_000, "the beginning of the file")
        with stop_before(Response, "close") as late:
            scene.control("cancel", job)
            assert late.arrived.wait(10)
            (again,) = scene.start(picture)
            assert again != job
            scene.until(lambda: scene.job(again)["bytes"]["done"] == 20_000, "the beginning of the file, again")
            late.open.set()
            scene.until(lambda: len(scene.engine.health()["workers"]) == 1, "the first worker to let go")
            assert [part.stat().st_size for part in scene.folder(again).glob("*.part")] == [20_000]
        scene.control("pause", again)
        scene.control("resume", again)
        scene.finish(again)
        scene.expect(again, saved=1)
        assert board.requests(path)[-1].headers["range"] == "bytes=20000-"
        assert (scene.folder(again) / scene.files(again)[0].name).read_bytes() == body
