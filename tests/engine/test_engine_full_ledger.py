"""When the ledger cannot be written: jobs go on, or say why they do not."""

import sqlite3
from pathlib import Path

import pytest
from engine_harness import Scene
from media_threads import media_thread

from board import faults
from board.server import Board
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger


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
