"""Backups are taken once a day while there is something to lose, are whole, few, and in nobody's way."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import threading
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
from ledgers import job_ids, make_ledger

from repeats import repeats
from rows import child_command, job_row
from threadreel.library import backups, copying
from threadreel.library.backup_files import backup_files
from threadreel.library.backups import INTERVAL_S, KEPT, Backups
from threadreel.library.copying import Abandoned, copy_database
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from waiting import wait_until

CHILD_S = 60
ALL = {f"job-{number}" for number in range(40)}
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite3"
    make_ledger(path)
    return path


class Now:
    """A clock that stands still; it begins at the time of the files."""

    def __init__(self, path: Path) -> None:
        self.time = path.stat().st_mtime

    def __call__(self) -> float:
        return self.time


def backed_up(path: Path, now: Callable[[], float]) -> list[Path]:
    """The backups after a process began and its backup, if it takes one, ended."""
    taking = Backups(path, now, pytest.fail)
    taking.begin()
    if taking._thread is not None:
        taking._thread.join(10)
    assert taking.stop(10)
    return backup_files(path)


def test_a_backup_is_the_ledger_and_one_file(path: Path) -> None:
    ledger = Ledger(path)
    copy = Backups(path, lambda: 0.0, pytest.fail).take()
    ledger.close()

    assert copy is not None
    assert job_ids(copy) == ALL
    assert [file.name for file in copy.parent.iterdir() if file.suffix != ".lock"] == ["ledger-1.sqlite3"]


def test_only_the_newest_are_kept(path: Path) -> None:
    taking = Backups(path, lambda: 0.0, pytest.fail)
    taken = [taking.take() for _ in range(KEPT + 2)]

    assert backup_files(path) == taken[:-4:-1]
    assert [file.stem for file in backup_files(path)] == ["ledger-5", "ledger-4", "ledger-3"]


def test_the_first_is_taken_when_the_library_is_a_day_old(path: Path) -> None:
    now = Now(path)
    now.time = 1000.0 + INTERVAL_S - 1  # the jobs were made at 1000
    assert backed_up(path, now) == []
    now.time += 2
    assert len(backed_up(path, now)) == 1


def test_the_next_is_taken_a_day_later_if_the_ledger_changed(path: Path) -> None:
    now = Now(path)
    [first] = backed_up(path, now)
    taken = path.stat().st_mtime
    os.utime(first, (taken, taken))
    now.time = taken + INTERVAL_S + 1
    assert len(backed_up(path, now)) == 1
    os.utime(path, (taken + 5, taken + 5))
    assert len(backed_up(path, now)) == 2


def test_within_a_day_none_is_taken(path: Path) -> None:
    now = Now(path)
    [first] = backed_up(path, now)
    taken = path.stat().st_mtime
    os.utime(first, (taken - 5, taken - 5))
    now.time = taken + INTERVAL_S - 10
    assert backed_up(path, now) == [first]


def test_a_clock_that_was_set_back_does_not_end_them(path: Path) -> None:
    now = Now(path)
    [first] = backed_up(path, now)
    ahead = first.stat().st_mtime + 10 * INTERVAL_S
    os.utime(first, (ahead, ahead))
    os.utime(path, (ahead + 5, ahead + 5))
    assert len(backed_up(path, now)) == 2


def test_it_looks_once_an_hour(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr(backups, "backup_files", lambda path: looks.append(path) or backup_files(path))
    now = Now(path)
    taking = Backups(path, now, pytest.fail)
    taking._looked = now.time
    for _ in range(1000):
        taking.begin()
    assert looks == []
    now.time += 3601
    taking.begin()
    assert taking.stop(10)
    assert looks


def test_a_writer_does_not_wait_for_a_backup(path: Path) -> None:
    """The copy stands still at its first page; another connection writes; the copy is of the moment before."""
    ledger = Ledger(path)
    wrote = []

    def proceed() -> bool:
        if not wrote:
            JobTable(ledger).add(job_row(id="meanwhile", url="u"))
            wrote.append(True)
        return True

    copy = path.with_name("copy.sqlite3")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert copy_database(db, copy, proceed) == "ok"
    ledger.close()

    assert wrote
    assert job_ids(copy) == ALL
    assert job_ids(path) == {*ALL, "meanwhile"}


def test_writing_all_the_time_does_not_make_it_begin_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_PAGES", 1)
    ledger = Ledger(path)
    steps = []

    def proceed() -> bool:
        steps.append(True)
        JobTable(ledger).add(job_row(id=f"meanwhile-{len(steps)}", url=f"u{len(steps)}"))
        return True

    pages = ledger.row("PRAGMA page_count")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert copy_database(db, path.with_name("copy.sqlite3"), proceed) == "ok"
    ledger.close()

    assert pages is not None
    assert len(steps) <= pages[0] + 1


def test_a_process_that_ends_gives_its_backup_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, leaving = threading.Event(), threading.Event()

    def slow(db: sqlite3.Connection, target: Path, proceed: Callable[[], bool]) -> str:
        def step() -> bool:
            begun.set()
            leaving.wait(10)
            return proceed()

        return copy_database(db, target, step)

    monkeypatch.setattr(backups, "copy_database", slow)
    taking = Backups(path, Now(path), pytest.fail)
    taking.begin()
    assert begun.wait(10)
    assert not taking.stop(0)
    leaving.set()
    assert taking.stop(10)
    taking.begin()
    assert backup_files(path) == []
    assert not list(path.parent.rglob("*.new*"))
    with pytest.raises(Abandoned):
        taking.take()


def test_a_check_is_given_up_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_STEPS", 10)
    answers = iter([True, True, False])  # one page at a time would ask more often
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db, pytest.raises(Abandoned):
        copy_database(db, path.with_name("copy.sqlite3"), lambda: next(answers))


def test_of_two_processes_one_takes_it(path: Path) -> None:
    folder = path.parent / "backups"
    folder.mkdir()
    with backups.alone(folder / "taking.lock", 0) as is_alone:
        assert is_alone
        assert Backups(path, lambda: 0.0, pytest.fail).take() is None
    assert backup_files(path) == []


def test_a_full_disk_is_not_filled_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 10_000, 10_000))
    assert Backups(path, lambda: 0.0, pytest.fail).take() is None
    assert backup_files(path) == []


def test_damage_is_told_marked_and_not_kept(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        [(page,)] = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'files'").fetchall()
    spoiled = bytearray(path.read_bytes())
    spoiled[(page - 1) * 4096 : (page - 1) * 4096 + 64] = bytes(64)
    path.write_bytes(spoiled)
    told: list[str] = []

    assert Backups(path, lambda: 0.0, told.append).take() is None

    assert "threadreel rebuild" in told[0]
    assert not list(path.parent.rglob("*.new*"))
    ledger = Ledger(path)
    ledger.close()
    assert len(ledger.notices) == 1


TAKE = (
    "import os, resource, signal, time\n"
    "from pathlib import Path\n"
    "from threadreel.library import backups, copying\n"
    "path = Path(sys.argv[1])\n"
    "taking = backups.Backups(path, time.time, print)\n"
)


@pytest.mark.process
@pytest.mark.parametrize("page", range(0, 20, 20 // repeats(5)))
def test_a_kill_leaves_the_older_backups_and_no_rubbish_for_long(path: Path, page: int) -> None:
    older = Backups(path, lambda: 0.0, pytest.fail).take()
    program = TAKE + (
        "left = int(sys.argv[2])\n"
        "def copy(db, target, proceed):\n"
        "    def step():\n"
        "        global left\n"
        "        left -= 1\n"
        "        if left < 0:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return True\n"
        "    return copying.copy_database(db, target, step)\n"
        "copying._PAGES, backups.copy_database = 1, copy\n"
        "taking.take()\n"
    )
    done = subprocess.run(child_command(program, path, page), timeout=CHILD_S, check=False)
    assert done.returncode == -9
    assert backup_files(path) == [older]

    taken = Backups(path, lambda: 0.0, pytest.fail).take()

    assert backup_files(path) == [taken, older]
    assert taken is not None
    assert job_ids(taken) == ALL
    assert not list(path.parent.rglob("*.new*"))


@pytest.mark.process
def test_where_it_cannot_be_written_it_is_given_up(path: Path) -> None:
    program = TAKE + (
        "import logging\n"
        "logging.basicConfig(stream=sys.stdout, format='%(levelname)s', level='WARNING')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "taking.begin()\n"
        "taking._thread.join(30)\n"
    )
    done = subprocess.run(child_command(program, path), capture_output=True, text=True, timeout=CHILD_S, check=True)

    assert done.stdout == "WARNING\n"
    assert backup_files(path) == []
    assert not list(path.parent.rglob("*.new"))


def test_it_leaves_no_thread_behind(path: Path) -> None:
    taking = Backups(path, Now(path), pytest.fail)
    taking.begin()
    wait_until(lambda: backup_files(path), "the backup")
    assert taking.stop(10)
    assert "backup" not in {thread.name for thread in threading.enumerate()}
