"""An older ledger is brought forward with a copy kept, and loses nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from threadreel.errors import LedgerError
from threadreel.library import schema
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

    assert version is not None and version[0] == schema.VERSION
    assert job is not None and (job.title, job.state, job.watch) == ("Paper", JobState.PAUSED, {})


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
