"""The host as a process: how it starts, how it ends, what survives, and that nothing but frames leaves it."""

import hashlib
import os
import sqlite3
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import RecordedThread, plain_thread
from command_line import environment, is_whole, picture_urls, reports
from host_process import CHROMIUM, FIREFOX, HostProcess, part_sizes
from threadreel.events import FileView
from threadreel.wire.frames import MAX_MESSAGE_BYTES, encode
from waiting import wait_until

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

UNFINISHED = {"queued", "scanning", "running"}


def api_requests(board: Board) -> list[str]:
    return [entry.path for entry in board.requests("*.json")]


def saved_by_events(host: HostProcess) -> Iterator[bool]:
    states: dict[str, str] = {}
    for event in list(host.events):
        if event["type"] == "files.changed":
            states.update({file["id"]: file["state"] for file in event["files"]})
    return (state == "saved" for state in states.values())


# Starting


@pytest.mark.parametrize("arguments", [CHROMIUM, (*CHROMIUM, "--parent-window=0"), FIREFOX, ()])
def test_hello_whatever_a_browser_says_on_the_command_line(library: Path, arguments: tuple[str, ...]) -> None:
    with HostProcess(arguments) as host:
        assert host.hello()["version"]
        assert host.end() == 0
        assert host.last_words() == ""
    logged = (library / "logs" / "threadreel.log").read_text("utf-8")
    assert f"started by {list(arguments)!r}" in logged


def test_hello_from_a_cold_start(capsys: pytest.CaptureFixture[str], record_property: Any) -> None:
    """How long a person waits for the first popup. A number to look at: another machine has another."""
    seconds = []
    for _ in range(3):
        with HostProcess() as host:
            host.hello()
            seconds.append(time.monotonic() - host.started_s)
            assert host.end() == 0
    told = ", ".join(f"{each * 1000:.0f} ms" for each in seconds)
    record_property("hello_cold_start", told)
    with capsys.disabled():
        sys.stdout.write(f"\nhello from a cold start: {told}\n")


