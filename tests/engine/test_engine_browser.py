"""When the browser is asked for what a host refuses, when not, and when the engine goes on by itself."""

from pathlib import Path

import pytest
from courier_harness import EVERYWHERE, BrowserHere
from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread

REFUSED = faults.status(403)


def video_thread(board: Board, files: int, size_bytes: int = 3_000, no: int = 1000) -> SampleThread:
    thread = plain_thread(files, size_bytes, no=no, seed=no, kinds=[".webm"])
    board.add(thread)
    return thread


def media_statuses(board: Board) -> list[int]:
    return [entry.status for entry in board.requests(host=board.media_host)]


def test_one_file_is_tried_alone_and_when_it_comes_the_others_follow(board: Board, home: Path) -> None:
    thread = video_thread(board, 10)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=4) as scene, BrowserHere(scene, thread.media()) as browser:
        job = scene.run(thread)
        scene.expect(job, saved=10)
        assert scene.job(job)["files"]["through_browser"] == len(browser.asked) == 10
        assert f"The browser brings what {board.media_host} refuses to programs." in scene.logs()
        assert len(media_statuses(board)) < 10  # in the cooldown they are not asked for by us


def test_when_the_tried_file_does_not_come_the_host_is_treated_as_before(board: Board, home: Path) -> None:
    thread = video_thread(board, 10)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1, cooldown_base_s=0.1) as scene:
        with BrowserHere(scene, thread.media()) as browser:
            browser.answers["*"] = 403
            job = scene.run(thread)
        scene.expect(job, blocked=10)
        assert len(browser.asked) <= 3
        assert "The browser cannot bring what" in scene.logs()
        assert len(media_statuses(board)) == 5  # three, and two that probed


def test_a_browser_that_says_nothing_is_no_help(board: Board, home: Path) -> None:
    thread = video_thread(board, 3)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1, cooldown_base_s=0.1, chunk_timeout_s=0.2) as scene:
        with BrowserHere(scene, thread.media()) as browser:
            browser.answers["*"] = None
            job = scene.run(thread)
        scene.expect(job, blocked=3)
        assert "browser.timeout" in {file.reason for file in scene.files(job)}
        assert len(scene.events("file.unneeded")) == len(browser.asked)


def test_the_engine_goes_on_by_itself_once_it_is_served(board: Board, home: Path) -> None:
    thread = video_thread(board, 40, 2_000)
    board.script(board.is_media, *[REFUSED] * 3, each_path=False)
    with (
        Scene(board, home, transfers_per_host=1, cooldown_base_s=0.02) as scene,
        BrowserHere(scene, thread.media()) as browser,
    ):
        job = scene.run(thread)
        scene.expect(job, saved=40)
        assert "serves us again" in scene.logs()
        ways = [file.reason for file in scene.files(job)]
        assert ways.count("browser") == len(browser.asked) >= 3
        assert ways.count(None) == media_statuses(board).count(200) >= 1


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(404),
        faults.status(410),
        faults.status(451),
        faults.status(500),
        faults.banned(),
        faults.banned(429),
    ],
    ids=["404", "410", "451", "500", "banned", "banned 429"],
)
def test_what_is_no_refusal_is_no_errand(board: Board, home: Path, fault: faults.Fault) -> None:
    """Nor is what waits behind it, when the host is left alone for that."""
    thread = video_thread(board, 8)
    board.always(board.is_media, fault)
    with (
        Scene(board, home, transfers_per_host=1, retries=1, cooldown_base_s=0.05) as scene,
        BrowserHere(scene, thread.media()) as browser,
    ):
        scene.run(thread)
        assert browser.asked == []


def test_a_ban_ends_what_waits_for_the_browser_until_a_program_is_refused_again(board: Board, home: Path) -> None:
    thread = video_thread(board, 3)
    board.script(board.is_media, REFUSED, REFUSED, faults.banned(), then=REFUSED, each_path=False)
    waits = {"chunk_timeout_s": 1.0, "cooldown_base_s": 0.05}
    with Scene(board, home, transfers_per_host=2, **waits) as scene, BrowserHere(scene, thread.media()) as browser:
        browser.answers["*"] = None
        job = scene.run(thread)
        scene.expect(job, blocked=3)
        assert len(browser.asked) == 1  # one at a time is tried; the other had its turn when the ban was known
        browser.answers.clear()
        scene.engine.set_permissions(EVERYWHERE)  # that it was silent says nothing any more
        scene.retry(job, thread)
        scene.expect(job, saved=3)


