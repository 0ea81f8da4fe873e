"""What the system's own exceptions mean to a person. The two entry points turn into sentences what nobody below expected."""

from __future__ import annotations

import sqlite3

from threadreel.errors import DiskError, LedgerError, ThreadreelError

#: what may come out of any room below because a disk, a pipe or the ledger refuses: no defect
SYSTEM_ERRORS = (OSError, sqlite3.Error)


def as_sentence(error: OSError | sqlite3.Error) -> ThreadreelError:
    """The error that says the same to a person."""
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
