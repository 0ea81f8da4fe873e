"""Hosts that ask for less, and hosts that several processes ask: connections shrink and grow, and what one is told all obey."""

from pathlib import Path

from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread

REFUSED = faults.status(403)


def media_thread(board: Board, files: int, no: int = 1000) -> SampleThread:
    thread = plain_thread(files, 2_000, no=no, seed=no, kinds=[".png"])
    board.add(thread)
    return thread


def limit(scene: Scene) -> int | None:
    """The connections that the media host may have at this moment; None while it was not asked."""
    found = [entry["limit"] for entry in scene.engine.health()["hosts"] if entry["host"] == scene.board.media_host]
    return found[0] if found else None


def test_a_host_that_is_asked_too_much_has_fewer_connections_until_it_has_served_enough(
    board: Board, home: Path
) -> None:
    thread = media_thread(board, 80)
    busy, serving = board.gate(), board.gate()
    board.script(
        board.is_media,
        *[faults.both(faults.status(429), faults.stall(busy))] * 6,
        *[faults.stall(serving)] * 6,
        each_path=False,
    )
    with Scene(board, home, transfers_per_host=6, backoff_base_s=0.3, backoff_cap_s=0.3) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: scene.media_requests() == 6)
        assert limit(scene) == 6
        busy.set()
        scene.until(lambda: limit(scene) == 3, "the connections to become fewer")
        board.wait_until(lambda: scene.media_requests() == 9)
        scene.until(lambda: len(scene.engine.health()["workers"]) == 3, "three to be at work")
        assert scene.media_requests() == 9  # no more than three, though all six wait
        serving.set()
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=80)
        assert limit(scene) == 5  # 24 files for the fourth, 32 for the fifth; the sixth would take 40 more


def test_one_file_that_never_comes_does_not_slow_the_others_down(board: Board, home: Path) -> None:
    thread = media_thread(board, 30)
    board.always(next(iter(thread.media())), faults.status(503))
    with Scene(board, home, transfers_per_host=4, retries=5) as scene:
        scene.expect(scene.run(thread), saved=29, failed=1)
        assert (limit(scene) or 0) >= 2


def test_a_retry_after_in_one_process_shows_in_the_other_and_holds(board: Board, home: Path) -> None:
    first_thread, second_thread = media_thread(board, 5), media_thread(board, 5, no=2000)
    board.script(board.is_media, faults.status(429, 60), each_path=False)
    with Scene(board, home, transfers_per_host=1) as first, Scene(board, home, transfers_per_host=1) as second:
        (job,) = first.start(first_thread)
        first.until(lambda: first.engine.health()["cooldowns"], "the cooldown")
        (other,) = second.start(second_thread)
        second.until(lambda: second.engine.health()["cooldowns"], "the other process to know")
        second.until(lambda: second.job(other)["files"]["total"] == 5, "the plan")
        second.until_idle()
        left = second.engine.health()["cooldowns"]
        assert [entry["host"] for entry in left] == [board.media_host]
        assert 50 < left[0]["seconds"] <= 60.1
        assert second.media_requests() == 1
        for scene, each in ((first, job), (second, other)):
            scene.control("cancel", each)


def test_a_host_that_one_process_gave_up_is_given_up_by_the_other(board: Board, home: Path) -> None:
    first_thread, second_thread = media_thread(board, 20), media_thread(board, 20, no=2000)
    board.always(board.is_media, REFUSED)
    options = {"transfers_per_host": 1, "cooldown_base_s": 0.3}
    with Scene(board, home, **options) as first, Scene(board, home, **options) as second:
        (job,) = first.start(first_thread)
        first.until(lambda: first.engine.health()["cooldowns"], "the first cooldown")
        (other,) = second.start(second_thread)
        first.finish(job)
        second.finish(other)
        for scene, each, thread in ((first, job, first_thread), (second, other, second_thread)):
            scene.prove(each, thread)
            scene.expect(each, blocked=20)
        assert scene.media_requests() <= 9  # three, and of each further round one a process
        told = second.logs()
        assert f"{board.media_host} refuses another Threadreel process." in told
        assert "is not asked for" in told


def test_the_host_that_serves_one_process_again_is_warm_for_the_other(board: Board, home: Path) -> None:
    first_thread, second_thread = media_thread(board, 6), media_thread(board, 6, no=2000)
    board.script(board.is_media, REFUSED, REFUSED, REFUSED, each_path=False)
    options = {"transfers_per_host": 1, "cooldown_base_s": 0.5}
    with Scene(board, home, **options) as first, Scene(board, home, **options) as second:
        (job,) = first.start(first_thread)
        first.until(lambda: first.engine.health()["cooldowns"], "the cooldown")
        (other,) = second.start(second_thread)
        first.finish(job)
        second.finish(other)
        first.expect(job, saved=3, blocked=3)
        second.expect(other, saved=6)
        assert "serves" in first.logs() + second.logs()
        assert first.engine.health()["cooldowns"] == second.engine.health()["cooldowns"] == []
