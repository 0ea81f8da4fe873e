"""axe-core finds nothing wrong: in the real popup in each of its states, and on the options page, light and dark."""

from collections.abc import Callable

import pytest

from board import faults
from board.threads import plain_thread
from browsers.axe import violations
from browsers.page import Page
from e2e.scene import DONE, Scene, serve_catalog
from repeats import repeats
from threadreel.demo.samples import demo_threads

pytestmark = pytest.mark.browser

_LONG_TITLE = (
    "General discussion of very long thread titles, number 148: is this what a popup can be asked to show, or not?"
)


#: each browser in each theme; where time is short, one of each
_LOOKS = [("chromium", "light"), ("firefox", "dark"), ("chromium", "dark"), ("firefox", "light")][: repeats(4) + 1]


@pytest.fixture(params=_LOOKS, ids="-".join)
def look(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A browser and its theme."""
    return request.param


@pytest.fixture
def browser_name(look: tuple[str, str]) -> str:
    """The browser of this look."""
    return look[0]


@pytest.fixture
def theme(look: tuple[str, str]) -> str:
    """The theme of this look."""
    return look[1]


@pytest.fixture
def themed(scene: Scene, theme: str) -> Scene:
    """A scene in this theme."""
    scene.browser.set_dark(theme == "dark")
    return scene


def test_before_anything_was_downloaded(themed: Scene) -> None:
    thread = demo_threads()[0]
    themed.board.add(thread)
    themed.browser.goto("https://boards.4chan.org/")
    popup = themed.browser.open_popup()
    popup.wait_for("@url-field")
    assert violations(popup) == []
    popup.close()
    popup = themed.show(thread)
    popup.wait_for("@page-title", thread.title)
    assert violations(popup) == []
    popup.click("@unfold-options")
    popup.wait_for("@preview-names")
    assert violations(popup) == []
    popup.fill("@filter", "wdth:>=1920")
    popup.wait_for("@filter-error", "wdth")
    assert violations(popup) == []


def test_while_files_come_and_when_they_are_there(themed: Scene) -> None:
    thread = plain_thread(12, [20_000], title=_LONG_TITLE)
    gate = themed.board.gate()
    paths = list(thread.media())
    themed.board.add(thread)
    themed.board.always(paths[0], faults.status(404))
    themed.board.always(paths[-1], faults.stall(gate, after=100))
    popup = themed.show(thread)
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', "10 of 11")
    assert violations(popup) == []
    popup.click("@more")
    popup.wait_for("@job-menu")
    assert violations(popup) == []
    popup.close()
    gate.set()
    popup = themed.browser.open_popup()
    popup.wait_for(DONE)
    assert violations(popup) == []
    popup.close()
    themed.browser.goto("https://boards.4chan.org/")
    popup = themed.browser.open_popup()
    popup.wait_for("@job-title")
    assert violations(popup) == []


def test_when_something_went_wrong(themed: Scene) -> None:
    refused, gone = plain_thread(4, no=1000, title="Refused"), plain_thread(2, no=2000, title="Gone")
    for thread in (refused, gone):
        themed.board.add(thread)
    for path in list(refused.media())[1:3]:
        themed.board.always(path, faults.status(403))
    popup = themed.show(refused)
    popup.click("@download")
    popup.wait_for('@job[data-state="incomplete"]', timeout_s=60)
    assert violations(popup) == []
    popup.close()
    themed.board.always(f"/g/thread/{gone.no}.json", faults.status(404))
    popup = themed.show(gone)
    popup.wait_for("@page-card")
    assert violations(popup) == []


def test_on_a_board_and_a_watched_thread(themed: Scene) -> None:
    threads = [plain_thread(2, no=number, title=f"Thread {number}", seed=number) for number in (1000, 2000)]
    gate = themed.board.gate()
    address = serve_catalog(themed.board, threads)
    themed.board.always(list(threads[0].media())[-1], faults.stall(gate, after=100))
    themed.browser.goto(address)
    popup = themed.browser.open_popup()
    popup.wait_for("@job-counts", "threads")
    assert violations(popup) == []
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', "of 2 threads", timeout_s=60)
    if popup.attribute("@unfold-threads", "aria-expanded") == "false":
        popup.click("@unfold-threads")
    popup.wait_for("@child")
    assert violations(popup) == []
    popup.close()
    gate.set()
    watched = plain_thread(2, no=3000, seed="watched")
    themed.board.add(watched)
    popup = themed.show(watched)
    popup.click("@unfold-options")
    popup.click("@watch")
    popup.click("@download")
    popup.wait_for("@job-note", "Next look", timeout_s=60)
    assert violations(popup) == []


def test_without_the_host(make_scene: Callable[..., Scene], browser_name: str, theme: str) -> None:
    scene = make_scene(browser_name, register=False)
    scene.browser.set_dark(theme == "dark")
    scene.browser.goto("https://boards.4chan.org/")
    popup = scene.browser.open_popup()
    popup.wait_for("@host-missing")
    assert violations(popup) == []
    popup.close()
    options = scene.browser.extension_page("options/options.html")
    options.wait_for("@status")
    assert violations(options) == []


def show_options(scene: Scene) -> Page:
    """The options page, once the host has told its settings."""
    # As the very first page of a new Chromium, one of an extension now and then never ends loading
    scene.browser.goto("https://boards.4chan.org/")
    return scene.options_page()


def test_on_the_options_page(themed: Scene) -> None:
    options = show_options(themed)
    assert violations(options) == []
    options.fill("@filter", "wdth:>=1920")
    options.evaluate(
        "(document.activeElement?.blur(), document.querySelector('#filter').dispatchEvent(new Event('change')), null)"
    )
    options.wait_for("@filter-error", "wdth")
    assert violations(options) == []


def test_the_checker_sees_what_is_wrong(themed: Scene) -> None:
    options = show_options(themed)
    options.evaluate("(document.querySelector('main').append(document.createElement('button')), null)")
    (found,) = violations(options)
    assert found.startswith("button-name: ")
