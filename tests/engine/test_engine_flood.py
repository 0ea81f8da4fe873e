"""Five thousand tiny files: whoever watches is told at most five times a second, and at the end exactly how it is."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene

from board.server import Board
from board.threads import plain_thread
from command_line import write_settings
from host_process import HostProcess
from repeats import repeats
from threadreel.demo.samples import SampleThread
from threadreel.engine.reporter import FILES_AT_ONCE

FILES = max(500, repeats(5_000))
FILE_BYTES = 100
A_SECOND = 5
LIMIT_S = 100


@pytest.fixture(scope="module")
def thread() -> SampleThread:
    return plain_thread(FILES, FILE_BYTES, kinds=[".png"])


def most_in_a_second(moments: list[float]) -> int:
    """The most moments that any window of one second holds."""
    return max(sum(start <= moment < start + 1.0 for moment in moments) for start in moments)


def check_views(views: list[dict[str, Any]], total_bytes: int) -> None:
    """What was told of a job from its plan on is true, and never goes back."""
    planned = [view for view in views if view["files"]["total"]]
    assert {view["bytes"]["total"] for view in planned} == {total_bytes}
    for before, after in pairwise(planned):
        assert before["bytes"]["done"] <= after["bytes"]["done"]
        assert before["files"]["done"] <= after["files"]["done"]
    assert all(len(view["current"]) == view["files"]["active"] <= 16 for view in planned)
    last = planned[-1]
    assert (last["state"], last["files"]["saved"], last["bytes"]["done"]) == ("completed", FILES, total_bytes)
    assert (last["speed"], last["eta"], last["current"]) == (0, None, [])
    ran_s = last["finished"] - last["started"]
    assert last["average_speed"] >= 0.9 * total_bytes / ran_s  # the reading of the thread is not part of it


@pytest.mark.timeout(300)
def test_the_listener_is_not_flooded_and_the_last_word_is_exact(board: Board, home: Path, thread: SampleThread) -> None:
    board.add(thread)
    with Scene(board, home, transfers_per_host=16) as scene:
        (job,) = scene.start(thread)
        assert scene.engine.wait([job], LIMIT_S)
        scene.prove(job, thread)
        for kind in ("job.update", "files.changed"):
            moments = [moment for moment, _ in scene.timed_events(kind, job)]
            assert most_in_a_second(moments) <= A_SECOND
        views = [event["job"] for event in scene.events("job.update", job)]
        check_views(views, sum(map(len, thread.media().values())))
        assert views[-1] == scene.events("job.finished", job)[0]["job"]
        report = scene.events("job.finished", job)[0]["report"]
        assert {entry["state"] for entry in report["attachments"]} == {"saved"}
        assert len(report["attachments"]) == FILES  # also those that were too many to be told on the way
        changes = scene.events("files.changed", job)
        told = {file["id"] for event in changes for file in event["files"]}
        assert (
            len(told) == FILES or len(changes[-1]["files"]) == FILES_AT_ONCE
        )  # faster than may be told: as many as go in


@pytest.mark.timeout(300)
def test_every_file_is_told_of_as_long_as_they_come_no_faster_than_that(board: Board, home: Path) -> None:
    thread = plain_thread(500, FILE_BYTES, kinds=[".png"])
    board.add(thread)
    board.latency_s = 0.1
    with Scene(board, home, transfers_per_host=16) as scene:
        job = scene.run(thread)
        last = {file["id"]: file["state"] for event in scene.events("files.changed", job) for file in event["files"]}
        assert list(last.values()) == ["saved"] * 500


@pytest.mark.process
@pytest.mark.timeout(300)
def test_the_browser_is_not_flooded_through_its_pipe(board: Board, home: Path, thread: SampleThread) -> None:
    board.add(thread)
    write_settings(home, board, transfers_per_host=16)
    with HostProcess(environment={"THREADREEL_HOME": str(home)}) as host:
        host.hello()
        began = time.monotonic()
        (job,) = host.start(board.thread_url(thread))
        (finished,) = host.finished(job, timeout_s=LIMIT_S)
        took_s = time.monotonic() - began
        for kind in ("job.update", "files.changed"):
            told = [event for event in host.events if event["type"] == kind]
            assert len(told) <= A_SECOND * took_s + 2
        views = [event["job"] for event in host.events if event["type"] == "job.update"]
        check_views(views, sum(map(len, thread.media().values())))
        assert views[-1] == finished["job"]
        assert finished["report"]["counts"]["saved"] == FILES
        assert host.largest_frame_bytes <= 512 * 1024
        assert len([event for event in host.events if event["type"] == "log"]) < 10
        assert host.end() == 0
