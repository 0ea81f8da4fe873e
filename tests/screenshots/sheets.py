"""Lays single pictures out on contact sheets: some for each browser, theme and zoom, one for each kind of state."""

import shutil
import subprocess
from pathlib import Path

from browsers.browser import NAMES

HERE = Path(__file__).parent
THEMES = ("light", "dark")
ZOOMS = (100, 200)
#: single pictures that the README shows
SHOWN = ("chromium-running-light-100",)

#: on each sheet in this order
SHEETS = {
    "threads": (
        "first-run",
        "loading",
        "idle",
        "partly",
        "long-500-files",
        "one-file",
        "empty",
        "catalog",
        "options",
        "filter-error",
        "no-thread",
        "addresses",
        "drop",
    ),
    "jobs": (
        "scanning",
        "running",
        "paused",
        "menu",
        "cooling",
        "through-browser",
        "watched",
        "board",
        "jobs-40",
        "done",
        "done-through-browser",
        "watch-ended",
        "incomplete",
        "failed",
        "log",
    ),
    "files": (
        "files-running",
        "files-done",
        "files-incomplete",
        "files-refused",
        "files-browser",
        "files-500",
        "history",
        "history-found",
        "history-question",
    ),
    "host": (
        "first-run-no-host",
        "host-missing",
        "host-forbidden",
        "host-exits",
        "host-too-old",
    ),
    "pages": (
        "options-1",
        "options-2",
        "options-3",
        "options-4",
        "options-wrong-1",
        "options-wrong-2",
        "options-wrong-3",
        "options-no-host-1",
        "marks",
        "marks-chosen",
    ),
}


def lay_out(folder: Path) -> None:
    """A sheet of the pictures in the folder for each kind of state, browser, theme and zoom."""
    for name in NAMES:
        for theme in THEMES:
            for zoom in ZOOMS:
                for sheet, states in SHEETS.items():
                    pictures = [(state, folder / f"{name}-{state}-{theme}-{zoom}.png") for state in states]
                    _sheet(pictures, sheet, theme, zoom, HERE / f"{name}-{sheet}-{theme}-{zoom}.png")
    for words in SHOWN:
        shutil.copyfile(folder / f"{words}.png", HERE / f"{words.removesuffix('-100')}.png")


def _sheet(pictures: list[tuple[str, Path]], sheet: str, theme: str, zoom: int, file: Path) -> None:
    ground, ink = ("#dfe3e1", "#1b1f1e") if theme == "light" else ("#0c0e0d", "#e9eeec")
    # the large ones half as large: what matters on them is what is where
    size = "50%" if zoom != ZOOMS[0] else "75%" if sheet == "pages" else "100%"
    labelled = [
        part
        for words, picture in pictures
        for part in ("-label", words, "(", str(picture), "-filter", "Triangle", "-resize", size, ")")
    ]
    columns = 4 if sheet == "pages" else 5
    command = ["montage", *labelled, "-tile", f"{columns}x", "-geometry", "+14+14", "-gravity", "North"]
    style = ["-background", ground, "-fill", ink, "-pointsize", "15", str(file)]
    subprocess.run([*command, *style], check=True)
    # With an alpha channel the colours that are left would not be those of the pictures
    few = ["-alpha", "off", "+dither", "-colors", "250", "-define", "png:color-type=3"]
    subprocess.run(["convert", str(file), *few, str(file)], check=True)
