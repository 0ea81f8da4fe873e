"""What follows a ledger beyond use: it is put aside under another name, never deleted, and its newest good backup takes its place.

The caller is alone here. No process that owns jobs may live: it has the file open, and goes on writing to it whatever it is called.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from threadreel.errors import LedgerError
from threadreel.library.backup_files import backup_files
from threadreel.library.copying import copy_database, fault
from threadreel.library.damage import FUTURE, clear_mark
from threadreel.library.durability import sync_folders
from threadreel.library.owners import living_owners
from threadreel.library.schema import VERSION, version_copies, version_of

log = logging.getLogger(__name__)

#: beside the ledger, where each process keeps its lock file; the same as ``Places.lock_folder``
OWNERS = "owners"
_RESTORED = ".restored"
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
#: what SQLite keeps beside a database; first the log, which is worth nothing beside another database
_COMPANIONS = ("-wal", "-shm", "-journal")


def in_use(path: Path, why: str) -> LedgerError:
    """Nothing can be done about the ledger while somebody else is at it."""
    return LedgerError(
        "ledger.in_use",
        f"The ledger {path} cannot be made ready: {why}.",
        "Close the browsers and stop every other Threadreel command, then try again.",
    )


def is_emptied(path: Path) -> bool:
    """Whether there was a ledger once where an empty file is now."""
    return path.exists() and any(_candidates(path))


def make_way(path: Path) -> list[str]:
    """Before a new ledger is made where none is: whoever was stopped while a backup took its place goes on; says so."""
    restored = path.with_name(path.name + _RESTORED)
    if restored.exists():
        restored.replace(path)
        return [f"The ledger {path} is back from a backup. Run `threadreel rebuild`: it takes in what came after it."]
    if path.exists() or not any(_candidates(path)):
        return []
    backups = next(_candidates(path)).parent
    return [
        f"There was no ledger at {path}, so a new one begins; backups of an older one are in {backups}."
        " Run `threadreel rebuild`: it knows your files again from the reports beside them."
    ]


def begin_anew(path: Path, error: Exception) -> list[str]:
    """Put the ledger aside and its newest good backup in its place, and say so. Where there is none, the path is free afterwards.

    LedgerError (``ledger.in_use``, or ``error``), and nothing is changed, while a process lives that owns jobs; sqlite3.Error, and
    nothing is changed, where there is no room for the backup.
    """
    is_future = isinstance(error, LedgerError) and error.code == FUTURE
    reason = error.message if isinstance(error, LedgerError) else f"The ledger {path} is damaged: {error}."
    living = living_owners(path.parent / OWNERS)
    if living and is_future:
        raise error
    if living:
        raise in_use(path, f"{reason.rstrip('.')}, and another process has it open ({', '.join(living)})") from error
    backup = _restore(path)
    aside = _put_aside(path, "newer" if is_future else "damaged")
    followed = "A new one begins"
    if backup is not None:
        path.with_name(path.name + _RESTORED).replace(path)
        day = datetime.datetime.fromtimestamp(backup.stat().st_mtime, datetime.UTC).astimezone()
        followed = f"A backup of {day:%Y-%m-%d %H:%M} takes its place"
    sync_folders([path.parent])
    clear_mark(path)
    advice = (
        "After an upgrade (pip install --upgrade threadreel) run `threadreel rebuild`: it takes in what that one knows."
        if is_future
        else "Run `threadreel rebuild`: it knows your files again from the reports beside them."
    )
    log.error("%s kept as %s; %s", reason, aside, followed)
    return [f"{reason} It is kept as {aside}. {followed}. {advice}"]


def _candidates(path: Path) -> Iterator[Path]:
    yield from backup_files(path)
    yield from version_copies(path)


def _restore(path: Path) -> Path | None:
    """The newest backup that is whole and not ahead of us, copied to where it only needs the ledger's name."""
    fresh = path.with_name(f"{path.name}{_RESTORED}.new")
    for left in path.parent.glob(f"{path.name}{_RESTORED}*"):  # of a process that was stopped here
        left.unlink()
    for backup in _candidates(path):
        try:
            with contextlib.closing(sqlite3.connect(f"{backup.as_uri()}?mode=ro", uri=True)) as db:
                is_good = 0 < version_of(db) <= VERSION and fault(db) == "ok"
                if is_good and copy_database(db, fresh) == "ok":
                    fresh.replace(path.with_name(path.name + _RESTORED))
                    return backup
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM:
                raise  # a backup is not given up for want of room
            log.warning("the backup %s cannot be used: %s", backup, error)
    return None


def _put_aside(path: Path, label: str) -> Path:
    """The new name of the ledger, its companions' after it: SQLite finds them there. Nothing that is there is overwritten."""
    number = 1
    while True:
        aside = path.with_name(f"{path.stem}-{label}-{number}{path.suffix}")
        pairs = [(Path(f"{path}{end}"), Path(f"{aside}{end}")) for end in _COMPANIONS]
        wanted = [(source, target) for source, target in pairs if os.path.lexists(source)]
        if not any(os.path.lexists(target) for target in (aside, *(target for _, target in wanted))):
            break
        number += 1
    for source, target in wanted:
        source.rename(target)
    path.rename(aside)
    return aside


def put_aside_ledgers(path: Path) -> list[Path]:
    """Every ledger that was put aside here, oldest first."""
    found = [
        *path.parent.glob(f"{path.stem}-damaged-*{path.suffix}"),
        *path.parent.glob(f"{path.stem}-newer-*{path.suffix}"),
    ]
    return sorted(found, key=lambda aside: (len(aside.name), aside.name))
