"""What a person does to have threads' pages marked, and on such a page."""

from pathlib import Path
from typing import Any

from browsers.browser import LAYER
from browsers.page import Page
from e2e.scene import Scene, changed_copy
from threadreel.demo.page import Thread
from waiting import wait_until


def allowing(folder: Path) -> Path:
    """A copy of the extension that may see every site from the start: the browser does not ask (see test_e2e_prompts.py)."""
    return changed_copy(folder, "manifest.json", allow_sites)


def allow_sites(manifest: dict[str, Any]) -> None:
    """The browser need not ask the person for sites."""
    manifest["host_permissions"] = manifest.pop("optional_host_permissions")


def turn_on(scene: Scene) -> None:
    """Press the switch on the options page."""
    # As the very first page of a new Chromium, one of an extension now and then never ends loading
    scene.browser.goto("https://boards.4chan.org/")
    options = scene.options_page()
    scene.browser.click_at(middle(options, "@on-page"))
    wait_until(lambda: registered(options), "the script to be registered")


def show_layer(scene: Scene, thread: Thread) -> Page:
    """The layer over the page of the thread, once it is there."""
    scene.browser.goto(scene.board.real_url(thread))
    wait_until(lambda: scene.browser.tab.count(LAYER) == 1, "the layer")
    return scene.browser.layer()


def choose(scene: Scene, layer: Page, count: int) -> None:
    """Select the page's first pictures, one after the other, with the mouse."""
    press(scene, layer, "select")
    for number in range(count):
        x, y = scene.browser.tab.evaluate(
            f"""((picture) => {{
              picture.scrollIntoView({{block: 'center'}});
              const {{x, y}} = picture.getBoundingClientRect();
              return [x + 20, y + 20];
            }})(document.querySelectorAll('figure img')[{number}])"""
        )
        scene.browser.click_at((x, y))


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
