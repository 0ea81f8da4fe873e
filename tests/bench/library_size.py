"""Measures a library of 5 000 jobs and 100 000 files: what a start asks of the ledger, the history, and a backup. Not a test.

python tests/bench/library_size.py [JOBS [FILES_EACH]]
"""

import hashlib
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rows import attachment_row, file_row, job_row
from threadreel.engine.jobs.tally import Tally
from threadreel.library.backups import Backups
from threadreel.library.file_table import FileTable
from threadreel.library.history import History
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import FileState, JobState

_RUNS = 5
_WORDS = ("paper", "wallpaper", "Falzen für Anfänger", "general", "折り紙")


def fill(ledger: Ledger, jobs: int, files_each: int) -> None:
    """Ended jobs, every fifth with a title beyond ASCII, and their files."""
    table, files = JobTable(ledger), FileTable(ledger)
    for number in range(jobs):
        title = f"{_WORDS[number % len(_WORDS)]} {number}"
        directory = f"/home/somebody/Downloads/Threadreel/4chan/g/{number + 1} {title}"
        rows = []
        for index in range(files_each):
            key = str(1_700_000_000_000 + number * files_each + index)
            data = key.encode()
            md5, sha256 = hashlib.md5(data).hexdigest(), hashlib.sha256(data).hexdigest()
            rows.append(attachment_row(key, state=FileState.SAVED, md5=md5, got_md5=md5, got_sha256=sha256, done=1000))
            path = Path(directory, rows[-1].name)
            files.put(
                file_row(path, root="/home/somebody/Downloads", key=key, thread=number + 1, md5=md5, sha256=sha256)
            )
        job = job_row(
            id=hashlib.md5(str(number).encode()).hexdigest()[:12],
            url=f"https://boards.4chan.org/g/thread/{number + 1}",
            root="/home/somebody/Downloads",
            thread=number + 1,
            title=title,
            created=1000.0 + number,
            finished=2000.0 + number,
            state=JobState.COMPLETED,
            directory=directory,
            planned=True,
            summary=Tally(rows).summary(),
        )
        table.add(job)
        table.plan(job, rows)


def measure(what: str, act: Callable[[], Any], runs: int = _RUNS) -> None:
    """The best of some runs, in milliseconds."""
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    print(f"{what:46} {best * 1000:9.1f} ms")


def main(jobs: int, files_each: int) -> None:
    """Fill a ledger in a temporary folder, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        ledger = Ledger(path)
        fill(ledger, jobs, files_each)
        ledger.close()
        print(f"{jobs} jobs, {jobs * files_each} files, {path.stat().st_size / 1e6:.0f} MB")
        measure("open and close", lambda: Ledger(path).close())
        ledger = Ledger(path)
        table, history = JobTable(ledger), History(ledger)
        measure("hello: first page of jobs", lambda: table.page(None, 101))
        measure("hello: unfinished jobs", table.unfinished)
        measure("hello: count of jobs", table.count)
        measure("health: count of files", FileTable(ledger).count)
        measure("plan: the last job of a page", lambda: table.last("https://boards.4chan.org/g/thread/9", "/nowhere"))
        measure("history: first page", lambda: history.page([], None, None, 100))
        measure("history: a common word", lambda: history.page(["paper"], None, None, 100))
        measure("history: a word that is nowhere", lambda: history.page(["nothing%"], None, None, 100))
        measure("history: a word beyond ASCII", lambda: history.page(["FÜR", "4999"], None, None, 100))
        measure("history: count", lambda: history.count([], None))
        backups = Backups(path, time.time, print)
        measure("backup, checked", backups.take, 1)
        thread, waits = threading.Thread(target=backups.take), [0.0]
        thread.start()
        while thread.is_alive():
            began = time.perf_counter()
            ledger.run("INSERT OR REPLACE INTO paces (host, next, cooldown) VALUES ('h', 1, 0)")
            waits.append(time.perf_counter() - began)
        print(f"{'longest of ' + str(len(waits)) + ' writes while a backup is taken':46} {max(waits) * 1000:9.1f} ms")
        measure("history: clear", lambda: history.clear([], None), 1)
        ledger.close()


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:], *("5000", "20")[len(sys.argv) - 1 :]]))
