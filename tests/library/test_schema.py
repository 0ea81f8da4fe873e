"""An older ledger is brought forward with a copy kept, and loses nothing."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from pathlib import Path

import pytest

from repeats import repeats
from rows import child_command
from threadreel.errors import LedgerError
from threadreel.library import damage, opening, schema
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import JobState


def an_old_ledger(path: Path) -> None:
    """A ledger as the first version wrote it, with one job."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in filter(None, map(str.strip, schema._STEPS[0].split(";\n"))):
            db.execute(statement)
        db.execute("PRAGMA user_version=1")
        columns = (
            "id, url, root, site, kind, board, thread, title, state, priority, watching, options, directory, planned"
        )
        values = ("old", "u", "r", "4chan", "thread", "po", 7, "Paper", "paused", "normal", 0, "{}", "r/d", 1)
        marks = ", ".join("?" * len(values))
        db.execute(f"INSERT INTO jobs ({columns}, created, summary) VALUES ({marks}, 5.0, '{{}}')", values)


def test_a_ledger_of_the_first_version_is_brought_forward_with_its_jobs(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    an_old_ledger(path)

    with contextlib.closing(Ledger(path)) as ledger:
        job = JobTable(ledger).get("old")
        version = ledger.row("PRAGMA user_version")

    assert version is not None
    assert version[0] == schema.VERSION
    assert job is not None
    assert (job.title, job.state, job.watch) == ("Paper", JobState.PAUSED, {})


def test_a_copy_of_the_older_ledger_is_kept_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    an_old_ledger(path)

    Ledger(path).close()

    copy = tmp_path / "ledger-version-1.sqlite3"
    with contextlib.closing(sqlite3.connect(copy)) as db:
        assert schema.version_of(db) == 1
        assert db.execute("SELECT id FROM jobs").fetchall() == [("old",)]
    assert not list(tmp_path.glob("*.new*"))


def test_a_new_ledger_leaves_no_copy(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.sqlite3").close()
    Ledger(tmp_path / "ledger.sqlite3").close()

    assert [file.name for file in tmp_path.glob("*version*")] == []


def test_a_ledger_that_cannot_be_upgraded_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite3"
    an_old_ledger(path)
    monkeypatch.setattr(schema, "_STEPS", (schema._STEPS[0], "ALTER TABLE jobs ADD COLUMN half TEXT;\nBROKEN;\n"))

    with pytest.raises(LedgerError):
        Ledger(path)

    with contextlib.closing(sqlite3.connect(path)) as db:
        assert schema.version_of(db) == 1
        assert "half" not in {row[1] for row in db.execute("PRAGMA table_info(jobs)")}


def test_copies_of_old_versions_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite3"
    an_old_ledger(path)
    steps = (*schema._STEPS, *(f"CREATE TABLE more_{number} (id);" for number in range(9)))
    for version in range(2, 6):
        monkeypatch.setattr(schema, "_STEPS", steps[:version])
        monkeypatch.setattr(schema, "VERSION", version)
        for module in (damage, opening):
            monkeypatch.setattr(module, "VERSION", version)
        schema._columns.cache_clear()
        Ledger(path).close()
    schema._columns.cache_clear()

    assert sorted(file.name for file in tmp_path.glob("*version*")) == [
        "ledger-version-3.sqlite3",
        "ledger-version-4.sqlite3",
    ]


@pytest.mark.process
@pytest.mark.parametrize("statement", range(1, 60, 59 // repeats(12)))
def test_a_kill_at_any_statement_of_an_upgrade_loses_nothing(tmp_path: Path, statement: int) -> None:
    path = tmp_path / "ledger.sqlite3"
    an_old_ledger(path)
    program = (
        "import os, signal, sqlite3\n"
        "from pathlib import Path\n"
        "from threadreel.library.ledger import Ledger\n"
        "left, connect = int(sys.argv[2]), sqlite3.connect\n"
        "def count(_):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if not left:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "def watched(*arguments, **options):\n"
        "    db = connect(*arguments, **options)\n"
        "    db.set_trace_callback(count)\n"
        "    return db\n"
        "sqlite3.connect = watched\n"
        "Ledger(Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(child_command(program, path, statement), timeout=60, check=False)
    assert done.returncode == -9

    with contextlib.closing(Ledger(path)) as ledger:
        job, check = JobTable(ledger).get("old"), ledger.row("PRAGMA integrity_check")

    assert ledger.notices == []
    assert job is not None
    assert check is not None
    assert (job.title, check[0]) == ("Paper", "ok")
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger-version-1.sqlite3")) as copy:
        assert schema.version_of(copy) == 1
    assert not list(tmp_path.glob("*.new*"))
