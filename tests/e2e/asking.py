"""What a site refuses to programs, and the browser that asks a person about it: steps of several tests."""

import threading

from board import faults
from board.exchange import Exchange, Fault
from board.server import Board
from board.threads import plain_thread
from browsers.browser import Popup
from e2e.scene import Scene
from threadreel.demo.samples import SampleThread
from waiting import wait_until

MEDIA = "*://i.4cdn.org/*"
INCOMPLETE = '@job[data-state="incomplete"]'
SERVED = (200, 206)
VIDEO_BYTES = 3_000_000
#: below what may be without a reply: a held file is begun, and not done
HELD_BYTES = 1_200_000
#: the whole chunks in that
PART_BYTES = 2 * 512 * 1024


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
    popup.wait_for("@reasons", "i.4cdn.org")
    popup.wait_for("@fetch-allow")
    return popup


def allow(scene: Scene, popup: Popup, pattern: str = MEDIA) -> None:
    """Press the button, and say yes to what the browser asks then."""
    popup.press("@fetch-allow")
    scene.browser.allow(pattern)


def wait_for_end(scene: Scene, state: str = "completed", timeout_s: float = 60) -> Popup:
    """The popup of the page, which may have been closed meanwhile, when its job has ended so."""
    popup = scene.browser.open_popup()
    popup.wait_for(f'@page-card @job[data-state="{state}"]', timeout_s=timeout_s)
    return popup


def wait_for_report(scene: Scene, thread: SampleThread, timeout_s: float = 60) -> None:
    """Until the thread's download has ended, whether a popup is there to see it or not."""

    def has_ended() -> bool:
        return any(report["thread"] == thread.no for report in scene.reports())

    wait_until(has_ended, f"the report of {thread.no}", timeout_s)


def begin_held(scene: Scene) -> tuple[SampleThread, threading.Event]:
    """A job whose one video is on its way through the browser, and held there with some bytes on the disk."""
    be_allowed(scene)
    return hold(scene)


def be_allowed(scene: Scene) -> None:
    """Let the browser fetch from the media host, for the sake of a first thread."""
    allow(scene, be_refused(scene, refused_thread(scene.board)))
    wait_for_end(scene).close()


def hold(scene: Scene) -> tuple[SampleThread, threading.Event]:
    """As ``begin_held``, where the browser may fetch already."""
    thread = plain_thread(1, VIDEO_BYTES, kinds=[".webm"], no=2000, seed="held")
    gate = scene.board.gate()
    scene.board.add(thread)
    (path,) = videos(thread)
    scene.board.always(path, only_browsers_held(scene.board, gate))
    popup = scene.show(thread)
    popup.click("@download")
    popup.close()
    wait_until(lambda: part_bytes(scene) >= PART_BYTES, "bytes of it on the disk", 30)
    return thread, gate


def only_browsers_held(board: Board, gate: threading.Event, after: int | None = HELD_BYTES) -> Fault:
    """Refused to programs; to browsers it begins, and goes on when the gate is set. ``after``: see ``faults.stall``."""
    refuse = faults.unless_browser(board.cookie, faults.status(403))
    hold = faults.stall(gate, after)

    def spoil(exchange: Exchange) -> None:
        refuse(exchange)
        if exchange.answer.status in SERVED:
            hold(exchange)

    return spoil


def part_bytes(scene: Scene) -> int:
    """What of a video is on the disk."""
    return sum(path.stat().st_size for path in (scene.home / "downloads").rglob("*.part"))
