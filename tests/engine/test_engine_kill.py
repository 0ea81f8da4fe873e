"""A process that is killed at any moment loses nothing: the next one goes on, asks for no complete file again, and the sums match.

The engine runs in a child process; the parent owns the board and kills the child, again and again, in the middle of one job.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_harness import SHORT

from board import faults
from board.server import Board
from board.threads import plain_thread
from repeats import repeats
from threadreel.demo.samples import SampleThread
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.settings import SettingsFile

HOST = Path(__file__).parents[2] / "host"
FILE_BYTES = 20_000
LIMIT_S = 30
#: what dies with a child: takes up every job it finds, or starts the page it was given, until all have ended
CHILD = """
import dataclasses, json, os, sys
from threadreel.engine.engine import Engine
from threadreel.places import find_places
from threadreel.settings import SettingsFile

places, changes = find_places(os.environ), json.loads(sys.argv[2])
engine = Engine(
    places,
    SettingsFile(places.settings_file),
    lambda event: print(json.dumps(event), flush=True),
    tune=lambda policy: dataclasses.replace(policy, **changes),
)
jobs = engine.adopt() or engine.start([sys.argv[1]], engine.options())
while not engine.wait([job["id"] for job in jobs], 1.0):
    pass
engine.stop()
"""


class Child:
    """One process that runs the job."""

    def __init__(self, home: Path, url: str) -> None:
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 - read after the process has ended
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, url, json.dumps(SHORT)],
            stdout=self._told,
            stderr=self._errors,
            env={**os.environ, "THREADREEL_HOME": str(home), "PYTHONPATH": str(HOST)},
        )

    def has_ended_by_itself(self, within_s: float) -> bool:
        try:
            code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        assert code == 0, self._read(self._errors)
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT_S)

    def views(self) -> Iterator[dict[str, Any]]:
        """The job as it was told, up to the last whole line."""
        for line in self._read(self._told).splitlines(keepends=True):
            event = json.loads(line) if line.endswith("\n") else {}
            if event.get("type") in {"job.update", "job.finished"}:
                yield event["job"]

    def close(self) -> None:
        self._told.close()
        self._errors.close()

    def _read(self, file: Any) -> str:
        file.seek(0)
        text: str = file.read().decode()
        return text


def complete(home: Path) -> set[str]:
    """The numbers of the files that have their final name."""
    return {path.name.split()[0] for path in (home / "downloads").rglob("1750*") if path.suffix != ".part"}


def requests_by_file(board: Board) -> Counter[str]:
    return Counter(entry.path.rpartition("/")[2].partition(".")[0] for entry in board.requests(host=board.media_host))


@pytest.mark.process
@pytest.mark.timeout(600)
def test_a_job_killed_again_and_again_ends_whole(board: Board, home: Path) -> None:
    kills = repeats(100)
    thread = plain_thread(12 * kills + 12, FILE_BYTES)
    board.add(thread)
    board.always(board.is_media, faults.slow(150_000))
    settings = SettingsFile(home / "settings.json")
    settings.change({"boards": [board.settings_board()]})
    chance = random.Random("kill")
    requests_when_complete: dict[str, int] = {}
    done = killed = 0
    while True:
        child = Child(home, board.thread_url(thread))
        try:
            # the first kill comes after the plan, all others at any moment: while it starts, reads the ledger, asks, writes
            if not killed:
                board.wait_until(lambda: board.requests(host=board.media_host), timeout_s=LIMIT_S)
            has_ended = child.has_ended_by_itself(LIMIT_S * 4 if killed == kills else chance.uniform(0.05, 0.9))
        finally:
            child.kill()
        for view in child.views():
            if view["files"]["total"]:
                assert view["files"]["total"] == 12 * kills + 12
                assert view["files"]["done"] >= done, "files.done fell"
                done = view["files"]["done"]
        child.close()
        settle(board)
        counted = requests_by_file(board)
        for key in complete(home) - requests_when_complete.keys():
            requests_when_complete[key] = counted[key]
        if has_ended or not unfinished(home):  # or it was killed with nothing left to do but to leave
            break
        killed += 1
    assert killed >= min(kills, 5)
    assert done == 12 * kills + 12
    assert requests_by_file(board) == requests_when_complete, "a file was asked for again although it was complete"
    assert len(board.requests("*.json")) == 1
    prove(home, thread)


def unfinished(home: Path) -> bool:
    """Whether the ledger has a job that has not ended."""
    ledger = Ledger(home / "ledger.sqlite3")
    try:
        return bool(JobTable(ledger).unfinished())
    finally:
        ledger.close()


def settle(board: Board) -> None:
    """Every request of the dead process has ended."""
    board.wait_until(lambda: all(entry.ended_s is not None for entry in board.requests()), timeout_s=LIMIT_S)


def prove(home: Path, thread: SampleThread) -> None:
    """Everything is on disk, byte for byte, and the report says so."""
    (report_file,) = home.rglob("report.json")
    report = json.loads(report_file.read_text("utf-8"))
    media = {path.rpartition("/")[2].partition(".")[0]: body for path, body in thread.media().items()}
    counts = {state: count for state, count in report["counts"].items() if count}
    assert counts.pop("total") == len(media)
    assert set(counts) <= {"saved", "have"}  # have: published by a process that died before it could say so
    assert sum(counts.values()) == len(media)
    for entry in report["attachments"]:
        assert (report_file.parent / entry["name"]).read_bytes() == media[entry["id"]]
    assert len(list(report_file.parent.iterdir())) == len(media) + 1
