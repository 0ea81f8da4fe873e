"""Watching: when the thread is read, what becomes of what is new, and how it ends. The test owns time."""

import itertools
import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from engine_harness import stop_before
from fake_clock import FakeClock
from timed_scene import TimedScene

from board import faults
from board.server import Board
from board.threads import Life, Snapshot, plain_thread
from threadreel.engine import room as room_module
from threadreel.engine.thread_job import ThreadJob
from threadreel.errors import RequestError
from threadreel.library.job_table import JobTable

SIZE = 2_000


def life(files: int = 6, **options: Any) -> Life:
    return Life(plain_thread(files, SIZE, **options))


def watched(scene: TimedScene, shown: Snapshot) -> str:
    """The job of a thread that was read once and is watched."""
    scene.board.add(shown)
    (job,) = scene.start(shown, watch=True)
    scene.pass_s(1)
    assert scene.reads(shown) == [0]
    return job


def prove_finished_once(scene: TimedScene, job: str) -> None:
    finished = scene.events("job.finished", job)
    assert len(finished) == 1
    assert finished[0]["job"] == json.loads(json.dumps(scene.job(job)))
    report = json.loads((scene.folder(job) / "report.json").read_text("utf-8"))
    assert report == finished[0]["report"]
    assert Counter(entry["state"] for entry in report["attachments"]) == Counter(
        {state: count for state, count in report["counts"].items() if count and state != "total"}
    )


# When the thread is read


def test_a_quiet_thread_is_read_ever_less_often_and_always_asked_what_changed(board: Board, home: Path) -> None:
    thread = life(2).grown(3)
    board.add(thread)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(thread, watch=True)
        scene.pass_s(1500)
        assert scene.reads(thread) == [0, 10, 30, 70, 150, 310, 610, 910, 1210]
        first, *later = scene.api_entries(thread)
        assert "if-modified-since" not in first.headers
        assert all(entry.headers["if-modified-since"] for entry in later)
        assert [entry.status for entry in later] == [304] * 8
        view = scene.job(job)
        assert (view["state"], view["watching"], view["priority"]) == ("running", True, "background")
        assert view["watch"] == {"next": scene.time.time() + 10, "new": 0}
        assert scene.events("job.finished") == []


def test_what_is_new_is_fetched_marked_and_brings_the_next_read_near(board: Board, home: Path) -> None:
    grows = life(6)
    shown = grows.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(99)  # 10, 30, 70
        board.add(grows.grown(5))
        scene.pass_s(55)  # 150
        scene.expect(job, saved=4)
        board.add(grows.grown(7))
        scene.pass_s(65)  # 160, 170, 190
        assert scene.reads(shown) == [0, 10, 30, 70, 150, 160, 170, 190]
        scene.expect(job, saved=6)
        assert [file.reason for file in scene.files(job)] == [None, None, "new", "new", "new", "new"]
        assert scene.job(job)["watch"]["new"] == 4
        assert scene.job(job)["files"]["total"] == 6
        assert scene.logs().count("2 new files.") == 2
        told = [file for event in scene.events("files.changed", job) for file in event["files"]]
        assert {file["id"] for file in told if (file["state"], file["reason"]) == ("saved", "new")} == {
            file.key for file in scene.files(job)[2:]
        }


def test_a_post_without_a_file_is_news_too(board: Board, home: Path) -> None:
    """Where people write, files follow."""
    thread = plain_thread(2, SIZE)
    talk = Life(thread)
    shown = talk.grown(2)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(35)  # 10, 30
        board.add(talk.grown(3, deleted=[2]))
        scene.pass_s(50)  # 70, 80
        assert scene.reads(shown) == [0, 10, 30, 70, 80]
        scene.expect(job, saved=1, deleted=1)


