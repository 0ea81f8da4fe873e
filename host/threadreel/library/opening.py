"""Opening the ledger: the connection's settings, the shape brought to this version, and what happens when the file is beyond use.

Most starts find a whole ledger of their version and touch nothing. Whoever makes one, upgrades one or puts one aside does it
alone, behind a lock file, and looks again once it is inside: another process may have been faster.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from threadreel.errors import LedgerError
from threadreel.library.damage import damaged, examine, examine_version, is_beyond_use, is_damage
from threadreel.library.owners import alone
from threadreel.library.schema import VERSION, keep_copy, upgrade, version_of
from threadreel.library.succession import begin_anew, in_use, is_emptied, make_way
from threadreel.places import private_folder

#: how long one process waits for another's transaction; ours take milliseconds
BUSY_TIMEOUT_S = 10.0
_BUSY_PAUSE_S = 0.01
#: an upgrade or a backup put in place of a large ledger takes seconds
_ALONE_TIMEOUT_S = 30.0
#: SQLite takes anything shorter for an empty database and writes over it (https://www.sqlite.org/fileformat2.html: page size)
_SHORTEST_BYTES = 512


class _NotAlone(Exception):
    """What is to be done here is done by one process at a time."""


def open_ledger(path: Path, may_begin_anew: bool) -> tuple[sqlite3.Connection, list[str]]:
    """A connection to the ledger, in WAL mode and of this version, and sentences for the user about what had to be done for it.

    A ledger beyond use (damaged, or of a newer Threadreel) is put aside and succeeded by its newest good backup or a new one, if
    ``may_begin_anew``. Raises LedgerError, OSError and sqlite3.Error for what cannot be helped.
    """
    private_folder(path.parent)
    try:
        if _size_bytes(path) >= _SHORTEST_BYTES:
            return _ready(path, is_alone=False), []
    except _NotAlone:
        pass
    except (LedgerError, sqlite3.Error) as error:
        if not is_beyond_use(error):
            raise
        if not may_begin_anew:
            raise (damaged(path, error) if is_damage(error) else error) from error
    with alone(path.with_name(path.name + ".lock"), _ALONE_TIMEOUT_S) as is_alone:
        if not is_alone:
            raise in_use(path, "another process is making it ready")
        return _open_alone(path, may_begin_anew)


def _open_alone(path: Path, may_begin_anew: bool) -> tuple[sqlite3.Connection, list[str]]:
    notices: list[str] = []
    size_bytes = _size_bytes(path)
    if size_bytes >= _SHORTEST_BYTES:
        try:
            return _ready(path, is_alone=True), []
        except (LedgerError, sqlite3.Error) as error:
            if not is_beyond_use(error) or not may_begin_anew:
                raise
            notices = begin_anew(path, error)
    elif not size_bytes and not is_emptied(path):
        notices = make_way(path)
    elif may_begin_anew:
        notices = begin_anew(path, damaged(path, f"it has {size_bytes} bytes"))
    else:
        raise damaged(path, f"it has {size_bytes} bytes")
    return _ready(path, is_alone=True), notices


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _ready(path: Path, *, is_alone: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        db.row_factory = sqlite3.Row
        _enter_wal(db)
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA foreign_keys=ON")
        examine_version(db, path)
        if version_of(db) < VERSION:
            if not is_alone and version_of(db):
                raise _NotAlone
            keep_copy(db, path)
            _bring_forward(db)
        examine(db, path)
    except BaseException as error:
        db.close()
        if isinstance(error, UnicodeDecodeError):  # SQLite's sentence about the damage quotes it
            raise damaged(path, "its shape cannot be read") from error
        raise
    return db


def _bring_forward(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        upgrade(db)  # which looks again how far the ledger is: it may have been another process's until now
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _enter_wal(db: sqlite3.Connection) -> None:
    """WAL from now on. SQLite's own busy timeout does not hold here, where several processes open a new ledger at once."""
    end = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte of every kind of busy
            if not is_busy or time.monotonic() > end:
                raise
            time.sleep(_BUSY_PAUSE_S)
        else:
            return
