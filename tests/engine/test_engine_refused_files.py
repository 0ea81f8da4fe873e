"""Files that are gone, refused or elsewhere: no server is asked more often than it should be, and nobody outside the site."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene, media_path
from single_file import one_file

from board import faults
from board.faults import Fault
from board.server import Board
from board.threads import named_thread, plain_thread
from threadreel import __version__

# Refusals


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_costs_one_request_for_ever(board: Board, home: Path, status: int) -> None:
    thread = plain_thread(3, 5_000)
    board.add(thread)
    path = list(thread.media())[1]
    board.always(path, faults.status(status))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=2, gone=1)
        assert scene.job(job)["state"] == "completed"
        again = scene.run(thread)
        scene.expect(again, have=2, gone=1)
        assert len(board.requests(path)) == 1
        board.behave()
        scene.retry(again, thread)
        scene.expect(again, have=2, saved=1)


def test_a_file_with_two_addresses_is_gone_when_both_are(board: Board, home: Path) -> None:
    thread = named_thread(["this & that.swf"], board="f")
    board.add(thread)
    board.always("/f/*.swf", faults.status(404))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), gone=1)
        assert len({entry.path for entry in board.requests("/f/*.swf")}) == 2
        assert scene.media_requests() == 2


@pytest.mark.parametrize(
    "fault",
    [faults.status(403), faults.status(401), faults.status(451), faults.challenge(200), faults.challenge(403)],
    ids=["403", "401", "451", "challenge 200", "challenge 403"],
)
def test_a_refused_file_costs_one_request_and_holds_up_nobody(board: Board, home: Path, fault: Fault) -> None:
    thread = plain_thread(4, 5_000)
    board.add(thread)
    path = next(iter(thread.media()))
    board.always(path, fault)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=3, blocked=1)
        assert scene.job(job)["state"] == "incomplete"
        assert len(board.requests(path)) == 1
        assert scene.on_disk(".part") == []
        board.behave()
        scene.retry(job, thread)
        scene.expect(job, saved=4)
        assert scene.media_requests() == 5


def test_the_third_429_in_a_row_means_blocked(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.status(429))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, blocked=1)
        assert scene.files(job)[0].reason == "http.429"
        assert scene.media_requests() == 3


@pytest.mark.parametrize(
    ("code", "retry_after", "least_s"), [(429, timedelta(seconds=2), 0.9), (503, "1", 1.0)], ids=["date", "seconds"]
)
def test_retry_after_is_obeyed_by_the_whole_host(
    board: Board, home: Path, code: int, retry_after: Any, least_s: float
) -> None:
    thread = plain_thread(3, 5_000)
    board.add(thread)
    board.script(board.is_media, faults.status(code, retry_after), each_path=False)
    with Scene(board, home, transfers_per_host=1) as scene:
        began = time.monotonic()
        scene.expect(scene.run(thread), saved=3)
        assert time.monotonic() - began < 5
        first, second = board.requests(host=board.media_host)[:2]
        assert second.began_s - first.began_s >= least_s
        assert scene.media_requests() == 4
        assert "asks to wait" in scene.logs()


@pytest.mark.parametrize(("code", "state"), [(429, "blocked"), (503, "failed")])
def test_a_wait_longer_than_anybody_wants_is_a_refusal(board: Board, home: Path, code: int, state: str) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.status(code, retry_after=86_400))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), **{state: 1})
        assert scene.media_requests() == 1


@pytest.mark.parametrize(("fault", "requests"), [(faults.status(500), 4), (faults.status(418), 1)])
def test_an_error_that_stays_is_a_failure_with_its_reason(
    board: Board, home: Path, fault: Fault, requests: int
) -> None:
    thread, path, _ = one_file(board)
    board.always(path, fault)
    with Scene(board, home, retries=3) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == f"http.{board.requests(path)[0].status}"
        assert scene.media_requests() == requests


# Walls


def test_a_redirect_inside_the_site_is_followed(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.redirect(f"http://{board.host}{{path}}"))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert [entry.host for entry in board.requests(path)] == [board.media_host, board.host]


def test_a_redirect_with_a_body_without_end_is_followed_at_once(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.both(faults.redirect("{path}"), faults.endless()))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert scene.media_requests() == 2


@pytest.mark.parametrize(
    "place",
    [
        lambda board: f"http://{board.stranger}/x.png",
        lambda board: f"//{board.stranger}/x.png",
        lambda board: f"http://localhost:{board.http_port}/x.png",
        lambda board: f"http://user@{board.host}/x.png",
        lambda _: "file:///etc/passwd",
        lambda _: "ftp://127.0.0.1/x.png",
        lambda _: "http://[",
        lambda _: "http://127.0.0.1:99999/x.png",
    ],
)
def test_a_redirect_out_of_the_site_is_refused_without_a_request(
    board: Board, home: Path, place: Callable[[Board], str]
) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.redirect(place(board).replace("{", "{{")))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == "http.redirect"
        assert [entry.path for entry in board.requests(host=board.media_host)] == [path]
        assert board.requests(host=board.stranger) == []
        assert board.requests("/x.png") == []


def test_redirects_in_a_circle_end(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.redirect("{path}"))
    with Scene(board, home, redirects=3) as scene:
        scene.expect(scene.run(thread), failed=1)
        assert scene.media_requests() == 4


def test_requests_say_who_asks_for_what_and_whence(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.cut(after=10_000))
    with Scene(board, home) as scene:
        scene.run(thread)
        for entry in board.requests():
            assert entry.headers["user-agent"] == f"Threadreel/{__version__}"
        for entry in board.requests(path):
            assert entry.headers["referer"] == board.thread_url(thread)
            assert entry.headers["accept-encoding"] == "identity"
    board.record.clear()


def test_the_user_agent_is_the_users_to_set(board: Board, home: Path) -> None:
    thread, _, _ = one_file(board)
    with Scene(board, home) as scene:
        scene.engine.change_settings({"user_agent": "Somebody/1"})
        scene.run(thread)
        assert {entry.headers["user-agent"] for entry in board.requests()} == {"Somebody/1"}


# The disk


def test_media_paths_are_those_of_the_board(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        assert [media_path(file) for file in scene.files(job)] == [path]
