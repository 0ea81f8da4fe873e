"""On the page of a thread: ticks, new ones, files as they land, and the download of those that were chosen with the mouse."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from board import faults
from board.server import REAL_NAMES, Board
from board.threads import plain_thread
from browsers.browser import LAYER, open_browser
from browsers.page import Page
from browsers.stage import Stage
from e2e.page_marks import allowing, middle, press, registered, turn_on
from e2e.scene import DONE, Scene, by_tim
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = pytest.mark.browser

_PICTURES = "[...document.querySelectorAll('figure img')]"


@pytest.fixture
def scene(tmp_path: Path, board: Board, browser_name: str) -> Iterator[Scene]:
    """A scene in which the browser need not ask the person: the sites are allowed from the start."""
    home, folder = tmp_path / "home", tmp_path / "browser"
    home.mkdir()
    folder.mkdir()
    environment = board.environment() | {"THREADREEL_HOME": str(home)}
    stage = Stage(
        folder, REAL_NAMES, board.http_port, board.https_port, environment, extension=allowing(tmp_path / "extension")
    )
    browser = open_browser(browser_name, stage)
    yield Scene(board, browser, stage, home)
    browser.close()
    assert stage.host_stderr == ""


def pictures(count: int, size_bytes: int = 3_000) -> SampleThread:
    """A thread with thumbnails."""
    return plain_thread(count, size_bytes, thumbnails=True)


def paths(thread: SampleThread) -> list[str]:
    """The paths of its files, thumbnails left out."""
    return [path for path in thread.media() if path.rsplit("/", 1)[1].split(".")[0].isdigit()]


def picture(scene: Scene, number: int) -> tuple[float, float]:
    """The place on the screen of a thumbnail, counted from 0."""
    x, y = scene.browser.tab.evaluate(
        f"(rect => [rect.x + rect.width / 2, rect.y + rect.height / 2])({_PICTURES}[{number}].getBoundingClientRect())"
    )
    return x, y


def show(scene: Scene, thread: SampleThread) -> Page:
    """The layer over the page of the thread, once it is there."""
    scene.browser.goto(scene.board.real_url(thread))
    wait_until(lambda: scene.browser.tab.count(LAYER) == 1, "the layer")
    return scene.browser.layer()


def states(layer: Page) -> list[str]:
    return list(layer.evaluate("[...document.querySelectorAll('.mark')].map((mark) => mark.dataset.state)"))


def tims(thread: SampleThread, *numbers: int) -> set[str]:
    posts = [post for post in thread.answer()["posts"] if "tim" in post]
    return {str(posts[number]["tim"]) for number in numbers}


def test_nothing_touches_a_page_until_a_person_wants_it(scene: Scene) -> None:
    thread = pictures(4)
    scene.board.add(thread)
    popup = scene.show(thread)
    popup.wait_for("@page-title")
    popup.close()
    assert scene.browser.tab.count(LAYER) == 0
    turn_on(scene)
    show(scene, thread)
    options = scene.browser.extension_page("options/options.html")
    wait_until(lambda: options.evaluate("document.querySelector('#on-page').checked"), "the switch to be on")
    scene.browser.click_at(middle(options, "@on-page"))
    wait_until(lambda: not registered(options), "the script to be gone")
    scene.browser.goto(scene.board.real_url(thread))
    popup = scene.browser.open_popup()
    popup.wait_for("@page-title")
    assert scene.browser.tab.count(LAYER) == 0


def test_what_is_there_has_a_tick_and_what_came_since_is_marked(scene: Scene) -> None:
    grown = pictures(4)
    scene.board.add(replace(grown, posts=grown.posts[:-1], modified=grown.modified - 60))
    turn_on(scene)
    popup = scene.show(grown)
    popup.click("@download")
    popup.wait_for(DONE)
    popup.close()
    scene.board.add(grown)
    layer = show(scene, grown)
    layer.wait_for("section", "3 of 3 saved")
    # the host asks the site again only 10 s after its last answer
    wait_until(
        lambda: show(scene, grown).text("section").startswith("3 of 4 saved · 1 new"), "the new one", timeout_s=40
    )
    layer = scene.browser.layer()
    wait_until(lambda: states(layer) == ["have", "have", "have", "new"], "the marks")


def test_files_get_their_tick_as_they_land(scene: Scene) -> None:
    thread = pictures(4, 30_000)
    scene.board.add(thread)
    gate = scene.board.gate()
    scene.board.always(paths(thread)[2], faults.stall(gate, after=100))
    turn_on(scene)
    layer = show(scene, thread)
    layer.wait_for("section", "0 of 4 saved")
    popup = scene.browser.open_popup()
    popup.click("@download")
    layer.wait_for("section", "3 of 4 saved")
    wait_until(lambda: states(layer) == ["have", "have", "coming", "have"], "the marks")
    gate.set()
    layer.wait_for("section", "4 of 4 saved")
    popup.wait_for(DONE)


def test_a_click_and_a_click_with_shift_choose_what_is_downloaded(scene: Scene) -> None:
    thread = pictures(6)
    scene.board.add(thread)
    turn_on(scene)
    layer = show(scene, thread)
    press(scene, layer, "select")
    scene.browser.click_at(picture(scene, 1))
    layer.wait_for("section", "Selected: 1")
    scene.browser.click_at(picture(scene, 3), shift=True)
    layer.wait_for("section", "Selected: 3")
    scene.browser.click_at(picture(scene, 2))
    layer.wait_for("section", "Selected: 2")
    assert scene.browser.tab.evaluate("location.pathname").endswith(str(thread.no)), "the links were not followed"
    press(scene, layer, "download")
    layer.wait_for("section", "2 of 6 saved")
    assert set(scene.saved()) == tims(thread, 1, 3)
    (report,) = wait_until(scene.reports, "the report")
    assert (report["counts"]["saved"], report["counts"]["filtered"]) == (2, 4)
    for action in ("select", "all", "download"):
        press(scene, layer, action)
    layer.wait_for("section", "6 of 6 saved")
    assert scene.saved() == by_tim(thread)


def test_a_box_chooses_what_it_touches_and_escape_nothing(scene: Scene) -> None:
    thread = pictures(6)
    scene.board.add(thread)
    turn_on(scene)
    layer = show(scene, thread)
    press(scene, layer, "select")
    (_, top), (_, bottom) = picture(scene, 1), picture(scene, 3)
    scene.browser.drag((500, top), (10, bottom))
    layer.wait_for("section", "Selected: 3")
    press(scene, layer, "cancel")
    layer.wait_for("section", "0 of 6 saved")
    press(scene, layer, "select")
    press(scene, layer, "all")
    layer.wait_for("section", "Selected: 6")
    press(scene, layer, "download")
    layer.wait_for("section", "6 of 6 saved")
    assert scene.saved() == by_tim(thread)


def test_what_the_page_itself_presses_does_not_count(scene: Scene) -> None:
    thread = pictures(3)
    scene.board.add(thread)
    turn_on(scene)
    layer = show(scene, thread)
    assert scene.browser.tab.evaluate(f"document.querySelector('{LAYER}').shadowRoot") is None
    layer.evaluate("(document.querySelector('[data-action=select]').click(), null)")
    assert layer.exists("[data-action=select]")
    press(scene, layer, "select")
    scene.browser.tab.evaluate("(document.addEventListener('click', (event) => event.preventDefault()), null)")
    scene.browser.tab.evaluate(f"({_PICTURES}[0].click(), null)")
    assert "Selected: 0" in layer.text("section")


def test_a_page_whose_policy_allows_no_style_is_marked_all_the_same(scene: Scene) -> None:
    thread = pictures(3)
    scene.board.add(thread)
    turn_on(scene)
    rows = "".join(
        f'<figure><a href="https://i.4cdn.org{path}"><img width=80 height=80></a></figure>' for path in thread.media()
    )
    body = (
        f"<!doctype html><meta http-equiv=content-security-policy content=\"default-src 'none'\"><title>x</title>{rows}"
    )
    scene.board.always(f"/g/thread/{thread.no}", faults.replaced(body.encode(), "text/html"))
    layer = show(scene, thread)
    layer.wait_for("section", "0 of 3 saved")
    assert layer.evaluate("getComputedStyle(document.querySelector('.panel')).position") == "fixed"


def test_nothing_on_a_thread_of_five_hundred_posts_moves(scene: Scene) -> None:
    thread = pictures(500, 100)
    scene.board.add(thread)
    places = f"JSON.stringify([...{_PICTURES}, ...document.querySelectorAll('article')].map((e) => e.getBoundingClientRect()))"
    scene.browser.goto(scene.board.real_url(thread))
    before = scene.browser.tab.evaluate(places)
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    room = scene.browser.tab.evaluate(size)
    turn_on(scene)
    layer = show(scene, thread)
    layer.wait_for("section", "0 of 500 saved", timeout_s=30)
    assert scene.browser.tab.evaluate(places) == before
    assert scene.browser.tab.evaluate(size) == room
    assert 0 < len(states(layer)) < 50, "only what is near the screen is drawn"
