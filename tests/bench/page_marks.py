"""What the marks cost a thread's page of five hundred posts: the same page with and without them, loaded and scrolled through.

    cd tests && python -m bench.page_marks [ROUNDS]

Chromium's own counters, in seconds of its main thread; what moved (layout shift) and what was long (tasks over 50 ms) as the
page itself is told.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from board.server import REAL_NAMES, Board
from board.threads import plain_thread
from browsers.browser import LAYER
from browsers.chromium import Chromium
from browsers.stage import Stage
from e2e.page_marks import allowing, turn_on
from e2e.scene import Scene
from waiting import wait_until

POSTS = 500
_COUNTERS = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "LayoutCount")
_SCROLL = """new Promise((done) => {
  const end = document.documentElement.scrollHeight, frames = [];
  let at = 0, before = performance.now();
  const step = (now) => {
    frames.push(now - before);
    before = now;
    if (at >= end) { done(frames.slice(1)); return; }
    at += 400;
    scrollTo(0, at);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""
_OBSERVED = """new Promise((done) => {
  const found = {shift: 0, long_ms: 0};
  const observe = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type, buffered: true});
  observe("layout-shift", (entry) => { found.shift += entry.value; });
  observe("longtask", (entry) => { found.long_ms += entry.duration; });
  setTimeout(() => done(found), 200);
})"""


def visit(scene: Scene, url: str, has_marks: bool) -> dict[str, float]:
    """One visit: load, wait for the marks, scroll to the end."""
    browser = scene.browser
    assert isinstance(browser, Chromium)
    browser.goto("about:blank")
    browser.goto(url)
    if has_marks:
        wait_until(lambda: browser.tab.count(LAYER) == 1, "the layer", 30)
        browser.layer().wait_for("section", f"of {POSTS}")
    frames = browser.tab.evaluate(_SCROLL)
    counters = browser.measure()
    observed = browser.tab.evaluate(_OBSERVED)
    return (
        {name: counters[name] for name in _COUNTERS}
        | observed
        | {"slowest_frame_ms": max(frames), "frames": len(frames)}
    )


def main(rounds: int) -> None:
    """Print the median of every number, without and with the marks."""
    thread = plain_thread(POSTS, 100, thumbnails=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for part in ("home", "browser"):
            (work / part).mkdir()
        with Board(work, [thread]) as board:
            environment = board.environment() | {"THREADREEL_HOME": str(work / "home")}
            ports = (board.http_port, board.https_port)
            stage = Stage(work / "browser", REAL_NAMES, *ports, environment, extension=allowing(work / "extension"))
            browser = Chromium(stage)
            try:
                scene, url = Scene(board, browser, stage, work / "home"), board.real_url(thread)
                visit(scene, url, False)  # the first one fills caches
                plain = [visit(scene, url, False) for _ in range(rounds)]
                turn_on(scene)
                visit(scene, url, True)
                marked = [visit(scene, url, True) for _ in range(rounds)]
            finally:
                browser.close()
    print(f"{POSTS} posts, median of {rounds}{'without':>18}{'with':>12}")
    for name in plain[0]:
        before, after = (statistics.median(each[name] for each in visits) for visits in (plain, marked))
        print(f"{name:<28}{before:>12.4f}{after:>12.4f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
