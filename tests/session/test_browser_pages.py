"""An API that refuses programs is asked through the browser: for a look at a page, and for its job."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole
from fake_browser import FakeBrowser
from host_process import HostProcess

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

API = "*/thread/*.json"
BAN = b"<!DOCTYPE html><html><title>Banned</title><h1>You are banned! ;_;</h1></html>"


@pytest.fixture
def host() -> Iterator[HostProcess]:
    with HostProcess() as running:
        running.hello(fetches=True)
        yield running
        assert running.end() == 0


@pytest.mark.parametrize(
    "refusal", [faults.status(403), faults.challenge(200), faults.challenge(503)], ids=["403", "challenge", "503"]
)
def test_a_page_is_read_through_the_browser(
    board: Board, library: Path, host: HostProcess, refusal: faults.Fault
) -> None:
    thread = plain_thread(4, 3_000)
    board.add(thread)
    board.serve_only_browsers(refusal, where=API)
    with FakeBrowser(host, board) as browser:
        found = host.result("page.inspect", url=board.thread_url(thread))
        assert found["files"]["total"] == 4
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job)
        assert end["job"]["state"] == "completed"
        assert is_whole(library / "downloads", thread)
    assert [needed["job"] for needed in browser.asked] == [None]
    asked = board.requests(API)
    assert len(asked) == 2  # one of ours, one of the browser's, which stands for the job too
    assert all(later.began_s - (earlier.ended_s or 0) >= 1 for earlier, later in pairwise(asked))
    assert "if-modified-since" not in asked[1].headers


def test_what_the_browser_is_not_shown_either_is_told(board: Board, host: HostProcess) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.always(API, faults.status(403))
    with FakeBrowser(host, board):
        error = host.refusal("page.inspect", url=board.thread_url(thread))
    assert error["code"] == "http.status"
    assert "nor to the browser (HTTP 403)" in error["message"]


@pytest.mark.parametrize(
    "fault",
    [faults.replaced(BAN, "text/html", 403), faults.status(404), faults.status(429, 3600)],
    ids=["ban", "404", "429"],
)
def test_a_ban_a_404_and_the_pace_are_nothing_for_the_browser(
    board: Board, host: HostProcess, fault: faults.Fault
) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.always(API, fault)
    with FakeBrowser(host, board) as browser:
        host.refusal("page.inspect", url=board.thread_url(thread))
    assert browser.asked == []
    assert len(board.requests(API)) == 1


def test_a_banned_person_gets_no_file_through_the_browser(board: Board, host: HostProcess) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.always(board.is_media, faults.replaced(BAN, "text/html", 403))
    with FakeBrowser(host, board) as browser:
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job)
    assert [file["reason"] for file in end["report"]["attachments"]] == ["http.banned"]
    assert browser.asked == []
