"""A scene: one real browser with the extension, the host registered in it, the board behind the real names."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from board import faults
from board.server import Board
from browsers.browser import Browser, Popup
from browsers.stage import Stage
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

    def saved(self) -> dict[str, bytes]:
        """The downloaded files by the first word of their names, which is ``tim``; parts and reports are none."""
        files = [path for path in (self.home / "downloads").rglob("*") if path.is_file()]
        return {
            path.stem.split()[0]: path.read_bytes()
            for path in files
            if path.name != "report.json" and path.suffix != ".part"
        }

    def reports(self) -> list[dict[str, Any]]:
        """Every report.json."""
        found = sorted((self.home / "downloads").rglob("report.json"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]


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


def by_tim(thread: Thread) -> dict[str, bytes]:
    """The thread's files by ``tim``, to compare with ``Scene.saved``."""
    bodies = {path.rsplit("/", 1)[1].split(".")[0]: body for path, body in thread.media().items()}
    return {tim: body for tim, body in bodies.items() if tim.isdigit()}
