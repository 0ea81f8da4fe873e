"""The walk of a new user through the popup, in a browser with a real window: step by step, with what is to be seen at each.

``test_e2e_walk.py`` asserts what holds at each step, ``screenshots/walk.py`` takes its picture. Nothing is set up in advance:
the program gets its place from ``threadreel install``, with the settings and the folders that it has by itself.
"""

import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from board import faults
from board.certificates import Certificate
from board.server import REAL_NAMES, Board
from browsers.browser import Popup, open_browser
from browsers.stage import Stage
from browsers.window import Screen, Window
from command_line import threadreel
from e2e.asking import INCOMPLETE, MEDIA
from e2e.scene import DONE, Scene
from threadreel.demo.samples import SampleThread, demo_threads
from threadreel.places import TREE
from waiting import wait_until

WINDOW_PX = (960, 700)
RUNNING = '@page-card @job[data-state="running"]'
#: so many files of the first and of the second thread come before the rest is held
COME, COME_LATER = 20, 12
#: and these two of the second are refused to programs
REFUSED = slice(5, 12, 6)
#: what a desktop, a developer or another test may have set; a new user has it not
_SET_BY_OTHERS = (
    "THREADREEL_HOME",
    *(f"XDG_{kind}" for kind in ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "DOWNLOAD_DIR")),
)


@dataclass
class NewUser(Scene):
    """``home`` is HOME itself."""

    window: Window

    @property
    def downloads(self) -> Path:
        return self.home / "Downloads" / TREE

    def hosts(self) -> set[int]:
        """The process ids of the programs that run for this user: whatever is Python and has this HOME."""
        return {int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_host(folder, self.home)}


@dataclass(frozen=True)
class Step:
    """What is to be seen: ``popup`` is None when it is closed, ``terminal`` is what a command has said.

    ``press`` is what the user presses next, ``caption`` is empty where nothing is worth a picture.
    """

    name: str
    caption: str
    popup: Popup | None = None
    press: str = ""
    terminal: str = ""


@contextmanager
def new_user(name: str, folder: Path, board: Board, certificate: Certificate) -> Iterator[NewUser]:
    """A browser that has the extension, and nothing of the program on this machine; ``folder`` is not there yet."""
    folder.mkdir()
    with ExitStack() as ends:
        patch = ends.enter_context(pytest.MonkeyPatch.context())
        for variable in _SET_BY_OTHERS:
            patch.delenv(variable, raising=False)
        screen = Screen()
        ends.callback(screen.close)
        ports = (board.http_port, board.https_port)
        stage = Stage(folder, REAL_NAMES, *ports, inherited=board.environment(), certificate=certificate)
        browser = open_browser(name, stage, register=False, display=screen)
        ends.callback(browser.close)
        yield NewUser(board, browser, stage, stage.home, Window(screen, browser, *WINDOW_PX))


def sample_threads() -> tuple[SampleThread, SampleThread]:
    """The two of the demo; drawing their pictures takes seconds."""
    first, second = demo_threads()
    return replace(first, board="wg"), replace(second, board="wg")


def file_paths(thread: SampleThread) -> list[str]:
    """Where its files are below the media host."""
    return [file.path(thread.board) for file in thread.files()]


def counted(popup: Popup) -> int:
    """How many files of the page's thread the popup says are here; 0 unless they are on their way."""
    words = popup.text(f"{RUNNING} @job-counts").split()
    return int(words[0]) if words else 0


def walk(user: NewUser, first: SampleThread, second: SampleThread) -> Iterator[Step]:
    """Install, first thread, close, reopen, second thread, trouble, repair."""
    popup = yield from _install(user, first)
    yield from _first_thread(user, first, popup)
    yield from _second_thread(user, second, len(file_paths(first)))


