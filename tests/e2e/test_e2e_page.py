"""On the page of a thread: ticks, new ones, files as they land, and the download of those that were chosen with the mouse."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from board import faults
from board.threads import plain_thread
from browsers.browser import LAYER
from browsers.page import Page
from e2e.page_marks import allow_sites, middle, press, registered, show_layer, turn_on
from e2e.scene import DONE, Scene, by_tim
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.in_turn]

_PANEL = "[...document.querySelectorAll('section, section *')].map((each) => each.getBoundingClientRect().x)"
_PLACES = """{elements}.map((each) => each.getBoundingClientRect())
  .map(({{x, y, width, height}}) => [x, y, width, height].map(Math.round))"""
_PICTURES = "[...document.querySelectorAll('figure img')]"


@pytest.fixture
def scene(make_copy_scene: Callable[..., Scene]) -> Scene:
    """A scene in which the browser need not ask the person: the sites are allowed from the start."""
    return make_copy_scene("manifest.json", allow_sites)


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


def states(layer: Page) -> list[str]:
    return list(layer.evaluate("[...document.querySelectorAll('.mark')].map((mark) => mark.dataset.state)"))


def tims(thread: SampleThread, *numbers: int) -> set[str]:
    posts = [post for post in thread.answer()["posts"] if "tim" in post]
    return {str(posts[number]["tim"]) for number in numbers}


def download_all(scene: Scene, layer: Page, thread: SampleThread) -> None:
    """Choose and download whatever is not there yet."""
    total = len(paths(thread))
    for action in ("select", "all", "download"):
        press(scene, layer, action)
    layer.wait_for("section", f"{total} of {total} saved")
    assert scene.saved() == by_tim(thread)


def test_marks_that_are_turned_off_go_from_the_pages_that_are_open(scene: Scene) -> None:
    thread = pictures(4)
    scene.board.add(thread)
    turn_on(scene)
    settings = scene.browser.handle
    shown = scene.browser.new_tab()
    show_layer(scene, thread)
    scene.browser.switch(settings)
    scene.browser.click_at(middle(scene.browser.tab, "@on-page"))
    scene.browser.switch(shown)
    wait_until(lambda: scene.browser.tab.count(LAYER) == 0, "the marks to be gone from the page that is open")


def test_nothing_touches_a_page_until_a_person_wants_it(scene: Scene) -> None:
    thread = pictures(4)
    scene.board.add(thread)
    popup = scene.show(thread)
    popup.wait_for("@page-title")
    popup.close()
    assert scene.browser.tab.count(LAYER) == 0
    turn_on(scene)
    show_layer(scene, thread)
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
    layer = show_layer(scene, grown)
    layer.wait_for("section", "3 of 3 saved")
    # the host asks the site again only 10 s after its last answer
    wait_until(
        lambda: show_layer(scene, grown).text("section").startswith("3 of 4 saved · 1 new"), "the new one", timeout_s=40
    )
    layer = scene.browser.layer()
    wait_until(lambda: states(layer) == ["have", "have", "have", "new"], "the marks")


def test_files_get_their_tick_as_they_land(scene: Scene) -> None:
    thread = pictures(4, 30_000)
    scene.board.add(thread)
    gate = scene.board.gate()
    scene.board.always(paths(thread)[2], faults.stall(gate, after=100))
    turn_on(scene)
    layer = show_layer(scene, thread)
    layer.wait_for("section", "0 of 4 saved")
    before = layer.evaluate(_PANEL)
    popup = scene.browser.open_popup()
    popup.click("@download")
    layer.wait_for("section", "3 of 4 saved")
    wait_until(lambda: states(layer) == ["have", "have", "coming", "have"], "the marks")
    gate.set()
    layer.wait_for("section", "4 of 4 saved")
    assert layer.evaluate(_PANEL) == before, "nothing in the panel moves"
    popup.wait_for(DONE)


def test_a_click_and_a_click_with_shift_choose_what_is_downloaded(scene: Scene) -> None:
    thread = pictures(6)
    scene.board.add(thread)
    turn_on(scene)
    layer = show_layer(scene, thread)
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
    download_all(scene, layer, thread)


def test_a_box_chooses_what_it_touches_and_escape_nothing(scene: Scene) -> None:
    thread = pictures(6)
    scene.board.add(thread)
    turn_on(scene)
    layer = show_layer(scene, thread)
    press(scene, layer, "select")
    (_, top), (_, bottom) = picture(scene, 1), picture(scene, 3)
    scene.browser.drag((500, top), (10, bottom))
    layer.wait_for("section", "Selected: 3")
    press(scene, layer, "cancel")
    layer.wait_for("section", "0 of 6 saved")
    download_all(scene, layer, thread)


def test_marks_stay_on_their_pictures_when_the_page_changes(scene: Scene) -> None:
    thread = pictures(6)
    scene.board.add(thread)
    turn_on(scene)
    layer = show_layer(scene, thread)
    marks = _PLACES.format(elements="[...document.querySelectorAll('.mark')]")

    def wait_for_marks(count: int) -> None:
        places = scene.browser.tab.evaluate(_PLACES.format(elements=_PICTURES))
        assert len(places) == count
        wait_until(lambda: layer.evaluate(marks) == places, f"the marks to lie at {places}")

    wait_for_marks(6)
    scene.browser.tab.evaluate("(document.body.prepend('more', document.createElement('hr')), null)")
    wait_for_marks(6)
    scene.browser.tab.evaluate(f"({_PICTURES}[2].width = 60, null)")
    wait_for_marks(6)
    scene.browser.tab.evaluate("(document.querySelectorAll('article:has(img)')[1].remove(), null)")
    wait_for_marks(5)
    scene.browser.tab.evaluate("(scrollTo(0, 50), null)")
    wait_for_marks(5)


def test_what_the_page_itself_presses_does_not_count(scene: Scene) -> None:
    thread = pictures(3)
    scene.board.add(thread)
    turn_on(scene)
    layer = show_layer(scene, thread)
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
    layer = show_layer(scene, thread)
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
    layer = show_layer(scene, thread)
    layer.wait_for("section", "0 of 500 saved", timeout_s=30)
    assert scene.browser.tab.evaluate(places) == before
    assert scene.browser.tab.evaluate(size) == room
    assert 0 < len(states(layer)) < 50, "only what is near the screen is drawn"
