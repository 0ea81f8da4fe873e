"""Watching in trouble: failed reads, refusals and full disks are said and outlived. The test owns time."""

import sqlite3
from pathlib import Path

import pytest
from timed_scene import TimedScene
from watched_threads import life, watched

from board import faults
from board.server import Board
from threadreel.engine.transfers import disk_room as room_module
from threadreel.library.job_table import JobTable


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


def test_a_thread_that_is_shown_to_browsers_only_is_said_while_it_is_so(board: Board, home: Path) -> None:
    grows = life(3)
    shown = grows.grown(3)
    with TimedScene(board, home, retries=0) as scene:
        job = watched(scene, shown)
        board.always("/g/thread/*.json", faults.status(403))
        scene.pass_s(100)
        view = scene.job(job)
        assert (view["state"], view["error"]["code"], view["error"]["host"]) == ("running", "http.refused", board.host)
        board.behave()
        scene.pass_s(100)
        assert scene.job(job)["error"] is None


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
        assert scene.job(job)["cooldown"] == {
            "host": board.host,
            "until": scene.time.time() + 39,
            "refusing": False,
            "trying": False,
        }
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
