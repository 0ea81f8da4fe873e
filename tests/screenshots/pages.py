"""The pages around the popup: what it says without the program, the options page, the marks on a thread's page."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from browsers.page import Page
from browsers.stage import HOST_NAME, Stage
from e2e.page_marks import choose, press, show_layer, turn_on
from e2e.scene import DONE, Scene
from screenshots.states import SAMPLE, Shown, open_on
from waiting import wait_until

OLD_HOST = (sys.executable, os.fspath(Path(__file__).parent / "old_host.py"))
ENDS_AT_ONCE = ("false",)
#: a board as a person adds one
OWN_BOARD = {
    "name": "Example board",
    "software": "4chan",
    "page": "https://boards.example.org",
    "api": "https://boards.example.org",
    "media": "https://media.example.org",
}


@dataclass(frozen=True)
class Options:
    """A state of the options page, which is opened for it; each of ``parts`` is a picture of its own.

    A part is the first and the last section in it, by the ids of their headings.
    """

    name: str
    parts: list[tuple[str, str]]
    prepare: Callable[[Page], None]


def without_host(scene: Scene) -> Iterator[Shown | Options]:
    """The program is not there, is not for this extension, ends at once, is too old."""
    browser, url = scene.browser, scene.board.real_url(SAMPLE)
    scene.board.add(SAMPLE)
    popup = open_on(browser, url, "@host-command")
    popup.wait_for("@welcome-done")
    yield "first-run-no-host", popup
    popup.click("@welcome-done")
    yield "host-missing", popup
    popup.close()
    yield Options("options-no-host", [("options-title", "start-heading")], _know_the_status)
    popup = open_on(browser, url, "@host-command")
    browser.register_host()
    _make_it_anothers(browser.stage)
    popup.click("@try-again")
    # Firefox does not tell the one from the other
    reason = "host_forbidden" if browser.name == "chromium" else "host_missing"
    popup.wait_for(f'@host-missing[data-reason="{reason}"] @try-again:not([aria-disabled])', timeout_s=30)
    yield "host-forbidden", popup
    for name, command, reason in (
        ("host-exits", ENDS_AT_ONCE, "host_exited"),
        ("host-too-old", OLD_HOST, "protocol_unsupported"),
    ):
        browser.stage = replace(browser.stage, command=command)
        browser.register_host()
        popup.click("@try-again")
        popup.wait_for(f'@host-missing[data-reason="{reason}"]', timeout_s=30)
        yield name, popup


def _know_the_status(page: Page) -> None:
    page.wait_for("@status", "program")


def _make_it_anothers(stage: Stage) -> None:
    """As it is when the extension was loaded from another folder than the one that was installed for."""
    (file,) = stage.folder.rglob(f"{HOST_NAME}.json")
    manifest = json.loads(file.read_text("utf-8"))
    others = {
        "allowed_origins": [f"chrome-extension://{'a' * 32}/"],
        "allowed_extensions": ["another@example.org"],
    }
    file.write_text(json.dumps(manifest | {name: value for name, value in others.items() if name in manifest}), "utf-8")


def options(scene: Scene) -> Iterator[Options]:
    """All that can be set, from top to bottom; then what is wrong, beside its field."""
    scene.board.add(SAMPLE)
    popup = scene.show(SAMPLE)
    popup.click("@download")
    popup.wait_for(DONE, timeout_s=60)
    popup.close()

    def shown(page: Page) -> None:
        page.wait_for("@status", "0.")
        page.wait_for("@preview-names", ".", timeout_s=30)

    def wrong(page: Page) -> None:
        shown(page)
        for field, text in (("filter", "ext:jpg,png wdth:>=1920"), ("transfers-per-host", "60")):
            page.evaluate(f"(document.getElementById('{field}').focus(), null)")
            page.fill(f"@{field}", text)
            page.evaluate(f"(document.getElementById('{field}').dispatchEvent(new Event('change')), null)")
            page.wait_for(f"@{field}-error", " ")
        wait_until(lambda: page.count("#board-software option") > 0, "the kinds of boards")
        page.click("@edit-board")
        page.fill("@board-page", "boards.example.org")
        page.click("@board-save")
        wait_until(lambda: page.count("@board-form .error:not(:empty)") > 0, "a word about the address")

    yield Options(
        "options",
        [
            ("options-title", "start-heading"),
            ("filter-heading", "names-heading"),
            ("speed-heading", "fetch-heading"),
            ("sites-heading", "privacy-heading"),
        ],
        shown,
    )
    with_mistakes = ("filter-heading", "speed-heading", "sites-heading")
    yield Options("options-wrong", [(each, each) for each in with_mistakes], wrong)


def marks(scene: Scene) -> Iterator[Shown]:
    """Ticks on a page's pictures, some of them chosen, and the panel."""
    turn_on(scene)
    scene.board.add(SAMPLE)
    layer = show_layer(scene, SAMPLE)
    choose(scene, layer, 2)
    press(scene, layer, "download")
    layer.wait_for("section", "2 of")
    scene.browser.tab.evaluate("(scrollTo(0, 0), null)")
    yield "marks", scene.browser.view
    press(scene, layer, "select")
    press(scene, layer, "all")
    yield "marks-chosen", scene.browser.view
