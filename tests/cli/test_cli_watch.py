"""``threadreel watch``: it ends with the thread, goes on after an interruption, and says what it found."""

import json
import re
import signal
from pathlib import Path

import pytest
from terminal import Terminal

from board.server import Board
from board.threads import Life, plain_thread
from command_line import command, is_whole, start_threadreel, threadreel
from threadreel.wire.contract import check_event

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

EXIT_LIMIT_S = 10.0
#: a thread is not asked again before 10 s have passed
LOOK_LIMIT_S = 30.0


def test_an_archived_thread_is_saved_and_that_is_all(board: Board, library: Path) -> None:
    thread = plain_thread(3)
    board.add(Life(thread).archived())
    done = threadreel("watch", board.thread_url(thread))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("note: ") and "archive" in line]
    assert lines[-1].startswith("completed: A plain thread: 3 files: 3 saved; ")
    assert is_whole(library / "downloads", thread)


def test_a_thread_that_is_not_there_is_a_failure(board: Board) -> None:
    done = threadreel("watch", f"{board.root}/g/thread/404")
    assert done.returncode == 1
    assert "is gone (404)" in done.stderr


def test_interrupted_it_goes_on_and_new_files_are_said(board: Board, library: Path) -> None:
    thread = plain_thread(4)
    life = Life(thread)
    board.add(life.grown(3))
    with start_threadreel("watch", board.thread_url(thread)) as running:
        assert running.stdout is not None
        look = next((line for line in running.stdout if line.startswith("watching: ")), "")
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=EXIT_LIMIT_S)
        assert running.returncode == 130
    assert re.fullmatch(r"watching: A plain thread: 2 files; next look at \d\d:\d\d:\d\d\n", look)
    assert stderr.splitlines() == ["Interrupted. `threadreel resume` goes on with what is unfinished."]
    assert "unfinished: 1 job, 0 of them running now, 1 watched" in threadreel("health").stdout

    life.grown(5)
    board.add(life.archived())
    board.record.clear()
    done = threadreel("resume", limit_s=LOOK_LIMIT_S)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "note: A plain thread: 2 new files." in lines
    assert len([line for line in lines if line.startswith("saved: ") and line.endswith(" (new)")]) == 2
    assert lines[-1].startswith("completed: A plain thread: 4 files: 4 saved; ")
    assert is_whole(library / "downloads", thread)
    api = [entry for entry in board.requests() if entry.path.endswith(".json")]
    assert [bool(entry.headers.get("if-modified-since")) for entry in api] == [True]


def test_json_is_events_of_the_contract(board: Board) -> None:
    thread = plain_thread(2)
    board.add(Life(thread).archived())
    done = threadreel("watch", board.thread_url(thread), "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        check_event(event)
    (end,) = [event for event in events if event["type"] == "job.finished"]
    assert end["job"]["watch"] == {"next": None, "new": 0}


def test_it_follows_into_the_successor(board: Board) -> None:
    old = plain_thread(1, no=1000, seed="a", title="Harbours general #1")
    new = plain_thread(2, no=2000, seed="b", title="Harbours general #2")
    board.add(Life(old).archived())
    board.add(Life(new).archived())
    board.add(plain_thread(1, no=3000, seed="c", title="Mountains"))
    done = threadreel(
        *("watch", board.thread_url(old), "--follow", "harbours general", "--follow-depth", "1"), limit_s=LOOK_LIMIT_S
    )
    assert done.returncode == 0
    ends = [line for line in done.stdout.splitlines() if line.startswith("completed: ")]
    assert [line.split(": ")[1] for line in ends] == ["Harbours general #1", "Harbours general #2"]


def test_a_terminal_shows_when_it_looks_again(board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    with Terminal(command("watch", board.thread_url(thread)), 100) as terminal:
        terminal.until(lambda screen: "━" in screen and "watching" in screen.splitlines()[-1], "the row")
        terminal.until(lambda screen: "0:0" in screen.splitlines()[-1], "the time that is left")
        terminal.interrupt()
        assert terminal.end() == 130
        assert terminal.screen.has_cursor
