"""A site that serves its own pages and not the browser's background: the thread's tab fetches, as long as it is open."""

from collections.abc import Callable

import pytest

from board import faults
from board.exchange import Exchange, Fault
from board.record import Entry
from board.server import Board
from board.threads import plain_thread
from browsers.browser import Popup
from e2e.asking import INCOMPLETE, SERVED, allow, wait_for_end
from e2e.in_turn import in_turn
from e2e.scene import Scene, by_tim
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = pytest.mark.browser

VIDEO_BYTES = 6_000_000
REFUSED = "boards.4chan.org"
LOOPBACK = "*://127.0.0.1/*"
#: of a page in a tab alone: what browsers keep for a partition goes with no request of an extension
SEAT = "seat=5f2c"


def for_the_seated(exchange: Exchange) -> None:
    """Pages give a cookie of their own partition; who asks for a file without it is refused."""
    if exchange.answer.headers.get("Content-Type", "").startswith("text/html"):
        exchange.answer.headers["Set-Cookie"] = f"{SEAT}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
    if exchange.request.path.endswith(".webm"):
        faults.unless_browser(SEAT, faults.status(403))(exchange)


def for_the_page_of(origin: str) -> Fault:
    """Files are for scripts of this origin, which may read all of the answer."""

    def spoil(exchange: Exchange) -> None:
        if exchange.request.path.endswith(".webm"):
            faults.needs_header("origin", 403, origin)(exchange)
            exchange.answer.headers["Access-Control-Allow-Origin"] = origin
            exchange.answer.headers["Access-Control-Expose-Headers"] = "Content-Range, Content-Length"

    return spoil


def as_one_host(board: Board) -> dict[str, str]:
    """Pages and files of one origin, as vichan and its kin have them."""
    board.always("*", for_the_seated)
    return board.settings_entry()


def as_two_hosts(board: Board) -> dict[str, str]:
    """Files of an origin that lets the pages read them."""
    board.always("*", for_the_page_of(board.root))
    return board.settings_board()


BOARDS = in_turn({"one-origin": as_one_host, "two-origins": as_two_hosts})


@pytest.fixture(params=[pytest.param(each.values, id=each.id) for each in BOARDS])
def scene(request: pytest.FixtureRequest, make_asking_scene: Callable[..., Scene], board: Board) -> Scene:
    """A scene in which the host knows the board, which serves only its own pages."""
    browser_name, settings = request.param
    return make_asking_scene(browser_name, settings={"boards": [settings(board)]})


def be_refused(scene: Scene) -> tuple[SampleThread, Popup]:
    """Download the thread in this tab: the program gets no file."""
    thread = plain_thread(2, VIDEO_BYTES, kinds=[".webm"])
    scene.board.add(thread)
    scene.browser.goto(scene.board.thread_url(thread))
    popup = scene.browser.open_popup()
    popup.click("@download")
    popup.wait_for(f"@page-card {INCOMPLETE}", timeout_s=60)
    popup.wait_for("@reasons", "127.0.0.1")
    return thread, popup


def asked_by_browser(scene: Scene) -> list[Entry]:
    """Requests for files that were the browser's."""
    return [entry for entry in scene.board.requests("*.webm") if "sec-fetch-mode" in entry.headers]


def test_the_page_fetches_what_the_background_is_refused(scene: Scene) -> None:
    thread, popup = be_refused(scene)
    allow(scene, popup, LOOPBACK)
    popup = wait_for_end(scene)
    assert "2 through the browser" in popup.wait_for("@page-card @job-counts", "through")
    assert scene.saved() == by_tim(thread)
    asked = asked_by_browser(scene)
    assert {entry.status for entry in asked} == {403, *SERVED} - {200}
    # refused as the background's, served as the page's own
    assert {entry.headers["sec-fetch-mode"] for entry in asked if entry.status == 403} == {"no-cors"}
    assert {entry.headers["sec-fetch-mode"] for entry in asked if entry.status == 206} == {"cors"}


def test_without_the_page_it_stays_refused(scene: Scene) -> None:
    here = scene.browser.handle
    _, popup = be_refused(scene)
    popup.close()
    scene.browser.new_tab()
    other = scene.browser.handle
    scene.browser.switch(here)
    scene.close_tab()
    scene.browser.switch(other)
    scene.browser.goto(scene.browser.extension_root + "options/options.html")
    popup = scene.browser.open_popup()
    popup.wait_for("@fetch-offer", "127.0.0.1")
    allow(scene, popup, LOOPBACK)
    wait_until(lambda: asked_by_browser(scene), "the browser to ask", 30)
    popup = scene.browser.open_popup()
    popup.wait_for(INCOMPLETE)
    assert scene.saved() == {}
    (report,) = scene.reports()
    assert [(file["state"], file["reason"]) for file in report["attachments"]] == [("blocked", "http.403")] * 2
    assert {entry.status for entry in asked_by_browser(scene)} == {403}
