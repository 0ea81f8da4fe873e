"""``threadreel history`` and ``threadreel rebuild``, as a person uses them: search, clear, and a ledger that was lost."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from terminal import Terminal

from board.server import Board
from board.threads import named_thread, plain_thread
from command_line import Done, command, saved_files, threadreel, threadreel_here
from rows import job_row
from threadreel.demo.page import Thread
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import JobState

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def threads(board: Board, library: Path) -> list[Thread]:
    """Two threads that were saved."""
    assert library
    saved = [plain_thread(3), named_thread(["crane.png", "boat.png"], no=2000)]
    for thread in saved:
        board.add(thread)
        assert threadreel("get", board.thread_url(thread)).returncode == 0
    return saved


def lose(library: Path) -> None:
    """The ledger and all there was beside it are gone."""
    for path in library.glob("ledger*"):
        path.unlink()
    shutil.rmtree(library / "backups", ignore_errors=True)


def objects(done: Done) -> list[dict[str, object]]:
    return [json.loads(text) for text in done.stdout.splitlines()]


def counts(library: Path) -> Sequence[int]:
    ledger = Ledger(library / "ledger.sqlite3")
    found = JobTable(ledger).count(), FileTable(ledger).count()
    ledger.close()
    return found


def test_the_history_is_shown_newest_first(threads: list[Thread], capsys: Capsys) -> None:
    done = threadreel_here(capsys, "history")
    assert done.returncode == 0
    newer, older = done.stdout.splitlines()
    assert f"/{threads[1].no}  " in newer
    assert f"/{threads[0].no}  " in older
    assert "completed" in older
    assert "3 files: 3 saved" in older
    assert "Threadreel" in older


def test_words_find_a_thread(threads: list[Thread], capsys: Capsys) -> None:
    found = objects(threadreel_here(capsys, "history", str(threads[0].no), "plain", "--json"))
    assert [job["thread"] for job in found] == [threads[0].no]
    done = threadreel_here(capsys, "history", "nothing like it")
    assert (done.returncode, done.stdout) == (0, "")
    assert "these words" in done.stderr


@pytest.mark.usefixtures("threads")
def test_more_than_was_asked_for_is_said(capsys: Capsys) -> None:
    done = threadreel_here(capsys, "history", "--limit", "1")
    assert len(done.stdout.splitlines()) == 1
    assert "--limit 2 shows all" in done.stderr
    assert threadreel_here(capsys, "history", "--state", "failed").stdout == ""


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--limit", "x"], ["--state", "running"]])
def test_what_makes_no_sense_is_a_mistake_of_usage(capsys: Capsys, arguments: list[str]) -> None:
    assert threadreel_here(capsys, "history", *arguments).returncode == 2


def test_a_long_history_comes_in_pages(library: Path, capsys: Capsys) -> None:
    ledger = Ledger(library / "ledger.sqlite3")
    table = JobTable(ledger)
    for number in range(250):
        table.add(job_row(id=str(number), url=str(number), state=JobState.FAILED, finished=float(number)))
    ledger.close()
    done = threadreel_here(capsys, "history", "--limit", "240", "--json")
    assert [job["id"] for job in objects(done)] == [str(number) for number in range(249, 9, -1)]


def test_cleared_history_stays_cleared_and_files_stay_known(
    board: Board, library: Path, threads: list[Thread], capsys: Capsys
) -> None:
    done = threadreel_here(capsys, "history", "plain", "--clear")
    assert done.stdout == "cleared 1 job; the files stay, and stay known\n"
    assert len(threadreel_here(capsys, "history").stdout.splitlines()) == 1
    assert threadreel("rebuild").returncode == 0
    assert len(threadreel_here(capsys, "history").stdout.splitlines()) == 1
    board.record.clear()
    assert threadreel("get", board.thread_url(threads[0])).returncode == 0
    assert board.requests("/*", host=board.media_host) == []
    assert counts(library)[1] == sum(len(thread.media()) for thread in threads)


def test_a_history_that_cannot_be_read_is_left_as_it_is(library: Path, capsys: Capsys) -> None:
    (library / "ledger.sqlite3").write_bytes(b"nothing" * 1000)
    done = threadreel_here(capsys, "history")
    assert done.returncode == 1
    assert "is damaged" in done.stderr
    assert "threadreel rebuild" in done.stderr
    assert (library / "ledger.sqlite3").read_bytes() == b"nothing" * 1000


def test_a_lost_ledger_is_rebuilt_and_nothing_is_fetched_again(
    board: Board, library: Path, threads: list[Thread], capsys: Capsys
) -> None:
    before, files = counts(library), saved_files(library / "downloads")
    lose(library)

    done = threadreel_here(capsys, "rebuild")

    total = len(files)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"rebuilt from 2 reports: {total} files: {total} ok\n"
    assert counts(library) == before
    assert len(threadreel_here(capsys, "history").stdout.splitlines()) == 2
    assert threadreel_here(capsys, "verify").returncode == 0
    board.record.clear()
    for thread in threads:
        again = threadreel("get", board.thread_url(thread))
        assert again.returncode == 0
    assert board.requests("/*", host=board.media_host) == []
    assert saved_files(library / "downloads") == files


@pytest.mark.usefixtures("threads")
def test_what_cannot_be_vouched_for_is_named(library: Path, capsys: Capsys) -> None:
    lose(library)
    first, second, third, *_ = sorted((library / "downloads").rglob("1[0-9]*.*"))
    first.unlink()
    second.write_bytes(b"edited")
    (third.parent / "strange.txt").write_bytes(b"")

    done = threadreel_here(capsys, "rebuild")

    assert done.returncode == 1
    assert f"missing: {first}" in done.stdout
    assert f"damaged: {second}" in done.stdout
    assert "left out: 1 file that no report names" in done.stdout
    assert second.read_bytes() == b"edited"
    sums = objects(threadreel_here(capsys, "rebuild", "--json"))[-1]
    assert (sums["missing"], sums["damaged"], sums["left_out"], sums["reports"]) == (1, 1, 1, 2)


@pytest.mark.usefixtures("threads")
def test_a_damaged_ledger_is_put_aside_and_rebuilt(library: Path) -> None:
    ledger = library / "ledger.sqlite3"
    damaged = ledger.read_bytes()[:-8192]
    ledger.write_bytes(damaged)

    done = threadreel("rebuild")

    assert done.returncode == 0
    assert "is damaged" in done.stderr
    assert "took in nothing of " in done.stdout
    assert (library / "ledger-damaged-1.sqlite3").read_bytes() == damaged
    assert counts(library)[0] == 2


@pytest.mark.usefixtures("threads")
def test_a_download_goes_on_with_a_new_ledger(board: Board, library: Path) -> None:
    (library / "ledger.sqlite3").write_bytes(b"nothing" * 1000)
    thread = plain_thread(2, no=4711)
    board.add(thread)
    done = threadreel("get", board.thread_url(thread))
    assert done.returncode == 0
    assert "warning: The ledger " in done.stderr
    assert "is damaged" in done.stderr
    assert (library / "ledger-damaged-1.sqlite3").read_bytes() == b"nothing" * 1000


def test_a_folder_without_downloads_is_a_mistake_of_usage(tmp_path: Path, capsys: Capsys) -> None:
    done = threadreel_here(capsys, "rebuild", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no downloads" in done.stderr


@pytest.mark.usefixtures("threads")
def test_a_terminal_shows_how_far_it_is() -> None:
    with Terminal(command("rebuild")) as terminal:
        terminal.until(lambda text: "rebuilt from 2 reports" in text, "the sums")
        assert terminal.end() == 0
