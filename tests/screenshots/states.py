"""The states of the popup, brought about in the real thing: each story goes through some of them, one after the other."""

from collections.abc import Iterator
from dataclasses import replace

from board import faults
from board.threads import Life, plain_thread
from browsers.browser import Browser, Popup
from browsers.page import Page
from e2e.asking import only_browsers_held
from e2e.scene import Scene, serve_catalog
from threadreel.demo.samples import SampleThread, demo_threads

LONG = "General discussion of very long thread titles, number 148: is 120 characters what a popup can be asked to show, anon?"
SAMPLE = demo_threads()[0]
FOLDING = plain_thread(40, [400_000, 90_000], title="Paper models you can fold tonight", no=570368)
WALLPAPERS = plain_thread(24, [30_000], title="Wallpapers, landscapes only", no=8_123_456)
HARBOURS = plain_thread(40, [90_000, 40_000], title="Harbours at night", board="wg", no=7_000_001)
MANY = plain_thread(500, [2_000], title=LONG, no=5000)
GROWN = plain_thread(151, [2_000], title="Photographs of staircases", no=6100)
NO_THREAD = "https://boards.4chan.org/"

#: a state's name, and the page that shows it now
Shown = tuple[str, Page]


def open_on(browser: Browser, url: str, css: str = "@page-title", text: str = "") -> Popup:
    """The popup on this page."""
    browser.goto(url)
    popup = browser.open_popup()
    popup.wait_for(css, text)
    return popup


def newcomer(scene: Scene) -> Iterator[Shown]:
    """Installed, the first thread, what may be chosen, done; then other pages."""
    board, browser = scene.board, scene.browser
    board.add(SAMPLE)
    url = board.real_url(SAMPLE)
    popup = open_on(browser, url)
    popup.wait_for("@welcome-done")
    yield "first-run", popup
    popup.click("@welcome-done")
    yield "idle", popup
    popup.click("@unfold-options")
    popup.wait_for("@preview-names")
    popup.fill("@filter", "ext:png size:>=50KB")
    popup.wait_for('@filter-result[aria-busy="false"]', "match")
    yield "options", popup
    popup.fill("@filter", "ext:jpg,png wdth:>=1920")
    popup.wait_for("@filter-error", "wdth")
    popup.evaluate("(document.querySelector('[data-test=filter-error]').scrollIntoView({block: 'nearest'}), null)")
    yield "filter-error", popup
    popup.fill("@filter", "")
    popup.click("@download")
    popup.wait_for('@job[data-state="completed"]', timeout_s=60)
    yield "done", popup
    popup.click("@files")
    popup.wait_for("@file")
    yield "files-done", popup
    popup.close()
    popup = open_on(browser, NO_THREAD, "@url-field")
    yield "no-thread", popup
    threads = [plain_thread(3, no=no, seed=no) for no in (2000, 3000)]
    pasted = [*map(board.real_url, threads), "https://boards.4chan.org/po/catalog", "https://example.org/cats"]
    popup.fill("@url-field", "\n".join(pasted))
    popup.wait_for("@url-summary", "2 threads")
    yield "addresses", popup
    popup.evaluate(
        "((data) => (data.setData('text/uri-list', 'https://x.org/'),"
        "document.dispatchEvent(new DragEvent('dragenter', {dataTransfer: data})), null))(new DataTransfer())"
    )
    yield "drop", popup
    board.add(GROWN)


def at_work(scene: Scene) -> Iterator[Shown]:
    """A job under way, its files, a pause."""
    board, browser = scene.board, scene.browser
    board.add(FOLDING)
    board.always(board.is_media, faults.slow(70_000))
    url = board.real_url(FOLDING)
    popup = open_on(browser, url)
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', " of ")
    board.wait_until(lambda: len(board.requests(host="i.4cdn.org")) > 22, timeout_s=60)
    yield "running", popup
    popup.click("@files")
    popup.wait_for("@file")
    yield "files-running", popup
    popup.click("@back")
    popup.click("@pause")
    popup.wait_for('@job[data-state="paused"]')
    yield "paused", popup
    popup.click("@more")
    popup.wait_for("@job-menu")
    yield "menu", popup


