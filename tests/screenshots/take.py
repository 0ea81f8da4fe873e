"""Takes pictures of the popup in each of its states, and lays them out on the contact sheets that lie beside this file.

    python tests/screenshots/take.py [--keep DIR] [BROWSER[-STORY]]...

The real extension in a real browser, the real host, a board on loopback; nothing is drawn or posed. Each state is shown light
and dark; some also at 200 % zoom, in the room that the browsers give a popup. The sheets need ImageMagick.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from board.server import REAL_NAMES, Board
from browsers.browser import NAMES, Browser, open_browser
from browsers.stage import Stage
from screenshots.states import ORDER, STORIES, Zoomed, popup_address

THEMES = ("light", "dark")
ZOOMS = (100, 200)
#: no popup is given more, in device pixels
ROOM = (800, 600)
#: single pictures that the README shows
SHOWN = ("chromium-running-light", "firefox-incomplete-dark", "chromium-files-incomplete-light", "firefox-idle-light")
#: the popup fits itself to its window when it has not changed for a while
_SETTLE = """Promise.allSettled(document.getAnimations()
  .filter((each) => each.effect.getTiming().iterations !== Infinity).map((each) => each.finished))
  .then(() => new Promise((done) => setTimeout(() => done(null), 700)))"""


@contextmanager
def scene(name: str, register: bool) -> Iterator[tuple[Board, Browser]]:
    """A browser, with the host in it or not, and an empty board."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for part in ("home", "browser"):
            (work / part).mkdir()
        (work / "home" / "settings.json").write_text(json.dumps({"retries": 0}))
        with Board(work) as board:
            environment = board.environment() | {"THREADREEL_HOME": str(work / "home")}
            stage = Stage(work / "browser", REAL_NAMES, board.http_port, board.https_port, environment)
            browser = open_browser(name, stage, register=register)
            try:
                yield board, browser
            finally:
                browser.close()


def take(name: str, words: str, folder: Path) -> None:
    """All pictures of one story in one browser."""
    with scene(name, register=words != "without-host") as (board, browser):
        for step in STORIES[words](board, browser):
            if isinstance(step, Zoomed):
                _take_zoomed(browser, step, folder / name)
                continue
            state, popup = step
            if not state.startswith("first-run"):
                popup.evaluate("(document.querySelector('#welcome').hidden = true, null)")
            for theme in THEMES:
                popup.set_dark(theme == "dark")
                popup.evaluate(_SETTLE)
                browser.screenshot(folder / f"{name}-{state}-{theme}-100.png", popup)


def _take_zoomed(browser: Browser, step: Zoomed, folder: Path) -> None:
    """In a tab: a popup's zoom cannot be set from outside."""
    for theme in THEMES:
        here = browser.handle
        browser.switch(browser.new_tab())
        address = popup_address(browser.stage.popup_path, step.url)
        page = browser.show_zoomed(address, ZOOMS[1] // 100, *ROOM, theme == "dark")
        for css in step.clicks:
            page.click(css)
        if step.fill[0]:
            page.wait_for(step.fill[0])
            page.fill(*step.fill)
        page.wait_for(step.wait)
        page.evaluate("(document.querySelector('#welcome').hidden = true, null)")
        page.evaluate(_SETTLE)
        file = folder.parent / f"{folder.name}-{step.name}-{theme}-200.png"
        browser.screenshot(file, page)
        browser.switch(here)


def lay_out(folder: Path) -> None:
    """One sheet for each browser, theme and zoom."""
    for name in NAMES:
        for theme in THEMES:
            for zoom in ZOOMS:
                pictures = [(words, folder / f"{name}-{words}-{theme}-{zoom}.png") for words in ORDER]
                shown = [(words, file) for words, file in pictures if file.exists()]
                if shown:
                    _sheet(shown, theme, zoom, HERE / f"{name}-{theme}-{zoom}.png")
    for words in SHOWN:
        file = folder / f"{words}-100.png"
        if file.exists():
            shutil.copyfile(file, HERE / f"{words}.png")


def _sheet(pictures: list[tuple[str, Path]], theme: str, zoom: int, sheet: Path) -> None:
    ground, ink = ("#dfe3e1", "#1b1f1e") if theme == "light" else ("#0c0e0d", "#e9eeec")
    labelled = [part for words, file in pictures for part in ("-label", words, str(file))]
    # the large ones half as large: what matters on them is what is where
    size = "380x560>" if zoom == ZOOMS[0] else "50%"
    command = ["montage", *labelled, "-tile", "8x", "-geometry", f"{size}+14+14", "-gravity", "North"]
    style = ["-background", ground, "-fill", ink, "-pointsize", "15", str(sheet)]
    subprocess.run([*command, *style], check=True)
    # With an alpha channel the colours that are left would not be those of the pictures
    few = ["-alpha", "off", "+dither", "-colors", "250", "-define", "png:color-type=3"]
    subprocess.run(["convert", str(sheet), *few, str(sheet)], check=True)


def main() -> None:
    """Every story, or those whose name begins with one of the words; the sheets of all pictures that there are then."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wanted", nargs="*", metavar="BROWSER[-STORY]")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the single pictures are left")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        for name in NAMES:
            for words in STORIES:
                picture = f"{name}-{words}"
                if not arguments.wanted or picture.startswith(tuple(arguments.wanted)):
                    sys.stderr.write(f"{picture}\n")
                    take(name, words, folder)
        if arguments.keep or not arguments.wanted:  # some pictures alone are no sheet
            lay_out(folder)


if __name__ == "__main__":
    main()
