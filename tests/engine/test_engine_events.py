"""What the engine tells: in order, seldom enough, true to the byte, and never after the end."""

import sqlite3
import threading
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from engine_harness import Scene
from fake_clock import FakeClock

from board import faults
from board.server import Board
from board.threads import plain_thread
from repeats import repeats
from threadreel.engine.reporter import INTERVAL_S
from threadreel.events import Event

A_SECOND = 5
#: between two updates: four a second, and the clock of a busy machine
LEAST_S = 0.2


def test_events_of_a_job_come_in_order_and_the_last_one_is_exact(board: Board, home: Path) -> None:
    thread = plain_thread(30, 3_000)
    board.add(thread)
    board.script(next(iter(thread.media())), faults.status(404))
    board.script(list(thread.media())[1], faults.status(418))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        *before, update, finished = scene.events(job=job)
        assert (update["type"], finished["type"]) == ("job.update", "job.finished")
        assert update["job"] == finished["job"] == scene.job(job)
        assert finished["job"]["state"] == "incomplete"
        states = [event["job"]["state"] for event in before if event["type"] == "job.update"]
        order = ["queued", "scanning", "running"]
        assert [order.index(state) for state in states] == sorted(order.index(state) for state in states)
        told = {file["id"]: file for event in before if event["type"] == "files.changed" for file in event["files"]}
        assert {key: file["state"] for key, file in told.items()} == {
            entry["id"]: entry["state"] for entry in finished["report"]["attachments"]
        }
        assert scene.events("log", job)


def test_many_tiny_files_do_not_flood_anybody(board: Board, home: Path) -> None:
    thread = plain_thread(500, 300)
    board.add(thread)
    with Scene(board, home, transfers_per_host=16) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=500)
        for kind in ("job.update", "files.changed"):
            moments = [moment for moment, _ in scene.timed_events(kind, job)]
            gaps = [after - before for before, after in pairwise(moments)]
            assert all(gap >= LEAST_S for gap in gaps[:-1])  # the last one comes with the end, whenever that is
            assert all(len(event["files"]) <= 200 for event in scene.events("files.changed", job))
            assert len(moments) <= A_SECOND * (moments[-1] - moments[0]) + 2


def test_bytes_are_those_received_and_never_more_than_there_are(board: Board, home: Path) -> None:
    thread = plain_thread(6, 60_000)
    board.add(thread)
    total = sum(map(len, thread.media().values()))
    board.always(board.is_media, faults.slow(200_000))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        views = [event["job"] for event in scene.events("job.update", job) if event["job"]["files"]["total"]]
        assert {view["bytes"]["total"] for view in views} == {total}
        done = [view["bytes"]["done"] for view in views]
        assert done == sorted(done)
        assert done[-1] == total
        running = [view for view in views if view["state"] == "running" and view["speed"]]
        assert running
        for view in running:
            assert view["eta"] is not None
            assert 0 < view["speed"] < 10 * 6 * 200_000
        assert all(len(view["current"]) == view["files"]["active"] <= 6 for view in views)
        ended = views[-1]
        assert (ended["speed"], ended["eta"], ended["current"]) == (0, None, [])
        assert 0.3 * total < ended["average_speed"] * (ended["finished"] - ended["started"]) <= 1.5 * total


def test_a_resumed_part_is_not_counted_as_speed(board: Board, home: Path) -> None:
    thread = plain_thread(1, 400_000)
    board.add(thread)
    board.script(board.is_media, faults.stall(board.gate(), after=390_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["bytes"]["done"] == 390_000, "nearly all")
    with Scene(board, home) as scene:
        scene.engine.adopt()
        scene.finish(job)
        view = scene.job(job)
        assert view["bytes"]["done"] == 400_000
        assert view["average_speed"] * (time.time() - scene.events("job.update", job)[0]["job"]["started"]) < 390_000


def test_nothing_is_told_after_the_end(board: Board, home: Path) -> None:
    """Workers that end at the same moment have something to say each; whoever ends the job has the last word."""
    thread = plain_thread(6, 800)
    board.add(thread)
    with Scene(board, home) as scene:
        for _ in range(repeats(100)):
            (job,) = scene.start(thread)
            scene.finish(job)
            scene.until_idle()
            assert scene.events(job=job)[-1]["type"] == "job.finished"
            for file in scene.files(job):
                (scene.folder(job) / file.name).unlink()
            (scene.folder(job) / "report.json").unlink()
            scene.folder(job).rmdir()


def test_cancel_and_retry_from_many_sides_tell_one_end_each(board: Board, home: Path) -> None:
    thread = plain_thread(4, 800)
    board.add(thread)
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["files"]["total"], "the plan")
        for _ in range(repeats(100)):
            scene.control("cancel", job)
            scene.control("retry", job)
        scene.finish(job)
        scene.prove(job, thread)
        retries = [event["type"] for event in scene.events(job=job)].count("retry")
        assert 1 <= len(scene.events("job.finished", job)) <= retries + 1


