"""The ledger that is to be rebuilt, looked at as a whole; and what others, put aside, know that it does not: jobs and files.

That is for a ledger of a newer Threadreel, once that is installed again; one that is damaged is not believed.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from threadreel.library.copying import fault
from threadreel.library.damage import mark
from threadreel.library.ledger import Ledger
from threadreel.library.schema import VERSION, version_of

#: never taken over: a process that is gone
_LEFT_OUT = frozenset({"owner"})


@dataclass(frozen=True, slots=True)
class Salvage:
    """How much was taken in, or why nothing could be."""

    aside: Path
    jobs: int = 0
    files: int = 0
    refusal: str = ""


def open_sound(path: Path) -> Ledger:
    """The ledger, all of it read; one that is damaged anywhere is succeeded. Raises LedgerError."""
    mark(path)
    return Ledger(path)


def take_in(ledger: Ledger, asides: Sequence[Path]) -> list[Salvage]:
    """Take in each of these ledgers, which stay as they are; doing it again changes nothing. Raises sqlite3.Error."""
    return [_take_in(ledger, aside) for aside in asides]


def _take_in(ledger: Ledger, aside: Path) -> Salvage:
    try:
        refusal = _refusal(aside)
        if refusal:
            return Salvage(aside, refusal=refusal)
        ledger.run("ATTACH DATABASE ? AS aside", (str(aside),))
    except sqlite3.Error as error:
        return Salvage(aside, refusal=f"it cannot be read: {error}")
    try:
        with ledger.transaction():
            return _copy_rows(ledger, aside)
    finally:
        ledger.run("DETACH DATABASE aside")


def _refusal(aside: Path) -> str:
    with contextlib.closing(sqlite3.connect(f"{aside.as_uri()}?mode=rw", uri=True)) as db:
        version, found = version_of(db), fault(db)
    if found != "ok":
        return f"it is damaged: {found.splitlines()[0]}"
    if version > VERSION:
        return (
            f"its version {version} is still ahead of ours, {VERSION}; upgrade with: pip install --upgrade threadreel"
        )
    return "" if version > 0 else "it is no ledger"


def _copy_rows(ledger: Ledger, aside: Path) -> Salvage:
    new = [row["id"] for row in ledger.rows("SELECT id FROM aside.jobs WHERE id NOT IN (SELECT id FROM main.jobs)")]
    jobs, attachments = _columns(ledger, "jobs"), _columns(ledger, "attachments")
    taken = 0
    for job in new:
        # OR IGNORE: a living job for the same page and folder is the truer one
        query = f"INSERT OR IGNORE INTO main.jobs ({jobs}) SELECT {jobs} FROM aside.jobs WHERE id = ?"
        if ledger.run(query, (job,)):
            taken += 1
            ledger.run(
                f"INSERT INTO main.attachments ({attachments}) SELECT {attachments} FROM aside.attachments WHERE job = ?",
                (job,),
            )
    files = _columns(ledger, "files")
    count = ledger.run(f"INSERT OR IGNORE INTO main.files ({files}) SELECT {files} FROM aside.files")
    return Salvage(aside, taken, count)


def _columns(ledger: Ledger, table: str) -> str:
    """The columns that both ledgers have."""
    names = [
        {row["name"] for row in ledger.rows("SELECT name FROM pragma_table_info(?, ?)", (table, schema))} - _LEFT_OUT
        for schema in ("main", "aside")
    ]
    return ", ".join(sorted(names[0] & names[1]))
