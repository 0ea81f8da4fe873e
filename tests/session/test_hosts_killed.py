"""Two hosts and a command on one library, killed at random while they download: after each kill, and at the end, all is in order.

No file is with two processes at once, none is asked for again once it is complete, and every job's sums are right.
"""

import random
import signal
import subprocess
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import start_threadreel, threadreel, whole_files
from host_process import CHROMIUM, FIREFOX, HostProcess
from repeats import repeats
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owner_table import OwnerTable
from threadreel.states import END_STATES, JOB_ENDED

LIMIT_S = 60.0
FILE_BYTES = 20_000
#: files for each round: so many that there is something to do to the last
FILES_A_ROUND = 12


class Crowd:
    """The processes. One of them is killed, or closed, at a time, and another one comes instead."""

    def __init__(self, stack: ExitStack, urls: list[str], chance: random.Random) -> None:
        self._stack, self._urls, self._chance = stack, urls, chance
        self.hosts = [self._open(CHROMIUM), self._open(FIREFOX)]
        self._command = self._start()

    def _open(self, arguments: tuple[str, ...]) -> HostProcess:
        host = self._stack.enter_context(HostProcess(arguments))
        host.hello()
        return host

    def _start(self) -> subprocess.Popen[str]:
        return start_threadreel("get", self._chance.choice(self._urls), "--json")

    def lose_one(self) -> None:
        """Whoever it hits: the command, or a browser that is killed, or closed in order."""
        place = self._chance.randrange(3)
        if place == 2:
            self.end_command()
            self._command = self._start()
            return
        host = self.hosts[place]
        if self._chance.random() < 0.7:
            host.kill()
        else:
            assert host.end() == 0
        self.hosts[place] = self._open((CHROMIUM, FIREFOX)[place])

    def end_command(self) -> None:
        self._command.send_signal(signal.SIGKILL)
        self._command.communicate(timeout=LIMIT_S)

    def ask_something(self) -> None:
        """Of any job, in any browser: what does not end it."""
        host = self._chance.choice(self.hosts)
        jobs = [job["id"] for job in host.result("jobs.list")["jobs"] if job["state"] not in JOB_ENDED]
        if jobs:
            job = self._chance.choice(jobs)
            host.result("job.priority", job=job, priority=self._chance.choice(["high", "low"]))
            host.result("job.pause", job=job)
            host.result("job.resume", job=job)

    def in_hand(self) -> list[str]:
        """The files that the browsers' hosts are fetching."""
        return [worker["doing"] for host in self.hosts for worker in host.result("health")["workers"]]


def complete(library: Path) -> set[str]:
    """The numbers of the files that have their final name."""
    return {name.split()[0] for name in whole_files(library / "downloads")}


def requests_by_file(board: Board) -> Counter[str]:
    return Counter(entry.path.rpartition("/")[2].partition(".")[0] for entry in board.requests(host=board.media_host))


def prove_sums(library: Path) -> bool:
    """Every job in the ledger adds up; whether all have ended."""
    ledger = Ledger(library / "ledger.sqlite3")
    try:
        table = JobTable(ledger)
        rows = table.page(None, 100)
        living = [row.url for row in rows if row.state not in JOB_ENDED]
        assert len(living) == len(set(living)), "two jobs for one page"
        for row in rows:
            states = Counter(str(each.state) for each in table.attachments(row.id))
            if row.state in JOB_ENDED:
                files = row.summary["files"]
                assert files["done"] == files["total"] == states.total()
                assert {state: files[state] for state in END_STATES} == {state: states[state] for state in END_STATES}
        return all(row.state in JOB_ENDED for row in rows)
    finally:
        ledger.close()


@pytest.mark.process
@pytest.mark.timeout(600)
def test_processes_killed_again_and_again_lose_nothing_and_fetch_nothing_twice(board: Board, library: Path) -> None:
    rounds = repeats(30)
    chance = random.Random("crowd")
    count = FILES_A_ROUND * (rounds + 2) // 3
    threads = [plain_thread(count, FILE_BYTES, no=1000 * n, seed=str(n)) for n in (1, 2, 3)]
    for thread in threads:
        board.add(thread)
    board.always(board.is_media, faults.slow(30_000))
    requests_when_complete: dict[str, int] = {}
    rounds_under_load = 0

    def look() -> None:
        done = complete(library)
        counted = requests_by_file(board)
        for key in done - requests_when_complete.keys():
            requests_when_complete[key] = counted[key]
        again = {key for key in requests_when_complete if counted[key] > requests_when_complete[key]}
        assert not again, f"asked for although complete: {again}"

    with ExitStack() as stack:
        crowd = Crowd(stack, [board.thread_url(thread) for thread in threads], chance)
        for thread in threads:
            chance.choice(crowd.hosts).start(board.thread_url(thread))
        for _ in range(rounds):
            seen = len(board.requests(host=board.media_host))
            more = chance.randint(1, 10)
            board.wait_until(
                lambda seen=seen, more=more: (  # type: ignore[misc]
                    len(board.requests(host=board.media_host)) >= seen + more or prove_sums(library)
                ),
                timeout_s=LIMIT_S,
            )
            look()
            crowd.ask_something()
            crowd.lose_one()
            rounds_under_load += not prove_sums(library)
            files = crowd.in_hand()
            assert len(files) == len(set(files)), f"with two processes at once: {files}"
        assert rounds_under_load > rounds / 2
        crowd.end_command()
        board.behave()
        crowd.hosts[0].wait_until(lambda: prove_sums(library), "the end of all jobs", LIMIT_S)
        look()
        for host in crowd.hosts:
            assert host.end() == 0
    assert threadreel("resume").stderr == "Nothing is unfinished.\n"
    media = {body for thread in threads for body in thread.media().values()}
    saved = [path.read_bytes() for path in (library / "downloads").rglob("1*.*") if path.suffix != ".part"]
    assert len(saved) == 3 * count
    assert set(saved) == media
    ledger = Ledger(library / "ledger.sqlite3")
    try:
        assert OwnerTable(ledger, lambda _: True).living() == []
    finally:
        ledger.close()