def test_a_moving_job_is_told_of_four_times_a_second_and_by_the_clock(board: Board, home: Path) -> None:
    thread = plain_thread(2, 5_000)
    board.add(thread)
    board.always(board.is_media, faults.stall(board.gate(), after=1_000))
    clock = FakeClock()
    with Scene(board, home, clock=clock.clock) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["bytes"]["done"] == 2_000, "bytes")
        assert scene.events("job.update") == []
        for count in range(1, 5):
            scene.until(lambda: scene.engine.health()["timers"] == 1, "the next flush to be awaited")
            clock.advance(INTERVAL_S * 0.9)
            assert len(scene.events("job.update")) == count - 1
            clock.advance(INTERVAL_S * 0.1)
            scene.until(lambda: len(scene.events("job.update")) == count, "the flush")  # noqa: B023


def test_a_listener_that_hangs_loses_nothing_and_holds_up_no_transfer(board: Board, home: Path) -> None:
    thread = plain_thread(40, 800)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    begun, release = threading.Event(), threading.Event()
    with Scene(board, home) as scene:

        def hang(event: Event) -> None:
            if event["type"] == "job.update" and not begun.is_set():
                begun.set()
                assert release.wait(20)
            scene._hear(event)

        scene.engine._reporter._listener = hang
        (job,) = scene.start(thread)
        try:
            assert begun.wait(20)
            gate.set()
            scene.until(lambda: scene.job(job)["state"] == "completed", "the job to be through")
            assert scene.events("job.update") == scene.events("job.finished") == []
            assert not scene.engine.wait([job], 0)
        finally:
            release.set()
        scene.finish(job)
        scene.prove(job, thread)
        assert [event["type"] for event in scene.events(job=job)][-2:] == ["job.update", "job.finished"]


def test_a_ledger_that_is_busy_for_a_while_loses_no_event(board: Board, home: Path) -> None:
    thread = plain_thread(6, 5_000)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=1_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.events("files.changed"), "the first files")
        with closing(sqlite3.connect(scene.places.ledger_file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            gate.set()
            board.wait_until(lambda: all(entry.ended_s for entry in board.requests()))
            other.execute("ROLLBACK")
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=6)


def test_a_listener_that_is_interrupted_is_told_the_rest(board: Board, home: Path) -> None:
    """Ctrl+C meets the command line where it prints."""
    with Scene(board, home) as scene:
        heard: list[str] = []

        def listen(event: Event) -> None:
            if event["text"] == "first":
                raise KeyboardInterrupt
            heard.append(event["text"])

        scene.engine._reporter._listener = listen
        with pytest.raises(KeyboardInterrupt):
            scene.engine._reporter.log("info", "first")
        scene.engine._reporter.log("info", "second")
        assert heard == ["second"]


def test_a_listener_that_fails_hinders_nobody(board: Board, home: Path) -> None:
    thread = plain_thread(5, 800)
    board.add(thread)
    with Scene(board, home) as scene:
        heard: list[Event] = []

        def fail(event: Event) -> None:
            heard.append(event)
            raise BrokenPipeError("nobody reads any more")

        scene.engine._reporter._listener = fail
        (job,) = scene.start(thread)
        scene.finish(job)
        scene.expect(job, saved=5)
        assert [event["type"] for event in heard][-1] == "job.finished"
