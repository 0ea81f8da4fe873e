"""``threadreel verify``: what is said of a library, in a pipe, as JSON and on a terminal, and the exit code."""

import json
import os
from pathlib import Path

import pytest
from terminal import Terminal

from board.server import Board
from board.threads import plain_thread
from command_line import Done, command, threadreel, threadreel_here
from rows import file_row
from threadreel.library.file_table import FileTable
from threadreel.library.ledger import Ledger

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

Capsys = pytest.CaptureFixture[str]
ENDLESS_BYTES = 100 * 10**9


@pytest.fixture
def saved(board: Board, library: Path) -> list[Path]:
    """The files of a thread that was saved, in order."""
    thread = plain_thread(5)
    board.add(thread)
    assert threadreel("get", board.thread_url(thread)).returncode == 0
    return sorted((library / "downloads").rglob("1750*"))


def spoil(saved: list[Path]) -> None:
    """The first is missing, the second damaged, the third somebody's work."""
    saved[0].unlink()
    facts = saved[1].stat()
    saved[1].write_bytes(bytes(facts.st_size))
    os.utime(saved[1], ns=(facts.st_atime_ns, facts.st_mtime_ns))
    saved[2].write_bytes(b"edited")


def objects(done: Done) -> list[dict[str, object]]:
    return [json.loads(text) for text in done.stdout.splitlines()]


@pytest.mark.usefixtures("saved")
def test_a_library_that_is_whole(capsys: Capsys) -> None:
    done = threadreel_here(capsys, "verify")
    assert (done.returncode, done.stdout, done.stderr) == (0, "verified 5 files: 5 ok\n", "")


def test_what_is_not_as_it_was_is_named(saved: list[Path]) -> None:
    spoil(saved)
    done = threadreel("verify")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"missing: {saved[0]}",
        f"damaged: {saved[1]} (other bytes)",
        f"damaged: {saved[2]} (6 of 10000 bytes; written after it was saved)",
        "verified 5 files: 2 ok, 1 missing, 2 damaged",
    ]
    assert "threadreel get URL" in done.stderr
    assert saved[2].read_bytes() == b"edited"


def test_json_has_an_object_for_each_trouble_and_the_sums(saved: list[Path], capsys: Capsys) -> None:
    spoil(saved)
    done = threadreel_here(capsys, "verify", "--json")
    *troubles, sums = objects(done)
    assert done.returncode == 1
    assert done.stderr == ""
    assert [(entry["state"], entry["path"], entry["size"]) for entry in troubles] == [
        ("missing", str(saved[0]), 10_000),
        ("damaged", str(saved[1]), 10_000),
        ("damaged", str(saved[2]), 10_000),
    ]
    assert sums == {"files": 5, "ok": 2, "missing": 1, "damaged": 2, "unreadable": 0}


def test_a_folder_may_be_named_in_any_way(saved: list[Path], capsys: Capsys) -> None:
    done = threadreel("verify", ".", folder=saved[0].parent)
    assert (done.returncode, done.stdout) == (0, "verified 5 files: 5 ok\n")
    done = threadreel_here(capsys, "verify", f"{saved[0].parent}/../{saved[0].parent.name}/")
    assert (done.returncode, done.stdout) == (0, "verified 5 files: 5 ok\n")


@pytest.mark.usefixtures("saved")
def test_a_folder_without_saved_files_is_a_mistake(library: Path, capsys: Capsys) -> None:
    done = threadreel_here(capsys, "verify", str(library / "logs"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Nothing that Threadreel saved is below {library / 'logs'}" in done.stderr


def test_an_empty_library_is_whole(capsys: Capsys) -> None:
    done = threadreel_here(capsys, "verify")
    assert (done.returncode, done.stdout) == (0, "verified 0 files\n")


def test_a_terminal_shows_a_bar_and_keeps_the_troubles(saved: list[Path]) -> None:
    spoil(saved)
    with Terminal(command("verify"), columns=200) as terminal:
        assert terminal.end() == 1
        assert f"missing: {saved[0]}\ndamaged: {saved[1]} (other bytes)" in terminal.screen.text
        assert "Verifying" not in terminal.screen.text
        assert terminal.screen.has_cursor


def test_a_pipe_that_has_the_name_is_not_the_file_and_nobody_waits_for_it(saved: list[Path], capsys: Capsys) -> None:
    saved[0].unlink()
    os.mkfifo(saved[0])
    done = threadreel_here(capsys, "verify")
    assert done.stdout.splitlines()[0] == f"missing: {saved[0]}"


def test_ctrl_c_ends_it_in_the_midst_of_a_file(saved: list[Path], library: Path) -> None:
    ledger = Ledger(library / "ledger.sqlite3")
    with saved[0].open("r+b") as file:
        file.truncate(ENDLESS_BYTES)  # takes no room: a hole
    FileTable(ledger).put(file_row(saved[0]))
    ledger.close()
    with Terminal(command("verify"), columns=100) as terminal:
        terminal.until(lambda screen: "Verifying" in screen, "the bar")
        terminal.interrupt()
        assert terminal.end() == 130
        assert terminal.screen.has_cursor
