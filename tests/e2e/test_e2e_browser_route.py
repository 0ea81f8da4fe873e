"""What the site refuses to programs comes through the browser, once the person has said yes to the browser's question."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.exchange import Exchange, Fault
from board.server import REAL_NAMES, Board
from board.threads import plain_thread
from browsers.browser import Popup, open_browser
from browsers.display import Display
from browsers.stage import Stage
from command_line import threadreel
from e2e.scene import DONE, Scene, by_tim
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = pytest.mark.browser

MEDIA = "*://i.4cdn.org/*"
INCOMPLETE = '@job[data-state="incomplete"]'
SERVED = (200, 206)
VIDEO_BYTES = 3_000_000
#: below what may be without a reply: a held file is begun, and not done
HELD_BYTES = 1_200_000


@pytest.fixture
def make_asking_scene(tmp_path: Path, board: Board) -> Iterator[Callable[..., Scene]]:
    """Start a scene whose browser asks a person; ``settings`` go into the host's settings file."""
    opened: list[tuple[Scene, Display | None]] = []

    def make(name: str, settings: dict[str, Any] | None = None) -> Scene:
        home, folder = tmp_path / "home", tmp_path / "browser"
        home.mkdir()
        folder.mkdir()
        (home / "settings.json").write_text(json.dumps(settings or {}), encoding="utf-8")
        environment = board.environment() | {"THREADREEL_HOME": str(home)}
        stage = Stage(folder, REAL_NAMES, board.http_port, board.https_port, environment)
        display = Display() if name == "chromium" else None
        opened.append((Scene(board, open_browser(name, stage, display=display), stage, home), display))
        return opened[-1][0]

    yield make
    for scene, display in opened:
        scene.browser.close()
        if display:
            display.close()
        assert scene.stage.host_stderr == ""


@pytest.fixture
def scene(make_asking_scene: Callable[..., Scene], browser_name: str) -> Scene:
    """A scene with the default settings."""
    return make_asking_scene(browser_name)


def refused_thread(board: Board, sizes: list[int] | None = None) -> SampleThread:
    """Pictures and videos; the videos are for browsers only that were on a page of the media host."""
    thread = plain_thread(4, sizes or [20_000, VIDEO_BYTES], kinds=[".jpg", ".webm"])
    board.add(thread)
    board.serve_only_browsers(faults.status(403), "*.webm")
    return thread


def videos(thread: SampleThread) -> list[str]:
    """The paths of the thread's videos."""
    return [path for path in thread.media() if path.endswith(".webm")]


def be_known(scene: Scene) -> None:
    """Visit the media host, as a person does whom it has asked whether there is a person."""
    scene.browser.goto("https://i.4cdn.org/")


def be_refused(scene: Scene, thread: SampleThread) -> Popup:
    """Download without the permission: the videos are blocked, and the popup offers what would help."""
    be_known(scene)
    popup = scene.show(thread)
    popup.click("@download")
    popup.wait_for(f"@page-card {INCOMPLETE}", timeout_s=60)
    popup.wait_for("@fetch-offer", "i.4cdn.org")
    return popup


def allow(scene: Scene, popup: Popup) -> None:
    """Press the button, and say yes to what the browser asks then."""
    popup.press("@fetch-allow")
    scene.browser.allow(MEDIA)


def wait_for_end(scene: Scene, state: str = "completed", timeout_s: float = 60) -> Popup:
    """The popup of the page, which may have been closed meanwhile, when its job has ended so."""
    popup = scene.browser.open_popup()
    popup.wait_for(f'@page-card @job[data-state="{state}"]', timeout_s=timeout_s)
    return popup


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
    assert not popup.exists("@fetch-offer")
    (report,) = scene.reports()
    assert report["counts"]["saved"] == report["counts"]["total"] == 4
    served = [entry for entry in scene.board.requests("*.webm") if entry.status in SERVED]
    assert {entry.path for entry in served} == set(videos(thread))
    # as the page itself would ask
    told = {"referer": "https://boards.4chan.org/", "sec-fetch-site": "cross-site", "sec-fetch-dest": "video"}
    for entry in served:
        assert {name: entry.headers.get(name) for name in told} == told


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
    popup.wait_for("@fetch-offer", "i.4cdn.org", timeout_s=30)
    assert scene.saved() == by_tim(thread) | by_tim(second)


def begin_held(scene: Scene) -> tuple[SampleThread, threading.Event]:
    """A job whose one video is on its way through the browser, and held there with some bytes on the disk."""
    allow(scene, be_refused(scene, refused_thread(scene.board)))
    wait_for_end(scene).close()
    thread = plain_thread(1, VIDEO_BYTES, kinds=[".webm"], no=2000, seed="held")
    gate = scene.board.gate()
    scene.board.add(thread)
    (path,) = videos(thread)
    scene.board.always(path, only_browsers_held(scene.board, gate))
    popup = scene.show(thread)
    popup.click("@download")
    popup.close()
    wait_until(lambda: part_bytes(scene) > 0, "bytes of it on the disk", 30)
    return thread, gate


def only_browsers_held(board: Board, gate: threading.Event) -> Fault:
    """Refused to programs; to browsers it begins, and goes on when the gate is set."""
    refuse = faults.unless_browser(board.cookie, faults.status(403))
    hold = faults.stall(gate, after=HELD_BYTES)

    def spoil(exchange: Exchange) -> None:
        refuse(exchange)
        if exchange.answer.status in SERVED:
            hold(exchange)

    return spoil


def part_bytes(scene: Scene) -> int:
    """What of a video is on the disk."""
    return sum(path.stat().st_size for path in (scene.home / "downloads").rglob("*.part"))


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
    scene.browser.tab.evaluate("(setTimeout(() => window.close(), 0), null)")
    scene.browser.switch(other)
    gate.set()
    wait_until(lambda: set(by_tim(thread).items()) <= set(scene.saved().items()), "the video", 60)


def test_the_permission_is_taken_back_in_the_middle_of_a_file(scene: Scene) -> None:
    thread, gate = begin_held(scene)
    options = scene.browser.extension_page("options/options.html")
    options.click("@fetch-revoke")
    options.wait_for("@fetch-empty")
    gate.set()
    scene.browser.goto(scene.board.real_url(thread))
    popup = wait_for_end(scene, "incomplete")
    popup.wait_for("@fetch-offer", "i.4cdn.org")
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
