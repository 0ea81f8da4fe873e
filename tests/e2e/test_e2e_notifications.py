"""Notifications in real browsers: one for what ends together, and what a click on it opens.

No screen of the tests shows them, so the click itself is handed to the browser's own event.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.threads import plain_thread
from browsers.chromium import Chromium
from browsers.firefox import Firefox
from browsers.page import Page
from e2e.page_marks import allow_sites
from e2e.scene import Scene
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.in_turn]

_API = "(globalThis.browser ?? chrome)"
#: where there is no desktop, Firefox takes a notification back as soon as it has shown it
_COUNT_NOTES = f"""(window.shown = new Set(), ["onShown", "onClosed"].forEach((name) =>
  {_API}.notifications[name]?.addListener((id) => shown.add(id))), null)"""
_NOTES = f"{_API}.notifications.getAll().then((all) => [...shown.union(new Set(Object.keys(all)))])"
_POPUPS = f"{_API}.runtime.getContexts({{}}).then((all) => all.filter((each) => each.documentUrl?.endsWith('/popup.html')).length)"
_ASK = """new Promise((resolve) => {{
  const port = {api}.runtime.connect({{name: "page"}});
  port.onMessage.addListener((message) => {{ if (message.re === 1) (port.disconnect(), resolve(message)); }});
  port.postMessage({{id: 1, ...{request}}});
}})"""


def allow_all(manifest: dict[str, Any]) -> None:
    """The browser need not ask the person for what is optional (see test_e2e_prompts.py)."""
    manifest["permissions"] += manifest.pop("optional_permissions")
    allow_sites(manifest)


def ask(page: Page, request: dict[str, Any]) -> Any:
    """The background's answer to a page's request."""
    return page.evaluate(_ASK.format(api=_API, request=json.dumps(request)))


def listening(scene: Scene) -> Page:
    """The options page of a person who wants every notification; it counts them."""
    page = scene.browser.extension_page("options/options.html")
    page.evaluate(f"{_API}.storage.local.set({{notifications: 'all'}}).then(() => null)")
    page = scene.options_page()
    assert page.evaluate("document.querySelector('#notifications').value") == "all"
    page.evaluate(_COUNT_NOTES)
    return page


def notes(page: Page) -> list[str]:
    """The ids of the notifications, once there are any."""
    return list(wait_until(lambda: page.evaluate(_NOTES), "the notification", timeout_s=30))


def click(scene: Scene, note: str) -> None:
    """What the browser does when a person clicks on this notification."""
    browser = scene.browser
    if isinstance(browser, Chromium):
        browser.in_worker(f"(chrome.notifications.onClicked.dispatch({json.dumps(note)}), null)")
        return
    assert isinstance(browser, Firefox)
    browser.in_window(
        """const {ExtensionParent} = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
        const {extension} = WebExtensionPolicy.getByID(ID);
        const api = await ExtensionParent.apiManager.asyncGetAPI("notifications", extension);
        api.notificationsMap.emit("clicked", args[0]);""",
        note,
    )


def download(scene: Scene, page: Page, thread: SampleThread) -> str:
    """Start it from a page of the extension that is no popup; its notification when it has ended."""
    scene.board.add(thread)
    started = ask(page, {"type": "job.start", "urls": [scene.board.real_url(thread)], "options": {}})
    assert len(started["result"]["jobs"]) == 1
    (note,) = notes(page)
    return note


def test_all_threads_in_open_tabs_are_started_and_their_end_is_one_notification(
    make_copy_scene: Callable[..., Scene],
) -> None:
    scene = make_copy_scene("manifest.json", allow_all)
    threads = [plain_thread(2, no=number, title=f"Thread {number}", seed=number) for number in (1000, 2000)]
    for thread in threads:
        scene.board.add(thread)
    page = listening(scene)
    options = scene.browser.handle
    for thread in [*threads, threads[0]]:
        scene.browser.new_tab()
        scene.browser.goto(scene.board.real_url(thread))
    scene.browser.switch(options)
    found = ask(page, {"type": "tabs.threads"})["result"]
    assert found["isAllowed"]
    urls = [thread["url"] for thread in found["threads"]]
    assert urls == [scene.board.real_url(thread) for thread in threads]
    started = ask(page, {"type": "start.all", "urls": urls})["result"]
    assert len(started["jobs"]) == 2
    wait_until(lambda: len(scene.saved()) == 4, "all files")
    assert len(notes(page)) == 1


def test_a_click_on_what_is_complete_opens_its_folder(make_copy_scene: Callable[..., Scene], tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    manager = tmp_path / "bin" / "nautilus"
    manager.parent.mkdir()
    manager.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{shown}.new"; mv "{shown}.new" "{shown}"\n', "utf-8")
    manager.chmod(0o755)
    desktop = {"PATH": f"{manager.parent}:{os.environ['PATH']}", "XDG_CURRENT_DESKTOP": "GNOME", "DISPLAY": ":9"}
    scene = make_copy_scene("manifest.json", allow_all, environment=desktop)
    page = listening(scene)
    click(scene, download(scene, page, plain_thread(2)))
    wait_until(shown.exists, "the file manager")
    (report,) = scene.home.rglob("report.json")
    assert shown.read_text("utf-8").split("\n")[-2] == report.parent.as_uri()
    assert page.evaluate(_POPUPS) == 0


def test_a_click_on_what_is_not_complete_opens_the_popup(make_copy_scene: Callable[..., Scene]) -> None:
    scene = make_copy_scene("manifest.json", allow_all)
    thread = plain_thread(2)
    scene.board.always(next(iter(thread.media())), faults.status(404))
    page = listening(scene)
    note = download(scene, page, thread)
    assert page.evaluate(_POPUPS) == 0
    click(scene, note)
    wait_until(lambda: page.evaluate(_POPUPS) == 1, "the popup")
