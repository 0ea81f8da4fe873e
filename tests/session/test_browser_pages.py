"""An API that refuses programs is asked through the browser: for a look at a page, and for its job."""

from itertools import pairwise
from pathlib import Path

import pytest

from board import faults
from board.exchange import Exchange
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole
from fake_browser import FakeBrowser
from host_process import HostProcess

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

API = "*/thread/*.json"


@pytest.fixture
def host(fetching_host: HostProcess) -> HostProcess:
    return fetching_host


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


def test_without_the_permission_the_host_is_named_that_refuses_programs(board: Board) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.serve_only_browsers(faults.challenge(503), where=API)
    with HostProcess() as host:
        host.hello()
        error = host.refusal("page.inspect", url=board.thread_url(thread))
        assert (error["code"], error["host"]) == ("http.refused", board.host)
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job)
        assert (end["job"]["state"], end["job"]["error"]) == ("failed", error)
        host.result("fetch.ready", hosts=["*://127.0.0.1/*"])
        host.events.clear()
        with FakeBrowser(host, board):
            host.result("job.retry", job=job)
            (end,) = host.finished(job)
        assert end["job"]["state"] == "completed"
        assert host.end() == 0
    # a challenge is not waited out
    assert len([entry for entry in board.requests(API) if entry.status == 503]) == 3


def test_what_the_browser_is_not_shown_either_is_told(board: Board, host: HostProcess) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.always(API, faults.status(403))
    with FakeBrowser(host, board):
        error = host.refusal("page.inspect", url=board.thread_url(thread))
    assert error["code"] == "http.status"
    assert "host" not in error
    assert "nor to the browser (HTTP 403)" in error["message"]


def test_what_the_api_asks_the_browser_to_wait_is_waited(board: Board, host: HostProcess) -> None:
    thread = plain_thread(2)
    board.add(thread)
    refuse, answers = faults.unless_browser(board.cookie, faults.status(403)), [faults.status(429, 3)]

    def spoil(exchange: Exchange) -> None:
        refuse(exchange)
        if exchange.answer.status == 200 and answers:
            answers.pop()(exchange)

    board.always(API, spoil)
    host.result("settings.set", values={"retries": 3})
    with FakeBrowser(host, board):
        host.finished(*host.start(board.thread_url(thread)))
    ours, told, again = board.requests(API)
    assert [ours.status, told.status, again.status] == [403, 429, 200]
    assert again.began_s - (told.ended_s or 0) >= 3


@pytest.mark.parametrize(
    "fault",
    [faults.banned(), faults.status(404), faults.status(429, 3600)],
    ids=["ban", "404", "429"],
)
def test_a_ban_a_404_and_the_pace_are_nothing_for_the_browser(
    board: Board, host: HostProcess, fault: faults.Fault
) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.always(API, fault)
    with FakeBrowser(host, board) as browser:
        error = host.refusal("page.inspect", url=board.thread_url(thread))
    assert "host" not in error
    assert browser.asked == []
    assert len(board.requests(API)) == 1


def test_a_banned_person_gets_no_file_through_the_browser(board: Board, host: HostProcess) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.always(board.is_media, faults.banned())
    with FakeBrowser(host, board) as browser:
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job)
    assert [file["reason"] for file in end["report"]["attachments"]] == ["http.banned"]
    assert browser.asked == []
