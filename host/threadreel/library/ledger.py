"""The ledger: one SQLite file in WAL mode that remembers jobs, attachments, files, API answers and paces.

This module owns the connection and the transactions; the shape is ``schema``'s; the tables are read and written by ``job_table``,
``file_table`` and ``answer_table``. One connection a process, used by one thread at a time; between processes SQLite itself
keeps a single writer. WAL with ``synchronous=NORMAL`` is never corrupt after a power cut, and may lose the last commits;
``durability`` says why that is enough.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadreel.errors import LedgerError
from threadreel.library.schema import keep_copy, upgrade
from threadreel.places import private_folder

log = logging.getLogger(__name__)

#: how long one process waits for another's transaction; ours take milliseconds
BUSY_TIMEOUT_S = 10.0
_BUSY_PAUSE_S = 0.01


class Ledger:
    """An open ledger. Raises LedgerError when it cannot be opened; sqlite3.Error afterwards is a defect or a full disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._later_lock = threading.Lock()  # protects _later; never held while SQLite works
        self._later: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}
        try:
            private_folder(path.parent)
            self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            self._db.row_factory = sqlite3.Row
            self._prepare()
        except BaseException as error:
            self._db.close()
            if isinstance(error, sqlite3.Error):
                raise self._unusable(error) from error
            raise

    def _unusable(self, error: Exception) -> LedgerError:
        return LedgerError(
            "ledger.unusable",
            f"The ledger {self.path} cannot be used: {error}.",
            "Move the file away and start again: your downloads stay and are recognised on disk.",
        )

    def _prepare(self) -> None:
        self._enter_wal()
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA foreign_keys=ON")
        keep_copy(self._db, self.path)
        with self.transaction():
            upgrade(self._db, self.path)

    def _enter_wal(self) -> None:
        """WAL from now on. SQLite's own busy timeout does not hold here, where several processes open a new ledger at once."""
        end = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte of every kind of busy
                if not is_busy or time.monotonic() > end:
                    raise
                time.sleep(_BUSY_PAUSE_S)
            else:
                return

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside are one transaction, and no other thread's come between. Does not nest."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                written = self._write_later()
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled it back already
                    self._db.execute("ROLLBACK")
                raise
            self._forget_later(written)

    def later(self, key: Hashable, statement: str, values: Iterable[Any]) -> None:
        """Execute this with the next transaction, read or ``flush``; a newer statement of the same key replaces it.

        For what is written for every file: a transaction of its own would cost more than the file. Who shows a truth to
        others flushes first, so that a killed process never falls behind what it has shown.
        """
        with self._later_lock:
            self._later[key] = (statement, tuple(values))

    def flush(self) -> None:
        """Nothing waits to be written any more."""
        if self._later:
            with self.transaction():
                pass

    def _write_later(self) -> dict[Hashable, tuple[str, tuple[Any, ...]]]:
        with self._later_lock:
            written = dict(self._later)
        for statement, values in written.values():
            self._db.execute(statement, values)
        return written

    def _forget_later(self, written: dict[Hashable, tuple[str, tuple[Any, ...]]]) -> None:
        if written:
            with self._later_lock:
                for key, entry in written.items():
                    if self._later.get(key) is entry:
                        del self._later[key]

    def run(self, statement: str, values: Iterable[Any] = ()) -> int:
        """Execute one statement (by itself a transaction outside of ``transaction``) and count the rows it changed."""
        with self._lock:
            if not self._db.in_transaction:
                self.flush()
            return self._db.execute(statement, tuple(values)).rowcount

    def run_many(self, statement: str, rows: Iterable[Iterable[Any]]) -> None:
        """Execute a statement for every row, in one transaction of its own."""
        with self.transaction():
            self._db.executemany(statement, (tuple(row) for row in rows))

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """Every row of a query."""
        with self._lock:
            self._settle()
            return self._db.execute(query, tuple(values)).fetchall()

    def row(self, query: str, values: Iterable[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query."""
        with self._lock:
            self._settle()
            found: sqlite3.Row | None = self._db.execute(query, tuple(values)).fetchone()
            return found

    def _settle(self) -> None:
        """Reads see what waits to be written, if it can be written; a full disk does not keep anybody from reading."""
        if not self._db.in_transaction:
            try:
                self.flush()
            except sqlite3.Error as error:
                log.warning("the ledger cannot be written at the moment: %s", error)

    def settled_rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """Every row of a query, without those that wait to be written: for the hot path, which knows these itself."""
        with self._lock:
            return self._db.execute(query, tuple(values)).fetchall()

    def close(self) -> None:
        """Nothing is written after this; twice is once."""
        with self._lock:
            try:
                self.flush()
            except sqlite3.Error:
                log.exception("the ledger missed its last changes")
            finally:
                self._later.clear()
                self._db.close()
