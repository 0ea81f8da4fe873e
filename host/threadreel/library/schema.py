"""The shape of the ledger, and how an older one is brought to it: one step a version, forward only, a copy kept before.

A new ledger takes every step, so that there is one way to each shape. A step that was released is never changed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from pathlib import Path

from threadreel.errors import LedgerError

log = logging.getLogger(__name__)

_FIRST = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, root TEXT NOT NULL, site TEXT NOT NULL, kind TEXT NOT NULL, board TEXT NOT NULL,
    thread INTEGER, title TEXT NOT NULL, parent TEXT, state TEXT NOT NULL, priority TEXT NOT NULL, watching INTEGER NOT NULL,
    options TEXT NOT NULL, directory TEXT NOT NULL, planned INTEGER NOT NULL, created REAL NOT NULL, started REAL, finished REAL,
    error TEXT, summary TEXT NOT NULL, owner TEXT, forgotten INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX living_jobs ON jobs (url, root) WHERE finished IS NULL;
CREATE INDEX jobs_by_time ON jobs (created DESC, id) WHERE forgotten = 0;
CREATE TABLE attachments (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, position INTEGER NOT NULL, key TEXT NOT NULL, post INTEGER NOT NULL,
    name TEXT NOT NULL, ext TEXT NOT NULL, urls TEXT NOT NULL, size INTEGER, md5 TEXT, sha256 TEXT, state TEXT NOT NULL,
    reason TEXT, done INTEGER NOT NULL, got_md5 TEXT, got_sha256 TEXT, validator TEXT, past_cache INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY, root TEXT NOT NULL, site TEXT NOT NULL, board TEXT NOT NULL, thread INTEGER, key TEXT NOT NULL,
    state TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, md5 TEXT NOT NULL, sha256 TEXT NOT NULL,
    saved REAL NOT NULL
) STRICT;
CREATE INDEX files_by_thread ON files (site, board, thread, root);
CREATE INDEX files_by_md5 ON files (md5);
CREATE TABLE answers (
    url TEXT PRIMARY KEY, status INTEGER, body BLOB, last_modified TEXT, asked REAL NOT NULL, asker TEXT NOT NULL DEFAULT '',
    fetched REAL
) STRICT;
CREATE TABLE paces (host TEXT PRIMARY KEY, next REAL NOT NULL, cooldown REAL NOT NULL) STRICT;
"""

#: what each job's watch knows; a board's children; the post's facts that names are made of; who is asking an API host right now
_SECOND = """
ALTER TABLE jobs ADD COLUMN watch TEXT NOT NULL DEFAULT '{}';
CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL;
ALTER TABLE attachments ADD COLUMN facts TEXT NOT NULL DEFAULT '';
ALTER TABLE paces ADD COLUMN asked REAL NOT NULL DEFAULT 0;
ALTER TABLE paces ADD COLUMN asker TEXT NOT NULL DEFAULT '';
"""

_STEPS = (_FIRST, _SECOND)
VERSION = len(_STEPS)


def version_of(db: sqlite3.Connection) -> int:
    """The version of the ledger: 0 for a new one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def keep_copy(db: sqlite3.Connection, path: Path) -> Path | None:
    """A copy of a ledger that is about to be upgraded, beside it; None when it is new or needs none. No transaction may be open."""
    version = version_of(db)
    if not 0 < version < VERSION:
        return None
    copy = path.with_name(f"{path.stem}-version-{version}{path.suffix}")
    fresh = copy.with_name(f"{copy.name}.{os.getpid()}.new")
    try:
        with contextlib.closing(sqlite3.connect(fresh)) as target:
            db.backup(target)
        fresh.replace(copy)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
    log.info("the ledger of version %d is kept as %s", version, copy)
    return copy


def upgrade(db: sqlite3.Connection, path: Path) -> None:
    """Bring the ledger to this version; a transaction is open. LedgerError ``ledger.future`` when it is ahead of us."""
    version = version_of(db)
    if version > VERSION:
        raise LedgerError(
            "ledger.future",
            f"The ledger {path} was written by a newer Threadreel (its version {version}, ours {VERSION}).",
            "Upgrade: pip install --upgrade threadreel",
        )
    for step in _STEPS[version:]:
        for statement in filter(None, map(str.strip, step.split(";\n"))):
            db.execute(statement)
    db.execute(f"PRAGMA user_version={VERSION}")
