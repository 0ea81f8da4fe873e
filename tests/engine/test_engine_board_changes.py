"""A board's job that is changed while it runs: threads retried, added again, and thousands of them stopped at once."""

from pathlib import Path

import pytest
from board_harness import SIZE, are_read, catalog, child, children, has_ended, prove, reads, retry, threads_on
from timed_scene import TimedScene

from board import faults
from board.server import Board
from threadreel.library.ledger import Ledger


def test_what_was_done_stays_done_when_one_thread_is_retried(board: Board, home: Path) -> None:
    first, second = threads_on(board, 2)
    broken, gate = sorted(first.media())[0], board.gate()
    board.always(broken, faults.status(404))
    board.always(lambda request: request.path in second.media(), faults.stall(gate, after=SIZE // 2))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        are_read(scene, job, 1000, 2000)
        one = child(scene, job, 1000)
        has_ended(scene, one)
        assert scene.job(job)["files"]["done"] == 2
        board.script(broken, faults.stall(gate))
        scene.lives_again(one)
        scene.control("retry", one)
        view = scene.job(job)
        assert (view["state"], view["files"]["done"], view["files"]["saved"]) == ("running", 2, 1)
        gate.set()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=4)


def test_a_thread_that_is_added_again_has_one_job(board: Board, home: Path) -> None:
    whole, lacking, last = threads_on(board, 3)
    missing, gate = sorted(lacking.media())[0], board.gate()
    board.always(missing, faults.status(403))
    board.always(lambda request: request.path in last.media(), faults.stall(gate))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        are_read(scene, job, 1000, 2000, 3000)
        ids = [child(scene, job, thread.no) for thread in (whole, lacking)]
        has_ended(scene, *ids)
        assert scene.job(ids[1])["state"] == "incomplete"
        board.script(missing, faults.fine())
        scene.lives_again(ids[1])
        assert scene.start(whole, lacking, parent=job) == ids
        assert len(children(scene, job)) == 3
        assert scene.job(ids[0])["state"] == "completed", "nothing of it is missing"
        gate.set()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=6)
        assert sorted(reads(board)) == ["1000", "2000", "3000", "catalog"]


def test_an_address_without_threads_is_said(board: Board, home: Path) -> None:
    with TimedScene(board, home) as scene:
        (job,) = scene.start(f"{board.root}/nothing/")
        scene.finish(job)
        assert "There is no thread on" in scene.logs()


def test_a_redirect_of_the_api_is_one_more_question(board: Board, home: Path) -> None:
    threads_on(board, 2)
    board.script("/g/catalog.json", *[faults.redirect(f"http://{board.host}{{path}}")] * 2)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        times = [round(entry.began_s, 1) for entry in board.requests("*.json", host=board.host)]
        assert times == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("action", ["pause", "resume", "priority", "cancel"])
def test_what_is_asked_of_an_archive_is_kept_in_one_go(
    board: Board, home: Path, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = 200
    page = board.list_archive("g", *range(1, threads + 1))
    board.always("/g/thread/*", faults.stall(board.gate()))
    writes: list[str] = []
    run = Ledger.run
    with TimedScene(board, home) as scene:
        (job,) = scene.start(page)
        scene.until(lambda: scene.job(job)["threads"]["total"] == threads, "the archive's threads")
        if action == "resume":
            scene.control("pause", job)
        monkeypatch.setattr(Ledger, "run", lambda self, *rest: (writes.append(rest[0]), run(self, *rest))[1])
        scene.control(action, job, "high")
        expected = {"pause": {"paused"}, "cancel": {"cancelled"}}.get(action, {"queued", "scanning"})
        scene.until(lambda: {view["state"] for view in children(scene, job)} <= expected, "all of them to obey")
        assert len(writes) < threads / 4
        priorities = {view["priority"] for view in children(scene, job)}
        assert priorities == {"high" if action == "priority" else "low"}


def test_a_thread_retried_by_itself_counts_in_the_board_it_was_a_part_of(board: Board, home: Path) -> None:
    first, second = threads_on(board, 2)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        are_read(scene, job, 1000, 2000)
        scene.control("cancel", job)
        has_ended(scene, job)
        before = prove(scene, job)
        one = child(scene, job, first.no)
        (again,) = scene.start(catalog(board), filter=f"subject:{second.title.split()[-1]}")
        scene.lives_again(one)
        scene.control("retry", one)
        assert scene.job(job)["state"] == "cancelled", "another job has its page by now"
        gate.set()
        scene.finish(again, one)
        view = scene.job(job)
        assert (before["files"]["saved"], view["files"]["saved"], view["files"]["cancelled"]) == (0, 2, 2)
        # and it takes its part in what becomes of the board afterwards
        retry(scene, job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_board_that_is_retried_takes_back_a_thread_that_lives_by_itself(board: Board, home: Path) -> None:
    first, second = threads_on(board, 2)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        are_read(scene, job, 1000, 2000)
        scene.control("cancel", job)
        has_ended(scene, job)
        one = child(scene, job, first.no)
        (again,) = scene.start(catalog(board))
        scene.lives_again(one)
        scene.control("retry", one)
        scene.control("cancel", again)
        has_ended(scene, again)
        scene.lives_again(child(scene, job, second.no))
        scene.control("retry", job)
        assert scene.job(job)["threads"] == {"total": 2, "done": 0}
        gate.set()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=4)
