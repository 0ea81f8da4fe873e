"""Makes the pictures for the stores' listings: 1280 x 800, the real popup beside the real page, the options, the marks.

    cd tests && python -m screenshots.store DIR

The real extension in a real browser, the real host, a sample board on loopback. The popup is photographed by itself and
laid over a photograph of the page where the browser shows it: of the window only what stores want to see is in the picture.
"""

import base64
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from board import faults
from board.server import Board
from browsers.page import Page
from browsers.window import Screen
from e2e.page_marks import allowing, choose, press, show_layer, turn_on
from e2e.scene import DONE, Scene, start_scene
from threadreel.demo.samples import SampleThread, demo_threads

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
    with (
        Board(folder, threads()) as board,
        Screen() as screen,  # without one of its own, Chromium believes in a very small one, and so would the popup
        start_scene("chromium", folder, board, extension=allowing(folder / "extension"), display=screen) as started,
    ):
        started.browser.set_window(*SIZE_PX)
        yield started


def window(scene: Scene) -> bytes:
    """A picture of what the window shows."""
    return scene.browser.view.png()


def over_page(scene: Scene, popup: Page) -> bytes:
    """The popup above the page in the current tab."""
    popup.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished)).then(() => null)")
    shown, page = popup.png(), window(scene)
    scene.browser.new_tab()
    scene.browser.set_window(*SIZE_PX)
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
    layer = show_layer(scene, threads()[0])
    choose(scene, layer, 2)
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
