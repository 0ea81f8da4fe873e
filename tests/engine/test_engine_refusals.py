"""Hosts that refuse, ask to wait or trickle: they are left alone for as long as it takes, nobody else waits, and every job ends."""

import itertools
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from engine_harness import Scene

from board import faults
from board.record import Entry
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread

#: the first cooldown; the others are the engine's own multiples of it
COOLDOWN_S = 0.4
REFUSED = faults.status(403)


def media_thread(board: Board, files: int, size_bytes: int = 3_000, no: int = 1000) -> tuple[SampleThread, list[str]]:
    """A thread on the board, and the paths of its files in the order in which they are asked for."""
    thread = plain_thread(files, size_bytes, no=no, seed=no, kinds=[".png"])
    board.add(thread)
    return thread, list(thread.media())


def gaps(entries: list[Entry]) -> list[float]:
    """Seconds between the end of each request and the beginning of the next."""
    return [after.began_s - (before.ended_s or 0) for before, after in itertools.pairwise(entries)]


def media_log(board: Board) -> list[Entry]:
    return board.requests(host=board.media_host)


def test_three_refused_files_cool_the_host_down_and_one_success_ends_it(board: Board, home: Path) -> None:
    thread, paths = media_thread(board, 8)
    for path in paths[:3]:
        board.always(path, REFUSED)
    with Scene(board, home, transfers_per_host=1, cooldown_base_s=COOLDOWN_S) as scene:
        (job,) = scene.start(thread)
        cooldowns = scene.until(lambda: scene.engine.health()["cooldowns"], "the cooldown")
        assert cooldowns[0]["host"] == board.media_host
        assert 0 <= cooldowns[0]["seconds"] <= COOLDOWN_S
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=5, blocked=3)
        waits = gaps(media_log(board))
        assert waits[2] >= COOLDOWN_S
        assert max(waits[:2] + waits[3:]) < COOLDOWN_S
        assert f"{board.media_host} refuses one file after the other (http.403). It is left alone for" in scene.logs()
        assert "serves us again" in scene.logs()
        assert scene.engine.health()["cooldowns"] == []


def test_refused_files_with_a_success_between_hold_up_nobody(board: Board, home: Path) -> None:
    thread, paths = media_thread(board, 15)
    for at, path in enumerate(paths):
        if at % 3:
            board.always(path, REFUSED)
    with Scene(board, home, transfers_per_host=1) as scene:  # a cooldown would outlast the test
        scene.expect(scene.run(thread), saved=5, blocked=10)
        assert scene.media_requests() == 15


def test_a_job_whose_host_refuses_everything_ends_and_can_be_retried(board: Board, home: Path) -> None:
    thread, paths = media_thread(board, 150, 800)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1, cooldown_base_s=COOLDOWN_S) as scene:
        job = scene.run(thread)
        scene.expect(job, blocked=150)
        assert scene.job(job)["state"] == "incomplete"
        assert [entry.path for entry in media_log(board)] == paths[:5]  # three, and two that probed
        waits = gaps(media_log(board))
        assert waits[2] >= COOLDOWN_S
        assert waits[3] >= 2 * COOLDOWN_S
        assert [file.reason for file in scene.files(job)] == ["http.403"] * 5 + ["host.refuses"] * 145
        assert "what waits for it (145) is not asked for" in scene.logs()
        # who tries again waits for what is left of the cooldown, and is told so
        board.behave()
        refused_s = media_log(board)[-1].began_s  # the cooldown began after this
        board.record.clear()
        scene.retry(job, thread)
        scene.expect(job, saved=150)
        assert media_log(board)[0].began_s - refused_s >= 4 * COOLDOWN_S
        assert "is left alone for another" in scene.logs()


def test_a_retry_that_is_refused_again_costs_one_request(board: Board, home: Path) -> None:
    thread, _ = media_thread(board, 20)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1, cooldown_base_s=0.05) as scene:
        job = scene.run(thread)
        assert scene.media_requests() == 5
        scene.retry(job, thread)
        scene.expect(job, blocked=20)
        assert scene.media_requests() == 6


def test_what_needs_no_request_is_had_from_a_host_that_was_given_up(board: Board, home: Path, tmp_path: Path) -> None:
    """Of a given-up host's files one comes into the library from elsewhere while it waits in line."""
    thread, paths = media_thread(board, 6)
    twin = plain_thread(6, 3_000, no=2000, seed=1000, kinds=[".png"])  # the same bytes
    for path in paths:
        board.always(path, REFUSED)
    with Board(tmp_path, [twin]) as second:
        for path in list(twin.media())[:5]:
            second.always(path, faults.status(404))
        boards = [board.settings_board("first"), second.settings_board("second")]
        with Scene(board, home, transfers_per_host=1, settings={"boards": boards}, cooldown_base_s=COOLDOWN_S) as scene:
            (job,) = scene.start(thread)
            scene.until(lambda: scene.engine.health()["cooldowns"], "the cooldown")
            (other,) = scene.start(second.thread_url(twin))
            scene.finish(other)
            scene.expect(other, saved=1, gone=5)
            scene.finish(job)
            scene.prove(job, thread)
            scene.expect(job, duplicate=1, blocked=5)
            assert scene.media_requests() == 5


