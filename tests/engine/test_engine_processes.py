"""Three real processes with one ledger: the server's log shows one API request a second, few connections each, and that what one
process is asked holds for all.
"""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from engine_harness import SHORT

from board import faults
from board.exchange import Exchange
from board.record import Entry
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread
from threadreel.settings import SettingsFile
from waiting import wait_until

HOST = Path(__file__).parents[2] / "host"
LIMIT_S = 60
SLOTS = 3
#: as long as it takes until every process has heard what one of them was told: what it asks meanwhile may still arrive
GRACE_S = 0.4
#: one process: starts the pages it was given, and ends when their jobs have ended
CHILD = """
import dataclasses, json, os, sys
from threadreel.engine.engine import Engine
from threadreel.places import find_places
from threadreel.settings import SettingsFile

places, changes = find_places(os.environ), json.loads(sys.argv[1])
engine = Engine(
    places,
    SettingsFile(places.settings_file),
    lambda event: None,
    tune=lambda policy: dataclasses.replace(policy, **changes),
)
jobs = [job["id"] for job in engine.start(sys.argv[2:], engine.options())]
while not engine.wait(jobs, 1.0):
    pass
print(json.dumps([engine.job(job) for job in jobs]))
engine.stop()
"""


class EngineProcess:
    """A process of its own; the server knows it by its User-Agent, which is ``name``."""

    def __init__(self, home: Path, name: str, urls: Sequence[str], **policy: Any) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - read after the process has ended
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, json.dumps({**SHORT, "user_agent": name, **policy}), *urls],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "THREADREEL_HOME": str(home), "PYTHONPATH": str(HOST)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate(timeout=LIMIT_S)
        self._errors.close()

    def jobs(self) -> list[dict[str, Any]]:
        """Its jobs at their end."""
        told, _ = self.process.communicate(timeout=LIMIT_S)
        self._errors.seek(0)
        assert self.process.returncode == 0, self._errors.read().decode()
        jobs: list[dict[str, Any]] = json.loads(told)
        return jobs


@pytest.fixture
def shared(board: Board, home: Path) -> Path:
    """A home whose settings know the board."""
    SettingsFile(home / "settings.json").change({"boards": [board.settings_board()]})
    return home


@contextlib.contextmanager
def three_processes(home: Path, board: Board, threads: Sequence[SampleThread], **policy: Any) -> Iterator[list[Any]]:
    urls = [board.thread_url(thread) for thread in threads]
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(EngineProcess(home, f"process-{number}", urls[number::3], **policy))
            for number in range(3)
        ]


def threads(board: Board, count: int, files: int) -> list[SampleThread]:
    made = [plain_thread(files, 3_000, no=1000 * number, seed=number) for number in range(1, count + 1)]
    for thread in made:
        board.add(thread)
    return made


def began(entries: Sequence[Entry]) -> list[float]:
    return sorted(entry.began_s for entry in entries)


def most_at_once(entries: Sequence[Entry]) -> int:
    """The most of these requests that were unanswered at one moment."""
    steps = [(entry.began_s, 1) for entry in entries] + [(entry.ended_s or 0, -1) for entry in entries]
    return max(itertools.accumulate(change for _, change in sorted(steps)))


