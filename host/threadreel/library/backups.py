"""Backups of the ledger: one a day while it changes, the newest few kept. Taken in the background, given up when the process ends.

Whoever comes first takes it for all processes. Each is checked; where it is not whole the ledger is not, and the next start knows.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from threadreel.library.backup_files import backup_files, backup_folder, next_backup_file
from threadreel.library.copying import Abandoned, copy_database
from threadreel.library.damage import is_damage, mark
from threadreel.library.durability import sync_folders
from threadreel.library.owners import alone
from threadreel.places import private_folder

log = logging.getLogger(__name__)

KEPT = 3
INTERVAL_S = 86400.0
#: a backup is not what fills a disk up: it leaves so many times its own size
_ROOM = 4
_DAMAGED = (
    "The ledger is damaged ({}): what it knows may be wrong. Close the browsers, then run `threadreel rebuild`;"
    " your downloads stay."
)


class Backups:
    """The backups of one ledger. ``tell`` is handed a sentence when the ledger turns out to be damaged."""

    def __init__(self, ledger_file: Path, time: Callable[[], float], tell: Callable[[str], None]) -> None:
        self._path, self._time, self._tell = ledger_file, time, tell
        self._lock = threading.Lock()  # protects _thread and _looked
        self._thread: threading.Thread | None = None
        self._looked: float | None = None
        self._stop = threading.Event()

    def begin(self) -> None:
        """Take one in the background, if it is time for one. Cheap; may be called again and again."""
        with self._lock:
            is_busy = self._thread is not None and self._thread.is_alive()
            if is_busy or self._stop.is_set() or not self._may_be_due():
                return
            self._thread = threading.Thread(target=self._run, name="backup", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Whether nobody copies any more: a backup under way is given up, and a later ``begin`` does nothing."""
        self._stop.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def take(self) -> Path | None:
        """Take one now; None when another process is just taking one, the ledger is damaged, or the disk has no room.

        Raises OSError and sqlite3.Error, and Abandoned after ``stop``.
        """
        folder = private_folder(backup_folder(self._path))
        with alone(folder / "taking.lock", 0) as is_alone:
            return self._take_alone(folder) if is_alone else None

    def _run(self) -> None:
        try:
            if self._is_due():
                self.take()
        except Abandoned:
            log.info("the backup of the ledger was given up")
        except (OSError, sqlite3.Error) as error:
            log.warning("the ledger could not be backed up: %s", error)
            if is_damage(error):
                self._report(str(error))

    def _may_be_due(self) -> bool:
        """Looks at most once an hour; files only."""
        now = self._time()
        if self._looked is not None and 0 <= now - self._looked < 3600:
            return False
        self._looked = now
        newest = next(iter(backup_files(self._path)), None)
        if newest is None:
            return True
        try:
            taken = newest.stat().st_mtime
            return not 0 <= now - taken < INTERVAL_S and self._changed_at() > taken
        except OSError:  # another process has just made room for a newer one
            return False

    def _changed_at(self) -> float:
        """Opens nothing: see ``copying``."""
        log_file = Path(f"{self._path}-wal")
        facts = [path.stat() for path in (self._path, log_file) if path.exists()]
        return max((each.st_mtime for each in facts if each.st_size), default=0.0)

    def _is_due(self) -> bool:
        """The first backup waits until there is something to lose: a library of a day."""
        if backup_files(self._path):
            return True
        with contextlib.closing(self._connect()) as db:
            oldest = db.execute("SELECT min(created) FROM jobs").fetchone()[0]
        return oldest is not None and not 0 <= self._time() - oldest < INTERVAL_S

    def _take_alone(self, folder: Path) -> Path | None:
        for left in folder.glob("*.new*"):  # of a process that was killed here
            left.unlink()
        if shutil.disk_usage(folder).free < _ROOM * self._path.stat().st_size:
            log.warning("there is no room for a backup of the ledger")
            return None
        wanted = next_backup_file(self._path)
        fresh = wanted.with_name(f"{wanted.name}.new")
        try:
            with contextlib.closing(self._connect()) as db:
                found = copy_database(db, fresh, lambda: not self._stop.is_set())
            if found != "ok":
                self._report(found.splitlines()[0])
                return None
            fresh.replace(wanted)
        finally:
            fresh.unlink(missing_ok=True)
        sync_folders([folder])
        log.info("the ledger is backed up as %s", wanted)
        for old in backup_files(self._path)[KEPT:]:
            old.unlink()
        return wanted

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._path.as_uri()}?mode=rw", uri=True, isolation_level=None)

    def _report(self, why: str) -> None:
        mark(self._path)
        self._tell(_DAMAGED.format(why))
