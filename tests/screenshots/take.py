"""Takes the pictures of the popup that lie beside this file: both browsers, light and dark, each state from the real thing.

    python tests/screenshots/take.py

The real extension in a real browser, the real host, a board on loopback; nothing is drawn or posed.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from board import faults
from board.server import REAL_NAMES, Board
from board.threads import plain_thread
from browsers.browser import NAMES, Browser, Popup, open_browser
from browsers.stage import Stage
from threadreel.demo.page import Thread
from threadreel.demo.samples import demo_threads

_LONG = "General discussion of very long thread titles, number 148: is 120 characters what a popup can be asked to show, anon?"


@contextmanager
def scene(name: str, dark: bool, threads: list[Thread], *, register: bool = True) -> Iterator[tuple[Board, Browser]]:
    """A browser on a board with these threads."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for part in ("home", "browser"):
            (work / part).mkdir()
        (work / "home" / "settings.json").write_text(json.dumps({"retries": 0}))
        with Board(work, threads) as board:
            environment = board.environment() | {"THREADREEL_HOME": str(work / "home")}
            stage = Stage(work / "browser", REAL_NAMES, board.http_port, board.https_port, environment)
            browser = open_browser(name, stage, register=register)
            try:
                browser.set_dark(dark)
                yield board, browser
            finally:
                browser.close()


def idle(board: Board, browser: Browser, thread: Thread) -> Popup:
    """On a thread, nothing fetched."""
    browser.goto(board.real_url(thread))
    popup = browser.open_popup()
    popup.wait_for("@page-title")
    return popup


def running(board: Board, browser: Browser, thread: Thread) -> Popup:
    """Half of it here."""
    board.always(board.is_media, faults.slow(150_000))
    popup = idle(board, browser, thread)
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', " of ")
    board.wait_until(lambda: len(board.requests(host="i.4cdn.org")) > 18, timeout_s=60)
    return popup


def done(board: Board, browser: Browser, thread: Thread) -> Popup:
    """All of it here."""
    popup = idle(board, browser, thread)
    popup.click("@download")
    popup.wait_for('@job[data-state="completed"]', timeout_s=60)
    return popup


def incomplete(board: Board, browser: Browser, thread: Thread) -> Popup:
    """Refused, gone and broken files."""
    paths = list(thread.media())
    for path, fault in zip(
        paths[1:], (faults.status(403), faults.status(404), faults.nul(), faults.status(403)), strict=False
    ):
        board.always(path, fault)
    popup = idle(board, browser, thread)
    popup.click("@download")
    popup.wait_for('@job[data-state="incomplete"]', timeout_s=60)
    return popup


def no_thread(board: Board, browser: Browser, thread: Thread) -> Popup:
    """Not on a thread's page, one job done before."""
    done(board, browser, thread).close()
    browser.goto("https://boards.4chan.org/")
    popup = browser.open_popup()
    popup.wait_for("@url-field")
    return popup


def no_host(board: Board, browser: Browser, thread: Thread) -> Popup:
    """The engine is not installed."""
    browser.goto(board.real_url(thread))
    popup = browser.open_popup()
    popup.wait_for("@host-command")
    return popup


def _threads() -> dict[str, tuple[Callable[[Board, Browser, Thread], Popup], Thread]]:
    sample = demo_threads()[0]
    long = plain_thread(500, [2_000], title=_LONG, no=5000)
    return {
        "idle": (idle, sample),
        "running": (running, plain_thread(40, [400_000, 90_000], title="Paper models you can fold tonight", no=570368)),
        "done": (done, sample),
        "incomplete": (incomplete, plain_thread(24, [30_000], title="Wallpapers, landscapes only", no=8_123_456)),
        "no-thread": (no_thread, sample),
        "no-host": (no_host, sample),
        "long-500-files": (idle, long),
        "empty": (idle, plain_thread(0, title="A thread without pictures", no=6000)),
    }


def main(wanted: list[str]) -> None:
    """Every picture, or those whose name begins with one of the words."""
    for name in NAMES:
        for theme in ("light", "dark"):
            for state, (play, thread) in _threads().items():
                file = HERE / f"{name}-{state}-{theme}.png"
                if wanted and not file.name.startswith(tuple(wanted)):
                    continue
                with scene(name, theme == "dark", [thread], register=state != "no-host") as (board, browser):
                    popup = play(board, browser, thread)
                    popup.evaluate(
                        "Promise.allSettled(document.getAnimations().map(each => each.finished)).then(() => true)"
                    )
                    browser.screenshot(file, popup)


if __name__ == "__main__":
    main(sys.argv[1:])
