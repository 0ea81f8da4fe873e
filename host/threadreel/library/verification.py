"""Reading files again: whether each is still what the ledger says it was when it was saved. Changes nothing."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from threadreel.library.file_table import FileRow, FileTable
from threadreel.library.folders import regular_file

_PAGE = 200
_PIECE_BYTES = 1024 * 1024
#: hashing releases the interpreter lock: two take a quarter less time than one from a cold disk; more make a disk with heads jump
_READERS = 2


class Condition(StrEnum):
    """What a file is now, compared with what was saved."""

    OK = "ok"
    MISSING = "missing"
    DAMAGED = "damaged"  # not the bytes that were saved, whoever's doing it was
    UNREADABLE = "unreadable"


#: conditions in which the bytes that were saved are not to be had
TROUBLE = frozenset({Condition.MISSING, Condition.DAMAGED, Condition.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Finding:
    """The condition of one file; ``detail`` says more where there is more to say."""

    file: FileRow
    condition: Condition
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.condition}: {self.file.path}" + (f" ({self.detail})" if self.detail else "")


class Stopped(Exception):
    """Nobody waits for the rest. Not an error."""


def judge(file: FileRow, size_bytes: int, mtime_ns: int, sha256: str | None) -> tuple[Condition, str]:
    """The condition of a file that is there, by its facts and its hash (None: another size, so it was not read), and why."""
    if size_bytes == file.size and sha256 == file.sha256:
        return Condition.OK, ""
    what = f"{size_bytes} of {file.size} bytes" if size_bytes < file.size else "other bytes"
    return Condition.DAMAGED, what if mtime_ns == file.mtime_ns else f"{what}; written after it was saved"


def verify(files: FileTable, below: Path | None) -> Generator[Finding, None, None]:
    """A finding for every file the ledger knows, at or below a path if one is given, in order of path. A path that a renaming
    has left, or has not come to, is no file.

    Memory does not grow with the ledger. Closing the generator ends the reading within a piece of a file. Raises sqlite3.Error.
    """
    stop = threading.Event()
    pool = ThreadPoolExecutor(_READERS, "verify")
    try:
        waiting: deque[Future[Finding | None]] = deque()
        for file in _rows(files, below):
            waiting.append(pool.submit(_examine, files, file, stop))
            if len(waiting) > 2 * _READERS and (finding := waiting.popleft().result()):
                yield finding
        while waiting:
            if finding := waiting.popleft().result():
                yield finding
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _rows(files: FileTable, below: Path | None) -> Iterator[FileRow]:
    page = files.page(below, None, _PAGE)
    while page:
        yield from page
        page = files.page(below, page[-1].path, _PAGE)


def _examine(files: FileTable, file: FileRow, stop: threading.Event) -> Finding | None:
    finding = _look(file, stop)
    while finding.condition is not Condition.OK:
        if finding.condition is Condition.MISSING and files.is_moved(finding.file):
            return None
        now = files.at(file.path)
        if now is None or now == finding.file:
            break
        finding = _look(now, stop)  # a download that runs meanwhile gave the path a newer file
    return finding


def _look(file: FileRow, stop: threading.Event) -> Finding:
    try:
        if regular_file(file.path) is None:
            file.path.lstat()  # tells "not there" from "nobody may look"; anything else that has the name is not the file
            return Finding(file, Condition.MISSING)
        with file.path.open("rb", buffering=0) as opened:
            facts = os.fstat(opened.fileno())
            digest = hashlib.sha256()
            while facts.st_size == file.size and (piece := opened.read(_PIECE_BYTES)):
                if stop.is_set():
                    raise Stopped
                digest.update(piece)
    except (FileNotFoundError, NotADirectoryError):
        return Finding(file, Condition.MISSING)
    except OSError as error:
        return Finding(file, Condition.UNREADABLE, error.strerror or str(error))
    sha256 = digest.hexdigest() if facts.st_size == file.size else None
    return Finding(file, *judge(file, facts.st_size, facts.st_mtime_ns, sha256))
