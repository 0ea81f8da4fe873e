"""Two browsers of one person: one library, one queue, and each shows and controls what the other runs."""

import os
import signal
from collections.abc import Callable

import pytest

from board import faults
from board.threads import plain_thread
from e2e.scene import DONE, Scene, by_tim
from waiting import wait_until

pytestmark = pytest.mark.browser

FILES = 8


def test_what_one_browser_runs_the_other_shows_pauses_and_takes_over(make_scene: Callable[..., Scene]) -> None:
    first, second = make_scene("chromium"), make_scene("firefox")
    thread, gate = plain_thread(FILES, 40_000), first.board.gate()
    first.board.add(thread)
    for path in list(thread.media())[-2:]:
        first.board.script(path, faults.stall(gate, after=20_000), then=faults.stall(gate, after=0))
    popup = first.show(thread)
    popup.click("@download")
    popup.wait_for('@job[data-state="running"] @job-counts', str(FILES - 2))

    other = second.show(thread)
    other.wait_for('@job[data-state="running"] @job-counts', str(FILES - 2))
    assert other.attribute("@job", "data-job-id") == popup.attribute("@job", "data-job-id")

    other.click("@pause")
    popup.wait_for('@job[data-state="paused"]')
    other.wait_for('@job[data-state="paused"]')
    other.click("@resume")
    popup.wait_for('@job[data-state="running"]')

    popup.close()
    os.kill(first.stage.host_pids()[-1], signal.SIGKILL)
    gate.set()
    other.wait_for(DONE)
    wait_until(first.reports, "the report")
    assert first.saved() == by_tim(thread)
    assert len(first.reports()) == 1
