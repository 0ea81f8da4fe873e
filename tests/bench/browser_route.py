"""What the way through the browser costs: a video and thirty pictures by the engine itself, through Chromium, through Firefox.

    cd tests && python -m bench.browser_route [ROUNDS]

The engine has a board that serves programs, the browsers one that refuses them; each round in fresh homes, over plain HTTP on
loopback. Wall is from the command, or the click, to the report; memory is the peak of the host's process, and by how much the
extension's grew (Linux only). Each figure is the median of the rounds (3).
"""

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from board import faults
from board.server import REAL_NAMES, Board
from board.threads import plain_thread
from browsers.browser import NAMES, Browser, open_browser
from browsers.stage import Stage
from command_line import command, environment, write_settings
from e2e.page_marks import allowing
from e2e.scene import Scene, by_tim
from threadreel.demo.page import Thread
from waiting import wait_until

_LIMIT_S = 300
_LOOK_S = 0.02
_ALONE = "engine alone"
_THREADS = {
    "a video of 100 MB": plain_thread(1, 100_000_000, kinds=[".webm"]),
    "30 pictures, 15 MB": plain_thread(30, 500_000, kinds=[".jpg", ".png"]),
}
_ALLOW = "(globalThis.browser ?? chrome).storage.local.set({fetch_hosts: ['*://127.0.0.1/*']}).then(() => true)"


@dataclass(frozen=True)
class Reading:
    """One round: seconds, and bytes of memory; the engine alone has no extension."""

    wall_s: float
    host_bytes: float
    grown_bytes: float


def alone(board: Board, thread: Thread, work: Path) -> Reading:
    """``threadreel get``, start-up included."""
    home = work / "home"
    write_settings(home, board)
    began = time.monotonic()
    ours = environment({"THREADREEL_HOME": str(home)})
    with subprocess.Popen(command("get", board.thread_url(thread)), stdout=subprocess.DEVNULL, env=ours) as process:
        peak_bytes = 0
        while process.poll() is None:
            peak_bytes = max(peak_bytes, memory(process.pid, "VmHWM"))
            time.sleep(_LOOK_S)
    assert process.returncode == 0
    return Reading(time.monotonic() - began, peak_bytes, 0)


def through(name: str, board: Board, thread: Thread, work: Path) -> Reading:
    """The button of the popup, in a browser that may fetch."""
    home, folder = work / "home", work / "browser"
    folder.mkdir()
    write_settings(home, board)
    board.serve_only_browsers(faults.status(403))
    ours = {"THREADREEL_HOME": str(home)}
    extension = allowing(work / "extension")
    stage = Stage(folder, REAL_NAMES, board.http_port, board.https_port, ours, extension=extension)
    browser = open_browser(name, stage)
    try:
        return measure(Scene(board, browser, stage, home), thread)
    finally:
        browser.close()


def measure(scene: Scene, thread: Thread) -> Reading:
    """One download, from the click to the report."""
    browser = scene.browser
    # As the very first page of a new Chromium, one of an extension now and then never ends loading
    browser.goto(scene.board.thread_url(thread))
    browser.extension_page("options/options.html").evaluate(_ALLOW)
    browser.stop_background()  # it reads what is chosen when it starts
    browser.goto(scene.board.thread_url(thread))
    popup = browser.open_popup()
    popup.wait_for("@download")
    pid = extension_pid(browser)
    before = memory(pid, "VmRSS")
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")  # the peak is counted from now on
    began = time.monotonic()
    popup.click("@download")
    wait_until(scene.reports, "the report", _LIMIT_S)
    wall_s = time.monotonic() - began
    assert scene.saved() == by_tim(thread)
    return Reading(wall_s, memory(scene.stage.host_pids()[-1], "VmHWM"), memory(pid, "VmHWM") - before)


def extension_pid(browser: Browser) -> int:
    """The process in which the extension runs."""
    if browser.name == "firefox":
        script = "return (await ChromeUtils.requestProcInfo()).children.find(({type}) => type === 'extension').pid"
        return int(browser.in_window(script))
    (pid,) = [pid for pid in descendants(os.getpid()) if "--extension-process" in command_line_of(pid)]
    return pid


def descendants(pid: int) -> Iterator[int]:
    """Children, their children, and so on."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("ascii").split():
            yield int(child)
            yield from descendants(int(child))


def command_line_of(pid: int) -> str:
    """How the process was started, or what it says of that."""
    return Path(f"/proc/{pid}/cmdline").read_text("utf-8")


def memory(pid: int, what: str) -> int:
    """A line of the process's status, in bytes; 0 when it is just ending."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:")), 0)


def main(rounds: int) -> None:
    """Print a table for each thread; every way in turn, so that a slow minute of the machine meets all alike."""
    ways = (_ALONE, *NAMES)
    for title, thread in _THREADS.items():
        readings: dict[str, list[Reading]] = {way: [] for way in ways}
        for _, way in itertools.product(range(rounds), ways):
            with tempfile.TemporaryDirectory() as folder, Board(Path(folder), [thread]) as board:
                work = Path(folder)
                taken = alone(board, thread, work) if way == _ALONE else through(way, board, thread, work)
                readings[way].append(taken)
        total_mb = sum(len(body) for body in by_tim(thread).values()) / 1e6
        print(f"\n{title}, median of {rounds}")
        print(f"  {'':14} {'wall s':>8} {'MB/s':>8} {'host MB':>8} {'extension MB':>13}")
        for way, taken_all in readings.items():
            wall_s, host, grown = (statistics.median(column) for column in zip(*map(astuple, taken_all), strict=True))
            extension = "" if way == _ALONE else f"+{grown / 1e6:.0f}"
            print(f"  {way:14} {wall_s:8.2f} {total_mb / wall_s:8.1f} {host / 1e6:8.0f} {extension:>13}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
