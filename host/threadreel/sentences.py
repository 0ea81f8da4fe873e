"""What the system's own exceptions mean to a person. The two entry points turn into sentences what nobody below expected."""

from __future__ import annotations

import sqlite3

from threadreel.errors import DiskError, LedgerError, ThreadreelError

#: what may come out of any room below because a disk, a pipe or the ledger refuses: no defect
SYSTEM_ERRORS = (OSError, sqlite3.Error)
#: in the low byte of SQLite's error code: the file is not what it should be
_DAMAGE_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
#: likewise: somebody else held it for longer than we wait
_BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def as_sentence(error: OSError | sqlite3.Error) -> ThreadreelError:
    """The error that says the same to a person."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGE_CODES:
        return LedgerError(
            "ledger.damaged",
            f"The ledger is damaged: {error}.",
            "Close the browsers and run `threadreel rebuild`; your downloads stay.",
        )
    if code in _BUSY_CODES:
        return LedgerError(
            "ledger.unusable",
            f"The ledger cannot be used: {error}.",
            "Another program holds it: close what looks into its file (a database browser, a backup), and try again.",
        )
    if isinstance(error, sqlite3.Error):
        return LedgerError(
            "ledger.unusable",
            f"The ledger cannot be used: {error}.",
            "Is the disk full or read-only? `threadreel health` shows where the ledger is.",
        )
    where = f"{error.filename}: " if error.filename else ""
    return DiskError(
        "disk.denied",
        f"The system refuses: {where}{error.strerror or error}.",
        "Check the free space and the permissions of that place.",
    )