def test_a_home_that_cannot_be_used_is_told_in_words_and_the_host_lives(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with HostProcess(environment={"THREADREEL_HOME": str(tmp_path / "file" / "home")}) as host:
        error = host.refusal("hello", protocol=1, extension="0.1.0", browser="Test")
        assert error["code"] in ("ledger.unusable", "disk.denied")
        assert str(tmp_path / "file") in error["message"]
        assert host.result("settings.get")
        assert host.end() == 0


# Ending


def test_end_of_input_while_idle_ends_the_host(host: HostProcess) -> None:
    host.hello()
    assert host.end() == 0


def test_end_of_input_before_a_word_was_said_ends_the_host(host: HostProcess) -> None:
    assert host.end() == 0


def check_ledger(library: Path) -> None:
    with closing(sqlite3.connect(library / "ledger.sqlite3")) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def tim_of(path: str) -> str:
    return Path(path).stem


@pytest.mark.parametrize("how", ["close", "terminate", "kill"])
def test_a_download_survives_the_end_of_its_host(library: Path, board: Board, how: str) -> None:
    thread = plain_thread(6, 300_000)
    board.add(thread)
    media = list(thread.media())
    whole, begun = media[:3], media[3:]
    gate = board.gate()
    board.script(lambda request: request.path in begun, faults.stall(gate, after=150_000))
    with HostProcess() as host:
        (job,) = host.start(board.thread_url(thread))
        wait_until(lambda: len(part_sizes(library)) == 3 and all(part_sizes(library).values()), "three begun")
        host.wait_until(lambda: sum(saved_by_events(host)) == 3, "three whole files")
        if how == "kill":
            host.kill()
        elif how == "terminate":
            host.terminate()
            assert host.wait() == 0
        else:
            assert host.end() == 0
    sizes = part_sizes(library)
    assert len(sizes) == 3
    assert all(0 < size < 300_000 for size in sizes.values())
    check_ledger(library)

    gate.set()
    board.record.clear()
    with HostProcess() as host:
        (listed,) = host.hello()["jobs"]
        assert (listed["id"], listed["state"] in UNFINISHED) == (job, True)
        assert (listed["files"]["done"], listed["files"]["total"]) == (3, 6)
        (end,) = host.finished(job)
        assert (end["job"]["state"], end["job"]["files"]["saved"]) == ("completed", 6)
        told = [event["job"]["files"]["done"] for event in host.events if event["type"] == "job.update"]
        assert told == sorted(told), "the count never falls"
        assert min(told) >= 3
        assert host.end() == 0
    assert is_whole(library / "downloads", thread)
    assert api_requests(board) == []
    asked = {tim_of(entry.path): entry.headers.get("range") for entry in board.requests()}
    assert asked == {tim: f"bytes={size}-" for tim, size in sizes.items()}
    assert not set(asked) & {tim_of(path) for path in whole}


def test_end_of_input_during_a_slow_scan_ends_the_host_and_the_job_goes_on_later(board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    gate = board.gate()
    board.script("*.json", faults.stall(gate))
    with HostProcess() as host:
        (job,) = host.start(board.thread_url(thread))
        board.wait_until(lambda: board.requests("*.json"))
        assert host.end() == 0
    gate.set()
    with HostProcess() as host:
        assert host.hello()["jobs"][0]["id"] == job
        assert host.finished(job)[0]["job"]["state"] == "completed"


def test_end_of_input_while_a_server_does_not_answer_at_all(board: Board) -> None:
    thread = plain_thread(8)
    board.add(thread)
    board.always(board.is_media, faults.stall(board.gate()))
    with HostProcess() as host:
        host.start(board.thread_url(thread))
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 6)
        assert host.end() == 0


def test_sigterm_while_idle_is_a_clean_end(host: HostProcess, library: Path) -> None:
    host.hello()
    host.terminate()
    assert host.wait() == 0
    assert "ended with 0" in (library / "logs" / "threadreel.log").read_text("utf-8")


def test_both_pipes_closed_at_once_is_still_an_end_in_order(library: Path, board: Board) -> None:
    thread = plain_thread(4)
    board.add(thread)
    board.always(board.is_media, faults.slow(2_000))
    with HostProcess() as host:
        host.start(board.thread_url(thread))
        board.wait_until(lambda: board.requests(host=board.media_host))
        host.close_stdout()
        host.close_stdin()
        assert host.wait() == 0
    assert "ended with 0" in (library / "logs" / "threadreel.log").read_text("utf-8")
    assert list((library / "owners").iterdir()) == [], "what it owned is given up"


def test_a_reader_that_closed_its_end_ends_the_host(host: HostProcess) -> None:
    host.hello()
    host.close_stdout()
    host.send("health")
    assert host.wait() == 0


# Broken frames


@pytest.mark.parametrize(
    "frame",
    [
        (MAX_MESSAGE_BYTES + 1).to_bytes(4, sys.byteorder),
        b"Trac",
        bytes(4),
        b"\x01\x00",
        (20).to_bytes(4, sys.byteorder) + b'{"id": 1',
    ],
    ids=["too long", "text", "zero", "short header", "short body"],
)
def test_a_broken_frame_ends_with_one_error_event(host: HostProcess, frame: bytes) -> None:
    host.hello()
    host.send_bytes(frame)
    host.close_stdin()
    assert host.wait() == 2
    (event,) = host.events
    assert (event["type"], event["level"], event["job"]) == ("log", "error", None)
    assert event["text"].endswith("the host starts anew.")


def test_the_longest_message_is_read_and_refused_in_words(host: HostProcess) -> None:
    body = b'{"id": 4, "type": "health"'.ljust(MAX_MESSAGE_BYTES - 1) + b"}"
    host.send_body(body)
    assert host.reply(4)["type"] == "ok"
    host.send_body(encode({"id": 5, "type": "health", "x": "y" * (MAX_MESSAGE_BYTES - 100)})[4:])
    assert host.reply(5)["error"]["code"] == "request.invalid"


def test_a_frame_in_single_bytes_is_read(host: HostProcess) -> None:
    for byte in encode({"id": 9, "type": "settings.get"}):
        host.send_bytes(bytes([byte]))
    assert host.reply(9)["type"] == "ok"


# Nothing but frames


def test_stray_output_of_modules_and_children_is_not_taken_for_frames(board: Board, tmp_path: Path) -> None:
    """Every import prints, some start children that print, and a thread prints all the time."""
    site = tmp_path / "site"
    site.mkdir()
    noise = """
        import os, subprocess, sys, threading

        class Noise:
            def find_spec(self, name, path=None, target=None):
                if name == "threadreel.engine.engine":
                    threading.Thread(target=chatter, daemon=True).start()
                if name.startswith(("threadreel.engine", "threadreel.sites", "requests", "jsonschema")):
                    print("importing", name, flush=True)
                    os.write(1, b"raw ")
                if name in ("requests", "threadreel.engine.transfers.attempt"):
                    subprocess.run(["sh", "-c", "echo child; echo child >&2; cat"], check=True)

        def chatter():
            while True:
                print("chatter", flush=True)
                threading.Event().wait(0.01)

        sys.meta_path.insert(0, Noise())
        """
    (site / "sitecustomize.py").write_text(textwrap.dedent(noise), "utf-8")
    thread = plain_thread(3)
    board.add(thread)
    with HostProcess(environment={"PYTHONPATH": os.pathsep.join([str(site), environment()["PYTHONPATH"]])}) as host:
        host.hello()
        (end,) = host.finished(*host.start(board.thread_url(thread)))
        assert end["job"]["state"] == "completed"
        assert host.end() == 0
        words = host.last_words()
        assert "importing threadreel.engine.network.http" in words
        assert "child" in words
        assert "chatter" in words


def test_a_reader_that_stalls_stops_no_download(library: Path, board: Board) -> None:
    threads = [plain_thread(250, 700, no=1000, seed="a"), plain_thread(250, 700, no=2000, seed="b")]
    pictures = plain_thread(6, 700, no=3000, seed="c")
    for thread in (*threads, pictures):
        board.add(thread)
    with HostProcess() as host:
        host.hello()
        host.stop_reading()
        for url in (*map(board.thread_url, threads), *picture_urls(board, pictures)):
            host.send("job.start", urls=[url])
        downloads = library / "downloads"
        wait_until(lambda: len(reports(downloads)) == 2 and len(saved(downloads)) == 506, "all 8 downloads", 30)
        assert host.process.poll() is None
        host.read_on()
        assert host.result("health")["ledger"]["jobs"] == 8
        jobs = host.result("jobs.list")["jobs"]
        assert [job["state"] for job in jobs] == ["completed"] * 8
        ends = host.finished(*(job["id"] for job in jobs))
        assert sum(end["job"]["files"]["saved"] for end in ends) == 506
        assert host.end() == 0


def saved(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix in {".jpg", ".png", ".gif", ".webm"}]


def test_frames_stay_small_for_a_thread_of_5000_files(library: Path, board: Board) -> None:
    posts: list[dict[str, Any]] = [
        {
            "no": 100 + number,
            "resto": 100 if number else 0,
            "time": 1_700_000_000 + number,
            "tim": 1_700_000_000_000_000 + number,
            "filename": f"漢字 {number} " + "ж" * 60,
            "ext": ".png",
            "fsize": 1000,
            "md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
        }
        for number in range(5000)
    ]
    thread = RecordedThread("g", {"posts": posts}, {})
    board.add(thread)
    with HostProcess() as host:
        (job,) = host.start(board.thread_url(thread), only=["videos"])
        (end,) = host.finished(job, timeout_s=60)
        assert end["report"]["counts"] == end["report"]["counts"] | {"total": 5000, "filtered": 5000}
        assert end["report"]["attachments"] == []
        page = host.result("job.files", job=job, cursor="4950")
        assert (len(page["files"]), page["cursor"]) == (50, None)
        assert all(len(event["files"]) <= 200 for event in host.events if event["type"] == "files.changed")
        assert host.largest_frame_bytes <= 512 * 1024
        assert host.end() == 0
    (report,) = reports(library / "downloads")
    assert len(report["attachments"]) == 5000


# Several hosts


def test_two_hosts_share_a_home(board: Board) -> None:
    one, other = plain_thread(5, no=1000, seed="a"), plain_thread(5, no=2000, seed="b")
    board.add(one)
    board.add(other)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=100))
    with ExitStack() as stack:
        first, second = (stack.enter_context(HostProcess(argv)) for argv in (CHROMIUM, FIREFOX))
        first.hello()
        second.hello()
        (job,) = first.start(board.thread_url(one))
        first.wait_until(lambda: first.is_in_state(job, "running"), "the first job")
        assert second.start(board.thread_url(one)) == [job], "what another process runs is not begun again"
        second.event(lambda event: event["type"] == "log" and "Another Threadreel process" in event["text"])
        (mine,) = second.start(board.thread_url(other))
        gate.set()
        assert first.finished(job)[0]["job"]["state"] == "completed"
        assert second.finished(mine)[0]["job"]["state"] == "completed"
        assert {each["id"] for each in first.result("jobs.list")["jobs"]} == {job, mine}
        assert second.finished(job) == first.finished(job)
        assert first.end() == second.end() == 0
    asked = [entry.path for entry in board.requests()]
    assert len(asked) == len(set(asked)) == 12, "nothing was asked twice"


def test_the_second_host_takes_up_what_a_killed_one_left(library: Path, board: Board) -> None:
    thread = plain_thread(4)
    board.add(thread)
    board.script(board.is_media, faults.stall(board.gate(), after=100))
    with HostProcess() as first, HostProcess(FIREFOX) as second:
        (job,) = first.start(board.thread_url(thread))
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 4)
        second.hello()
        assert not [event for event in second.events if event["type"] == "log"], "a job whose host lives is left alone"
        first.kill()
        board.behave()
        second.hello()
        assert second.finished(job)[0]["job"]["state"] == "completed"
        assert second.end() == 0
    assert is_whole(library / "downloads", thread)


def test_reports_on_the_wire_and_on_disk_agree(host: HostProcess, board: Board, library: Path) -> None:
    thread = plain_thread(3)
    board.add(thread)
    (end,) = host.finished(*host.start(board.thread_url(thread)))
    assert reports(library / "downloads") == [end["report"]]
    hashes = {hashlib.sha256(body).hexdigest() for body in thread.media().values()}
    assert {entry["sha256"] for entry in end["report"]["attachments"]} == hashes
    assert set(FileView.__annotations__) < set(end["report"]["attachments"][0])
