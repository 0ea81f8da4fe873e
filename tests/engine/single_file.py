"""A thread of one file on the board, and what was asked for of it."""

from pathlib import Path

from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread

SIZE = 40_000
HTML = faults.replaced(b"<!DOCTYPE html><html><title>Not here</title></html>", "text/html")


def one_file(board: Board, size_bytes: int = SIZE, ext: str = ".png") -> tuple[SampleThread, str, bytes]:
    """A thread of one file on the board, the file's path and its bytes."""
    thread = plain_thread(1, size_bytes, kinds=[ext])
    board.add(thread)
    ((path, body),) = thread.media().items()
    return thread, path, body


def only_file(scene: Scene, job: str) -> Path:
    return scene.folder(job) / scene.files(job)[0].name


def ranges(board: Board, path: str) -> list[str | None]:
    """The Range of each request for this path."""
    return [entry.headers.get("range") for entry in board.requests(path)]
