"""Pause, resume, cancel, retry, remove, priorities, and processes that come and go: what is asked for holds at every moment."""

import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_harness import Scene, Stop, stop_before

from board import faults
from board.server import Board
from board.threads import plain_thread
from repeats import repeats
from threadreel.demo.samples import SampleThread
from threadreel.engine.arrival import Arrival
from threadreel.engine.http import Http, Response
from threadreel.engine.job import Job
from threadreel.engine.scheduler import Scheduler
from threadreel.engine.transfer import Transfer
from threadreel.engine.workers import Workers
from threadreel.errors import RequestError
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger

SIZE = 40_000


def media_thread(board: Board, files: int = 4, no: int = 1000) -> SampleThread:
    thread = plain_thread(files, SIZE, no=no, seed=no)
    board.add(thread)
    return thread


def until_sent(board: Board, count: int) -> None:
    """So many requests for media have arrived."""
    board.wait_until(lambda: len(board.requests(host=board.media_host)) >= count)


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


# Retry, remove, priorities


def test_retry_asks_for_what_is_missing_and_for_nothing_else(board: Board, home: Path) -> None:
    thread = media_thread(board, files=6)
    paths = list(thread.media())
    board.always(paths[0], faults.status(403))
    board.always(paths[1], faults.status(404))
    board.always(paths[2], faults.status(418))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=3, blocked=1, gone=1, failed=1)
        assert scene.job(job)["state"] == "incomplete"
        board.behave()
        board.record.clear()
        scene.retry(job, thread)
        scene.expect(job, saved=6)
        assert sorted(entry.path for entry in board.requests()) == sorted(paths[:3])


def test_actions_on_an_ended_job_change_nothing(board: Board, home: Path) -> None:
    thread = media_thread(board)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        before, told = scene.job(job), len(scene.events())
        for action in ("pause", "resume", "cancel", "priority"):
            assert scene.control(action, job, "high") == before
        assert scene.engine.control("retry", job) == [before]
        for action in ("pause", "resume", "cancel", "priority"):
            assert scene.engine.control(action, "all", "high") == []
        assert len(scene.events()) == told


def test_remove_takes_ended_jobs_off_the_list_and_leaves_the_rest(board: Board, home: Path) -> None:
    ended, living = media_thread(board), media_thread(board, no=2000)
    with Scene(board, home) as scene:
        job = scene.run(ended)
        board.always(board.is_media, faults.stall(board.gate()))
        scene.has_read(living)
        (running,) = scene.start(living)
        until_sent(board, 8)
        assert scene.control("remove", running)["id"] == running
        assert [view["id"] for view in scene.engine.page()[0]] == [running, job]
        assert scene.control("remove", job)["state"] == "completed"
        assert [view["id"] for view in scene.engine.page()[0]] == [running]
        with pytest.raises(RequestError):
            scene.control("remove", job)
        assert scene.engine.control("remove", "all") == []
        scene.control("cancel", running)
        assert [view["id"] for view in scene.engine.control("remove", "all")] == [running]
        assert scene.engine.page() == ([], None)
        assert len(scene.on_disk()) == 6  # four files and two reports stay
        scene.expect(scene.run(ended), have=4)  # and so does what the library knows


def test_a_job_of_a_board_that_left_the_settings_can_be_removed_and_hinders_nobody(board: Board, home: Path) -> None:
    thread = media_thread(board)
    board.always(board.is_media, faults.stall(board.gate(), after=1000))
    with Scene(board, home) as scene:
        (ended,) = scene.start(thread)
        scene.control("cancel", ended)
        (orphan,) = scene.start(thread)
        until_sent(board, 4)
    with Scene(board, home, settings={"boards": []}) as scene:
        assert scene.engine.adopt() == []
        assert scene.engine.control("retry", "all") == []
        with pytest.raises(RequestError):
            scene.control("pause", orphan)
        assert scene.control("remove", ended)["id"] == ended
    board.behave()
    with Scene(board, home) as scene:
        scene.engine.adopt()
        scene.finish(orphan)
        scene.prove(orphan, thread)