def in_trouble(scene: Scene) -> Iterator[Shown]:
    """Refused, gone and broken files."""
    board, browser = scene.board, scene.browser
    board.add(WALLPAPERS)
    wrong = (faults.status(403), faults.status(404), faults.nul(), faults.status(403))
    for path, fault in zip(list(WALLPAPERS.media())[1:], wrong, strict=False):
        board.always(path, fault)
    url = board.real_url(WALLPAPERS)
    popup = open_on(browser, url)
    popup.click("@download")
    popup.wait_for('@job[data-state="incomplete"]', timeout_s=60)
    popup.wait_for("@reasons", "something else")
    yield "incomplete", popup
    popup.evaluate(
        "((log) => (log.open = true, log.scrollIntoView(), null))(document.querySelector('[data-test=log]'))"
    )
    yield "log", popup
    popup.click("@files")
    popup.wait_for("@file")
    yield "files-incomplete", popup
    popup.click("@filter-blocked")
    popup.evaluate("(document.querySelector('[data-test=file]').focus(), null)")
    yield "files-refused", popup


def sizes(scene: Scene) -> Iterator[Shown]:
    """Five hundred files under a title of 120 characters, one file, none."""
    board, browser = scene.board, scene.browser
    one, none = plain_thread(1, title="One picture", no=6001), plain_thread(0, title="No pictures here", no=6000)
    for thread in (MANY, one, none):
        board.add(thread)
    for name, thread in (("empty", none), ("one-file", one)):
        popup = open_on(browser, board.real_url(thread))
        yield name, popup
        popup.close()
    popup = open_on(browser, board.real_url(MANY))
    yield "long-500-files", popup
    popup.click("@download")
    popup.wait_for('@job[data-state="completed"]', timeout_s=90)
    popup.click("@files")
    popup.wait_for('@file[aria-setsize="500"]')
    popup.evaluate("(document.querySelector('[data-test=files-list]').scrollTop = 9000, null)")
    popup.wait_for('@file[aria-posinset="210"]')
    yield "files-500", popup


def resting(scene: Scene) -> Iterator[Shown]:
    """The media host asks for a rest."""
    board, browser = scene.board, scene.browser
    board.add(HARBOURS)
    for path in list(HARBOURS.media())[18:]:
        board.always(path, faults.status(429, 300))
    popup = open_on(browser, board.real_url(HARBOURS))
    popup.click("@download")
    popup.wait_for("@job-note", "asks for a rest", timeout_s=60)
    popup.wait_for("@job-state", "Resting", timeout_s=60)
    yield "cooling", popup


def reading(scene: Scene) -> Iterator[Shown]:
    """A site that does not answer, then a thread that is not there."""
    board, browser = scene.board, scene.browser
    gate = board.gate()
    board.add(SAMPLE)
    board.always("*.json", faults.stall(gate))
    url = board.real_url(SAMPLE)
    browser.goto(url)
    popup = browser.open_popup()
    popup.wait_for("@page-card")
    yield "loading", popup
    popup.close()
    gate.set()
    gate = board.gate()
    board.add(GROWN)
    board.always("*.json", faults.stall(gate))
    url = board.real_url(GROWN)
    popup = open_on(browser, NO_THREAD, "@url-field")
    popup.fill("@url-field", url)
    popup.click("@url-start")
    popup.wait_for('@job[data-state="scanning"]', timeout_s=30)
    popup.close()
    popup = open_on(browser, url, '@job[data-state="scanning"]')
    yield "scanning", popup
    board.always("*.json", faults.status(404))
    gate.set()
    popup.click("@cancel")
    popup.close()
    gone = url.replace(str(GROWN.no), "999999")
    popup = open_on(browser, NO_THREAD, "@url-field")
    popup.fill("@url-field", gone)
    popup.click("@url-start")
    popup.wait_for('@job[data-state="failed"]', timeout_s=30)
    popup.close()
    yield "failed", open_on(browser, gone, '@job[data-state="failed"]')


def through_browser(scene: Scene) -> Iterator[Shown]:
    """What is refused to the program comes through the browser, which a person has allowed."""
    board, browser = scene.board, scene.browser
    thread = plain_thread(12, [90_000, 40_000], title="Harbours at night", board="wg", no=7_000_001)
    board.add(thread)
    gate = board.gate()
    for path in list(thread.media())[4:]:
        board.always(path, only_browsers_held(board, gate, None))
    browser.goto("https://i.4cdn.org/")  # where a browser is known from then on
    popup = open_on(browser, board.real_url(thread))
    popup.click("@download")
    popup.wait_for("@fetch-allow", timeout_s=90)
    popup.press("@fetch-allow")
    browser.allow("*://i.4cdn.org/*")
    popup = browser.open_popup()
    popup.wait_for("@job-note", "through the browser", timeout_s=60)
    yield "through-browser", popup
    gate.set()
    popup.wait_for("@page-card @job-counts", "8 through the browser", timeout_s=60)
    yield "done-through-browser", popup
    popup.click("@files")
    popup.wait_for("@file")
    yield "files-browser", popup


