"""Whether a ledger is beyond use: what SQLite says of it, what a start can afford to look at, and a mark for the next start.

A full check reads everything, so a start makes it only when there is a reason: a process that met damage leaves a mark beside the
ledger (``Witness``, and ``backups``, which checks every copy).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path
from types import TracebackType

from threadreel.errors import LedgerError
from threadreel.library.copying import fault, is_undecodable
from threadreel.library.schema import VERSION, missing_columns, version_of

log = logging.getLogger(__name__)

_DAMAGED, FUTURE = "ledger.damaged", "ledger.future"
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_SUFFIX = ".suspect"


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite means that the file is not what it should be; the low byte is the kind of error."""
    if not isinstance(error, sqlite3.Error):
        return False
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE_CODES or is_undecodable(error)


def is_beyond_use(error: BaseException) -> bool:
    """Whether a new ledger has to begin; else it cannot be helped (permissions, a full disk), or it passes (locked)."""
    return is_damage(error) or (isinstance(error, LedgerError) and error.code in (_DAMAGED, FUTURE))


def damaged(path: Path, why: object) -> LedgerError:
    """The ledger is damaged."""
    return LedgerError(
        _DAMAGED,
        f"The ledger {path} is damaged: {why}.",
        "Close the browsers and run `threadreel rebuild`: it keeps the file aside and begins anew. Your downloads stay.",
    )


def examine(db: sqlite3.Connection, path: Path) -> None:
    """Raise LedgerError ``ledger.damaged``, or sqlite3.Error, when the open ledger of our version is not whole.

    Looks at its shape and at the list of jobs, which every start reads; at everything when it is marked.
    """
    try:
        absent = missing_columns(db)
    except sqlite3.OperationalError as error:
        if not is_undecodable(error) and error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR:
            raise
        raise damaged(path, error) from error  # a schema that cannot be read
    if absent:
        raise damaged(path, f"it has no {', '.join(sorted(absent))}")
    is_marked = _mark_of(path).exists()
    found = fault(db) if is_marked else str(db.execute("PRAGMA quick_check(jobs)").fetchone()[0])
    if found != "ok":
        raise damaged(path, found.splitlines()[0])
    if is_marked:
        log.info("the ledger was suspected of damage and is whole")
        clear_mark(path)


def examine_version(db: sqlite3.Connection, path: Path) -> None:
    """Raise LedgerError for a ledger whose version cannot be: ahead of us, below nothing, or nothing although it has our tables."""
    version = version_of(db)
    if version > VERSION:
        raise LedgerError(
            FUTURE,
            f"The ledger {path} was written by a newer Threadreel (its version {version}, ours {VERSION}).",
            "Upgrade: pip install --upgrade threadreel",
        )
    if version < 0 or (version == 0 and not missing_columns(db)):
        raise damaged(path, f"it calls itself version {version}")


def mark(path: Path) -> None:
    """The next start looks at all of the ledger."""
    with contextlib.suppress(OSError):
        _mark_of(path).touch()


def clear_mark(path: Path) -> None:
    """Nothing is suspected any more."""
    with contextlib.suppress(OSError):
        _mark_of(path).unlink()


def _mark_of(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


class Witness:
    """A ``with`` block that marks the ledger when damage is met inside; what was raised goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None and is_damage(error):
            log.error("the ledger is damaged: %s", error)
            mark(self._path)
