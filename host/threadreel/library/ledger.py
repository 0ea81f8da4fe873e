"""The ledger: one SQLite file in WAL mode that remembers jobs, attachments, files, API answers and paces.

This module owns the connection and the transactions; ``opening`` opens it, the shape is ``schema``'s; the tables are read and
written by ``job_table``, ``file_table`` and ``answer_table``. One connection a process, used by one thread at a time; between
processes SQLite itself keeps a single writer. WAL with ``synchronous=NORMAL`` is never corrupt after a power cut, and may lose
the last commits; ``durability`` says why that is enough.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadreel.errors import LedgerError
from threadreel.library.damage import Witness
from threadreel.library.opening import open_ledger

log = logging.getLogger(__name__)


class Ledger:
    """An open ledger. Raises LedgerError when it cannot be opened; sqlite3.Error afterwards is a defect or a full disk."""

    def __init__(self, path: Path, *, may_begin_anew: bool = True) -> None:
        """``may_begin_anew``: a ledger beyond use is put aside and succeeded; ``notices`` are sentences for the user about that."""
        self.path = path
        self._lock = threading.RLock()
        self._later_lock = threading.Lock()  # protects _later; never held while SQLite works
        self._later: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}
        self._is_closed = False
        self._witness = Witness(path)
        try:
            self._db, self.notices = open_ledger(path, may_begin_anew)
        except (OSError, sqlite3.Error) as error:
            raise LedgerError(
                "ledger.unusable",
                f"The ledger {path} cannot be used: {error}.",
                "Check the free space and the permissions of that place. Your downloads stay and are recognised on disk.",
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside are one transaction, and no other thread's come between. Does not nest."""
        with self._lock, self._witness:
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
        """Nothing waits to be written any more. After ``close`` nothing is: who was left behind has nothing to say."""
        if self._later and not self._is_closed:
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
        with self._lock, self._witness:
            if not self._db.in_transaction:
                self.flush()
            return self._db.execute(statement, tuple(values)).rowcount

    def run_many(self, statement: str, rows: Iterable[Iterable[Any]]) -> None:
        """Execute a statement for every row, in one transaction of its own."""
        with self.transaction():
            self._db.executemany(statement, (tuple(row) for row in rows))

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """Every row of a query."""
        with self._lock, self._witness:
            self._settle()
            return self._db.execute(query, tuple(values)).fetchall()

    def row(self, query: str, values: Iterable[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query."""
        with self._lock, self._witness:
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
        with self._lock, self._witness:
            return self._db.execute(query, tuple(values)).fetchall()

    def close(self) -> None:
        """Nothing is written after this; twice is once."""
        with self._lock, self._witness:
            try:
                self.flush()
            except sqlite3.Error:
                log.exception("the ledger missed its last changes")
            finally:
                self._is_closed = True
                self._later.clear()
                self._db.close()