@pytest.mark.process
@pytest.mark.timeout(180)
def test_the_log_of_ten_jobs_in_three_processes_shows_that_every_limit_held(board: Board, shared: Path) -> None:
    made = threads(board, 10, files=40)
    board.latency_s = 0.15
    board.script(board.is_media, *[faults.fine()] * 100, faults.status(429, 3), each_path=False)
    board.script("*.json", *[faults.fine()] * 4, faults.status(503, 3), each_path=False)
    with three_processes(shared, board, made, transfers_per_host=SLOTS) as processes:
        jobs = [job for process in processes for job in process.jobs()]
    assert [job["state"] for job in jobs] == ["completed"] * 10
    assert sum(job["files"]["saved"] for job in jobs) == 400

    api, media = board.requests("*.json"), board.requests(host=board.media_host)
    assert len(api) == 11
    assert min(after - before for before, after in itertools.pairwise(began(api))) >= 1.0
    assert most_at_once(api) == 1
    assert {entry.headers["user-agent"] for entry in api} == {process.name for process in processes}

    assert len(media) == 401
    for process in processes:
        assert most_at_once([entry for entry in media if entry.headers["user-agent"] == process.name]) <= SLOTS

    (busy,) = [entry for entry in api if entry.status == 503]
    assert not [moment for moment in began(api) if busy.began_s < moment < (busy.ended_s or 0) + 3]
    (busy,) = [entry for entry in media if entry.status == 429]
    end = busy.ended_s or 0
    before = {entry.headers["user-agent"] for entry in media if end - 2 < entry.began_s < end}
    assert len(before) > 1, "several processes were at work when one was asked to wait"
    assert not [moment for moment in began(media) if end + GRACE_S < moment < end + 3]


@pytest.mark.process
@pytest.mark.timeout(120)
def test_an_asker_that_is_killed_frees_the_api_for_the_others(board: Board, shared: Path) -> None:
    first, second = threads(board, 2, files=1)
    board.script("*/1000.json", faults.stall(board.gate()))
    with EngineProcess(shared, "killed", [board.thread_url(first)]) as killed:
        board.wait_until(lambda: board.requests("*.json"))
        with EngineProcess(shared, "other", [board.thread_url(second)]) as other:
            time_of_death = time.monotonic()
            killed.process.kill()
            (job,) = other.jobs()
    assert job["state"] == "completed"
    asked = board.requests("*/2000.json")[0].began_s
    assert asked - board.requests("*/1000.json")[0].began_s >= 1.0
    assert asked - time_of_death < 15  # the start of the other process included; not the 45 s of one that does not end


@pytest.mark.process
@pytest.mark.timeout(120)
def test_a_host_that_refuses_one_process_is_left_alone_by_all_and_warm_for_all(board: Board, shared: Path) -> None:
    made = threads(board, 3, files=60)
    board.latency_s = 0.05
    refuses = threading.Event()

    def refusal(exchange: Exchange) -> None:
        if refuses.is_set():
            faults.status(403)(exchange)

    board.always(board.is_media, refusal)
    with three_processes(shared, board, made, transfers_per_host=SLOTS, cooldown_base_s=3.0) as processes:
        board.wait_until(lambda: len(agents(board.requests(host=board.media_host))) == 3, timeout_s=LIMIT_S)
        refuses.set()
        # each process counts for itself: three refusals in all need not be three in a row for one of them
        wait_until(lambda: len(refused(board)) >= 3 and is_quiet(board), "the cooldown", timeout_s=LIMIT_S)
        refuses.clear()
        jobs = [job for process in processes for job in process.jobs()]
    assert sum(job["files"]["blocked"] for job in jobs) == len(refused(board))
    assert sum(job["files"]["saved"] for job in jobs) == 180 - len(refused(board))
    media = sorted(board.requests(host=board.media_host), key=lambda entry: entry.began_s)
    quiet_s, at = max(
        (after.began_s - before.began_s, index) for index, (before, after) in enumerate(itertools.pairwise(media))
    )
    assert quiet_s >= 3.0 - GRACE_S
    probes = [entry for entry in media[at + 1 :] if entry.began_s < (media[at + 1].ended_s or 0)]
    assert len(agents(probes)) == len(probes), "each process sends one file ahead"
    assert len(refused(board)) <= 3 * SLOTS + 3


def agents(entries: Sequence[Entry]) -> set[str]:
    return {entry.headers["user-agent"] for entry in entries}


def is_quiet(board: Board) -> bool:
    """Whether nobody has asked for a file for a good while, by the pace of this test."""
    return board.monotonic() - board.requests(host=board.media_host)[-1].began_s > 1


def refused(board: Board) -> list[Entry]:
    return [entry for entry in board.requests(host=board.media_host) if entry.status == 403]