def test_jobs_for_two_folders_share_each_answer(board: Board, home: Path, tmp_path: Path) -> None:
    """A thread is never asked for again within ten seconds, however many watch it."""
    thread = life(2).grown(3)
    board.add(thread)
    with TimedScene(board, home) as scene:
        scene.start(thread, watch=True)
        scene.pass_s(4)
        scene.start(thread, watch=True, root=str(tmp_path / "other"))
        scene.pass_s(600)
        reads = scene.reads(thread)
        assert len(reads) > 5
        assert min(after - before for before, after in itertools.pairwise(reads)) >= 10


# How it ends


def test_the_archived_thread_is_read_no_more_and_what_it_lists_is_fetched(board: Board, home: Path) -> None:
    ends = life(5)
    shown = ends.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(30)
        ends.grown(6)
        board.add(ends.archived())
        scene.finish(job)
        assert scene.reads(shown) == [0, 10, 30, 70]
        assert scene.job(job)["state"] == "completed"
        assert scene.job(job)["watch"] == {"next": None, "new": 3}
        scene.expect(job, saved=5)
        prove_finished_once(scene, job)
        scene.pass_s(3600)
        assert len(scene.reads(shown)) == 4
        assert "is archived" in scene.logs()


def test_a_thread_that_is_archived_already_is_read_once(board: Board, home: Path) -> None:
    shown = life(3).archived()
    board.add(shown)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(shown, watch=True)
        scene.finish(job)
        scene.expect(job, saved=3)
        prove_finished_once(scene, job)
        assert scene.reads(shown) == [0]


def test_gone_only_after_two_404s(board: Board, home: Path) -> None:
    shown = life(2).grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        scene.pass_s(40)  # 10, 30
        board.script("/g/thread/*.json", faults.status(404))
        scene.pass_s(45)  # 70: a mistake of the site, 80
        assert scene.job(job)["state"] == "running"
        assert scene.reads(shown) == [0, 10, 30, 70, 80]
        assert all("if-modified-since" in entry.headers for entry in scene.api_entries(shown)[1:])
        board.remove(shown)
        scene.finish(job)
        assert scene.reads(shown)[5:] == [160, 170]
        assert scene.job(job)["state"] == "completed"
        prove_finished_once(scene, job)
        assert "is gone" in scene.logs()


@pytest.mark.parametrize("second", ["stub", "404"])
def test_what_is_left_of_a_removed_thread_counts_as_gone(board: Board, home: Path, second: str) -> None:
    removed = life(2)
    shown = removed.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        board.add(removed.stub())
        scene.pass_s(14)  # 10
        assert scene.job(job)["state"] == "running"
        if second == "404":
            board.remove(shown)
        scene.finish(job)
        assert scene.reads(shown) == [0, 10, 20]
        assert scene.job(job)["state"] == "completed"
        scene.expect(job, saved=2)


def test_a_thread_that_is_gone_at_first_fails(board: Board, home: Path) -> None:
    shown = life(1).grown(2)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(shown, watch=True)
        scene.finish(job)
        assert (scene.job(job)["state"], scene.job(job)["error"]["code"]) == ("failed", "thread.gone")
        assert len(scene.events("job.finished", job)) == 1


def test_the_last_pass_tries_once_more_what_failed(board: Board, home: Path) -> None:
    ends = life(3)
    shown = ends.grown(4)
    bad, worse, _ = sorted(shown.media())
    board.script(bad, *[faults.status(500)] * 6)
    board.always(worse, faults.status(500))
    with TimedScene(board, home) as scene:
        board.add(shown)
        (job,) = scene.start(shown, watch=True)
        scene.pass_s(400)
        scene.expect(job, saved=1, failed=2)
        assert scene.job(job)["files"]["done"] == 3
        board.add(ends.archived())
        scene.finish(job)
        scene.expect(job, saved=2, failed=1)
        assert scene.job(job)["state"] == "incomplete"
        prove_finished_once(scene, job)  # and on closing the scene sees that files.done never fell


