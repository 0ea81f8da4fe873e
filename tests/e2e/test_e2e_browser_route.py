"""What the site refuses to programs comes through the browser, once the person has said yes to the browser's question."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from board.server import Board
from board.threads import plain_thread
from command_line import threadreel
from e2e.asking import (
    SERVED,
    VIDEO_BYTES,
    allow,
    be_known,
    be_refused,
    begin_held,
    refused_thread,
    videos,
    wait_for_end,
    wait_for_report,
)
from e2e.scene import DONE, Scene, by_tim
from waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(make_asking_scene: Callable[..., Scene], browser_name: str) -> Scene:
    """A scene with the default settings."""
    return make_asking_scene(browser_name)


def test_the_command_line_alone_is_refused(board: Board, tmp_path: Path) -> None:
    thread = refused_thread(board)
    environment = board.environment() | {"THREADREEL_HOME": str(tmp_path / "home")}
    done = threadreel("get", board.real_url(thread), "--json", env=environment, limit_s=100)
    assert done.returncode == 1
    (end,) = [event for line in done.stdout.splitlines() if (event := json.loads(line))["type"] == "job.finished"]
    assert (end["job"]["state"], end["job"]["files"]["blocked"]) == ("incomplete", len(videos(thread)))


def test_with_the_permission_every_byte_comes_and_the_popup_says_how(scene: Scene) -> None:
    thread = refused_thread(scene.board)
    popup = be_refused(scene, thread)
    assert scene.board.requests("*.webm", host="i.4cdn.org")[-1].status == 403
    allow(scene, popup)
    popup = wait_for_end(scene)
    assert scene.saved() == by_tim(thread)
    assert "2 through the browser" in popup.wait_for(f"{DONE} @job-counts", "through")
    assert not popup.exists("@fetch-allow")
    (report,) = scene.reports()
    assert report["counts"]["saved"] == report["counts"]["total"] == 4
    served = [entry for entry in scene.board.requests("*.webm") if entry.status in SERVED]
    assert {entry.path for entry in served} == set(videos(thread))
    # as the page itself would ask
    told = {"referer": "https://boards.4chan.org/", "sec-fetch-site": "cross-site", "sec-fetch-dest": "video"}
    for entry in served:
        assert {name: entry.headers.get(name) for name in told} == told


def test_what_helps_is_the_large_button_from_the_first_moment(scene: Scene) -> None:
    thread = refused_thread(scene.board)
    be_known(scene)
    popup = scene.show(thread)
    popup.wait_for("@download")
    popup.evaluate(
        """(() => {
          window.seen = new Set();
          const look = () => {
            const button = document.querySelector(".actions > .primary");
            if (button.checkVisibility({visibilityProperty: true})) window.seen.add(button.dataset.test);
          };
          new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
          return null;
        })()"""
    )
    popup.click("@download")
    popup.wait_for("@fetch-allow", timeout_s=60)
    assert "retry" not in popup.evaluate("[...window.seen]")
    wait_until(lambda: popup.evaluate("document.activeElement.dataset.test") == "fetch-allow", "the focus to be there")
    assert popup.text("@retry") == "Try again"
    assert popup.text("@reasons") == "2 files: i.4cdn.org refuses them to programs; your browser may be given them."
    assert not popup.exists("@fetch-offer")


def test_what_was_allowed_is_remembered_and_the_options_page_takes_it_back(scene: Scene) -> None:
    thread = refused_thread(scene.board)
    allow(scene, be_refused(scene, thread))
    wait_for_end(scene).close()
    options = scene.browser.extension_page("options/options.html")
    assert "i.4cdn.org" in options.wait_for("@fetch-hosts", "i.4cdn.org")
    second = plain_thread(2, VIDEO_BYTES, kinds=[".webm"], no=2000, seed="second")
    scene.board.add(second)
    popup = scene.show(second)
    popup.click("@download")
    popup.wait_for(f"@page-card {DONE}", timeout_s=60)
    popup.close()
    options = scene.browser.extension_page("options/options.html")
    options.click("@fetch-revoke")
    options.wait_for("@fetch-empty")
    third = plain_thread(1, VIDEO_BYTES, kinds=[".webm"], no=3000, seed="third")
    scene.board.add(third)
    popup = scene.show(third)
    popup.click("@download")
    # refused to the program, whether its host is asked once more or left alone for a while
    popup.wait_for("@fetch-allow", timeout_s=30)
    assert "i.4cdn.org" in popup.text("#main")
    assert scene.saved() == by_tim(thread) | by_tim(second)


def test_the_background_is_stopped_in_the_middle_of_a_file(scene: Scene) -> None:
    thread, gate = begin_held(scene)
    scene.browser.stop_background()
    gate.set()
    popup = wait_for_end(scene)
    assert popup.text("@page-title")
    assert set(by_tim(thread).items()) <= set(scene.saved().items())


def test_the_tab_is_closed_in_the_middle_of_a_file(scene: Scene) -> None:
    here = scene.browser.handle
    thread, gate = begin_held(scene)
    scene.browser.new_tab()
    other = scene.browser.handle
    scene.browser.switch(here)
    scene.close_tab()
    scene.browser.switch(other)
    gate.set()
    wait_for_report(scene, thread)
    assert set(by_tim(thread).items()) <= set(scene.saved().items())


def test_the_permission_is_taken_back_in_the_middle_of_a_file(scene: Scene) -> None:
    thread, gate = begin_held(scene)
    options = scene.browser.extension_page("options/options.html")
    options.click("@fetch-revoke")
    options.wait_for("@fetch-empty")
    scene.browser.goto(scene.board.real_url(thread))
    popup = wait_for_end(scene, "incomplete", timeout_s=90)  # the host may be left alone for a minute first
    popup.wait_for("@reasons", "i.4cdn.org")
    gate.set()
    (path,) = videos(thread)
    scene.board.wait_until(lambda: all(entry.ended_s for entry in scene.board.requests(path)), "the request to end")
    assert not set(by_tim(thread)) & set(scene.saved())


def test_the_person_cancels_in_the_middle_of_a_file(scene: Scene) -> None:
    thread, gate = begin_held(scene)
    popup = scene.browser.open_popup()
    popup.click("@cancel")
    popup.wait_for('@job[data-state="cancelled"]')
    gate.set()
    (path,) = videos(thread)
    scene.board.wait_until(lambda: all(entry.ended_s for entry in scene.board.requests(path)), "the request to end")
    assert not set(by_tim(thread)) & set(scene.saved())
    assert len([entry for entry in scene.board.requests(path) if entry.status in SERVED]) == 1


def test_a_video_of_100_mb(scene: Scene) -> None:
    thread = refused_thread(scene.board, [20_000, 100_000_000])
    allow(scene, be_refused(scene, thread))
    wait_for_end(scene, timeout_s=120)
    assert scene.saved() == by_tim(thread)


def test_the_profile_keeps_nothing_of_the_session_in_our_files(scene: Scene) -> None:
    thread = refused_thread(scene.board)
    allow(scene, be_refused(scene, thread))
    wait_for_end(scene)
    secret = scene.board.cookie.split("=")[1].encode()
    kept = [path for path in scene.home.rglob("*") if path.is_file()]
    assert kept
    assert [path for path in kept if secret in path.read_bytes()] == []