def growing(scene: Scene) -> Iterator[Shown]:
    """A thread that has grown since it was saved, and one that is watched."""
    board, browser = scene.board, scene.browser
    board.add(replace(GROWN, posts=GROWN.posts[:-37], modified=GROWN.modified - 60))
    popup = open_on(browser, board.real_url(GROWN))
    popup.click("@download")
    popup.wait_for('@job[data-state="completed"]', timeout_s=60)
    popup.close()
    board.add(GROWN)
    board.add(replace(SAMPLE, posts=SAMPLE.posts[:-3], modified=SAMPLE.modified - 60))
    watching = open_on(browser, board.real_url(SAMPLE))
    watching.click("@unfold-options")
    watching.click("@watch")
    watching.click("@download")
    watching.wait_for("@job-note", "Next look", timeout_s=60)
    board.add(SAMPLE)
    watching.wait_for("@unfold-new", "3 new", timeout_s=60)
    watching.click("@unfold-new")
    watching.wait_for("@new-files", "saved")
    watching.wait_for("@job-note", "Next look", timeout_s=60)
    yield "watched", watching
    watching.close()
    popup = open_on(browser, board.real_url(GROWN))
    popup.click("@check-again")
    popup.wait_for("@download", "37 new", timeout_s=30)
    yield "partly", popup
    popup.close()
    board.add(Life(SAMPLE).archived())
    popup = open_on(browser, board.real_url(SAMPLE))
    popup.wait_for('@page-card @job[data-state="completed"]', timeout_s=60)
    yield "watch-ended", popup


def boards(scene: Scene) -> Iterator[Shown]:
    """A page that lists threads, and its threads at work."""
    board, browser = scene.board, scene.browser
    board.always(board.is_media, faults.slow(40_000))
    popup = open_on(browser, serve_catalog(board, board_threads()), "@job-counts", "threads")
    yield "catalog", popup
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', " of ", timeout_s=60)
    popup.click("@unfold-threads")
    popup.wait_for('@child[data-state="running"]', timeout_s=60)
    board.wait_until(lambda: len(board.requests(host="i.4cdn.org")) > 30, timeout_s=60)
    yield "board", popup


def forty(scene: Scene) -> Iterator[Shown]:
    """Forty threads at once."""
    board, browser = scene.board, scene.browser
    threads = [
        plain_thread(6, [40_000], no=9000 + number, title=f"Thread {number} of forty", seed=number)
        for number in range(1, 41)
    ]
    for each in threads:
        board.add(each)
    board.always(board.is_media, faults.slow(6_000))
    popup = open_on(browser, NO_THREAD, "@url-field")
    popup.fill("@url-field", "\n".join(map(board.real_url, threads)))
    popup.click("@url-start")
    board.wait_until(lambda: popup.count("@job") == 40, timeout_s=60)
    popup.wait_for('@job[data-state="running"] @job-counts', " of ", timeout_s=60)
    yield "jobs-40", popup


def past(scene: Scene) -> Iterator[Shown]:
    """What was downloaded before, a search in it, and the question before it is cleared."""
    board, browser = scene.board, scene.browser
    threads = [*board_threads(), WALLPAPERS, SAMPLE]
    for each in threads:
        board.add(each)
    board.always(list(WALLPAPERS.media())[3], faults.status(403))
    popup = open_on(browser, NO_THREAD, "@url-field")
    popup.fill("@url-field", "\n".join(map(board.real_url, threads)))
    popup.click("@url-start")
    popup.wait_for('@job[data-state="incomplete"]', timeout_s=90)
    moving = "[...document.querySelectorAll('[data-test=job]')].some((each) => /queued|scanning|running/.test(each.dataset.state))"
    board.wait_until(lambda: not popup.evaluate(moving), timeout_s=90)
    popup.click("@show-history")
    popup.wait_for("@past")
    yield "history", popup
    popup.fill("@history-search", "paper")
    board.wait_until(lambda: popup.count("@past") == 4, timeout_s=15)
    yield "history-found", popup
    popup.fill("@history-search", "")
    popup.click("@history-clear")
    yield "history-question", popup


def board_threads() -> list[SampleThread]:
    titles = (
        "Papercraft & Origami general",
        "Print settings that do not smear",
        "A cathedral, 214 pages, in order this time",
        "Lost templates, repost them here",
        "Questions that do not deserve a thread of their own",
        "Wet folding",
        "Low poly animals",
        "Paper engineering: pop-ups, tunnels and volvelles",
    )
    return [
        plain_thread(12 + 3 * number, [90_000, 30_000], board="po", no=570_000 + 91 * number, title=title, seed=title)
        for number, title in enumerate(titles)
    ]
