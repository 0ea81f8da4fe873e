"""The live display, in a real terminal: what it shows on the way, what stays, and that the terminal is as it was."""

import re
from pathlib import Path

import pytest
from terminal import Terminal, widest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import command, is_whole

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

LONG = "Wallpapers from everywhere: mountains, 漢字漢字漢字, the sea, [red]no markup[/red] and a title that goes on"


def folder_of(library: Path, name: str) -> str:
    return str(library / "downloads" / "Threadreel" / "sample" / "g" / name)


def flat(screen: str) -> str:
    """The text without the breaks of lines that were longer than the terminal."""
    return screen.replace("\n", "")


def rows_of(screen: str) -> list[str]:
    """The titles of the bars."""
    return [line.split("━")[0].strip() for line in screen.splitlines() if "━" in line]


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (120, r"^A plain thread +━.* 2/4 +\d.* of 40\.0 kB "),
        (80, r"^A plain thread +━.* 2/4 "),
        (40, r"^A plain th… ━.* 2/4$|^A plain thre… ━.* 2/4$"),
        (24, r"^A plain t… ━.* 2/4$"),
    ],
)
def test_a_row_that_fits_and_a_line_that_stays(board: Board, library: Path, columns: int, row: str) -> None:
    thread = plain_thread(4)
    board.add(thread)
    gate = board.gate()
    for held in list(thread.media())[2:]:
        board.always(held, faults.stall(gate, after=5_000))
    with Terminal(command("get", board.thread_url(thread)), columns) as terminal:
        shown = terminal.until(lambda screen: re.search(row, screen, re.MULTILINE), f"a row like {row}")
        assert len(shown.splitlines()) == 1
        assert widest(shown) <= columns - 3
        assert not terminal.screen.has_cursor
        gate.set()
        assert terminal.end() == 0
        summary = f"completed A plain thread: 4 files: 4 saved; {folder_of(library, '1000 A plain thread')}"
        assert flat(terminal.screen.text) == flat(summary)
        assert terminal.screen.has_cursor
    assert is_whole(library / "downloads", thread)


def test_several_threads_have_a_total_and_a_line_each(board: Board) -> None:
    first = plain_thread(2, no=1000, seed="a", title=LONG)
    second = plain_thread(3, no=2000, seed="b", title="Second")
    board.add(first)
    board.add(second)
    gate, later = board.gate(), board.gate()
    board.script(lambda request: request.path in first.media(), then=faults.stall(gate))
    board.script(lambda request: request.path in second.media(), then=faults.stall(later))
    missing = f"{board.root}/g/thread/404"
    with Terminal(command("get", *map(board.thread_url, (first, second)), missing), 100, 12) as terminal:
        titles = ["All 3 threads", "Wallpapers from everywhere: moun…", "Second"]
        shown = terminal.until(
            lambda screen: rows_of(screen) == titles and all(word in screen for word in ("0/2", "0/3", "failed")),
            "a total, and a row for each that is at work",
        )
        assert shown.splitlines()[:3] == [
            f"error The thread {missing} is gone (404).",
            "  It was deleted, or has left the board. An archive may have it.",
            f"failed {missing}",
        ]
        gate.set()
        terminal.until(
            lambda screen: rows_of(screen) == ["All 3 threads", "Second"] and "2/5" in screen, "the end of the first"
        )
        later.set()
        assert terminal.end() == 1
        shown = flat(terminal.screen.text)
        assert rows_of(shown) == []
        assert shown.count("completed ") == 2
        assert "[red]no markup[/red]" in shown
        assert terminal.screen.has_cursor


def test_errors_stand_above_the_bar(board: Board) -> None:
    thread = plain_thread(3)
    board.add(thread)
    refused, held, _ = thread.media()
    gate = board.gate()
    board.always(refused, faults.challenge(403))
    board.always(held, faults.stall(gate))
    with Terminal(command("get", board.thread_url(thread))) as terminal:
        shown = terminal.until(
            lambda screen: "error" in screen and "2/3" in screen and rows_of(screen) == ["A plain thread"],
            "the error and the row",
        )
        above, _ = shown.splitlines()
        assert above.startswith("error ")
        assert Path(refused).stem in above
        gate.set()
        assert terminal.end() == 1
        assert flat(terminal.screen.text).count("incomplete A plain thread: 3 files: 2 saved, 1 blocked; ") == 1


def test_a_host_that_is_left_alone_is_told_with_the_time_that_is_left(board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    board.always(board.is_media, faults.status(429, 30))
    with Terminal(command("get", board.thread_url(thread)), 100) as terminal:
        terminal.until(lambda screen: re.search(r"cooling down +0:2\d$", screen, re.MULTILINE), "the cooldown")
        terminal.interrupt()
        assert terminal.end() == 130


def test_interrupted_the_terminal_is_as_it_was(board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    board.always(board.is_media, faults.stall(board.gate()))
    with Terminal(command("get", board.thread_url(thread))) as terminal:
        terminal.until(lambda screen: "0/2" in screen, "the row")
        terminal.interrupt()
        assert terminal.end() == 130
        assert terminal.screen.text == "Interrupted. `threadreel resume` goes on with what is unfinished."
        assert terminal.screen.has_cursor


def test_a_mistake_leaves_the_terminal_as_it_was(board: Board) -> None:
    with Terminal(command("get", f"{board.root}/nothing/of/ours")) as terminal:
        assert terminal.end() == 2
        assert flat(terminal.screen.text).startswith("threadreel: ")
        assert terminal.screen.has_cursor


def test_a_broken_ledger_leaves_the_terminal_as_it_was(board: Board, library: Path) -> None:
    (library / "ledger.sqlite3").mkdir()
    with Terminal(command("get", f"{board.root}/g/thread/1")) as terminal:
        assert terminal.end() == 1
        assert flat(terminal.screen.text).startswith("threadreel: The ledger ")
        assert terminal.screen.has_cursor


def test_a_dumb_terminal_gets_plain_lines(board: Board, library: Path) -> None:
    thread = plain_thread(1)
    board.add(thread)
    with Terminal(command("get", board.thread_url(thread)), 200, env={"TERM": "dumb"}) as terminal:
        assert terminal.end() == 0
        saved, summary = terminal.screen.text.splitlines()
        assert saved.startswith("saved: ")
        assert summary.endswith(folder_of(library, "1000 A plain thread"))
