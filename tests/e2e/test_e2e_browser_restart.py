"""The browser, or the host, ends while a file is on its way through the browser: what comes next goes on with the part."""

import os
import signal
import threading
from collections.abc import Callable

import pytest

from e2e.asking import PART_BYTES, be_allowed, begin_held, hold, videos, wait_for_report
from e2e.in_turn import in_turn
from e2e.scene import Scene, by_tim
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = pytest.mark.browser


def asked_later(scene: Scene, thread: SampleThread, before: int) -> list[str]:
    """The ranges that the browser asked for of the thread's one video, after so many requests for it."""
    (path,) = videos(thread)
    later = scene.board.requests(path)[before:]
    return [entry.headers["range"] for entry in later if "sec-fetch-mode" in entry.headers]


def goes_on(scene: Scene, thread: SampleThread, gate: threading.Event, end: Callable[[], None]) -> None:
    """``end`` something, and nobody does anything more: the file is whole, and nothing of it was fetched twice."""
    before = len(scene.board.requests(*videos(thread)))
    end()
    wait_until(lambda: asked_later(scene, thread, before), "the browser to ask for what is missing", 60)
    gate.set()
    wait_for_report(scene, thread)
    assert set(by_tim(thread).items()) <= set(scene.saved().items())
    assert asked_later(scene, thread, before)[0].startswith(f"bytes={PART_BYTES}-")


@pytest.mark.parametrize(("browser_name", "is_killed"), in_turn({"quit": False, "killed": True}))
def test_the_browser_ends_in_the_middle_of_a_file(
    make_asking_scene: Callable[..., Scene], browser_name: str, is_killed: bool
) -> None:
    scene = make_asking_scene(browser_name, is_lasting=True)
    be_allowed(scene)
    scene.browser.restart(is_killed=False)  # from now on all that was allowed is in the profile
    thread, gate = hold(scene)
    goes_on(scene, thread, gate, lambda: scene.browser.restart(is_killed=is_killed))


def test_the_host_is_killed_in_the_middle_of_a_file(make_asking_scene: Callable[..., Scene], browser_name: str) -> None:
    scene = make_asking_scene(browser_name)
    thread, gate = begin_held(scene)
    goes_on(scene, thread, gate, lambda: os.kill(scene.stage.host_pids()[-1], signal.SIGKILL))
