"""The outbox over real pipes: frames stay whole, callers never wait, a browser that is gone ends the writing."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from threadreel.events import log_line
from threadreel.wire.feed import merge_files, post_event
from threadreel.wire.frames import read_frame, writer_to
from threadreel.wire.outbox import Outbox

WAIT_S = 30  # a limit, not a pace: what is waited for comes at once or not at all


@dataclass
class Pipe:
    """A pipe to a browser that reads only when told to."""

    reader: int
    writer: int

    def read(self) -> list[dict[str, Any]]:
        """Everything up to the end."""
        messages = []
        while (body := read_frame(lambda size: os.read(self.reader, size))) is not None:
            messages.append(json.loads(body))
        return messages

    def close_reader(self) -> None:
        os.close(self.reader)
        self.reader = -1

    def close_writer(self) -> None:
        os.close(self.writer)
        self.writer = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe(*os.pipe())
    yield pipe
    for fd in (pipe.reader, pipe.writer):
        if fd >= 0:
            os.close(fd)


def read_in_background(pipe: Pipe) -> tuple[threading.Thread, list[dict[str, Any]]]:
    messages: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: messages.extend(pipe.read()))
    thread.start()
    return thread, messages


def never() -> None:
    raise AssertionError("the pipe is whole")


def job_update(job: str, version: int) -> dict[str, Any]:
    return {"type": "job.update", "job": {"id": job, "version": version, "title": "x" * 200}}


def test_frames_of_eight_threads_stay_whole_and_in_order(pipe: Pipe) -> None:
    outbox = Outbox(writer_to(pipe.writer), never)
    reader, messages = read_in_background(pipe)

    def post(thread: int) -> None:
        for number in range(1000):
            outbox.post({"re": number, "type": "ok", "result": {"thread": thread, "text": "é" * (number % 300)}})

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert outbox.close(WAIT_S)
    pipe.close_writer()
    reader.join(WAIT_S)
    assert len(messages) == 8000
    for number in range(8):
        assert [m["re"] for m in messages if m["result"]["thread"] == number] == list(range(1000))


def test_a_stalled_reader_blocks_no_caller_and_gets_the_newest_of_everything(pipe: Pipe) -> None:
    outbox = Outbox(writer_to(pipe.writer), never, limit_messages=500)
    for version in range(20_000):
        post_event(outbox, job_update(f"j{version % 10}", version))
        post_event(outbox, log_line("info", f"line {version}"))
        if version % 1000 == 0:
            outbox.post({"re": version, "type": "ok", "result": {}})
    post_event(outbox, {"type": "job.finished", "job": {"id": "j0"}, "report": {}})
    reader, messages = read_in_background(pipe)
    assert outbox.close(WAIT_S)
    pipe.close_writer()
    reader.join(WAIT_S)

    kinds = Counter(message["type"] for message in messages)
    assert kinds["ok"] == 20
    assert kinds["job.finished"] == 1
    newest = {m["job"]["id"]: m["job"]["version"] for m in messages if m["type"] == "job.update"}
    assert newest == {f"j{number}": 19_990 + number for number in range(10)}
    lines = [message for message in messages if message["type"] == "log"]
    assert len(lines) + sum(line["dropped"] for line in lines) == 20_000
    assert lines[-1]["text"] == "line 19999"
    assert messages[-1]["type"] == "job.finished"
    assert len(messages) < 2_500  # of 40 000 posted: what the pipe itself held, and 500 that waited


def test_a_stalled_reader_costs_bounded_memory(pipe: Pipe) -> None:
    outbox = Outbox(writer_to(pipe.writer), lambda: None, limit_messages=100)
    tracemalloc.start()
    try:
        for version in range(3_000):
            post_event(outbox, log_line("info", f"{version} " + "x" * 50_000))
            post_event(outbox, job_update("j1", version))
            changed = {"id": str(version % 50), "name": "n" * 1000, "done": version}
            post_event(outbox, {"type": "files.changed", "job": "j1", "files": [changed]})
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        pipe.close_reader()
        outbox.close(WAIT_S)
    assert peak_bytes < 3_000_000


def test_a_reader_that_left_is_reported_once_and_not_written_to_again(pipe: Pipe) -> None:
    broken = threading.Semaphore(0)
    writes = []

    def write(data: bytes) -> None:
        writes.append(data)
        writer_to(pipe.writer)(data)

    pipe.close_reader()
    outbox = Outbox(write, broken.release)
    for number in range(100):
        outbox.post({"re": number, "type": "ok", "result": {}})
    assert broken.acquire(timeout=WAIT_S)
    outbox.post({"re": 1000, "type": "ok", "result": {}})
    outbox.post_latest("j", job_update("j", 1))
    assert not outbox.close(WAIT_S)
    assert not broken.acquire(blocking=False)
    assert len(writes) == 1


def test_any_error_of_the_system_counts_as_a_reader_that_left() -> None:
    broken = threading.Event()

    def write(_data: bytes) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")  # Windows, when the other side of a pipe is gone

    outbox = Outbox(write, broken.set)
    outbox.post({"re": 1, "type": "ok", "result": {}})
    assert broken.wait(WAIT_S)
    assert not outbox.close(WAIT_S)


def test_the_report_of_a_broken_pipe_may_close_the_outbox(pipe: Pipe) -> None:
    closed: list[bool] = []
    done = threading.Event()

    def close() -> None:
        closed.append(outbox.close(WAIT_S))
        done.set()

    pipe.close_reader()
    outbox = Outbox(writer_to(pipe.writer), close)
    outbox.post({"re": 1, "type": "ok", "result": {}})
    assert done.wait(WAIT_S)
    assert closed == [False]


def test_closing_writes_what_waits(pipe: Pipe) -> None:
    outbox = Outbox(writer_to(pipe.writer), never)
    reader, messages = read_in_background(pipe)
    for number in range(500):
        outbox.post({"re": number, "type": "ok", "result": {"text": "x" * 1000}})
    assert outbox.close(WAIT_S)
    outbox.post({"re": 999, "type": "ok", "result": {}})
    pipe.close_writer()
    reader.join(WAIT_S)
    assert [message["re"] for message in messages] == list(range(500))


def test_closing_before_a_stalled_reader_gives_up_in_time(pipe: Pipe) -> None:
    outbox = Outbox(writer_to(pipe.writer), lambda: None)
    for number in range(200):
        outbox.post({"re": number, "type": "ok", "result": {"text": "x" * 1000}})
    began = time.monotonic()
    assert not outbox.close(0.1)
    assert time.monotonic() - began < 5
    pipe.close_reader()
    assert not outbox.close(WAIT_S)


def test_a_message_that_does_not_fit_does_not_stop_the_others(pipe: Pipe) -> None:
    outbox = Outbox(writer_to(pipe.writer), never)
    reader, messages = read_in_background(pipe)
    outbox.post({"re": 1, "type": "ok", "result": {"text": "x" * 2_000_000}})
    outbox.post({"re": 2, "type": "ok", "result": {"speed": float("nan")}})
    outbox.post({"re": 3, "type": "ok", "result": {}})
    assert outbox.close(WAIT_S)
    pipe.close_writer()
    reader.join(WAIT_S)
    assert [(message["re"], message["type"]) for message in messages] == [(1, "error"), (2, "error"), (3, "ok")]


def test_files_that_changed_twice_are_sent_once_as_they_are_now() -> None:
    waiting = {"type": "files.changed", "job": "j", "files": [{"id": "a", "done": 1}, {"id": "b", "done": 1}]}
    newest = {"type": "files.changed", "job": "j", "files": [{"id": "a", "done": 2}, {"id": "c", "done": 1}]}
    assert merge_files(waiting, newest)["files"] == [
        {"id": "a", "done": 2},
        {"id": "b", "done": 1},
        {"id": "c", "done": 1},
    ]