def test_a_file_that_is_deleted_before_its_turn_is_not_asked_for(board: Board, home: Path) -> None:
    grows = life(3)
    shown = grows.grown(4)
    waits = sorted(shown.media())[2]
    board.script(waits, faults.status(503, retry_after=600))
    with TimedScene(board, home, transfers_per_host=1) as scene:
        board.add(shown)
        (job,) = scene.start(shown, watch=True)
        scene.pass_s(5)
        board.add(grows.grown(4, deleted=[1, 2, 3]))
        scene.pass_s(60)
        scene.expect(job, saved=2, deleted=1)  # what is on disk stays what it was
        assert len(board.requests(waits)) == 1


# Trouble


def test_failed_polls_are_not_the_end_and_are_said_once(board: Board, home: Path) -> None:
    grows = life(3)
    shown = grows.grown(3)
    with TimedScene(board, home, retries=0) as scene:
        job = watched(scene, shown)
        board.always("/g/thread/*.json", faults.hang_up())
        scene.pass_s(200)
        assert scene.reads(shown) == [0, 10, 30, 70, 150]
        assert scene.logs().count("could not be read again") == 1
        board.always("/g/thread/*.json", faults.challenge())
        scene.pass_s(150)
        assert scene.logs().count("could not be read again") == 1
        board.behave()
        board.add(grows.grown(4))
        scene.pass_s(300)
        assert scene.job(job)["state"] == "running"
        scene.expect(job, saved=3)
        assert scene.reads(shown) == [0, 10, 30, 70, 150, 310, 610, 620, 640]
        assert scene.logs().count("can be read again") == 1
        board.always("/g/thread/*.json", faults.hang_up())
        scene.pass_s(100)
        assert scene.logs().count("could not be read again") == 2


def test_a_404_between_failures_is_no_second_one(board: Board, home: Path) -> None:
    shown = life(2).grown(3)
    with TimedScene(board, home, retries=0) as scene:
        job = watched(scene, shown)
        board.script("/g/thread/*.json", *[faults.status(404), faults.status(400)] * 3)
        scene.pass_s(900)
        assert scene.job(job)["state"] == "running"


def test_a_storm_of_429_is_waited_out(board: Board, home: Path) -> None:
    grows = life(3)
    shown = grows.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        board.script("/g/thread/*.json", *[faults.status(429, retry_after=45)] * 4)
        scene.pass_s(60)
        assert scene.job(job)["cooldown"] == {"host": board.host, "until": scene.time.time() + 39, "trying": False}
        board.add(grows.grown(4))
        scene.pass_s(160)
        reads = scene.reads(shown)
        assert reads[:6] == [0, 10, 55, 100, 145, 190]
        scene.expect(job, saved=3)
        assert scene.job(job)["state"] == "running"
        assert scene.job(job)["cooldown"] is None


def test_a_full_disk_fails_what_is_new_and_not_the_watch(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grows = life(4)
    shown = grows.grown(3)
    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        monkeypatch.setattr(room_module, "MARGIN_BYTES", 1 << 60)
        board.add(grows.grown(5))
        scene.pass_s(20)
        scene.expect(job, saved=2, failed=2)
        assert {file.reason for file in scene.files(job)[2:]} == {"disk.full"}
        monkeypatch.undo()
        board.add(grows.archived())
        scene.finish(job)
        scene.expect(job, saved=4)


def test_news_that_cannot_be_kept_are_read_again(board: Board, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is full for a moment: nothing of a poll is taken, or all of it."""
    grows = life(4)
    shown = grows.grown(3)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with TimedScene(board, home) as scene:
        job = watched(scene, shown)
        with monkeypatch.context() as patch:
            patch.setattr(JobTable, "extend", full)
            board.add(grows.grown(5))
            scene.pass_s(14)
        assert scene.job(job)["files"]["total"] == 2
        assert "the ledger cannot be written" in scene.logs()
        scene.pass_s(60)
        scene.expect(job, saved=4)
        assert scene.job(job)["watch"]["new"] == 2


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
