"""The host and a ledger that is damaged, has owners, or is due for a backup: as the browser's people meet it."""

import time
from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole
from host_process import HostProcess
from rows import job_row
from threadreel.library.backup_files import backup_files
from threadreel.library.backups import INTERVAL_S, Backups
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import JobState
from waiting import wait_until

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

SPOILED = b"no ledger any more\n" * 1000


def test_a_damaged_ledger_does_not_keep_hello_from_being_answered(library: Path) -> None:
    (library / "ledger.sqlite3").write_bytes(SPOILED)
    with HostProcess() as host:
        assert host.hello()["jobs"] == []
        said = host.event(lambda event: event["type"] == "log" and event["level"] == "warning")
        assert host.end() == 0
    assert "is damaged" in said["text"]
    assert "threadreel rebuild" in said["text"]
    assert (library / "ledger-damaged-1.sqlite3").read_bytes() == SPOILED


def test_a_ledger_that_another_browser_has_open_is_not_taken_from_it(library: Path) -> None:
    spoiled = library / "ledger.sqlite3"
    Ledger(spoiled).close()  # all of it in one file, none in SQLite's log
    with HostProcess() as first, HostProcess() as second:
        first.hello()
        spoiled.write_bytes(SPOILED)

        refusal = second.refusal("hello", protocol=1, extension="0.1.0", browser="Test 2")
        assert refusal["code"] == "ledger.in_use"
        assert "Close the browsers" in refusal["hint"]
        assert spoiled.read_bytes() == SPOILED

        first.kill()
        assert second.hello()["jobs"] == []
        assert second.end() == 0
    assert (library / "ledger-damaged-1.sqlite3").exists()


def test_a_job_of_the_backup_goes_on(board: Board, library: Path) -> None:
    """The backup was taken while the job was under way; what was saved since is found again and not fetched twice."""
    thread = plain_thread(3)
    board.add(thread)
    first, *_ = thread.media()
    gate = board.gate()
    board.script(first, faults.stall(gate), then=faults.fine())
    with HostProcess() as host:
        host.hello()
        [job] = host.start(board.thread_url(thread))
        host.wait_until(lambda: host.is_in_state(job, "running"), "the plan")
        backup = Backups(library / "ledger.sqlite3", time.time, pytest.fail).take()
        gate.set()
        host.finished(job)
        assert host.end() == 0
    assert backup is not None
    (library / "ledger.sqlite3").write_bytes(SPOILED)
    board.record.clear()

    with HostProcess() as host:
        assert [each["id"] for each in host.hello()["jobs"]] == [job]
        [end] = host.finished(job)
        assert host.end() == 0
    assert end["job"]["state"] == "completed"
    assert is_whole(library / "downloads", thread)
    assert board.requests("/*", host=board.media_host) == []


def test_a_host_takes_the_backup_of_the_day(library: Path) -> None:
    ledger = Ledger(library / "ledger.sqlite3")
    old = time.time() - INTERVAL_S - 60
    JobTable(ledger).add(job_row(created=old, finished=old, state=JobState.COMPLETED))
    ledger.close()
    with HostProcess() as host:
        host.hello()
        wait_until(lambda: backup_files(library / "ledger.sqlite3"), "the backup")
        assert host.end() == 0
    with HostProcess() as host:
        host.hello()
        assert host.end() == 0
    assert len(backup_files(library / "ledger.sqlite3")) == 1
