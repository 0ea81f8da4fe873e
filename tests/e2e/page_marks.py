"""What a person does to have threads' pages marked, and on such a page."""

import json
import shutil
from pathlib import Path
from typing import Any

from browsers.page import Page
from browsers.stage import ROOT
from e2e.scene import Scene
from waiting import wait_until


def allowing(folder: Path) -> Path:
    """A copy of the extension that may see every site from the start: no test can press the browser's own question."""
    extension = Path(shutil.copytree(ROOT / "extension", folder))
    manifest = json.loads((extension / "manifest.json").read_text("utf-8"))
    manifest["host_permissions"] = manifest.pop("optional_host_permissions")
    (extension / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return extension


def turn_on(scene: Scene) -> None:
    """Press the switch on the options page."""
    # As the very first page of a new Chromium, one of an extension now and then never ends loading
    scene.browser.goto("https://boards.4chan.org/")
    options = scene.browser.extension_page("options/options.html")
    options.wait_for("@status", "0.1")
    scene.browser.click_at(middle(options, "@on-page"))
    wait_until(lambda: registered(options), "the script to be registered")


def registered(page: Page) -> list[Any]:
    """The scripts that the browser has for pages."""
    found = page.evaluate("(globalThis.browser ?? chrome).scripting.getRegisteredContentScripts()")
    return list(found)


def middle(page: Page, css: str) -> tuple[float, float]:
    """The place on the screen of an element."""
    css = css.replace("@", "")
    page.evaluate(f"(document.querySelector('[data-test={css}]')?.scrollIntoView(), null)")
    x, y = page.evaluate(
        f"""(rect => [rect.x + rect.width / 2, rect.y + rect.height / 2])(
          document.querySelector('[data-test="{css}"], [data-action="{css}"]').getBoundingClientRect())"""
    )
    return x, y


def press(scene: Scene, layer: Page, action: str) -> None:
    """Press a button of the panel."""
    wait_until(lambda: layer.exists(f"[data-action={action}]:enabled"), action)
    scene.browser.click_at(middle(layer, action))
