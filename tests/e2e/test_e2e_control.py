"""A job under way: the popup closes and reopens, the host dies, the person pauses, goes on and cancels."""

import os
import signal

import pytest

from board import faults
from board.threads import plain_thread
from browsers.page import Page
from e2e.scene import DONE, Scene, by_tim
from waiting import wait_until

pytestmark = pytest.mark.browser

FILES = 12
HELD = 4


def _start_with_held_files(scene: Scene):
    """A job of which all but the last files are done; those wait for the gate with half of their bytes on disk."""
    thread, gate = plain_thread(FILES, 40_000), scene.board.gate()
    scene.board.add(thread)
    for path in list(thread.media())[-HELD:]:
        scene.board.script(path, faults.stall(gate, after=20_000), then=faults.stall(gate, after=0))
    popup = scene.show(thread)
    popup.click("@download")
    scene.board.wait_until(lambda: len(_answered(scene)) == FILES - HELD, "the other files to be fetched")
    popup.wait_for('@job[data-state="running"] @job-counts', str(FILES - HELD))
    return thread, gate, popup


def _answered(scene: Scene) -> list[str]:
    return [entry.path for entry in scene.board.requests(host="i.4cdn.org") if entry.body_bytes == 40_000]


def _job(page: Page) -> tuple[str | None, str]:
    return page.attribute("@job", "data-job-id"), page.text("@job-counts")


def test_a_popup_opened_again_shows_the_same_truth(scene: Scene) -> None:
    thread, gate, popup = _start_with_held_files(scene)
    before = _job(popup)
    popup.close()
    popup = scene.browser.open_popup()
    popup.wait_for('@job[data-state="running"]')
    assert _job(popup) == before
    assert popup.count("@job") == 1
    popup.close()
    gate.set()
    wait_until(scene.reports, "the report, with no popup open")
    popup = scene.browser.open_popup()
    popup.wait_for(DONE)
    assert popup.attribute("@job", "data-job-id") == before[0]
    assert scene.saved() == by_tim(thread)
    assert len(scene.board.requests("*.json")) == 1
    assert sorted(_answered(scene)) == sorted(thread.media())


def test_a_killed_host_is_started_again_and_the_job_goes_on(scene: Scene) -> None:
    thread, gate, popup = _start_with_held_files(scene)
    job = popup.attribute("@job", "data-job-id")
    first = scene.stage.host_pids()
    os.kill(first[-1], signal.SIGKILL)
    wait_until(lambda: len(scene.stage.host_pids()) > len(first), "a new host")
    gate.set()
    popup.wait_for(DONE, timeout_s=30)
    assert popup.attribute("@job", "data-job-id") == job
    assert scene.saved() == by_tim(thread)
    held = list(thread.media())[-HELD:]
    fetched = _answered(scene)
    assert [fetched.count(path) for path in thread.media() if path not in held] == [1] * (FILES - HELD)
    assert len(scene.board.requests("*.json")) == 1


def test_pause_stops_the_traffic_and_resume_finishes(scene: Scene) -> None:
    thread, gate, popup = _start_with_held_files(scene)
    popup.click("@pause")
    popup.wait_for('@job[data-state="paused"]')
    scene.board.wait_until(lambda: all(entry.ended_s for entry in scene.board.requests()), "all traffic to end")
    gate.set()
    asked = len(scene.board.requests())
    popup.close()
    popup = scene.browser.open_popup()
    popup.wait_for('@job[data-state="paused"]')
    assert len(scene.board.requests()) == asked
    popup.click("@resume")
    popup.wait_for(DONE)
    assert scene.saved() == by_tim(thread)
    assert len(scene.board.requests("*.json")) == 1


def test_cancel_keeps_what_is_done_and_nothing_comes_after_it(scene: Scene) -> None:
    thread, gate, popup = _start_with_held_files(scene)
    popup.click("@cancel")
    popup.wait_for('@job[data-state="cancelled"]')
    gate.set()
    scene.board.wait_until(lambda: all(entry.ended_s for entry in scene.board.requests()), "all traffic to end")
    held = {path.rsplit("/", 1)[1].split(".")[0] for path in list(thread.media())[-HELD:]}
    assert scene.saved() == {tim: body for tim, body in by_tim(thread).items() if tim not in held}
    (report,) = wait_until(scene.reports, "the report")
    assert (report["counts"]["saved"], report["counts"]["cancelled"]) == (FILES - HELD, HELD)


def test_the_browser_stops_the_background_and_the_job_goes_on(scene: Scene) -> None:
    thread, gate, popup = _start_with_held_files(scene)
    popup.close()
    scene.browser.stop_background()
    popup = scene.browser.open_popup()
    popup.wait_for('@job[data-state="running"]')
    gate.set()
    popup.wait_for(DONE, timeout_s=30)
    assert scene.saved() == by_tim(thread)
    assert len(scene.board.requests("*.json")) == 1
