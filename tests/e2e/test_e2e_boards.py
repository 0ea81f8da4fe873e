"""A whole board from its catalog page, a thread that is watched, and a filter: all from the popup."""

from dataclasses import replace

import pytest

from board import faults
from board.threads import plain_thread
from browsers.page import Page
from e2e.scene import DONE, Scene, by_tim, serve_catalog
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.in_turn]

#: a watched thread is not asked again within 10 s of an answer
NEXT_LOOK_S = 30


def _three_threads() -> list[SampleThread]:
    return [plain_thread(3, no=number, title=f"Thread {number}", seed=number) for number in (1000, 2000, 3000)]


def _unfold(popup: Page, what: str) -> None:
    popup.wait_for(f"@unfold-{what}")
    if popup.attribute(f"@unfold-{what}", "aria-expanded") == "false":
        popup.click(f"@unfold-{what}")


def test_the_button_on_a_catalog_saves_every_thread_of_the_board(scene: Scene) -> None:
    threads = _three_threads()
    address = serve_catalog(scene.board, threads)
    gate = scene.board.gate()
    (last,) = list(threads[2].media())[-1:]
    scene.board.always(last, faults.stall(gate, after=100))
    scene.browser.goto(address)
    popup = scene.browser.open_popup()
    assert popup.wait_for("@job-counts", "threads") == "3 threads on /g/ (catalog)"
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', "2 of 3 threads", timeout_s=60)
    _unfold(popup, "threads")
    wait_until(lambda: popup.count('@child[data-state="completed"]') == 2, "two threads to be done")
    assert popup.count("@child") == 3
    assert popup.count("@job") == 1
    popup.close()
    popup = scene.browser.open_popup()
    assert "2 of 3 threads" in popup.wait_for('@job[data-state="running"] @job-counts', "threads")
    gate.set()
    popup.wait_for(DONE, timeout_s=30)
    assert scene.saved() == {tim: body for thread in threads for tim, body in by_tim(thread).items()}
    assert sorted(report["thread"] for report in scene.reports()) == [1000, 2000, 3000]
    (listing,) = scene.board.requests("/g/catalog.json")
    assert listing.status == 200


def test_a_watched_thread_brings_what_comes_later_and_the_menu_ends_it(scene: Scene) -> None:
    grown = plain_thread(4)
    first = replace(grown, posts=grown.posts[:-1], modified=grown.modified - 60)
    scene.board.add(first)
    popup = scene.show(first)
    _unfold(popup, "options")
    popup.click("@watch")
    popup.click("@download")
    popup.wait_for("@job-note", "Next look in", timeout_s=30)
    assert popup.text("@job-state") == "Watching"
    assert scene.saved() == by_tim(first)
    scene.board.add(grown)
    popup.wait_for("@unfold-new", "1 new", timeout_s=NEXT_LOOK_S)
    _unfold(popup, "new")
    assert "saved" in popup.wait_for("@new-files", "saved")
    assert scene.saved() == by_tim(grown)
    popup.click("@more")
    assert popup.attribute("@menu-watch", "aria-checked") == "true"
    popup.click("@menu-watch")
    popup.wait_for(DONE, timeout_s=NEXT_LOOK_S)
    assert len(scene.board.requests("*.json")) <= 3


def test_a_filter_is_counted_as_it_is_written_and_holds_for_the_download(scene: Scene) -> None:
    thread = plain_thread(8)
    scene.board.add(thread)
    popup = scene.show(thread)
    _unfold(popup, "options")
    assert popup.wait_for("@preview-names", "0000.jpg")
    popup.fill("@filter", "kind:images wdth:>=8")
    assert "character 13" in popup.wait_for("@filter-error", "wdth")
    assert popup.evaluate("document.querySelector('[data-test=download]').disabled")
    popup.fill("@filter", "ext:webm")
    assert popup.wait_for("@filter-result", "match") == "2 of 8 match"
    assert popup.text("@filter-error") == ""
    popup.wait_for("@download", "Download 2 files")
    popup.click("@download")
    popup.wait_for(DONE)
    webms = [path.rsplit("/", 1)[1].split(".")[0] for path in thread.media() if path.endswith(".webm")]
    assert sorted(scene.saved()) == sorted(webms)
    (report,) = scene.reports()
    assert (report["counts"]["saved"], report["counts"]["filtered"]) == (2, 6)
    assert len(scene.board.requests("*.json")) == 1


def test_the_context_menu_watches_the_thread_of_a_page(scene: Scene) -> None:
    thread = plain_thread(2)
    scene.board.add(thread)
    scene.browser.goto(scene.board.real_url(thread))
    scene.browser.choose_menu("h1", "watch")
    wait_until(lambda: len(scene.saved()) == 2, "both files")
    popup = scene.browser.open_popup()
    popup.wait_for("@job-note", "Next look in")


def test_a_default_filter_that_cannot_be_read_is_refused_beside_its_field(scene: Scene) -> None:
    page = scene.options_page()
    change = "(e => (e.value = {!r}, e.dispatchEvent(new Event('change')), null))(document.querySelector('#filter'))"
    page.evaluate(change.format("wdth:>=8"))
    assert "wdth" in page.wait_for("@filter-error", "character 1")
    page.evaluate(change.format("ext:webm"))
    page.wait_for("@filter-saved")
    assert page.text("@filter-error") == ""
    thread = plain_thread(8)
    scene.board.add(thread)
    assert scene.show(thread).wait_for("@download", "Download") == "Download 2 files"
