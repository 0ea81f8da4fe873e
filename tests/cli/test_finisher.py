"""Downloads that go on after the browser was closed, if the settings say so: in a process of their own, until one is opened."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole, start_threadreel, threadreel, write_settings
from host_process import CHROMIUM, EXIT_LIMIT_S, FIREFOX, HostProcess
from threadreel.demo.samples import SampleThread
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owner_table import FINISHER, Member, OwnerTable
from threadreel.library.owners import living_owners
from waiting import wait_until

pytestmark = pytest.mark.process

LIMIT_S = 20.0
HANDED_BACK_S = 5.0


@pytest.fixture
def library(home: Path, board: Board) -> Iterator[Path]:
    """A library whose settings let downloads go on; no finisher outlives the test."""
    write_settings(home, board, finish_after_close=True)
    yield home
    for name in living_owners(home / "owners") if home.exists() else ():
        os.kill(int(name.partition("-")[0]), signal.SIGKILL)


@contextmanager
def ledger_of(home: Path) -> Iterator[Ledger]:
    ledger = Ledger(home / "ledger.sqlite3")
    try:
        yield ledger
    finally:
        ledger.close()


def members(home: Path) -> list[Member]:
    """The processes that share the library."""
    with ledger_of(home) as ledger:
        return OwnerTable(ledger, set(living_owners(home / "owners")).__contains__).living()


def until_gone(home: Path) -> None:
    """No process is left, nor a trace of one."""
    wait_until(lambda: not living_owners(home / "owners"), "the finisher to end", LIMIT_S)
    with ledger_of(home) as ledger:
        assert ledger.rows("SELECT * FROM owners") == []
        assert ledger.rows("SELECT * FROM commands") == []
    assert list((home / "owners").iterdir()) == []


def finisher_of(home: Path) -> Member:
    """The finisher, once it runs a job."""

    def found() -> Member | None:
        running = {job.owner for job in unfinished(home)}
        return next((each for each in members(home) if each.kind == FINISHER and each.name in running), None)

    member = wait_until(found, "the finisher", LIMIT_S)
    assert member is not None
    return member


def unfinished(home: Path) -> list[Any]:
    with ledger_of(home) as ledger:
        return list(JobTable(ledger).unfinished())


def closed_while_it_downloads(board: Board, thread: SampleThread, **options: Any) -> str:
    """The job of a browser that was closed over it."""
    board.add(thread)
    with HostProcess() as host:
        host.hello()
        [job] = host.start(board.thread_url(thread), **options)
        board.wait_until(lambda: board.requests(host=board.media_host))
        host.close_stdin()
        assert host.wait(EXIT_LIMIT_S) == 0
    return job


def test_what_was_under_way_is_finished_without_the_browser_and_nothing_is_left(board: Board, library: Path) -> None:
    thread = plain_thread(6, 30_000)
    gate = board.gate()
    board.script(board.is_media, faults.stall(gate, after=10_000), then=faults.fine())
    job = closed_while_it_downloads(board, thread)
    member = finisher_of(library)
    assert os.getsid(member.pid) == member.pid, "it is in no session of a terminal or a browser"
    gate.set()
    until_gone(library)
    assert is_whole(library / "downloads", thread)
    with HostProcess() as host:
        [view] = host.hello()["jobs"]
        assert (view["id"], view["state"]) == (job, "completed")
    log = (library / "logs" / "threadreel.log").read_text("utf-8")
    assert re.search(r"process \d+ finishes what is under way", log)
    assert "nothing is under way any more" in log


def test_a_browser_gets_its_downloads_back_as_soon_as_it_is_opened(board: Board, library: Path) -> None:
    thread = plain_thread(6, 30_000)
    gate = board.gate()
    board.script(board.is_media, faults.stall(board.gate(), after=10_000), then=faults.stall(gate, after=10_000))
    job = closed_while_it_downloads(board, thread)
    finisher = finisher_of(library)
    with HostProcess() as host:
        [view] = host.hello()["jobs"]
        assert (view["id"], view["state"]) == (job, "running")
        host.wait_until(
            lambda: any(event["type"] == "log" and event["text"].startswith("Going on") for event in host.events),
            "the job to come back",
            HANDED_BACK_S,
        )
        gate.set()
        assert host.finished(job)[0]["job"]["state"] == "completed"
        assert [member.kind for member in members(library)] == ["browser"]
        assert finisher.name not in living_owners(library / "owners")
        assert host.end() == 0
    until_gone(library)
    assert is_whole(library / "downloads", thread)


def test_two_browsers_that_are_closed_at_once_leave_one_finisher(board: Board, library: Path) -> None:
    threads = [plain_thread(4, no=1000, seed="a"), plain_thread(4, no=2000, seed="b")]
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with ExitStack() as stack:
        hosts = [stack.enter_context(HostProcess(arguments)) for arguments in (CHROMIUM, FIREFOX)]
        for host, thread in zip(hosts, threads, strict=True):
            board.add(thread)
            host.hello()
            [job] = host.start(board.thread_url(thread))
            host.wait_until(lambda host=host, job=job: host.is_in_state(job, "running"), "the job")  # type: ignore[misc]
        for host in hosts:
            host.close_stdin()
        assert [host.wait(EXIT_LIMIT_S) for host in hosts] == [0, 0]
    finisher = finisher_of(library)
    wait_until(lambda: {job.owner for job in unfinished(library)} == {finisher.name}, "both jobs to be its", LIMIT_S)
    assert [member.kind for member in members(library)] == [FINISHER]
    gate.set()
    until_gone(library)
    assert sorted(path.name for path in (library / "downloads").rglob("report.json")) == ["report.json"] * 2
    for entry in {entry.path for entry in board.requests(host=board.media_host)}:
        assert any(entry in thread.media() for thread in threads)


def test_a_second_finisher_ends_by_itself(board: Board, library: Path) -> None:
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    closed_while_it_downloads(board, plain_thread(2))
    first = finisher_of(library)
    with start_threadreel("resume", "--detached") as second:
        said = second.communicate(timeout=LIMIT_S)
        assert (second.returncode, said) == (0, ("", ""))
    assert [member.name for member in members(library)] == [first.name]
    gate.set()
    until_gone(library)


def test_a_paused_download_rests_and_no_finisher_is_started(board: Board, library: Path) -> None:
    thread = plain_thread(2)
    board.add(thread)
    board.always(board.is_media, faults.stall(board.gate()))
    with HostProcess() as host:
        host.hello()
        [job] = host.start(board.thread_url(thread))
        host.wait_until(lambda: host.is_in_state(job, "running"), "the job")
        host.result("job.pause", job=job)
        assert host.end() == 0
    until_gone(library)
    assert "finishes what is under way" not in (library / "logs" / "threadreel.log").read_text("utf-8")


def test_without_the_setting_it_waits_for_the_next_browser(board: Board, library: Path) -> None:
    write_settings(library, board)
    board.script(board.is_media, faults.stall(board.gate()), then=faults.fine())
    job = closed_while_it_downloads(board, plain_thread(2))
    until_gone(library)
    with HostProcess() as host:
        host.hello()
        assert host.finished(job)[0]["job"]["state"] == "completed"


@pytest.mark.parametrize("is_asked_for", [False, True])
def test_a_watched_thread_is_watched_on_only_if_that_is_asked_for(
    board: Board, library: Path, is_asked_for: bool
) -> None:
    write_settings(library, board, finish_after_close=True, watch_after_close=is_asked_for)
    thread = plain_thread(3)
    gate = board.gate()
    board.script(board.is_media, faults.stall(gate), then=faults.fine())
    closed_while_it_downloads(board, thread, watch=True)
    finisher_of(library)
    gate.set()
    wait_until(lambda: is_whole(library / "downloads", thread), "the files", LIMIT_S)
    if is_asked_for:
        wait_until(lambda: len(board.requests("*.json")) >= 2, "the next look at the thread", LIMIT_S)
        with HostProcess() as host:
            [view] = host.hello()["jobs"]
            host.result("job.cancel", job=view["id"])
            assert host.end() == 0
    until_gone(library)
    assert len(board.requests("*.json")) >= 2 or not is_asked_for


def test_a_terminated_finisher_leaves_its_work_to_the_next(board: Board, library: Path) -> None:
    board.script(board.is_media, faults.stall(board.gate()), then=faults.fine())
    closed_while_it_downloads(board, plain_thread(2))
    os.kill(finisher_of(library).pid, signal.SIGTERM)
    until_gone(library)
    assert threadreel("resume").returncode == 0
