"""Threads with some files, and how far their transfers have come."""

from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread

SIZE = 40_000


def media_thread(board: Board, files: int = 4, no: int = 1000) -> SampleThread:
    thread = plain_thread(files, SIZE, no=no, seed=no)
    board.add(thread)
    return thread


def until_sent(board: Board, count: int) -> None:
    """So many requests for media have arrived."""
    board.wait_until(lambda: len(board.requests(host=board.media_host)) >= count)
