"""Retry, remove, priorities: each does what it says to the jobs it is for, and nothing to the others."""

from pathlib import Path

import pytest
from engine_harness import Scene
from media_threads import media_thread, until_sent

from board import faults
from board.server import Board
from threadreel.errors import RequestError


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
