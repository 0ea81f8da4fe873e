"""The demo from beginning to end: sample board, a home of its own, browser or terminal, and everything gone afterwards."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from threadreel.demo.board import SampleBoard
from threadreel.demo.browser import Found
from threadreel.demo.launch import RunningBrowser, Stage, launch
from threadreel.demo.samples import demo_threads
from threadreel.places import TREE, find_places
from threadreel.settings import SettingsFile
from threadreel.setup.rows import Family

#: of one connection: slow enough to watch, and to press Pause
RATE_BYTES_PER_S = 150_000
_LOOK_S = 0.2
_REMOVE_LIMIT_S = 10.0

#: tells a sentence to the person
Say = Callable[[str], None]


@contextmanager
def stage(keep: bool, say: Say) -> Iterator[Stage]:
    """A new folder for everything; removed at the end unless it is to be kept, and then said where it is."""
    made = Stage(Path(tempfile.mkdtemp(prefix="threadreel-demo-")))
    try:
        yield made
    finally:
        if keep:
            _remove(made.profile, say)
            _remove(made.user_home, say)
            say(f"Kept: {made.home / 'downloads' / TREE}")
        elif _remove(made.folder, say):
            say("Everything the demo made is removed again. With --keep the downloads stay.")


@contextmanager
def sample_board(home: Path, rate_bytes_per_s: float = RATE_BYTES_PER_S) -> Iterator[str]:
    """A running board, known to the settings in ``home``; the address of the thread to begin with."""
    threads = demo_threads()
    with SampleBoard(threads, rate_bytes_per_s=rate_bytes_per_s) as board:
        settings = SettingsFile(find_places({"THREADREEL_HOME": str(home)}).settings_file)
        settings.change({"boards": [board.settings_entry("sample board")]})
        yield board.thread_url(threads[0])


def in_browser(found: Found, made: Stage, url: str, say: Say, arguments: Sequence[str] = ()) -> None:
    """Show the thread and say what lands, until the browser is closed or the person interrupts. Raises SetupError."""
    browser = launch(found, made, url, arguments)
    try:
        say(f"{found.program} shows {url}")
        say("Press the Threadreel button in its toolbar (or Alt+Shift+D), then Download, and watch the files land.")
        if found.family is Family.FIREFOX:
            say("(Firefox stripes its address bar to tell that a program has loaded the extension.)")
        say("Close the browser, or press Ctrl+C here, to end the demo.")
        _watch(browser, made, say)
    finally:
        browser.close()


def in_terminal(command_line: Callable[[Sequence[str]], int], made: Stage, url: str) -> int:
    """Save the thread with ``threadreel get``, which says all there is to say; its exit code."""
    with _environment(THREADREEL_HOME=str(made.home), NO_PROXY="127.0.0.1", no_proxy="127.0.0.1"):
        return command_line(["get", url])


def _watch(browser: RunningBrowser, made: Stage, say: Say) -> None:
    told: set[Path] = set()
    try:
        while browser.is_open:
            for report, line in _landed(made.home).items():
                if report not in told:
                    told.add(report)
                    say(line)
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        say("Ending the demo.")


def _landed(home: Path) -> dict[Path, str]:
    """A sentence for each thread that has a report."""
    reports = sorted((home / "downloads").rglob("report.json"))
    return {report: _sentence(report) for report in reports}


def _sentence(report: Path) -> str:
    told = json.loads(report.read_text("utf-8"))
    size_bytes = sum(path.stat().st_size for path in report.parent.iterdir() if path != report)
    counts = ", ".join(f"{count} {state}" for state, count in told["counts"].items() if count and state != "total")
    return f"{told['title']}: {counts}, {size_bytes / 1e6:.1f} MB in {report.parent}"


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _remove(folder: Path, say: Say) -> bool:
    """Remove a folder in which processes that are just ending may still write; whether it is gone."""
    end = time.monotonic() + _REMOVE_LIMIT_S
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        if time.monotonic() > end:
            say(f"{folder} could not be removed. Remove it by hand.")
            return False
        time.sleep(_LOOK_S)
    return True
