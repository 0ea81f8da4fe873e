"""The ledger's knowledge made again from the reports beside the downloads: every file is read, and known by what its bytes are.

What a report claims of bytes that are missing or other ones is kept too, as it would be of a file that was deleted or changed
after it was saved: nothing of the user's is overwritten, nothing deleted is fetched again. What the ledger knows already is never
made worse, so this may be done at any time, again and again, and may be stopped at any moment.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from threadreel.library.claims import FileClaim, ReportClaim
from threadreel.library.file_table import FileRow, FileTable
from threadreel.library.folders import regular_file
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.reports import FILE_NAME
from threadreel.library.surveying import Place, Survey, read_place
from threadreel.library.verification import Condition, Finding, Stopped
from threadreel.states import END_STATES, FILE_MISSING, FileState, JobState

_PIECE_BYTES = 1024 * 1024
#: as in ``verification``
_READERS = 2
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that nobody can vouch for."""

    sentence: str


def rebuild(ledger: Ledger, found: Survey, options: Mapping[str, Any]) -> Generator[Finding | Doubt, None, None]:
    """Take in every report of the survey: a finding for each file it claims, a doubt for each claim without a hash.

    Jobs for the history are made with ``options`` (as jobs have them). Closing the generator ends the reading within a piece of
    a file; what was found until then is known. Raises sqlite3.Error.
    """
    files, jobs = FileTable(ledger), JobTable(ledger)
    stop = threading.Event()
    pool = ThreadPoolExecutor(_READERS, "rebuild")
    ledger.flush()  # what this process knows counts too
    try:
        for place in found.places:
            claim = read_place(place.folder, [])  # its troubles are the survey's
            if claim is None:
                continue
            if claim.refused:
                yield Doubt(f"{place.folder / FILE_NAME}: {claim.refused} entries make no sense.")
            waiting: deque[Future[_Reading]] = deque()
            for file in claim.files:
                if file.sha256 is None:
                    yield Doubt(f"{place.folder / file.name}: the report has no hash of it.")
                    continue
                waiting.append(pool.submit(_read, _claimed_row(place, claim, file), stop))
                if len(waiting) > 2 * _READERS:
                    yield _keep(files, waiting.popleft().result())
            while waiting:
                yield _keep(files, waiting.popleft().result())
            _keep_job(ledger, jobs, place, claim, options)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
        ledger.flush()


@dataclass(frozen=True, slots=True)
class _Reading:
    """``row`` of the bytes as they are if they are the claimed ones, else as claimed."""

    row: FileRow
    condition: Condition
    detail: str = ""


def _claimed_row(place: Place, claim: ReportClaim, file: FileClaim) -> FileRow:
    return FileRow(
        path=place.folder / file.name,
        root=str(place.root),
        site=claim.site,
        board=claim.board,
        thread=claim.thread,
        key=file.key,
        state=file.state,
        size=file.size,
        mtime_ns=0,  # no file is taken for untouched by this row
        md5=file.md5 or "",
        sha256=file.sha256 or "",
        saved=0.0,
    )


def _read(claimed: FileRow, stop: threading.Event) -> _Reading:
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    if regular_file(claimed.path) is None:
        return _Reading(claimed, Condition.MISSING)
    try:
        with os.fdopen(os.open(claimed.path, _OPEN_FLAGS), "rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            while piece := file.read(_PIECE_BYTES):
                if stop.is_set():
                    raise Stopped
                md5.update(piece)
                sha256.update(piece)
            after = os.fstat(file.fileno())
    except OSError as error:
        return _Reading(claimed, Condition.UNREADABLE, error.strerror or str(error))
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return _Reading(claimed, Condition.UNREADABLE, "it changes just now")
    if sha256.hexdigest() != claimed.sha256:
        short = f"{after.st_size} of {claimed.size} bytes" if after.st_size < claimed.size else "other bytes"
        return _Reading(claimed, Condition.DAMAGED, short)
    facts = replace(
        claimed, size=after.st_size, mtime_ns=after.st_mtime_ns, md5=md5.hexdigest(), saved=after.st_mtime
    )  # the MD5 of the bytes: a report may have another, and duplicates are found by it
    return _Reading(facts, Condition.OK)


def _keep(files: FileTable, reading: _Reading) -> Finding:
    """What was read is known, unless the ledger knows as much or more."""
    known = files.at(reading.row.path)
    if reading.condition is Condition.OK:
        if known is None or not known.is_untouched() or known.sha256 != reading.row.sha256:
            files.put(reading.row)
    elif known is None:
        files.put(reading.row)
    return Finding(reading.row, reading.condition, reading.detail)


def _keep_job(ledger: Ledger, jobs: JobTable, place: Place, claim: ReportClaim, options: Mapping[str, Any]) -> None:
    """An ended job for the thread, unless there is or was one: cleared history does not come back."""
    url, root = claim.url, str(place.root)
    with ledger.transaction():
        if ledger.row("SELECT 1 FROM jobs WHERE url = ? AND root = ?", (url, root)) is not None:
            return
        facts = regular_file(place.folder / FILE_NAME)
        time = facts.st_mtime if facts else 0.0
        row = JobRow(
            id=hashlib.sha256(f"{url}\n{root}".encode()).hexdigest()[:12],
            url=url,
            root=root,
            site=claim.site,
            kind="thread",
            board=claim.board,
            thread=claim.thread,
            created=time,
            title=claim.title,
            state=_verdict(claim.counts),
            options=dict(options),
            directory=str(place.folder),
            planned=False,  # a retry reads the thread anew: the report does not say what the API's hashes were
            started=time,
            finished=time,
            summary=_summary(claim),
        )
        with suppress(sqlite3.IntegrityError):  # the id is another job's
            jobs.add(row)


def _verdict(counts: Mapping[FileState, int]) -> JobState:
    if any(state in counts for state in FILE_MISSING):
        return JobState.INCOMPLETE
    is_open = {FileState.CANCELLED, FileState.QUEUED, FileState.ACTIVE} & counts.keys()
    return JobState.CANCELLED if is_open else JobState.COMPLETED


def _summary(claim: ReportClaim) -> dict[str, Any]:
    """The counts as an ended job has them."""
    by_state = {str(state): claim.counts.get(state, 0) for state in END_STATES}
    return {
        "files": {"total": sum(claim.counts.values()), "done": sum(by_state.values()), "active": 0, **by_state},
        "bytes": {"total": claim.owed_bytes, "done": claim.kept_bytes},
        "average_speed": 0.0,
    }
