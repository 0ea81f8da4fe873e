"""The shape of the ledger, and how an older one is brought to it: one step a version, forward only, a copy kept before.

A new ledger takes every step, so that there is one way to each shape. A step that was released is never changed.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from threadreel.library.copying import copy_database

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

#: what each job's watch knows; a board's children; the post's facts that names are made of; who is asking an API host right now;
#: pages of jobs and of history in their own order, and the jobs of one page; what processes show and ask each other
_SECOND = """
ALTER TABLE jobs ADD COLUMN watch TEXT NOT NULL DEFAULT '{}';
CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL;
DROP INDEX jobs_by_time;
CREATE INDEX jobs_by_time ON jobs (created DESC, id DESC) WHERE forgotten = 0;
CREATE INDEX jobs_by_end ON jobs (finished DESC, id DESC) WHERE finished IS NOT NULL AND forgotten = 0;
CREATE INDEX jobs_by_url ON jobs (url, root);
ALTER TABLE attachments ADD COLUMN facts TEXT NOT NULL DEFAULT '';
ALTER TABLE paces ADD COLUMN asked REAL NOT NULL DEFAULT 0;
ALTER TABLE paces ADD COLUMN asker TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN live TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attachments ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_by_revision ON jobs (revision);
CREATE TRIGGER job_added AFTER INSERT ON jobs
    BEGIN UPDATE jobs SET revision = (SELECT max(revision) + 1 FROM jobs) WHERE id = NEW.id; END;
CREATE TRIGGER job_changed AFTER UPDATE ON jobs WHEN NEW.revision = OLD.revision
    BEGIN UPDATE jobs SET revision = (SELECT max(revision) + 1 FROM jobs) WHERE id = NEW.id; END;
CREATE TABLE commands (
    id INTEGER PRIMARY KEY, job TEXT NOT NULL, action TEXT NOT NULL, argument TEXT NOT NULL, asked REAL NOT NULL
) STRICT;
CREATE TABLE owners (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, label TEXT NOT NULL, pid INTEGER NOT NULL, started REAL NOT NULL
) STRICT;
"""

_STEPS = (_FIRST, _SECOND)
VERSION = len(_STEPS)
#: so many copies of ledgers before an upgrade stay
KEPT_VERSIONS = 2


def version_of(db: sqlite3.Connection) -> int:
    """The version of the ledger: 0 for a new one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def keep_copy(db: sqlite3.Connection, path: Path) -> Path | None:
    """A copy of a ledger that is about to be upgraded, beside it; None when it is new or needs none. No transaction may be open,
    and no other process may be here. Of the copies of several versions the newest are kept.
    """
    version = version_of(db)
    if not 0 < version < VERSION:
        return None
    copy = path.with_name(f"{path.stem}-version-{version}{path.suffix}")
    fresh = copy.with_name(f"{copy.name}.new")
    try:
        _remove(path.parent.glob(f"{fresh.name}*"))  # of a process that was killed here
        found = copy_database(db, fresh)
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        fresh.replace(copy)
    finally:
        _remove([fresh])
    log.info("the ledger of version %d is kept as %s", version, copy)
    _remove(version_copies(path)[KEPT_VERSIONS:])
    return copy


def version_copies(path: Path) -> list[Path]:
    """The copies that upgrades of this ledger have left, newest version first."""
    found = {}
    for copy in path.parent.glob(f"{path.stem}-version-*{path.suffix}"):
        number = copy.stem.removeprefix(f"{path.stem}-version-")
        if number.isdecimal():
            found[int(number)] = copy
    return [found[number] for number in sorted(found, reverse=True)]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def upgrade(db: sqlite3.Connection) -> None:
    """Bring the ledger, whose version is not ahead of us, to ours; a transaction is open."""
    for step in _STEPS[version_of(db) :]:
        for statement in filter(None, map(str.strip, step.split(";\n"))):
            db.execute(statement)
    db.execute(f"PRAGMA user_version={VERSION}")


def missing_columns(db: sqlite3.Connection) -> frozenset[str]:
    """Which ``table.column`` of this version's shape a database does not have."""
    return _columns() - _columns_of(db)


@functools.cache
def _columns() -> frozenset[str]:
    with contextlib.closing(sqlite3.connect(":memory:")) as model:
        upgrade(model)
        return _columns_of(model)


def _columns_of(db: sqlite3.Connection) -> frozenset[str]:
    query = "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    return frozenset(row[0] for row in db.execute(query))
