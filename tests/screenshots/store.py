"""Makes the pictures for the stores' listings: 1280 x 800, the real popup beside the real page, the options, the marks.

    cd tests && python -m screenshots.store DIR

The real extension in a real browser, the real host, a sample board on loopback. The popup is photographed by itself and
laid over a photograph of the page where the browser shows it: a headless browser has no window to photograph.
"""

import base64
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from board import faults
from board.server import REAL_NAMES, Board
from browsers.browser import LAYER
from browsers.chromium import Chromium
from browsers.page import Page
from browsers.stage import Stage
from e2e.page_marks import allowing, press, turn_on
from e2e.scene import DONE, Scene
from threadreel.demo.samples import SampleThread, demo_threads
from waiting import wait_until

SIZE_PX = (1280, 800)
_LAID_OVER = """<!doctype html><style>
  * {{ margin: 0 }} body {{ width: 1280px; height: 800px; overflow: hidden; background: #888 url(data:image/png;base64,{page}) }}
  img {{ position: absolute; top: 12px; right: 16px; border-radius: 10px; box-shadow: 0 6px 28px #0007 }}
</style><img src="data:image/png;base64,{popup}">"""


@cache
def threads() -> tuple[SampleThread, ...]:
    """The sample board's threads; drawing their pictures takes seconds."""
    return tuple(demo_threads())


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """A browser with a window of the stores' size, on the sample board."""
    for part in ("home", "browser"):
        (folder / part).mkdir()
    with Board(folder, threads()) as board:
        environment = board.environment() | {"THREADREEL_HOME": str(folder / "home")}
        ports = (board.http_port, board.https_port)
        stage = Stage(folder / "browser", REAL_NAMES, *ports, environment, extension=allowing(folder / "extension"))
        browser = Chromium(stage)
        try:
            browser.set_window(*SIZE_PX)
            yield Scene(board, browser, stage, folder / "home")
        finally:
            browser.close()


def chromium(scene: Scene) -> Chromium:
    """The browser, as what it is here."""
    assert isinstance(scene.browser, Chromium)
    return scene.browser


def window(scene: Scene) -> bytes:
    """A picture of what the window shows."""
    return chromium(scene).window_png()


def over_page(scene: Scene, popup: Page) -> bytes:
    """The popup above the page in the current tab."""
    popup.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished)).then(() => null)")
    shown, page = popup.png(), window(scene)
    scene.browser.new_tab()
    chromium(scene).set_window(*SIZE_PX)
    html = _LAID_OVER.format(page=base64.b64encode(page).decode(), popup=base64.b64encode(shown).decode())
    file = scene.stage.folder / "over.html"
    file.write_text(html, encoding="utf-8")
    scene.browser.goto(file.as_uri())
    return window(scene)


def before(scene: Scene) -> bytes:
    """A thread, nothing fetched."""
    popup = scene.show(threads()[0])
    popup.wait_for("@page-title")
    return over_page(scene, popup)


def running(scene: Scene) -> bytes:
    """Files on their way."""
    thread = threads()[0]
    scene.board.always(scene.board.is_media, faults.slow(60_000))
    popup = scene.show(thread)
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', " of ")
    scene.board.wait_until(lambda: len(scene.board.requests(host="i.4cdn.org")) > len(thread.posts) // 2, timeout_s=60)
    return over_page(scene, popup)


def done(scene: Scene) -> bytes:
    """All of it here."""
    popup = scene.show(threads()[0])
    popup.click("@download")
    popup.wait_for(DONE, timeout_s=60)
    return over_page(scene, popup)


def marks(scene: Scene) -> bytes:
    """Ticks on the page, and some files chosen."""
    turn_on(scene)
    scene.browser.goto(scene.board.real_url(threads()[0]))
    wait_until(lambda: scene.browser.tab.count(LAYER) == 1, "the layer")
    layer = scene.browser.layer()
    press(scene, layer, "select")
    for number in (0, 1):
        x, y = scene.browser.tab.evaluate(
            f"(rect => [rect.x + 20, rect.y + 20])(document.querySelectorAll('figure img')[{number}].getBoundingClientRect())"
        )
        scene.browser.click_at((x, y))
    press(scene, layer, "download")
    layer.wait_for("section", "2 of")
    press(scene, layer, "select")
    press(scene, layer, "all")
    return window(scene)


def options(scene: Scene) -> bytes:
    """What can be set."""
    page = scene.browser.extension_page("options/options.html")
    page.wait_for("@status", "0.")
    return window(scene)


def main(folder: Path) -> None:
    """Every picture, numbered in the order in which a listing shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    plays: list[Callable[[Scene], bytes]] = [before, running, done, marks, options]
    for number, play in enumerate(plays, 1):
        with tempfile.TemporaryDirectory() as work, scene(Path(work)) as started:
            (folder / f"{number}-{play.__name__}.png").write_bytes(play(started))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
