"""A site whose API shows programs nothing: the browser reads it, once the person has said yes to the browser's question."""

from collections.abc import Callable

import pytest

from board import faults
from board.exchange import Fault
from board.record import Entry
from board.threads import plain_thread
from browsers.browser import Popup
from e2e.asking import SERVED, allow, wait_for_report
from e2e.in_turn import in_turn
from e2e.page_marks import middle
from e2e.scene import DONE, Scene, by_tim
from threadreel.demo.samples import SampleThread

pytestmark = pytest.mark.browser

API_HOST = "a.4cdn.org"
PATTERN = f"*://{API_HOST}/*"
API = "*/thread/*.json"


@pytest.fixture
def scene(make_asking_scene: Callable[..., Scene], browser_name: str) -> Scene:
    """A scene whose browser asks a person, and that knows the API's host: it has shown there that a person sits before it."""
    scene = make_asking_scene(browser_name)
    scene.browser.goto(f"https://{API_HOST}/")
    return scene


def refused_thread(scene: Scene, refusal: Fault, no: int = 1000) -> SampleThread:
    """A thread of four files that the API shows to browsers only."""
    thread = plain_thread(4, 20_000, no=no, seed=str(no))
    scene.board.add(thread)
    scene.board.serve_only_browsers(refusal, where=API)
    return thread


def allow_pages(scene: Scene, popup: Popup) -> None:
    """Say yes to what the popup offers for the API's host."""
    assert API_HOST in popup.wait_for("#main", "refuses its pages")
    allow(scene, popup, PATTERN)


def read_by_browser(scene: Scene, thread: SampleThread) -> list[Entry]:
    """What the browser asked the API about this thread, and was told."""
    asked = scene.board.requests(f"/{thread.board}/thread/{thread.no}.json", host=API_HOST)
    return [entry for entry in asked if entry.status in SERVED and "sec-fetch-mode" in entry.headers]


@pytest.mark.parametrize(
    ("browser_name", "refusal"),
    in_turn({"403": faults.status(403), "challenge": faults.challenge(200), "503": faults.challenge(503)}),
)
def test_a_page_that_only_browsers_are_shown(scene: Scene, refusal: Fault) -> None:
    thread = refused_thread(scene, refusal)
    allow_pages(scene, scene.show(thread))
    popup = scene.browser.open_popup()
    popup.wait_for("@download")
    assert not popup.exists("@fetch-allow")
    popup.click("@download")
    popup.wait_for(f"@page-card {DONE}", timeout_s=60)
    assert scene.saved() == by_tim(thread)
    (read,) = read_by_browser(scene, thread)
    assert read.headers.get("referer") == "https://boards.4chan.org/"


def test_a_popup_that_stays_open_looks_again_by_itself(scene: Scene) -> None:
    thread = refused_thread(scene, faults.status(403))
    scene.show(thread).close()
    page = scene.browser.extension_page(f"popup/popup.html?url={scene.board.real_url(thread)}")
    page.wait_for("@page-title", "refuses its pages")
    page.wait_for("@fetch-allow")
    scene.browser.click_at(middle(page, "@fetch-allow"))
    scene.browser.allow(PATTERN)
    page.wait_for("@download")
    assert not page.exists("@fetch-allow")
    assert len(read_by_browser(scene, thread)) == 1


def test_a_download_that_could_not_begin_goes_on_by_itself(scene: Scene) -> None:
    thread = refused_thread(scene, faults.status(403))
    popup = scene.browser.open_popup()
    popup.wait_for("@url-field")
    popup.fill("@url-field", scene.board.real_url(thread))
    popup.click("@url-start")
    popup.wait_for('@job[data-state="failed"]', timeout_s=30)
    allow_pages(scene, popup)
    wait_for_report(scene, thread)
    assert scene.saved() == by_tim(thread)
    assert scene.reports()[0]["counts"]["saved"] == 4


def test_what_was_allowed_is_remembered_and_the_options_page_takes_it_back(scene: Scene) -> None:
    first, second, third = (refused_thread(scene, faults.status(403), no) for no in (1000, 2000, 3000))
    allow_pages(scene, scene.show(first))
    popup = scene.show(second)
    popup.wait_for("@download")
    popup.close()
    options = scene.browser.extension_page("options/options.html")
    options.wait_for("@fetch-hosts", API_HOST)
    options.click("@fetch-revoke")
    options.wait_for("@fetch-empty")
    popup = scene.show(third)
    popup.wait_for("@page-title", API_HOST)
    assert read_by_browser(scene, second)
    assert not read_by_browser(scene, third)


@pytest.mark.parametrize(
    ("browser_name", "fault"),
    in_turn({"ban": faults.banned(), "404": faults.status(404), "429": faults.status(429, 3600)}),
)
def test_a_ban_a_404_and_the_pace_are_no_reason_to_ask(scene: Scene, fault: Fault) -> None:
    thread = plain_thread(1)
    scene.board.add(thread)
    scene.board.always(API, fault)
    popup = scene.show(thread)
    popup.wait_for("@check-again")
    assert not popup.exists("@fetch-allow")
    popup.close()
