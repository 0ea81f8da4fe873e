"""The ways to start a download in a real browser, and what is on disk afterwards."""

from collections.abc import Callable

import pytest

from board import faults
from board.threads import hard_thread, plain_thread
from e2e.scene import DONE, Scene, by_tim
from waiting import wait_until

pytestmark = pytest.mark.browser


def test_the_popup_shows_the_thread_and_its_button_saves_every_file(scene: Scene) -> None:
    thread = plain_thread(8, [3_000, 60_000], title="Eight files")
    scene.board.add(thread)
    popup = scene.show(thread)
    assert popup.wait_for("@page-title") == "Eight files"
    assert scene.board.requests(host="i.4cdn.org") == []
    popup.click("@download")
    assert "8" in popup.wait_for(f"{DONE} @job-counts")
    assert scene.saved() == by_tim(thread)
    (report,) = scene.reports()
    assert (report["counts"]["total"], report["counts"]["saved"]) == (8, 8)
    assert scene.board.refused == []


def test_a_hard_thread_lands_byte_for_byte_and_a_second_click_adds_nothing(scene: Scene) -> None:
    thread = hard_thread()
    scene.board.add(thread)
    popup = scene.show(thread)
    popup.click("@download")
    popup.wait_for(DONE, timeout_s=60)
    assert scene.saved() == by_tim(thread)
    popup.close()
    scene.board.record.clear()
    popup = scene.browser.open_popup()
    popup.wait_for("@page-title", "A hard thread")
    assert scene.board.requests(host="i.4cdn.org") == []
    assert scene.saved() == by_tim(thread)


def test_the_context_menu_of_a_page_saves_its_thread(scene: Scene) -> None:
    thread = plain_thread(3)
    scene.board.add(thread)
    scene.browser.goto(scene.board.real_url(thread))
    scene.browser.choose_menu("h1", "page")
    wait_until(scene.reports, "the report")
    assert scene.saved() == by_tim(thread)


def test_the_context_menu_of_a_link_saves_the_thread_it_leads_to(scene: Scene) -> None:
    here, there = plain_thread(1, no=1000), plain_thread(3, no=2000, seed="there")
    scene.board.add(here)
    scene.board.add(there)
    scene.browser.goto(scene.board.real_url(here))
    link = f"https://boards.4chan.org/g/thread/{there.no}"
    scene.browser.tab.evaluate(f"(document.querySelector('h1').innerHTML = '<a id=there href={link}>there</a>', null)")
    scene.browser.choose_menu("#there", "link")
    wait_until(scene.reports, "the report")
    assert scene.saved() == by_tim(there)


def test_the_context_menu_of_a_picture_saves_that_picture(scene: Scene) -> None:
    thread = plain_thread(3, thumbnails=True, kinds=[".png"])
    scene.board.add(thread)
    scene.browser.goto(scene.board.real_url(thread))
    # the first popup tells the extension which sites there are
    scene.browser.open_popup().wait_for("@page-title")
    scene.browser.goto(scene.board.real_url(thread))
    scene.browser.choose_menu("article:nth-of-type(3) img", "picture")
    second = dict(list(by_tim(thread).items())[1:2])
    assert wait_until(scene.saved, "the picture") == second


def test_with_start_on_click_the_click_is_the_order_and_cancel_is_in_view(
    make_scene: Callable[..., Scene], browser_name: str
) -> None:
    scene = make_scene(browser_name, settings={"start_on_click": True})
    thread, gate = plain_thread(4), scene.board.gate()
    scene.board.add(thread)
    scene.board.always(scene.board.is_media, faults.stall(gate))
    popup = scene.show(thread)
    popup.wait_for("@cancel")
    scene.board.wait_until(lambda: len(scene.board.requests(host="i.4cdn.org")) == 4)
    gate.set()
    popup.wait_for(DONE)
    assert scene.saved() == by_tim(thread)


def test_an_address_that_was_typed_is_saved_too(scene: Scene) -> None:
    thread = plain_thread(2)
    scene.board.add(thread)
    scene.browser.goto(f"http://{scene.board.host}/")
    popup = scene.browser.open_popup()
    popup.wait_for("@url-start")
    popup.fill("@url-field", scene.board.real_url(thread))
    popup.click("@url-start")
    popup.wait_for(DONE)
    assert scene.saved() == by_tim(thread)
