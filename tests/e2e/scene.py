"""A scene: one real browser with the extension, the host registered in it, the board behind the real names."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from board import faults
from board.server import REAL_NAMES, Board
from browsers.browser import Browser, Popup, open_browser
from browsers.display import Display
from browsers.page import Page
from browsers.stage import ROOT, Stage
from threadreel.demo.page import Thread

#: the card or row of a job that has ended well
DONE = '@job[data-state="completed"]'


@dataclass
class Scene:
    """``home`` is the host's THREADREEL_HOME."""

    board: Board
    browser: Browser
    stage: Stage
    home: Path

    def show(self, thread: Thread) -> Popup:
        """Go to the thread's page and press the toolbar button."""
        self.browser.goto(self.board.real_url(thread))
        return self.browser.open_popup()

    def options_page(self) -> Page:
        """The options page in the current tab, with the host at hand."""
        page = self.browser.extension_page("options/options.html")
        page.wait_for("@status", "ready")
        return page

    def close_tab(self) -> None:
        """Close the current tab; another one is to be switched to."""
        self.browser.tab.evaluate("(setTimeout(() => window.close(), 0), null)")

    @property
    def downloads(self) -> Path:
        """Where the host saves."""
        return self.home / "downloads"

    def saved(self) -> dict[str, bytes]:
        """The downloaded files by the first word of their names, which is ``tim``; parts and reports are none."""
        files = [path for path in self.downloads.rglob("*") if path.is_file()]
        return {
            path.stem.split()[0]: path.read_bytes()
            for path in files
            if path.name != "report.json" and path.suffix != ".part"
        }

    def reports(self) -> list[dict[str, Any]]:
        """Every report.json."""
        found = sorted(self.downloads.rglob("report.json"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]


@contextmanager
def start_scene(
    name: str,
    folder: Path,
    board: Board,
    *,
    settings: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    register: bool = True,
    display: Display | None = None,
    **stage: Any,
) -> Iterator[Scene]:
    """A scene in this folder, closed at the end; several there have one home: they are browsers of one person.

    ``settings`` go into the host's settings file, ``environment`` into its environment beside what leads it to the board; without
    ``register`` it is not there. ``stage``: what else a ``Stage`` has.
    """
    home, work = folder / "home", Path(tempfile.mkdtemp(prefix="browser-", dir=folder))
    home.mkdir(exist_ok=True)
    if settings:
        (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    ours = {**board.environment(), "THREADREEL_HOME": str(home), **(environment or {})}
    place = Stage(work, REAL_NAMES, board.http_port, board.https_port, ours, **stage)
    browser = open_browser(name, place, register=register, display=display)
    try:
        yield Scene(board, browser, place, home)
    finally:
        browser.close()


def serve_catalog(board: Board, threads: Iterable[Thread]) -> str:
    """Serve these threads, of one board, and the board's catalog, newest first as the site does it; the catalog's address."""
    known = list(threads)
    for thread in known:
        board.add(thread)
    name = known[0].board
    entries = [thread.answer()["posts"][0] | {"last_modified": thread.modified} for thread in reversed(known)]
    answer = json.dumps([{"page": 1, "threads": entries}]).encode()
    board.always(f"/{name}/catalog.json", faults.replaced(answer, "application/json"))
    board.always(
        f"/{name}/catalog", faults.replaced(b"<!doctype html><title>Catalog</title><h1>Catalog</h1>", "text/html")
    )
    return f"https://boards.4chan.org/{name}/catalog"


def changed_copy(folder: Path, file: str, alter: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of the extension in which one JSON file is changed."""
    extension = Path(shutil.copytree(ROOT / "extension", folder))
    content = json.loads((extension / file).read_text("utf-8"))
    alter(content)
    (extension / file).write_text(json.dumps(content), "utf-8")
    return extension


def by_tim(thread: Thread) -> dict[str, bytes]:
    """The thread's files by ``tim``, to compare with ``Scene.saved``."""
    bodies = {path.rsplit("/", 1)[1].split(".")[0]: body for path, body in thread.media().items()}
    return {tim: body for tim, body in bodies.items() if tim.isdigit()}
