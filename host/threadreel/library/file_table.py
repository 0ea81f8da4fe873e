"""What the library has: every file that was saved, with its hashes and the facts by which a later change is seen."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from threadreel.library.folders import regular_file
from threadreel.library.ledger import Ledger

_RECENT_FILES = 512


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file we published. ``state`` is ``saved``, ``differs`` or ``duplicate``; hashes are those of its bytes."""

    path: Path
    root: str
    site: str
    board: str
    thread: int | None
    key: str
    state: str
    size: int
    mtime_ns: int
    md5: str
    sha256: str
    saved: float

    def is_untouched(self) -> bool:
        """Whether the file is there and nobody changed it since."""
        facts = regular_file(self.path)
        return facts is not None and facts.st_size == self.size and facts.st_mtime_ns == self.mtime_ns


_COLUMNS = tuple(FileRow.__dataclass_fields__)
_PUT = f"INSERT OR REPLACE INTO files VALUES ({', '.join('?' * len(_COLUMNS))})"
_values: Callable[[FileRow], tuple[Any, ...]] = attrgetter(*_COLUMNS)


class FileTable:
    """Every file that any job published and that was not forgotten."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()  # protects _recent
        # what may not be written yet, and is asked for once for every file: by path, and by MD5 and path
        self._recent: dict[str, FileRow] = {}
        self._recent_by_md5: dict[str, dict[str, FileRow]] = {}

    def put(self, file: FileRow) -> None:
        """Remember the file; the newest fact about a path holds. Written with the ledger's next transaction."""
        with self._lock:
            self._note(file)
            is_full = len(self._recent) > _RECENT_FILES
        path, *values = _values(file)
        self._ledger.later(("file", str(path)), _PUT, (str(path), *values))
        if is_full:
            self._ledger.flush()
            with self._lock:
                self._recent.clear()
                self._recent_by_md5.clear()

    def _note(self, file: FileRow) -> None:
        path = str(file.path)
        before = self._recent.get(path)
        if before is not None:
            del self._recent_by_md5[before.md5][path]
        self._recent[path] = file
        self._recent_by_md5.setdefault(file.md5, {})[path] = file

    def of_thread(self, site: str, board: str, thread: int | None, root: str) -> dict[str, FileRow]:
        """By attachment key, the files of one thread below one root: of several paths the newest that is there, else the newest."""
        query = "SELECT * FROM files WHERE site = ? AND board = ? AND thread IS ? AND root = ? ORDER BY saved"
        found: dict[str, FileRow] = {}
        for row in self._ledger.rows(query, (site, board, thread, root)):
            file = _file(row)
            known = found.get(file.key)
            if known is None or regular_file(file.path) is not None or regular_file(known.path) is None:
                found[file.key] = file
        return found

    def at(self, path: Path) -> FileRow | None:
        """The file we published under this path."""
        with self._lock:
            recent = self._recent.get(str(path))
        if recent is not None:
            return recent
        rows = self._ledger.settled_rows("SELECT * FROM files WHERE path = ?", (str(path),))
        return _file(rows[0]) if rows else None

    def with_md5(self, md5: str) -> list[FileRow]:
        """Every file whose bytes have this MD5, newest first."""
        query = "SELECT * FROM files WHERE md5 = ? ORDER BY saved DESC"
        with self._lock:
            recent = list(self._recent_by_md5.get(md5, {}).values())
        known = {file.path for file in recent}
        settled = [_file(row) for row in self._ledger.settled_rows(query, (md5,))]
        found = [*recent, *(file for file in settled if file.path not in known)]
        return sorted(found, key=lambda file: -file.saved)

    def is_moved(self, file: FileRow) -> bool:
        """Whether the file is at another of its paths: one that is being renamed, or was until a process was killed over it, has
        several (see ``moving``). They were saved in the same moment; what was fetched twice was not.
        """
        query = (
            "SELECT path FROM files WHERE md5 = ? AND sha256 = ? AND key = ? AND saved = ? AND path <> ?"
            " AND root = ? AND site = ? AND board = ? AND thread IS ?"
        )
        page = (file.root, file.site, file.board, file.thread)
        rows = self._ledger.rows(query, (file.md5, file.sha256, file.key, file.saved, str(file.path), *page))
        return any(regular_file(Path(row["path"])) is not None for row in rows)

    def page(self, below: Path | None, after: Path | None, limit: int) -> list[FileRow]:
        """Up to ``limit`` files, in order of path, that come after one: all of them, or those at and below a path."""
        where, values = _at_or_below(below)
        query = f"SELECT * FROM files WHERE path > ? AND {where} ORDER BY path LIMIT ?"
        return [_file(row) for row in self._ledger.rows(query, (str(after or ""), *values, limit))]

    def extent(self, below: Path | None) -> tuple[int, int]:
        """How many files these are, and how many bytes they had together."""
        where, values = _at_or_below(below)
        row = self._ledger.row(f"SELECT count(*), coalesce(sum(size), 0) FROM files WHERE {where}", values)
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def count(self) -> int:
        """How many files are known."""
        row = self._ledger.row("SELECT count(*) FROM files")
        return int(row[0]) if row else 0


def _at_or_below(path: Path | None) -> tuple[str, tuple[str, ...]]:
    """A condition on the column ``path`` that its index serves, and its values."""
    if path is None:
        return "TRUE", ()
    folder = str(path).rstrip(os.sep) + os.sep
    following = folder[:-1] + chr(ord(os.sep) + 1)  # the first text after everything that begins with ``folder``
    return "(path = ? OR path >= ? AND path < ?)", (str(path), folder, following)


def _file(row: sqlite3.Row) -> FileRow:
    values = {name: row[name] for name in _COLUMNS}
    return FileRow(**{**values, "path": Path(values["path"])})
