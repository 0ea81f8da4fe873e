"""What the site refuses to programs comes through the browser: the real host, and a browser that does what it should."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import hard_thread, plain_thread
from command_line import is_whole, saved_files, threadreel, write_settings
from fake_browser import FakeBrowser
from host_process import HostProcess

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]


@pytest.mark.parametrize(
    "refusal", [faults.status(429), faults.status(403), faults.challenge(403), faults.challenge(200)]
)
def test_what_is_refused_to_programs_comes_through_the_browser(
    board: Board, library: Path, refusal: faults.Fault
) -> None:
    thread = plain_thread(12, 30_000)
    board.add(thread)
    board.serve_only_browsers(refusal)
    with HostProcess() as host, FakeBrowser(host, board) as browser:
        host.hello(fetches=True)
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job, timeout_s=40)
        assert end["job"]["state"] == "completed"
        assert end["job"]["files"]["saved"] == 12
        assert {file["reason"] for file in end["report"]["attachments"]} == {"browser"}
        assert is_whole(library / "downloads", thread)
        assert browser.most_at_once <= 2
        assert host.end() == 0


def test_without_a_browser_nothing_changes(board: Board, library: Path) -> None:
    thread = plain_thread(2, 3_000)
    board.add(thread)
    board.serve_only_browsers(faults.status(403))
    done = threadreel("get", board.thread_url(thread), env={"THREADREEL_HOME": str(library)})
    assert done.returncode == 1
    with HostProcess() as host:
        host.hello()
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job)
        assert end["job"]["state"] == "incomplete"
        assert end["job"]["files"]["blocked"] == 2
        assert {file["reason"] for file in end["report"]["attachments"]} == {"http.403"}
        assert not [event for event in host.events if event["type"] == "file.needed"]
        assert host.end() == 0
    assert len(board.requests(host=board.media_host)) == 4


def test_a_whole_board_that_refuses_is_read_by_the_browser_while_it_is_left_alone(board: Board, library: Path) -> None:
    """150 files: three are refused, and none waits for the cooldown of a minute."""
    thread = hard_thread()
    board.add(thread)
    board.serve_only_browsers(faults.status(403))
    with HostProcess() as host, FakeBrowser(host, board) as browser:
        host.hello(fetches=True)
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job, timeout_s=50)
        assert end["job"]["state"] == "completed"
        assert end["job"]["files"]["saved"] == 150
        assert is_whole(library / "downloads", thread)
        assert browser.most_at_once == 2
        refused = [entry for entry in board.requests(host=board.media_host) if entry.status == 403]
        assert 3 <= len(refused) <= 6 + 3
        trying = [event["job"]["cooldown"] for event in host.events if event["type"] == "job.update"]
        assert any(cooldown and cooldown["trying"] for cooldown in trying)
        assert host.end() == 0


def test_only_what_is_refused_goes_through_the_browser(board: Board) -> None:
    """As on real boards: pictures are served, videos are not."""
    thread = plain_thread(16, 9_000, kinds=[".jpg", ".webm"])
    board.add(thread)
    board.serve_only_browsers(faults.status(403), where="*.webm")
    with HostProcess() as host, FakeBrowser(host, board):
        host.hello(fetches=True)
        host.result("settings.set", values={"transfers_per_host": 1})
        (job,) = host.start(board.thread_url(thread))
        (end,) = host.finished(job, timeout_s=40)
        assert end["job"]["files"]["saved"] == 16
        reasons = {(file["url"][-4:], file["reason"]) for file in end["report"]["attachments"]}
        assert ("webm", "browser") in reasons
        assert (".jpg", None) in reasons
        assert host.end() == 0


def test_two_hosts_each_with_its_browser(board: Board, library: Path) -> None:
    threads = [plain_thread(20, 60_000, no=no, seed=no) for no in (1000, 2000)]
    for thread in threads:
        board.add(thread)
    board.serve_only_browsers(faults.status(403))
    with HostProcess() as one, HostProcess() as two, FakeBrowser(one, board), FakeBrowser(two, board):
        jobs = []
        for host, thread in ((one, threads[0]), (two, threads[1])):
            host.hello(fetches=True)
            jobs += [(host, *host.start(board.thread_url(thread)))]
        for host, job in jobs:
            (end,) = host.finished(job, timeout_s=40)
            assert end["job"]["state"] == "completed"
            assert end["job"]["files"]["saved"] == 20
        assert one.end() == 0
        assert two.end() == 0
    bodies = sorted(body for thread in threads for body in thread.media().values())
    assert sorted(saved_files(library / "downloads").values()) == bodies


def test_a_video_of_100_mb_in_little_memory(
    board: Board, library: Path, capsys: pytest.CaptureFixture[str], record_property: Any
) -> None:
    """The speed is a number to look at: another machine has another."""
    thread = plain_thread(1, 100_000_000, kinds=[".webm"])
    board.add(thread)
    seconds = {}
    for way in ("itself", "browser"):
        if way == "browser":
            board.serve_only_browsers(faults.status(403))
        home = library.parent / way
        write_settings(home, board)
        with HostProcess(environment={"THREADREEL_HOME": str(home)}) as host, FakeBrowser(host, board) as browser:
            host.hello(fetches=True)
            before_kib = peak_kib(host)
            began = time.monotonic()
            (job,) = host.start(board.thread_url(thread))
            (end,) = host.finished(job, timeout_s=60)
            seconds[way] = time.monotonic() - began
            grown_kib = peak_kib(host) - before_kib
            assert end["job"]["state"] == "completed"
            assert len(browser.asked) == (way == "browser")
            assert is_whole(home / "downloads", thread)
            assert grown_kib < 40_000
            assert host.end() == 0
        told = f"100 MB, {way}: {seconds[way]:.2f} s, {100 / seconds[way]:.0f} MB/s, memory +{grown_kib // 1024} MiB"
        record_property(f"browser_fetch_{way}", told)
        with capsys.disabled():
            sys.stdout.write(f"\n{told}\n")


def peak_kib(host: HostProcess) -> int:
    """The most memory the host ever had."""
    status = Path(f"/proc/{host.process.pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
