"""``threadreel get`` on a disk without room: figures, what to do, and exit code 1."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from board.server import Board
from board.threads import plain_thread
from command_line import saved_files, threadreel_here

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

Usage = namedtuple("Usage", "total used free")


def test_a_thread_without_room_is_refused_with_figures_and_saved_after_room_was_made(
    board: Board, library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = plain_thread(3)
    board.add(thread)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 5_000_000, 5_000_000))
        done = threadreel_here(capsys, "get", board.thread_url(thread))
    assert done.returncode == 1
    sentence, hint = done.stderr.splitlines()
    assert sentence.startswith("error: The files still to come need 30.0 kB, but 5.0 MB are free on the disk of ")
    assert "Make room" in hint
    assert done.stdout.startswith("failed: A plain thread: The files still to come need 30.0 kB")
    assert not (library / "downloads").exists()
    assert threadreel_here(capsys, "get", board.thread_url(thread)).returncode == 0
    assert len(saved_files(library / "downloads")) == 3
