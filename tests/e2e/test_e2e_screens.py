"""The popup's other screens: the files of a job, the history; and many addresses at once."""

import pytest

from board import faults
from board.threads import plain_thread
from browsers.axe import violations
from browsers.page import Page
from e2e.scene import DONE, Scene, by_tim
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.in_turn]

NO_THREAD = "https://boards.4chan.org/"


def _press(page: Page, key: str) -> None:
    """As the focused element would hear it."""
    event = f"new KeyboardEvent('keydown', {{key: '{key}', bubbles: true, cancelable: true}})"
    page.evaluate(f"(document.activeElement.dispatchEvent({event}), null)")


def _focused(page: Page) -> str | None:
    return page.evaluate("document.activeElement?.dataset?.test ?? null")


def test_the_files_of_an_incomplete_job_by_state_and_one_of_them_again(scene: Scene) -> None:
    thread = plain_thread(8)
    scene.board.add(thread)
    paths = list(thread.media())
    for path in paths[2:4]:
        scene.board.always(path, faults.status(403))
    scene.board.always(paths[5], faults.status(404))
    popup = scene.show(thread)
    popup.click("@download")
    popup.wait_for('@job[data-state="incomplete"]')
    assert "refuses them to programs" in popup.wait_for("@reasons", "2 files")
    popup.click("@files")
    assert popup.wait_for("@files-sentence") == "5 of 7 files are here"
    wait_until(lambda: popup.count("@file") == 8, "all rows")
    wait_until(lambda: _focused(popup) == "back", "the focus to be at the way back")
    rows = "[...document.querySelectorAll('#files [data-test=state-table] tbody tr')]"
    table = popup.evaluate(f"{rows}.map((row) => [...row.cells].map((cell) => cell.textContent))")
    assert table == [["saved", "5", "62%"], ["refused", "2", "25%"], ["gone", "1", "12%"]]
    assert violations(popup) == []
    popup.click("@filter-blocked")
    wait_until(lambda: popup.count("@file") == 2, "the refused ones")
    scene.board.behave()
    popup.click("@file-retry")
    popup.wait_for("@files-sentence", "6 of 7")
    wait_until(lambda: popup.count("@file") == 1, "one to be left")
    _press(popup, "Escape")
    popup.wait_for("@retry", "Try again")
    wait_until(lambda: _focused(popup) == "files", "the focus to come back")
    assert {tim: body for tim, body in by_tim(thread).items() if tim in scene.saved()} == scene.saved()


def test_of_five_hundred_files_only_those_in_view_are_there_and_the_keyboard_reaches_the_last(scene: Scene) -> None:
    thread = plain_thread(500, 200)
    scene.board.add(thread)
    popup = scene.show(thread)
    popup.click("@download")
    popup.wait_for(DONE, timeout_s=60)
    popup.click("@files")
    popup.wait_for("@file")
    popup.wait_for('@file[aria-setsize="500"]')
    assert popup.text("@files-sentence") == "All 500 files are here"
    assert popup.count("@file") < 40
    popup.evaluate("(document.querySelector('[data-test=file]').focus(), null)")
    _press(popup, "End")
    wait_until(lambda: popup.evaluate("document.activeElement.getAttribute('aria-posinset')") == "500", "the last row")
    assert popup.count("@file") < 40
    _press(popup, "ArrowUp")
    assert popup.evaluate("document.activeElement.getAttribute('aria-posinset')") == "499"


def test_many_addresses_at_once_then_the_history_is_searched_and_cleared(scene: Scene) -> None:
    threads = [
        plain_thread(2, no=no, title=title, seed=no)
        for no, title in ((1000, "Harbours"), (2000, "Lamps"), (3000, "Stairs"))
    ]
    for thread in threads:
        scene.board.add(thread)
    scene.browser.goto(NO_THREAD)
    popup = scene.browser.open_popup()
    urls = [*map(scene.board.real_url, threads), "https://example.org/cats"]
    popup.wait_for("@url-start")
    popup.fill("@url-field", "\n".join(urls))
    assert popup.wait_for("@url-summary", "3 threads") == "3 threads · 1 that cannot be saved"
    assert violations(popup) == []
    popup.click("@url-start")
    wait_until(lambda: popup.count(DONE) == 3, "three downloads", timeout_s=30)
    assert popup.evaluate("document.querySelector('#field').value") == "https://example.org/cats"
    assert len(scene.saved()) == 6
    popup.click("@show-history")
    wait_until(lambda: popup.count("@past") == 3, "the history")
    assert violations(popup) == []
    popup.fill("@history-search", "lamp")
    wait_until(lambda: popup.count("@past") == 1, "what was searched")
    assert popup.text("@history-title") == "Lamps"
    popup.click("@history-title")
    assert popup.wait_for("@files-title") == "Lamps"
    popup.click("@back")
    popup.wait_for("@history-search")
    assert popup.count("@past") == 1
    popup.fill("@history-search", "")
    popup.click("@history-clear")
    wait_until(lambda: _focused(popup) == "history-clear-no", "the question")
    assert violations(popup) == []
    popup.click("@history-clear-yes")
    wait_until(lambda: popup.count("@past") == 0, "an empty history")
    popup.click("@back")
    popup.wait_for("@url-start")
    assert popup.count("@job") == 0
    assert len(scene.saved()) == 6


def test_what_is_dropped_or_pasted_anywhere_goes_into_the_field(scene: Scene) -> None:
    thread = plain_thread(2)
    scene.board.add(thread)
    popup = scene.show(thread)
    popup.wait_for("@download")
    link = scene.board.real_url(plain_thread(1, no=2000))
    popup.evaluate(
        f"((data) => (data.setData('text/uri-list', {link!r}),"
        "document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true})), null))(new DataTransfer())"
    )
    popup.wait_for("@url-summary", "1 thread")
    assert popup.evaluate("document.querySelector('#field').value") == link
    popup.click("@url-close")
    popup.wait_for("@download")


def test_a_new_user_reads_once_what_is_sent_where(scene: Scene) -> None:
    thread = plain_thread(1)
    scene.board.add(thread)
    popup = scene.show(thread)
    assert popup.wait_for("@welcome").count("\n") >= 4
    popup.click("@welcome-done")
    popup.close()
    popup = scene.browser.open_popup()
    popup.wait_for("@download")
    assert not popup.exists("@welcome")