def test_all_that_are_on_their_way_are_one_row_and_one_file_probes(board: Board, home: Path) -> None:
    thread, _ = media_thread(board, 30)
    refusing, probing = board.gate(), board.gate()
    board.always(board.is_media, faults.both(REFUSED, faults.stall(refusing)))
    with Scene(board, home, transfers_per_host=16, cooldown_base_s=2.0) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: len(media_log(board)) == 16)
        refusing.set()
        scene.until(lambda: scene.engine.health()["cooldowns"], "the cooldown")
        scene.until_idle()
        refused = scene.media_requests()
        assert refused in (16, 17, 18)  # the first two that ended made room for others
        assert scene.logs().count("It is left alone for 2 s") == 1
        board.always(board.is_media, faults.stall(probing))
        board.wait_until(lambda: len(media_log(board)) > refused)
        assert len(scene.engine.health()["workers"]) == 1
        assert scene.engine.health()["queues"]["ready"] == 30 - refused - 1
        probing.set()
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, blocked=refused, saved=30 - refused)
        assert scene.logs().count("It is left alone") == 1
        probe, *others = media_log(board)[refused:]
        assert probe.ended_s is not None
        assert all(entry.began_s >= probe.ended_s for entry in others)


def test_a_probe_that_is_told_to_slow_down_is_a_refused_one(board: Board, home: Path) -> None:
    thread, paths = media_thread(board, 10)
    for path in paths:
        board.always(path, REFUSED if path in paths[:3] else faults.status(429))
    with Scene(board, home, transfers_per_host=1, cooldown_base_s=COOLDOWN_S) as scene:
        scene.expect(scene.run(thread), blocked=10)
        assert scene.media_requests() == 5


def test_a_host_that_cools_down_hinders_neither_control_nor_the_end(board: Board, home: Path) -> None:
    thread, _ = media_thread(board, 10)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.engine.health()["cooldowns"], "the cooldown")
        scene.until_idle()  # nobody sleeps with a file in hand
        assert scene.engine.health()["queues"]["ready"] == 7
        assert scene.control("pause", job)["state"] == "paused"
        assert scene.control("resume", job)["state"] == "running"
        assert scene.control("cancel", job)["state"] == "cancelled"
        scene.expect(job, blocked=3, cancelled=7)
        began = time.monotonic()
        scene.close()
        assert time.monotonic() - began < 1
        assert scene.media_requests() == 3


@pytest.mark.parametrize(
    "fault",
    [REFUSED, faults.challenge(200), faults.status(429, timedelta(seconds=60)), faults.status(503, 60)],
    ids=["403", "challenge", "429 date", "503 seconds"],
)
def test_other_hosts_go_on(board: Board, home: Path, tmp_path: Path, fault: faults.Fault) -> None:
    thread, _ = media_thread(board, 5)
    board.always(board.is_media, fault)
    with Board(tmp_path, [plain_thread(10, 3_000)]) as second:
        boards = [board.settings_board("first"), second.settings_board("second")]
        with Scene(board, home, transfers_per_host=1, settings={"boards": boards}) as scene:
            (job,) = scene.start(thread)
            scene.until(lambda: scene.engine.health()["cooldowns"], "the cooldown")
            asked = scene.media_requests()
            (other,) = scene.start(second.thread_url(plain_thread()))
            scene.finish(other)
            scene.expect(other, saved=10)
            assert scene.media_requests() == asked
            assert [entry["host"] for entry in scene.engine.health()["cooldowns"]] == [board.media_host]
            scene.control("cancel", job)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("header", "least_s"), [(lambda: "1", 1.0), (lambda: timedelta(seconds=2), 1.0)], ids=["s", "date"]
)
def test_the_whole_host_waits_as_long_as_it_asks_and_hardly_longer(
    board: Board, home: Path, code: int, header: Callable[[], str | timedelta], least_s: float
) -> None:
    """A date is whole seconds: two seconds from now may be little more than one away."""
    thread, _ = media_thread(board, 12)
    board.script(board.is_media, faults.status(code, header()), each_path=False)
    with Scene(board, home, transfers_per_host=1) as scene:
        scene.expect(scene.run(thread), saved=12)
        waits = gaps(media_log(board))
        assert least_s <= waits[0] < least_s + 1.5
        assert max(waits[1:]) < 0.5


# Bodies that stall


def test_a_trickling_body_is_dropped_and_gone_on_with(board: Board, home: Path) -> None:
    thread, (path,) = media_thread(board, 1, 40_000)
    board.script(path, faults.slow(4_000))
    with Scene(board, home, stall_floor_bytes_per_s=50_000, stall_window_s=0.3) as scene:
        scene.expect(scene.run(thread), saved=1)
        first, second = board.requests(path)
        assert "range" not in first.headers
        assert 0 < int(second.headers["range"].removeprefix("bytes=").removesuffix("-")) < 40_000


def test_a_body_that_always_trickles_fails_and_its_part_is_kept(board: Board, home: Path) -> None:
    thread, (path,) = media_thread(board, 1, 400_000)
    board.always(path, faults.slow(4_000))
    with Scene(board, home, stall_floor_bytes_per_s=50_000, stall_window_s=0.2, retries=1) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == "http.slow"
        assert len(board.requests(path)) == 2
        assert len(scene.on_disk(".part")) == 1
        board.behave()
        scene.retry(job, thread)
        scene.expect(job, saved=1)


def test_a_speed_cap_below_the_floor_is_no_stall(board: Board, home: Path) -> None:
    thread, (path,) = media_thread(board, 1, 12_000)
    settings = {"speed_cap_bytes_per_s": 10_000}
    with Scene(board, home, settings=settings, stall_floor_bytes_per_s=50_000, stall_window_s=0.2) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert len(board.requests(path)) == 1