def _install(user: NewUser, thread: SampleThread) -> Generator[Step, None, Popup]:
    user.board.add(thread)
    popup = user.show(thread)
    popup.wait_for("@host-missing")
    popup.wait_for("@welcome-done")
    yield Step("no program", "The extension is there, its program is not: the popup names the command.", popup)
    done = threadreel("install", env={"HOME": str(user.home)})
    assert done.returncode == 0, done.stderr
    words = f"$ threadreel install\n{done.stdout}".replace(str(user.home), "~")
    yield Step("installed", "That command, in a terminal.", popup, "@try-again", words)
    popup.press("@try-again")
    popup.wait_for("@download")
    popup.wait_for("@welcome-done")
    yield Step("first run", "“Try again”, and it is there. Three lines say what is sent where.", popup, "@welcome-done")
    popup.press("@welcome-done")
    wait_until(lambda: not popup.exists("@welcome"), "the three lines to be gone")
    yield Step("thread", "The thread: what it holds, and one button.", popup, "@download")
    return popup


def _first_thread(user: NewUser, thread: SampleThread, popup: Popup) -> Iterator[Step]:
    gate = _hold(user.board, thread, COME, at_bytes=60_000)
    popup.press("@download")
    _wait_for_some(user, popup, COME, 0)
    yield Step("running", "The files land, and each one is checked.", popup)
    popup.close()
    yield Step("closed", "The popup is closed. The download goes on; the button counts what is left.")
    popup = user.browser.open_popup()
    wait_until(lambda: counted(popup) >= COME, "the same files")
    yield Step("reopened", "Opened again, it says the same.", popup)
    gate.set()
    popup.wait_for(f"@page-card {DONE}", timeout_s=60)
    yield Step("done", "Every file that is there. One was deleted by its poster; the popup says so.", popup)
    popup.close()


def _second_thread(user: NewUser, thread: SampleThread, had: int) -> Iterator[Step]:
    board = user.board
    board.add(thread)
    gate = _hold(board, thread, COME_LATER, at_bytes=10_000)
    for path in file_paths(thread)[REFUSED]:
        board.always(path, faults.needs_header("Sec-Fetch-Site", 403))
    popup = user.show(thread)
    popup.press("@download")
    _wait_for_some(user, popup, COME_LATER, had)
    yield Step("second thread", "", popup)
    before = user.hosts()
    for host in before:
        os.kill(host, signal.SIGKILL)
    wait_until(lambda: user.hosts() - before, "a new program")
    wait_until(lambda: counted(popup) >= COME_LATER, "the same files")
    popup.wait_for("@notice", "It is running again")
    yield Step(
        "killed", "A second thread. The program was killed halfway: it is back by itself, nothing is lost.", popup
    )
    gate.set()
    popup.wait_for(f"@page-card {INCOMPLETE}", timeout_s=60)
    popup.wait_for("@reasons", "refuses them to programs")
    popup.wait_for("@fetch-allow")
    yield Step(
        "trouble",
        "Trouble: the site refuses two files to programs. The popup offers what helps.",
        popup,
        "@fetch-allow",
    )
    popup.press("@fetch-allow")
    user.browser.wait_for_question()
    yield Step("question", "The browser asks, for this one host.")
    user.browser.allow(MEDIA)
    popup = user.browser.open_popup()
    popup.wait_for(f"@page-card {DONE}", timeout_s=60)
    yield Step("repaired", "Repaired: every file is here.", popup)
    popup.close()


def _wait_for_some(user: NewUser, popup: Popup, come: int, had: int) -> None:
    """So many files more than there were are here, and the popup says so."""
    wait_until(lambda: counted(popup) >= come and len(user.saved()) >= had + come, "files to come", 60)


def _hold(board: Board, thread: SampleThread, come: int, at_bytes: int) -> threading.Event:
    """So many of the thread's files come; the others only to this place before the gate is set. All come slowly."""
    gate, paths, slow = board.gate(), set(file_paths(thread)), faults.slow(200_000)
    held = faults.both(slow, faults.stall(gate, after=at_bytes))
    board.script(lambda request: request.path in paths, *[slow] * come, then=held, each_path=False)
    return gate


def _is_host(process: Path, home: Path) -> bool:
    try:
        program = (process / "exe").resolve()
        variables = (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended
        return False
    return program == Path(sys.executable).resolve() and f"HOME={home}".encode() in variables
