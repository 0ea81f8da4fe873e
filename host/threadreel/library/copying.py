"""A copy of a database in use, made by SQLite's own backup call: whole, and of one moment.

Nothing else ever opens or copies the ledger: on POSIX a process that closes any descriptor of a file drops all its locks on it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

#: pages copied at a time, 1 MB: in between ``proceed`` may say that nobody waits for the rest
_PAGES = 256
#: likewise the steps of SQLite's machine while the copy is checked, some milliseconds
_STEPS = 100_000


class Abandoned(Exception):
    """The copy is not wanted any more. Not an error."""


def copy_database(db: sqlite3.Connection, target: Path, proceed: Callable[[], bool] = lambda: True) -> str:
    """Copy ``db`` into a new file and check the copy: ``ok``, or the first thing that is wrong with it.

    The copy is of one moment and keeps no writer waiting, however long it takes: a reading transaction is open over all of it.
    Raises sqlite3.Error, and Abandoned when ``proceed`` says no; what is there of ``target`` then is nothing.
    """

    def step(*_: int) -> None:
        if not proceed():
            raise Abandoned

    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
        db.execute("BEGIN")
        try:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            db.backup(copy, pages=_PAGES, progress=step)
        finally:
            db.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whatever becomes of it
        copy.set_progress_handler(lambda: not proceed(), _STEPS)
        try:
            return fault(copy)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise Abandoned from None
            raise


def fault(db: sqlite3.Connection) -> str:
    """``ok``, or the first thing that is wrong with a database: reads all of it. Raises sqlite3.Error.

    SQLite does not mind text that is none; we could not read it.
    """
    found = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        return found
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        try:
            _read_texts(db, table)
        except (sqlite3.OperationalError, UnicodeDecodeError) as error:
            if isinstance(error, sqlite3.OperationalError) and not is_undecodable(error):
                raise
            return f"text in {table} is none"
    return "ok"


def _read_texts(db: sqlite3.Connection, table: str) -> None:
    """Some hundreds of rows at a time: a row of each would take seconds."""
    columns = db.execute("SELECT name, type, pk FROM pragma_table_info(?)", (table,)).fetchall()
    texts = ", ".join(f"group_concat({name}, '')" for name, kind, _ in columns if kind == "TEXT")
    keys = [name for name, _, place in columns if place == 1]
    if texts:
        group = keys[0] if sum(place > 0 for *_, place in columns) > 1 else "rowid / 1000"
        rows = db.execute(f"SELECT {texts} FROM {table} GROUP BY {group}")
        while rows.fetchone():
            pass


def is_undecodable(error: sqlite3.Error) -> bool:
    """Whether Python, not SQLite, could not read a text: that has no error code."""
    return str(error).startswith("Could not decode to UTF-8")
