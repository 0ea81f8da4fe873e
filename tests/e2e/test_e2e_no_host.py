"""A browser in which the host is not there: the popup says so plainly, and finds it as soon as it is."""

from collections.abc import Callable

import pytest

from board.threads import plain_thread
from e2e.scene import DONE, Scene, by_tim

pytestmark = pytest.mark.browser


def test_without_the_host_the_popup_names_the_one_command_and_then_finds_it(
    make_scene: Callable[..., Scene], browser_name: str
) -> None:
    scene = make_scene(browser_name, register=False)
    thread = plain_thread(2)
    scene.board.add(thread)
    popup = scene.show(thread)
    popup.wait_for("@host-missing")
    assert popup.text("@host-command") == "threadreel install"
    assert popup.text("@host-reason")
    assert not popup.exists("@page-card")
    scene.browser.register_host()
    popup.click("@try-again")
    popup.click("@download")
    popup.wait_for(DONE)
    assert scene.saved() == by_tim(thread)
