"""Pages in a language that runs from right to left."""

from collections.abc import Callable
from typing import Any

import pytest

from board.threads import plain_thread
from e2e.scene import Scene
from waiting import wait_until

pytestmark = pytest.mark.browser


def turn_round(messages: dict[str, Any]) -> None:
    """A language that runs from right to left, with words of this one's length."""
    for key, entry in messages.items():
        if key != "language":
            entry["message"] = "".join(chr(0x5D0 + ord(c) % 27) if c.isalpha() else c for c in entry["message"])
    messages["direction"]["message"] = "rtl"


def test_pages_can_run_from_right_to_left(make_copy_scene: Callable[..., Scene]) -> None:
    scene = make_copy_scene("_locales/en/messages.json", turn_round)
    thread = plain_thread(3)
    scene.board.add(thread)
    popup = scene.show(thread)
    popup.wait_for("@download", "3")
    laid_out = "[document.documentElement.dir, document.documentElement.scrollWidth <= innerWidth]"
    assert popup.evaluate(laid_out) == ["rtl", True]
    popup.close()
    page = scene.browser.extension_page("options/options.html")
    wait_until(lambda: not page.evaluate("document.querySelector('[data-test=choose]').disabled"), "the host")
    assert page.evaluate(laid_out) == ["rtl", True]
