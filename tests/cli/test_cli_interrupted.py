"""What ends a ``threadreel get`` before its time, or hinders it: signals, readers that left, other processes; and ``resume``."""

import json
import signal
from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole, reports, start_threadreel, threadreel, whole_files
from host_process import HostProcess, part_sizes
from waiting import wait_until

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

EXIT_LIMIT_S = 10.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_keeps_what_is_done_and_resume_finishes(
    board: Board, library: Path, number: signal.Signals
) -> None:
    thread = plain_thread(6, 300_000)
    board.add(thread)
    held = list(thread.media())[4:]
    gate = board.gate()
    board.script(lambda request: request.path in held, faults.stall(gate, after=150_000))
    downloads = library / "downloads"
    with start_threadreel("get", board.thread_url(thread)) as running:
        wait_until(lambda: len(whole_files(downloads)) == 4, "four whole files")
        wait_until(lambda: len(part_sizes(library)) == 2 and all(part_sizes(library).values()), "two begun files")
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=EXIT_LIMIT_S)
        assert running.returncode == 130
    assert len([line for line in stdout.splitlines() if line.startswith("saved: ")]) == 4
    assert stderr.splitlines() == ["Interrupted. `threadreel resume` goes on with what is unfinished."]
    sizes = part_sizes(library)
    assert len(sizes) == 2

    gate.set()
    board.record.clear()
    done = threadreel("resume")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("completed: A plain thread: 6 files: 6 saved; ")
    assert is_whole(downloads, thread)
    asked = {Path(entry.path).stem: entry.headers.get("range") for entry in board.requests()}
    assert asked == {tim: f"bytes={size}-" for tim, size in sizes.items()}


def test_resume_without_anything_unfinished_says_so() -> None:
    done = threadreel("resume")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == ["Nothing is unfinished."]


def test_resume_leaves_paused_what_was_paused_and_get_goes_on_with_it(board: Board, library: Path) -> None:
    thread = plain_thread(2)
    board.add(thread)
    url = board.thread_url(thread)
    board.always(board.is_media, faults.stall(board.gate()))
    with HostProcess() as host:
        (job,) = host.start(url)
        host.wait_until(lambda: host.is_in_state(job, "running"), "the job")
        host.result("job.pause", job=job)
        assert host.end() == 0
    board.behave()
    done = threadreel("resume")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [f"Left paused: `threadreel get {url}` goes on with it."]
    assert threadreel("get", url).returncode == 0
    assert is_whole(library / "downloads", thread)


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_reader_that_has_seen_enough_ends_it_quietly(board: Board, library: Path, option: list[str]) -> None:
    """As in ``threadreel get ... | head -1``: what is done stays, the rest resumes."""
    thread = plain_thread(3)
    board.add(thread)
    _, second, third = thread.media()
    gate = board.gate()
    board.always(second, faults.stall(gate))
    board.always(third, faults.stall(board.gate()))
    with start_threadreel("get", board.thread_url(thread), *option) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        running.stdout.close()
        gate.set()
        assert running.wait(EXIT_LIMIT_S) == 1
        assert running.stderr is not None
        assert running.stderr.read() == ""
    board.behave()
    assert threadreel("resume").returncode == 0
    assert is_whole(library / "downloads", thread)


def test_a_reader_that_does_not_read_stops_no_download(board: Board, library: Path) -> None:
    thread = plain_thread(400, 700)
    board.add(thread)
    with start_threadreel("get", board.thread_url(thread), "--json") as running:
        wait_until(lambda: reports(library / "downloads"), "the report, with the pipe full", 30)
        stdout, _ = running.communicate(timeout=EXIT_LIMIT_S)
    assert running.returncode == 0
    assert len(stdout) > 65_536
    assert {json.loads(line)["type"] for line in stdout.splitlines()} == {
        "job.update",
        "files.changed",
        "job.finished",
        "log",
    }
