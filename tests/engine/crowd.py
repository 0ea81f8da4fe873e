"""Engines that share a library, as many processes do."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from engine_harness import Scene

from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread
from threadreel.library.owner_table import BROWSER, COMMAND


class Crowd:
    """Engines on one library, each as if it were a process of its own."""

    def __init__(self, board: Board, home: Path, stack: ExitStack) -> None:
        self._board, self._home, self._stack = board, home, stack

    def come(self, kind: str = BROWSER, label: str = "", **settings: Any) -> Scene:
        """One more, which takes part: a browser hears of everything, a command of what it follows."""
        scene = self._stack.enter_context(Scene(self._board, self._home, settings=settings))
        assert scene.engine.join(kind, label, everything=kind == BROWSER)
        return scene


def threads_of(board: Board, count: int, files: int = 3) -> list[SampleThread]:
    threads = [plain_thread(files, 2_000, no=1000 * n, seed=n, title=f"Thread {n}") for n in range(1, count + 1)]
    for thread in threads:
        board.add(thread)
    return threads


def awaited(board: Board, crowd: Crowd) -> tuple[Scene, Scene, str, str]:
    """A browser that runs two jobs, a command that waits for the first of them, and their ids."""
    one, other = threads_of(board, 2)
    browser, command = crowd.come(), crowd.come(COMMAND)
    [wanted] = browser.start(one)
    [stranger] = browser.start(other)
    assert not command.engine.wait([wanted], 0.0)
    until_newest(command, wanted, state="running")
    return browser, command, wanted, stranger


def newest(scene: Scene, job: str) -> dict[str, Any]:
    updates = [event["job"] for event in scene.events("job.update", job)]
    return updates[-1] if updates else {}


def until_newest(scene: Scene, job: str, **values: Any) -> None:
    scene.until(lambda: values.items() <= newest(scene, job).items(), f"{values} of {job}")
