"""Several real processes with one library, hosts and the command line: each sees all jobs, any may change them, none is lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole, picture_urls, start_threadreel, threadreel
from host_process import CHROMIUM, FIREFOX, HostProcess, part_sizes
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

#: what one process asks of another is done within
OBEYED_S = 1.0
#: who died is missed within; a machine that is busy with other tests may take its time
ADOPTED_S = 6.0


@contextmanager
def two_hosts() -> Iterator[tuple[HostProcess, HostProcess]]:
    """Both have said hello."""
    with ExitStack() as stack:
        first = stack.enter_context(HostProcess(CHROMIUM, browser="Chromium 1"))
        second = stack.enter_context(HostProcess(FIREFOX, browser="Firefox 1"))
        first.hello()
        second.hello()
        yield first, second


def begin(board: Board, host: HostProcess, thread: SampleThread) -> str:
    """The job of this thread, once its files are under way."""
    board.add(thread)
    [job] = host.start(board.thread_url(thread))
    board.wait_until(lambda: board.requests(host=board.media_host))
    host.wait_until(lambda: host.is_in_state(job, "running"), "the job")
    return job


def last_view(host: HostProcess, job: str) -> dict[str, Any]:
    """The newest that this host said about the job."""
    views = [event["job"] for event in host.events if event["type"] in ("job.update", "job.finished")]
    return next((view for view in reversed(views) if view["id"] == job), {})


def until_view(host: HostProcess, job: str, is_so: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
    host.wait_until(lambda: (view := last_view(host, job)) and is_so(view), what)
    return last_view(host, job)


def media_requests(board: Board) -> list[str]:
    return [entry.path for entry in board.requests(host=board.media_host)]


def test_what_one_browser_downloads_is_live_in_the_other(board: Board) -> None:
    thread = plain_thread(12, 60_000)
    board.always(board.is_media, faults.slow(60_000))
    with two_hosts() as (first, second):
        job = begin(board, first, thread)
        seen = until_view(second, job, lambda view: view["files"]["done"] >= 1 and view["speed"] > 0, "its progress")
        assert seen["title"] == "A plain thread"
        assert seen["files"]["total"] == 12
        assert set(seen["current"]) <= {file["name"] for file in second.result("job.files", job=job)["files"]}
        assert second.result("jobs.list")["jobs"][0]["files"]["total"] == 12
        [mine] = first.finished(job, timeout_s=30)
        [theirs] = second.finished(job)
        assert theirs == mine
        changed = [event for event in second.events if event["type"] == "files.changed"]
        assert {file["state"] for event in changed for file in event["files"]} >= {"saved"}
        done = [event["job"]["files"]["done"] for event in second.events if event["type"] == "job.update"]
        assert done == sorted(done)


def test_what_one_browser_asks_the_other_does_within_a_second(board: Board, library: Path) -> None:
    thread = plain_thread(8, 40_000)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=1000))
    with two_hosts() as (first, second):
        job = begin(board, first, thread)

        def asked(action: str, **fields: Any) -> dict[str, Any]:
            began = time.monotonic()
            [view] = second.result(f"job.{action}", job=job, **fields)["jobs"]
            assert time.monotonic() - began < OBEYED_S
            return dict(view)

        assert asked("pause")["state"] == "paused"
        first.wait_until(lambda: first.is_in_state(job, "paused"), "the pause where it runs")
        assert asked("resume")["state"] == "running"
        assert asked("priority", priority="high")["priority"] == "high"
        assert asked("watch", watch=True)["watching"] is True
        assert asked("watch", watch=False)["watching"] is False
        [view] = second.result("job.pause", job="all")["jobs"]
        assert (view["id"], view["state"]) == (job, "paused")
        assert asked("cancel")["state"] == "cancelled"
        assert first.finished(job)[0]["job"]["state"] == "cancelled"
        second.finished(job)
        gate.set()
        assert asked("retry")["state"] in (
            "queued",
            "running",
        )  # of one that has ended nobody is the owner: it moves here
        for host in (second, first):
            until_view(host, job, lambda view: view["state"] == "completed", "its new end, in both browsers")
    assert is_whole(library / "downloads", thread)


def test_a_page_that_the_other_browser_downloads_gives_its_job_and_goes_on_if_it_rests(board: Board) -> None:
    thread = plain_thread(4)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with two_hosts() as (first, second):
        job = begin(board, first, thread)
        first.result("job.pause", job=job)
        assert second.start(board.thread_url(thread), priority="critical") == [job]
        for host in (first, second):
            until_view(
                host, job, lambda view: (view["state"], view["priority"]) == ("running", "critical"), "it to go on"
            )
        gate.set()
        assert second.finished(job)[0]["job"]["state"] == "completed"
    assert len(set(media_requests(board))) == 4


def test_what_a_killed_browser_left_the_other_goes_on_with(board: Board, library: Path) -> None:
    thread = plain_thread(10, 50_000)
    gate = board.gate()
    complete, *others = thread.media()
    for path in others:
        board.script(path, faults.stall(gate, after=20_000), then=faults.fine())
    with two_hosts() as (first, second):
        job = begin(board, first, thread)
        until_view(second, job, lambda view: view["files"]["done"] == 1, "a file that is whole")
        wait_until(lambda: 20_000 in part_sizes(library).values(), "a file that is half here")
        first.kill()
        gate.set()  # three had not been asked for yet
        began = time.monotonic()
        second.wait_until(lambda: second.is_in_state(job, "running") and _goes_on(second, job), "the other to go on")
        assert time.monotonic() - began < ADOPTED_S
        [end] = second.finished(job)
        assert end["job"]["state"] == "completed"
        assert end["job"]["files"]["done"] == end["job"]["files"]["total"] == 10
    assert is_whole(library / "downloads", thread)
    assert media_requests(board).count(complete) == 1


def _goes_on(host: HostProcess, job: str) -> bool:
    return any(
        event["type"] == "log" and event["job"] == job and event["text"].startswith("Going on") for event in host.events
    )


def test_what_was_asked_of_a_process_that_died_is_done_by_its_heir(board: Board) -> None:
    board.always(board.is_media, faults.stall(board.gate()))
    with two_hosts() as (first, second):
        job = begin(board, first, plain_thread(3))
        os.kill(first.process.pid, signal.SIGSTOP)
        second.result("job.cancel", job=job)
        first.kill()
        assert second.finished(job)[0]["job"]["state"] == "cancelled"


def test_a_stopped_process_keeps_its_job_and_that_is_said(board: Board) -> None:
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with two_hosts() as (first, second):
        job = begin(board, first, plain_thread(3))
        until_view(second, job, lambda view: view["files"]["total"] == 3, "the job in the other browser")
        os.kill(first.process.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            [view] = second.result("job.pause", job=job)["jobs"]
            assert (view["state"], time.monotonic() - began < OBEYED_S) == ("running", True)
            said = second.event(
                lambda event: event["type"] == "log" and event["level"] == "warning" and event["job"] == job
            )
            assert f"Process {first.process.pid}, which downloads A plain thread, is stopped" in said["text"]
            assert second.result("health")["stopped_owners"] != []
            assert second.result("jobs.list")["jobs"][0]["state"] == "running"
            assert not _goes_on(second, job)
        finally:
            os.kill(first.process.pid, signal.SIGCONT)
        until_view(first, job, lambda view: view["state"] == "paused", "what was asked meanwhile")
        until_view(second, job, lambda view: view["state"] == "paused", "the same here")
        gate.set()
        second.result("job.resume", job=job)
        assert second.finished(job)[0]["job"]["state"] == "completed"


def test_a_browser_that_is_closed_leaves_its_downloads_to_the_other(board: Board, library: Path) -> None:
    thread = plain_thread(6)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with two_hosts() as (first, second):
        job = begin(board, first, thread)
        assert first.end() == 0
        second.wait_until(lambda: _goes_on(second, job), "the other to go on")
        gate.set()
        assert second.finished(job)[0]["job"]["state"] == "completed"
    assert is_whole(library / "downloads", thread)


# The command line


def test_get_shows_what_a_browser_downloads_to_its_end(board: Board) -> None:
    thread = plain_thread(5)
    gate = board.gate()
    _, *others = thread.media()
    for path in others:
        board.always(path, faults.stall(gate))
    with HostProcess(browser="Firefox 1") as host:
        host.hello()
        job = begin(board, host, thread)
        with start_threadreel("get", board.thread_url(thread)) as running:
            assert running.stderr is not None
            assert running.stderr.readline() == (
                f"A plain thread is downloaded by Firefox 1 (process {host.process.pid}) already; this shows how it goes.\n"
            )
            gate.set()
            said, _ = running.communicate(timeout=20)
            assert running.returncode == 0
        host.finished(job)
    assert said.count("saved: ") == 5
    assert "completed: A plain thread: 5 files: 5 saved; " in said
    assert len(media_requests(board)) == 5


def test_get_interrupted_leaves_the_browser_alone(board: Board) -> None:
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with HostProcess(browser="Firefox 1") as host:
        host.hello()
        job = begin(board, host, plain_thread(2))
        with start_threadreel("get", board.thread_url(plain_thread(2))) as running:
            assert running.stderr is not None
            running.stderr.readline()
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=10)
            assert running.returncode == 130
        assert said == f"Interrupted. Firefox 1 (process {host.process.pid}) goes on with it.\n"
        assert last_view(host, job)["state"] == "running"
        done = threadreel("resume")
        assert (done.returncode, done.stdout) == (0, "")
        assert (
            done.stderr == f"Nothing is left to resume: 1 download is run by Firefox 1 (process {host.process.pid}).\n"
        )
        gate.set()
        assert host.finished(job)[0]["job"]["state"] == "completed"


def test_what_the_command_line_leaves_behind_an_open_browser_goes_on_with(board: Board, library: Path) -> None:
    thread = plain_thread(3)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with HostProcess(browser="Firefox 1") as host:
        host.hello()
        with start_threadreel("get", board.thread_url(thread)) as running:
            board.wait_until(lambda: board.requests(host=board.media_host))
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=10)
            assert running.returncode == 130
        assert said == f"Interrupted. Firefox 1 (process {host.process.pid}) goes on with what is unfinished.\n"
        gate.set()
        host.wait_until(
            lambda: any(event["type"] == "job.finished" for event in host.events), "the end, in the browser"
        )
        assert is_whole(library / "downloads", thread)


def test_get_goes_on_itself_when_the_process_that_it_shows_is_killed(board: Board, library: Path) -> None:
    thread = plain_thread(3)
    board.script(board.is_media, faults.stall(board.gate()), then=faults.fine())
    with HostProcess(browser="Firefox 1") as host:
        host.hello()
        begin(board, host, thread)
        with start_threadreel("get", board.thread_url(thread)) as running:
            assert running.stderr is not None
            running.stderr.readline()
            host.kill()
            said, _ = running.communicate(timeout=20)
            assert running.returncode == 0
    assert "completed: A plain thread: 3 files: 3 saved; " in said
    assert is_whole(library / "downloads", thread)


def test_a_browser_sees_and_pauses_what_the_command_line_downloads(board: Board) -> None:
    thread = plain_thread(4)
    gate = board.gate()
    board.add(thread)
    board.always(board.is_media, faults.stall(gate))
    with HostProcess() as host, start_threadreel("get", *picture_urls(board, thread)[:1]) as running:
        host.hello()
        host.wait_until(lambda: any(event["type"] == "job.update" for event in host.events), "the job")
        job = next(event["job"]["id"] for event in host.events if event["type"] == "job.update")
        [view] = host.result("job.pause", job=job)["jobs"]
        assert view["state"] == "paused"
        gate.set()
        host.result("job.resume", job=job)
        running.communicate(timeout=20)
        assert running.returncode == 0
        assert host.finished(job)[0]["job"]["state"] == "completed"
