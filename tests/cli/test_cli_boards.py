"""``threadreel get`` of a whole board: every thread of it, one job, one sum; and its dry run."""

import json
from pathlib import Path

import pytest
from terminal import Terminal

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import command, is_whole, threadreel
from threadreel.demo.samples import SampleThread
from threadreel.wire.contract import check_event

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]


@pytest.fixture
def threads(board: Board) -> list[SampleThread]:
    """Two threads of the board, last bumped first."""
    made = [plain_thread(4, no=2000, seed="b", title="Second"), plain_thread(3, no=1000, seed="a", title="First")]
    for thread in made:
        board.add(thread)
    return made


def catalog(board: Board) -> str:
    return f"{board.root}/g/catalog"


def folder_of(library: Path) -> Path:
    return library / "downloads" / "Threadreel" / "sample" / "g"


def test_every_thread_of_a_board_is_saved_and_summed_up(
    board: Board, library: Path, threads: list[SampleThread]
) -> None:
    done = threadreel("get", catalog(board))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    ends = [line for line in lines if line.startswith("completed: ")]
    assert [line.split(":")[1].strip() for line in ends[:2]] == ["First", "Second"], "the oldest thread dies first"
    assert "2 threads, 7 files: 7 saved" in ends[2]
    assert len([line for line in lines if line.startswith("saved: ")]) == 7
    assert is_whole(folder_of(library) / "1000 First", threads[1])
    assert is_whole(folder_of(library) / "2000 Second", threads[0])


@pytest.mark.usefixtures("threads")
def test_a_thread_that_died_meanwhile_is_said_and_not_fatal(board: Board) -> None:
    dead = plain_thread(1, no=500, title="Dead")
    board.add(dead)
    board.always("/g/thread/500.json", faults.status(404))
    done = threadreel("get", catalog(board))
    assert done.returncode == 0
    assert "/g/thread/500" in done.stdout + done.stderr
    assert "3 threads, 7 files: 7 saved" in done.stdout.splitlines()[-1]


def test_a_catalog_that_cannot_be_read_is_one_sentence(board: Board) -> None:
    board.always("/g/catalog.json", faults.replaced(b"<html>", "text/html"))
    done = threadreel("get", f"{board.root}/g/catalog")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stdout.startswith("failed: ")


@pytest.mark.usefixtures("threads")
def test_json_tells_of_the_children_too(board: Board) -> None:
    done = threadreel("get", catalog(board), "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        check_event(event)
    ends = [event["job"] for event in events if event["type"] == "job.finished"]
    parent = ends[-1]
    assert [job["parent"] for job in ends] == [parent["id"], parent["id"], None]
    assert parent["children"] == [job["id"] for job in ends[:2]]


@pytest.mark.usefixtures("threads")
def test_dry_run_lists_the_threads_in_their_order(board: Board, library: Path) -> None:
    arguments = ("get", catalog(board), "--dry-run", "--filter", "-subject:first")
    done = threadreel(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    title, *lines = done.stdout.splitlines()
    assert title == f"/g/ catalog: 1 of 2 threads to read; {library / 'downloads'}"
    assert lines == ["  filtered: 1000 First", "  read: 2000 Second"]
    (plan,) = [json.loads(line) for line in threadreel(*arguments, "--json").stdout.splitlines()]
    assert [(each["thread"], each["state"]) for each in plan["threads"]] == [(1000, "filtered"), (2000, "queued")]
    assert not (library / "downloads").exists()
    assert {entry.path for entry in board.requests()} == {"/g/catalog.json"}


def test_a_terminal_shows_one_line_for_a_board(board: Board, threads: list[SampleThread]) -> None:
    gate = board.gate()
    board.script(lambda request: request.path in threads[0].media(), then=faults.stall(gate))
    with Terminal(command("get", catalog(board)), 120) as terminal:
        shown = terminal.until(lambda screen: "1/2 threads of /g/" in screen and "3/7" in screen, "the board's line")
        note, row = shown.splitlines()
        assert note == "note /g/ catalog: 2 threads to fetch."
        assert "━" in row, "and no line for a thread of it, done or not"
        gate.set()
        assert terminal.end() == 0
        (summary,) = [line for line in terminal.screen.text.splitlines() if line.startswith("completed ")]
        assert "2 threads, 7 files: 7 saved" in summary