def test_what_the_site_asks_the_browser_to_wait_is_waited(board: Board, home: Path) -> None:
    thread = video_thread(board, 6)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=2) as scene, BrowserHere(scene, thread.media()) as browser:
        browser.waits = dict.fromkeys(list(thread.media())[:1], "1")
        job = scene.run(thread)
        scene.expect(job, saved=6)
        assert "asks to wait 1 s (http.429)" in scene.logs()
        path = next(iter(thread.media()))
        told = browser.paths().index(path)
        later = browser.asked_s[told + 1 :]
        assert browser.paths().count(path) == 2
        # one that was in its hands already may still be on its way
        assert sum(at_s - browser.asked_s[told] < 1 for at_s in later) <= 1


@pytest.mark.parametrize("code", [429, 503])
def test_a_retry_after_is_waited_for_on_both_ways(board: Board, home: Path, code: int) -> None:
    """Some files are with the browser when the host asks to wait: nothing of it is asked for before."""
    thread = video_thread(board, 6)
    board.script(board.is_media, REFUSED, faults.status(code, 1), each_path=False)
    with Scene(board, home, transfers_per_host=1) as scene, BrowserHere(scene, thread.media()) as browser:
        job = scene.run(thread)
        scene.expect(job, saved=6)
        assert len(browser.asked) == 1
        asked = board.requests(host=board.media_host)
        assert asked[2].began_s - (asked[1].ended_s or 0) >= 1


def test_a_pause_of_an_hour_is_no_refusal(board: Board, home: Path) -> None:
    thread = video_thread(board, 1)
    board.always(board.is_media, faults.status(429, 3600))
    with Scene(board, home) as scene, BrowserHere(scene, thread.media()) as browser:
        scene.expect(scene.run(thread), blocked=1)
        assert browser.asked == []


def test_a_browser_that_may_not_fetch_from_there_is_not_asked(board: Board, home: Path) -> None:
    thread = video_thread(board, 2)
    board.always(board.is_media, REFUSED)
    with Scene(board, home) as scene, BrowserHere(scene, thread.media(), ["*://i.4cdn.org/*"]) as browser:
        scene.expect(scene.run(thread), blocked=2)
        assert browser.asked == []


def test_what_waits_for_the_host_is_fetched_when_the_browser_gets_the_permission(board: Board, home: Path) -> None:
    thread = video_thread(board, 8)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1) as scene, BrowserHere(scene, thread.media(), []):
        (job,) = scene.start(thread)
        scene.until(lambda: scene.engine.health()["cooldowns"], "the cooldown")
        assert scene.job(job)["cooldown"]["trying"] is False
        assert scene.job(job)["cooldown"]["refusing"] is True
        scene.engine.set_permissions(["http://127.0.0.1/*"])
        scene.finish(job)
        scene.expect(job, blocked=3, saved=5)


def test_what_waits_for_the_browser_ends_when_the_permission_goes(board: Board, home: Path) -> None:
    thread = video_thread(board, 8)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1, cooldown_base_s=0.3) as scene, BrowserHere(scene, {}) as browser:
        browser.answers["*"] = None
        (job,) = scene.start(thread)
        scene.until(lambda: browser.asked, "the browser to be asked")
        scene.engine.set_permissions([])
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, blocked=8)
        assert len(browser.asked) == 1


def test_a_file_that_the_browser_alone_is_refused_ends_alone(board: Board, home: Path) -> None:
    thread = video_thread(board, 9)
    board.always(board.is_media, REFUSED)
    with Scene(board, home) as scene, BrowserHere(scene, thread.media()) as browser:
        browser.answers[list(thread.media())[4]] = 403
        browser.answers[list(thread.media())[5]] = 404
        browser.answers[list(thread.media())[6]] = "network"
        job = scene.run(thread)
        scene.expect(job, saved=6, blocked=2, gone=1)


def test_a_view_says_that_the_browser_is_tried_meanwhile(board: Board, home: Path) -> None:
    thread = video_thread(board, 6)
    board.always(board.is_media, REFUSED)
    with Scene(board, home, transfers_per_host=1) as scene, BrowserHere(scene, thread.media()) as browser:
        browser.answers["*"] = None
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["cooldown"], "the cooldown")
        assert scene.job(job)["cooldown"]["trying"] is True
        assert scene.job(job)["cooldown"]["refusing"] is True
        assert scene.job(job)["cooldown"]["host"] == board.media_host
        scene.control("cancel", job)
        scene.until_idle()
        assert scene.events("file.unneeded")
