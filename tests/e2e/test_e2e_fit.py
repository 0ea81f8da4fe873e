"""The popup has as much room as the browser and the screen give it, and all of it can be reached there."""

import pytest

from board.threads import plain_thread
from browsers.fit import enlarge, out_of_reach
from e2e.in_turn import in_turn
from e2e.scene import Scene
from waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("browser_name", "percent"), in_turn({"100": 100, "200": 200}))
def test_nothing_is_cut_off(scene: Scene, percent: int) -> None:
    thread = plain_thread(6, title="General discussion of very long thread titles, number 148")
    scene.board.add(thread)
    scene.browser.goto(scene.board.real_url(thread))
    if percent > 100:
        enlarge(scene.browser, percent)
    popup = scene.show(thread)
    popup.wait_for("@welcome-done")
    popup.click("@unfold-options")
    popup.wait_for("@preview-names")
    assert percent == popup.evaluate("devicePixelRatio * 100")
    wait_until(lambda: out_of_reach(popup) == [], "the popup to fit")
    popup.fill("@filter", "wdth:>=1920")
    popup.wait_for("@filter-error", "wdth")
    wait_until(lambda: out_of_reach(popup) == [], "the popup to fit")
