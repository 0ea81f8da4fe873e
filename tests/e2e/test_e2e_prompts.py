"""What a browser asks before it allows what is optional: only when a person turns that on, and what comes of yes and of no."""

import functools
import json
from collections.abc import Callable

import pytest

from board.threads import plain_thread
from browsers.browser import LAYER
from browsers.firefox import Firefox
from browsers.page import Page
from e2e.page_marks import middle, registered, show_layer
from e2e.scene import Scene
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.in_turn]

_API = "(globalThis.browser ?? chrome)"
_REFUSED = "The browser did not allow it."
SITE = "*://boards.4chan.org/*"


@pytest.fixture
def scene(make_asking_scene: Callable[..., Scene], browser_name: str) -> Scene:
    """A scene with the extension as it is shipped: nothing is allowed from the start."""
    return make_asking_scene(browser_name)


def ask(scene: Scene, act: Callable[[], None], is_yes: bool) -> None:
    """Do what makes the browser ask, wait for its question, answer it."""
    scene.browser.expect_question()
    act()
    scene.browser.wait_for_question()
    scene.browser.answer(is_yes)


def is_on(options: Page) -> bool:
    return bool(options.evaluate("document.querySelector('#on-page').checked"))


def notifications(options: Page) -> str:
    return str(options.evaluate("document.querySelector('#notifications').value"))


def allowed(page: Page) -> list[str]:
    """What the browser allows beyond what every installation may."""
    found = page.evaluate(f"{_API}.permissions.getAll()")
    return [*found["origins"], *({"notifications"} & set(found["permissions"]))]


def turn(scene: Scene, options: Page, is_yes: bool) -> None:
    """Press the switch for the marks, and answer."""
    ask(scene, lambda: scene.browser.click_at(middle(options, "@on-page")), is_yes)


def take_back(scene: Scene, origin: str) -> None:
    """Forbid the extension a site, as one does in the browser's own list of extensions."""
    if isinstance(scene.browser, Firefox):
        scene.browser.in_window(
            """const {ExtensionPermissions} = ChromeUtils.importESModule("resource://gre/modules/ExtensionPermissions.sys.mjs");
            const {extension} = WebExtensionPolicy.getByID(ID);
            await ExtensionPermissions.remove(ID, {permissions: [], origins: [args[0]]}, extension);""",
            origin,
        )
        return
    here = scene.browser.handle
    scene.browser.new_tab()
    scene.browser.goto("chrome://extensions")
    call = f"chrome.developerPrivate.removeHostPermission({json.dumps(scene.stage.chromium_id)}, {json.dumps(origin)})"
    scene.browser.tab.evaluate(f"{call}.then(() => null)")
    scene.browser.switch(here)


def test_marks_are_asked_for_when_they_are_turned_on_and_no_is_no(scene: Scene) -> None:
    thread = plain_thread(3, thumbnails=True)
    scene.board.add(thread)
    options = scene.options_page()
    assert allowed(options) == []
    turn(scene, options, False)
    options.wait_for("@on-page-error", _REFUSED)
    assert not is_on(options)
    assert (allowed(options), registered(options)) == ([], [])
    turn(scene, options, True)
    wait_until(lambda: registered(options), "the script to be registered")
    assert is_on(options)
    assert options.text("@on-page-error") == ""
    assert SITE in allowed(options)
    show_layer(scene, thread).wait_for("section", "0 of 3 saved")


def test_marks_end_when_the_browser_takes_the_site_back(scene: Scene) -> None:
    thread = plain_thread(3, thumbnails=True)
    scene.board.add(thread)
    options = scene.options_page()
    turn(scene, options, True)
    wait_until(lambda: registered(options), "the script to be registered")
    settings = scene.browser.handle
    shown = scene.browser.new_tab()
    show_layer(scene, thread)
    scene.browser.switch(settings)
    take_back(scene, SITE)
    wait_until(lambda: not is_on(options), "the switch to be off")
    wait_until(lambda: not registered(options), "the script to be gone")
    scene.browser.switch(shown)
    wait_until(lambda: scene.browser.tab.count(LAYER) == 0, "the marks to be gone from the page that is open")
    assert not is_on(scene.options_page())
    popup = scene.show(thread)
    popup.wait_for("@page-title")
    assert scene.browser.tab.count(LAYER) == 0


def test_notifications_are_asked_for_when_they_are_chosen(scene: Scene) -> None:
    options = scene.options_page()

    def choose() -> None:
        options.evaluate("(document.querySelector('#notifications').focus(), null)")
        scene.browser.choose_next()

    ask(scene, choose, False)
    options.wait_for("@notifications-error", _REFUSED)
    assert notifications(options) == "none"
    ask(scene, choose, True)
    options.wait_for("@notifications-saved")
    assert (notifications(options), allowed(options)) == ("trouble", ["notifications"])
    options = scene.options_page()
    wait_until(lambda: notifications(options) == "trouble", "the choice to be kept")
    assert options.evaluate(f"{_API}.permissions.remove({{permissions: ['notifications']}})")
    wait_until(lambda: notifications(options) == "none", "the page to say so")
    assert notifications(scene.options_page()) == "none"


def test_the_threads_in_tabs_are_seen_once_the_browser_allows_it(scene: Scene) -> None:
    threads = [plain_thread(2, no=number, title=f"Thread {number}", seed=number) for number in (1000, 2000)]
    for thread in threads:
        scene.board.add(thread)
        scene.browser.new_tab()
        scene.browser.goto(scene.board.real_url(thread))
    popup = scene.browser.open_popup()
    popup.wait_for("@page-title")
    popup.click("@add")
    answers = ((False, "@url-error", "did not allow"), (True, "@url-summary", "2 threads"))
    for is_yes, place, words in answers:
        popup.wait_for("@url-tabs")
        assert allowed(popup) == []
        ask(scene, functools.partial(popup.press, "@url-tabs"), is_yes)
        if not isinstance(scene.browser, Firefox):  # Chromium closes it when it asks: the next one goes on
            popup = scene.browser.open_popup()
        popup.wait_for(place, words)
    assert SITE in allowed(popup)
    assert popup.evaluate("document.querySelector('#field').value").split() == [
        scene.board.real_url(thread) for thread in threads
    ]
    popup.click("@url-start")
    wait_until(lambda: len(scene.saved()) == 4, "all files")