def test_a_job_of_higher_priority_is_served_first(board: Board, home: Path) -> None:
    first, second = media_thread(board, files=8), media_thread(board, files=8, no=2000)
    gate = board.gate()
    board.script(board.is_media, faults.stall(gate), each_path=False)
    with Scene(board, home, transfers_per_host=1) as scene:
        scene.has_read(first, second)
        jobs = scene.start(first, second)
        scene.until(lambda: scene.job(jobs[1])["state"] == "running", "both plans")
        assert scene.control("priority", jobs[1], "critical")["priority"] == "critical"
        gate.set()
        scene.finish(*jobs)
        order = [entry.path for entry in board.requests(host=board.media_host)]
        assert set(order[1:9]) == set(second.media())


def test_equal_jobs_are_served_in_turn(board: Board, home: Path) -> None:
    first, second = media_thread(board, files=8), media_thread(board, files=8, no=2000)
    gate = board.gate()
    board.script(board.is_media, faults.stall(gate), each_path=False)
    with Scene(board, home, transfers_per_host=1) as scene:
        scene.has_read(first, second)
        jobs = scene.start(first, second)
        scene.until(lambda: scene.job(jobs[1])["state"] == "running", "both plans")
        gate.set()
        scene.finish(*jobs)
        order = [entry.path in first.media() for entry in board.requests(host=board.media_host)]
        assert sum(order[1:9]) == 4


def test_one_address_is_one_job_until_it_has_ended(board: Board, home: Path) -> None:
    thread = media_thread(board)
    gate = board.gate()
    board.script(board.is_media, faults.stall(gate))
    with Scene(board, home) as scene:
        scene.has_read(thread)
        url = scene.url(thread)
        jobs = scene.start(url, f"{url}/a-slug#p1001", url)
        assert len(set(jobs)) == 1
        scene.control("pause", jobs[0])
        assert scene.start(url) == jobs[:1]  # asking for it again is asking to go on
        assert scene.job(jobs[0])["state"] != "paused"
        gate.set()
        scene.finish(*jobs)
        scene.prove(jobs[0], thread)
        assert scene.start(url) != jobs[:1]


# Processes that come and go


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


# When the ledger cannot be written


def test_a_full_ledger_disk_does_not_stop_a_job_and_gets_what_it_missed(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = media_thread(board, files=4)
    gate = board.gate()
    path = next(iter(thread.media()))
    board.script(path, faults.stall(gate))

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        with monkeypatch.context() as patch:
            scene.until(lambda: scene.job(job)["files"]["total"], "the plan")
            patch.setattr(Ledger, "_write_later", full)
            scene.until(lambda: scene.job(job)["files"]["done"] == 3, "three files")
        gate.set()
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=4)
    with Scene(board, home) as scene:
        assert scene.job(job)["state"] == "completed"
        assert {file.state for file in scene.files(job)} == {"saved"}


def test_a_plan_that_cannot_be_kept_fails_the_job_and_not_the_lane(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, other = media_thread(board), media_thread(board, no=2000)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with Scene(board, home) as scene:
        with monkeypatch.context() as patch:
            patch.setattr(JobTable, "plan", full)
            (job,) = scene.start(thread)
            scene.finish(job)
        assert scene.job(job)["state"] == "failed"
        assert scene.job(job)["error"]["code"] == "ledger.unusable"
        scene.has_read(other)
        scene.expect(scene.run(other), saved=4)
        scene.retry(job, thread)
        scene.expect(job, saved=4)


# Threads and connections


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
        patch.setattr("threadreel.engine.workers.PATIENCE_S", 0.0)
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
    monkeypatch.setattr("threadreel.engine.workers.PATIENCE_S", 0.05)
    thread = media_thread(board)
    with Scene(board, home) as scene:
        scene.run(thread)
        workers: Workers = scene.engine._runner.workers
        scene.until(lambda: not workers._threads, "the workers to leave")
        other = media_thread(board, no=2000)
        scene.has_read(other)
        scene.expect(scene.run(other), saved=4)
