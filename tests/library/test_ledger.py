"""The ledger: all or nothing, for several threads and processes at once, and still readable after a kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repeats import repeats
from rows import child_command
from threadreel.errors import LedgerError
from threadreel.library import opening
from threadreel.library.ledger import Ledger
from threadreel.library.schema import VERSION

PACE = "INSERT INTO paces (host, next, cooldown) VALUES (?, ?, 0)"
CHILD_S = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger(path)
    yield opened
    opened.close()


def hosts(ledger: Ledger) -> list[str]:
    return [row["host"] for row in ledger.rows("SELECT host FROM paces ORDER BY host")]


def test_a_new_ledger_has_its_tables_and_its_version(ledger: Ledger, path: Path) -> None:
    tables = {row["name"] for row in ledger.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables == {"jobs", "attachments", "files", "answers", "paces", "commands", "owners"}
    version, mode = ledger.row("PRAGMA user_version"), ledger.row("PRAGMA journal_mode")
    assert version is not None
    assert mode is not None
    assert (version[0], mode[0]) == (VERSION, "wal")
    assert path.parent.stat().st_mode & 0o077 == 0


def test_it_is_there_again_when_opened_again(path: Path) -> None:
    first = Ledger(path)
    first.run(PACE, ("a", 1.0))
    first.close()
    second = Ledger(path)
    assert hosts(second) == ["a"]
    second.close()


def test_who_comes_too_late_is_not_written_and_not_refused(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.close()
    ledger.later("a", PACE, ("a", 1.0))
    ledger.flush()
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.run(PACE, ("a", 1.0))


def test_a_value_of_another_type_is_refused(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        ledger.run(PACE, ("a", "soon"))


def test_a_statement_says_how_many_rows_it_changed(ledger: Ledger) -> None:
    ledger.run_many(PACE, [("a", 1.0), ("b", 2.0)])
    assert ledger.run("UPDATE paces SET next = 3") == 2
    assert ledger.run("UPDATE paces SET next = 3 WHERE host = 'c'") == 0
    assert ledger.row("SELECT * FROM paces WHERE host = 'c'") is None


class Trouble(BaseException):
    """Like KeyboardInterrupt: no Exception."""


def run_inside(ledger: Ledger, act: Callable[[], object]) -> None:
    """A transaction that adds a row and then does something that goes wrong."""
    with ledger.transaction():
        ledger.run(PACE, ("a", 1.0))
        act()


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    def fail() -> None:
        assert hosts(ledger) == ["a"]
        raise Trouble

    with pytest.raises(Trouble):
        run_inside(ledger, fail)
    assert hosts(ledger) == []
    with pytest.raises(sqlite3.IntegrityError):
        ledger.run_many(PACE, [("a", 1.0), ("b", 2.0), ("a", 3.0)])
    assert hosts(ledger) == []
    with ledger.transaction():
        ledger.run(PACE, ("a", 1.0))
    assert hosts(ledger) == ["a"]


def test_a_disk_that_fills_up_does_not_lock_the_ledger(ledger: Ledger) -> None:
    limit = ledger.row("PRAGMA page_count")
    assert limit is not None
    ledger.run(f"PRAGMA max_page_count = {limit[0]}")
    rows = [(f"{number}".zfill(500), 1.0) for number in range(1000)]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        ledger.run_many(PACE, rows)
    ledger.run(f"PRAGMA max_page_count = {limit[0] + 1000}")
    with ledger.transaction():
        ledger.run(PACE, ("a", 1.0))
    assert hosts(ledger) == ["a"]


def test_a_transaction_does_not_nest(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.OperationalError):
        run_inside(ledger, ledger.transaction().__enter__)
    assert hosts(ledger) == []


def test_no_other_threads_statement_comes_into_a_transaction(ledger: Ledger) -> None:
    inside, wrote = threading.Event(), threading.Event()

    def intrude() -> None:
        inside.wait(10)
        ledger.run(PACE, ("intruder", 1.0))
        wrote.set()

    def fail() -> None:
        inside.set()
        assert not wrote.wait(0.05)  # it has to wait; were it let in, the rollback would take its row
        raise Trouble

    thread = threading.Thread(target=intrude)
    thread.start()
    with pytest.raises(Trouble):
        run_inside(ledger, fail)
    thread.join(10)
    assert hosts(ledger) == ["intruder"]


def test_somebody_elses_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE jobs (theirs)")
    raw.close()
    with pytest.raises(LedgerError) as caught:
        Ledger(path)
    assert caught.value.code == "ledger.unusable"
    raw = sqlite3.connect(path)
    assert [row[0] for row in raw.execute("SELECT name FROM sqlite_schema")] == ["jobs"]
    raw.close()


def test_a_place_that_cannot_hold_one_is_a_ledger_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "ledger.sqlite3").mkdir()
    for path in (tmp_path / "file" / "below" / "ledger.sqlite3", tmp_path / "ledger.sqlite3"):
        with pytest.raises(LedgerError) as caught:
            Ledger(path)
        assert caught.value.code == "ledger.unusable"


def test_after_closing_nothing_is_written(ledger: Ledger) -> None:
    ledger.close()
    ledger.close()
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.run(PACE, ("a", 1.0))


def test_a_ledger_that_stays_locked_is_not_waited_for_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", 0.05)
    Ledger(path).close()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA locking_mode=EXCLUSIVE")
    raw.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerError, match="locked"):
        Ledger(path)
    raw.close()


def test_one_that_another_process_is_just_making_is_waited_for(path: Path) -> None:
    path.parent.mkdir()
    raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    raw.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.1, raw.rollback)
    timer.start()
    Ledger(path).close()
    timer.join(10)
    raw.close()


OPEN = (
    "from pathlib import Path\n"
    "from threadreel.library.ledger import Ledger\n"
    f"PACE = {PACE!r}\n"
    "sys.stdin.read(1)\n"
    "ledger = Ledger(Path(sys.argv[1]))\n"
)


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    command = child_command(program, *arguments)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def finish(child: subprocess.Popen[str]) -> str:
    out, _ = child.communicate(timeout=CHILD_S)
    assert child.returncode == 0
    return out


@pytest.mark.process
def test_processes_that_make_it_and_write_at_once_all_succeed(path: Path) -> None:
    program = OPEN + (
        "for number in range(100):\n"
        "    with ledger.transaction():\n"
        "        count = ledger.row('SELECT count(*) FROM paces')[0]\n"
        "        ledger.run(PACE, (f'{sys.argv[2]}-{number}', float(count)))\n"
        "ledger.close()"
    )
    children = [start(program, path, number) for number in range(4)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("g")
        child.stdin.flush()
    for child in children:
        finish(child)
    ledger = Ledger(path)
    counts = [row["next"] for row in ledger.rows("SELECT next FROM paces ORDER BY next")]
    ledger.close()
    assert counts == [float(number) for number in range(400)]


@pytest.mark.process
@pytest.mark.parametrize("lines", range(repeats(5)))
def test_a_writer_that_is_killed_leaves_whole_transactions(path: Path, lines: int) -> None:
    program = OPEN + (
        "number = 0\n"
        "while True:\n"
        "    ledger.run_many(PACE, [(f'{number}-{part}', 1.0) for part in range(50)])\n"
        "    number += 1\n"
        "    print(number, flush=True)"
    )
    child = start(program, path)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("g")
    child.stdin.flush()
    told = 0
    for _ in range(lines + 1):
        told = int(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    child.communicate(timeout=CHILD_S)
    ledger = Ledger(path)
    check, count = ledger.row("PRAGMA integrity_check"), ledger.row("SELECT count(*) FROM paces")
    ledger.run(PACE, ("next", 1.0))
    ledger.close()
    assert check is not None
    assert count is not None
    assert check[0] == "ok"
    assert count[0] % 50 == 0
    assert count[0] >= told * 50


@pytest.mark.process
def test_a_process_waits_while_another_is_in_a_transaction(path: Path) -> None:
    ledger = Ledger(path)
    program = OPEN + "print('writing', flush=True)\nledger.run(PACE, ('child', 1))\nprint('wrote')"
    child = start(program, path)
    assert child.stdin is not None
    assert child.stdout is not None
    with ledger.transaction():
        ledger.run(PACE, ("parent", 1.0))
        child.stdin.write("g")
        child.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.3)
    assert finish(child) == "writing\nwrote\n"
    assert hosts(ledger) == ["child", "parent"]
    ledger.close()
