"""Ledgers to be damaged, and what is left of them afterwards."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from rows import attachment_row, file_row, job_row
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.schema import VERSION
from threadreel.states import JobState

FUTURE = VERSION + 5


def make_ledger(path: Path, jobs: int = 40) -> None:
    """A ledger of some dozens of pages: ended jobs called ``job-N``, each with an attachment and a file."""
    ledger = Ledger(path)
    table, files = JobTable(ledger), FileTable(ledger)
    for number in range(jobs):
        url = f"https://boards.4chan.org/g/thread/{number + 1}"
        job = job_row(
            id=f"job-{number}",
            url=url,
            thread=number + 1,
            title=f"Thread {number} about paper",
            state=JobState.COMPLETED,
            finished=1000.0 + number,
            planned=True,
        )
        table.add(job)
        table.plan(job, [attachment_row(str(number))])
        files.put(file_row(Path(f"/downloads/Threadreel/4chan/g/{number}/{number}.png"), key=str(number)))
    ledger.close()


def job_ids(path: Path) -> set[str]:
    """The jobs of a ledger, also of one that was put aside."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return {row[0] for row in db.execute("SELECT id FROM jobs")}


def set_version(path: Path, version: int) -> None:
    """The ledger calls itself another version."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={version}")


def put_aside(path: Path) -> list[Path]:
    """The ledgers that were put aside, without their companions."""
    return sorted(path.parent.glob("ledger-[dn]*.sqlite3"))
