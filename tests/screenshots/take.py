"""Takes pictures of the extension in each of its states, and lays them out on the contact sheets that lie beside this file.

    python tests/screenshots/take.py [--keep DIR] [BROWSER[-STORY]]...

The real extension in a real browser, the real host, a board on loopback; nothing is drawn or posed. Each state is shown light
and dark, at 100 % and at 200 %, in the room that the browser gives a popup then; that all of it can be reached there is looked
at, too. The sheets need ImageMagick, Chromium needs Xvfb: without a screen of its own it believes in a very small one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from board.server import Board
from browsers.browser import NAMES, Browser, Popup
from browsers.fit import enlarge, out_of_reach
from browsers.page import Page
from browsers.stage import ROOT
from browsers.window import Screen
from e2e.page_marks import allowing
from e2e.scene import Scene, start_scene
from screenshots.pages import OWN_BOARD, Options
from screenshots.settling import settle
from screenshots.sheets import THEMES, ZOOMS, lay_out
from screenshots.stories import ALLOWED, NEW_USERS, STORIES

#: of the window in which the options page is shown: high enough for each of its parts
WINDOW = (1000, 3200)


@contextmanager
def scene(name: str, story: str, zoom: int) -> Iterator[Scene]:
    """A browser, with the host in it or not, and an empty board."""
    with tempfile.TemporaryDirectory() as folder, Screen() if name == "chromium" else nullcontext() as display:
        work = Path(folder)
        how = {
            "settings": {"retries": 0, "boards": [OWN_BOARD] if story == "options" else []},
            "extension": allowing(work / "extension") if story in ALLOWED else ROOT / "extension",
            "register": story != "without-host",
        }
        with Board(work) as board, start_scene(name, work, board, display=display, **how) as started:
            if display:
                display.take_mouse_away()
            started.browser.goto("https://boards.4chan.org/")
            if zoom != ZOOMS[0]:
                enlarge(started.browser, zoom)
            if story not in NEW_USERS:
                _be_known(started.browser)
            yield started


def _be_known(browser: Browser) -> None:
    """As a person who has read what a new user reads."""
    page = browser.extension_page(browser.stage.popup_path)
    page.evaluate("(globalThis.browser ?? chrome).storage.local.set({welcomed: true}).then(() => null)")


def take(name: str, story: str, zoom: int, folder: Path) -> None:
    """All pictures of one story in one browser."""
    with scene(name, story, zoom) as started:
        for step in STORIES[story](started):
            if isinstance(step, Options):
                _take_options(started.browser, step, zoom, folder)
            else:
                _take_shown(started.browser, *step, zoom, folder)


def _take_shown(browser: Browser, state: str, page: Page, zoom: int, folder: Path) -> None:
    for theme in THEMES:
        (page if isinstance(page, Popup) else browser).set_dark(theme == "dark")
        settle(page)
        browser.screenshot(folder / f"{browser.name}-{state}-{theme}-{zoom}.png", page)
    if isinstance(page, Popup):
        assert out_of_reach(page) == [], f"{browser.name}, {state}, {zoom} %"


def _take_options(browser: Browser, step: Options, zoom: int, folder: Path) -> None:
    """In a window that is higher than any: each part is cut out of it."""
    factor = zoom / 100
    for theme in THEMES:
        here = browser.handle
        browser.switch(browser.new_tab())
        browser.set_dark(theme == "dark")
        browser.set_window(*WINDOW)
        browser.extension_page("options/options.html")
        page = browser.view
        step.prepare(page)
        for number, (first, last) in enumerate(step.parts, 1):
            top, height = page.evaluate(
                f"""(([first, last]) => {{
                  const isHead = first.matches('header');
                  scrollTo(0, isHead ? 0 : first.getBoundingClientRect().top + scrollY);
                  const top = isHead ? 0 : first.getBoundingClientRect().top;
                  return [top, last.getBoundingClientRect().bottom - top];
                }})({json.dumps([first, last])}.map((id) => document.getElementById(id).closest('section, header')))"""
            )
            settle(page)
            file = folder / f"{browser.name}-{step.name}-{number}-{theme}-{zoom}.png"
            browser.screenshot(file, page)
            area = f"{WINDOW[0]}x{round(height * factor)}+0+{round(top * factor)}"
            subprocess.run(["convert", str(file), "-crop", area, "+repage", str(file)], check=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{step.name} scrolls sideways"
        browser.switch(here)


def main() -> None:
    """Every story, or those whose name begins with one of the words; the sheets of all pictures that there are then."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wanted", nargs="*", metavar="BROWSER[-STORY]")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the single pictures are left")
    parser.add_argument("--zoom", type=int, choices=ZOOMS, action="append", help="only this one")
    arguments = parser.parse_args()
    with nullcontext(arguments.keep) if arguments.keep else tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            for story in STORIES:
                picture = f"{name}-{story}"
                if arguments.wanted and not picture.startswith(tuple(arguments.wanted)):
                    continue
                for zoom in arguments.zoom or ZOOMS:
                    sys.stderr.write(f"{picture} {zoom} %\n")
                    take(name, story, zoom, Path(folder))
        if not (arguments.wanted or arguments.zoom):  # some pictures alone are no sheet
            lay_out(Path(folder))


if __name__ == "__main__":
    main()
