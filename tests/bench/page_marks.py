"""What the marks cost a thread's page of five hundred posts: the same page with and without them, loaded, scrolled through, and
with five hundred files that land while it is looked at, one event each.

    cd tests && python -m bench.page_marks [ROUNDS]

``cpu`` is time of the page's main thread as the browser counts it, and not of the clock: what else the machine does matters
little. What Chromium alone tells: how much of it is script, style and layout; what moved (layout shift); tasks over 50 ms.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import landing_host
from board.server import Board
from board.threads import plain_thread
from browsers.browser import LAYER, NAMES, Browser
from browsers.chromium import Chromium
from browsers.firefox import Firefox
from e2e.page_marks import allowing, turn_on
from e2e.scene import Scene, start_scene
from waiting import wait_until

POSTS = 500
_LANDING_LIMIT_S = 60
_COUNTERS = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration", "LayoutCount")
#: nothing of the page is touched meanwhile: a look into the layer would be work of the page's own
_SETTLED = f"""new Promise((done) => {{
  const isThere = () => !%s || document.querySelector("{LAYER}");
  const end = () => setTimeout(() => done(true), 1000);
  if (isThere()) return end();
  const watch = new MutationObserver(() => isThere() && (watch.disconnect(), end()));
  watch.observe(document.documentElement, {{childList: true}});
}})"""
_SCROLL = """new Promise((done) => {
  const end = document.documentElement.scrollHeight, frames = [];
  let at = 0, before = performance.now();
  const step = (now) => {
    frames.push(now - before);
    before = now;
    if (at >= end) {
      scrollTo(0, 0);
      setTimeout(() => done(Math.max(...frames.slice(1))), 500);
      return;
    }
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
_CPU_NS = """
  const pid = gBrowser.selectedBrowser.browsingContext.currentWindowGlobal.osPid;
  const {children} = await ChromeUtils.requestProcInfo();
  return children.find((each) => each.pid === pid).threads.find((each) => each.tid === pid).cpuTime;
"""

Numbers = dict[str, float]


def spent(browser: Browser) -> Numbers:
    """What the page in the current tab has cost so far."""
    if isinstance(browser, Chromium):
        counters = browser.measure()
        return {"cpu": counters["ThreadTime"]} | {name: counters[name] for name in _COUNTERS}
    assert isinstance(browser, Firefox)
    return {"cpu": browser.in_window(_CPU_NS) / 1e9}


def visit(scene: Scene, url: str, addresses: Path, files: list[str], has_marks: bool) -> Numbers:
    """One visit: load, scroll to the end, jump back, watch files land."""
    browser = scene.browser
    # Chromium takes another process for the page, and counts from nothing
    browser.goto("about:blank" if isinstance(browser, Chromium) else "https://boards.4chan.org/")
    counts: list[Any] = [{} if isinstance(browser, Chromium) else spent(browser)]
    browser.goto(url)
    browser.tab.evaluate(_SETTLED % json.dumps(has_marks))
    counts.append(spent(browser))
    slowest = browser.tab.evaluate(_SCROLL)
    counts.append(spent(browser))
    if has_marks:
        addresses.with_suffix(".new").write_text(json.dumps(files), "utf-8")
        addresses.with_suffix(".new").rename(addresses)
        wait_until(lambda: not addresses.exists(), "all files to be told", _LANDING_LIMIT_S)
        browser.tab.evaluate("new Promise((done) => setTimeout(() => done(true), 500))")
        counts.append(spent(browser))
        assert f"{POSTS} of {POSTS}" in browser.layer().text("section")
    steps = zip(("load", "scroll", "land"), counts, counts[1:], strict=False)
    found = {f"{step} {name}": after[name] - before.get(name, 0) for step, before, after in steps for name in after}
    found["slowest frame ms"] = slowest
    return found | (browser.tab.evaluate(_OBSERVED) if isinstance(browser, Chromium) else {})


def measure(name: str, rounds: int) -> None:
    """Print the median of every number, without and with the marks."""
    thread = plain_thread(POSTS, 100, thumbnails=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        addresses = work / "landing.json"
        command = (sys.executable, landing_host.__file__, str(addresses))
        extension = allowing(work / "extension")
        files = [f"https://i.4cdn.org{path}" for path in thread.media() if "s." not in path]
        with (
            Board(work, [thread]) as board,
            start_scene(name, work, board, command=command, extension=extension) as scene,
        ):
            url = board.real_url(thread)
            visit(scene, url, addresses, files, False)  # the first one fills caches
            plain = [visit(scene, url, addresses, files, False) for _ in range(rounds)]
            turn_on(scene)
            scene.browser.new_tab()  # the options page stays open: as long as it is, the host is there
            visit(scene, url, addresses, files, True)
            marked = [visit(scene, url, addresses, files, True) for _ in range(rounds)]
    print(f"\n{name}: {POSTS} posts, median of {rounds}{'without':>14}{'with':>12}")
    for number in marked[0]:
        cells = [
            statistics.median(each[number] for each in visits) for visits in (plain, marked) if number in visits[0]
        ]
        print(f"{number:<28}" + "".join(f"{cell:>12.4f}" for cell in ([*cells] if len(cells) == 2 else [0.0, *cells])))


if __name__ == "__main__":
    for each in NAMES:
        measure(each, int(sys.argv[1]) if len(sys.argv) > 1 else 5)
