"""The API is asked as seldom as its rules say, by all jobs and all processes together, and its worst answers do no harm."""

import dataclasses
import gzip
import itertools
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene, ShiftedTime

from board import faults
from board.faults import Fault
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleFile, SamplePost, SampleThread

SECOND = 1.0


def small_thread(board: Board, no: int = 1000, files: int = 1) -> SampleThread:
    thread = plain_thread(files, 2_000, no=no, seed=no)
    board.add(thread)
    return thread


def grown(thread: SampleThread) -> SampleThread:
    """The thread with one more post and file."""
    last = thread.posts[-1]
    assert last.file is not None
    file = SampleFile(last.file.tim + 1, "new", ".png", b"\x89PNG\r\n\x1a\n" + bytes(range(200)))
    post = SamplePost(last.no + 1, last.time + 60, "", file)
    return dataclasses.replace(thread, posts=(*thread.posts, post), modified=thread.modified + 60)


def api_starts(board: Board) -> list[float]:
    """When each API request arrived, as the server sees it."""
    return [entry.began_s for entry in board.requests("*.json")]


def test_one_request_a_second_over_all_jobs_and_processes(board: Board, home: Path) -> None:
    threads = [small_thread(board, no) for no in (1000, 2000, 3000, 4000)]
    with Scene(board, home, margin_s=0.1) as first, Scene(board, home, margin_s=0.1) as second:
        jobs = [first.start(*threads[:2]), second.start(*threads[2:])]
        first.finish(*jobs[0])
        second.finish(*jobs[1])
        for scene, ids, pages in ((first, jobs[0], threads[:2]), (second, jobs[1], threads[2:])):
            for job, thread in zip(ids, pages, strict=True):
                scene.prove(job, thread)
    starts = api_starts(board)
    assert len(starts) == 4
    assert min(after - before for before, after in itertools.pairwise(starts)) >= SECOND


def test_a_slow_first_request_does_not_bring_the_second_too_near(board: Board, home: Path) -> None:
    """The site sees arrivals: a new connection delays the first request, and must delay the second as much."""
    threads = [small_thread(board, no) for no in (1000, 2000)]
    board.connection_delay_s = 0.5
    with Scene(board, home) as scene:
        scene.finish(*scene.start(*threads))
    first, second = api_starts(board)
    assert second - first >= SECOND


def test_a_thread_is_not_asked_again_within_ten_seconds(board: Board, home: Path) -> None:
    thread, now = small_thread(board), ShiftedTime()
    with Scene(board, home, clock=now.clock) as scene:
        scene.run(thread)
        scene.run(thread)
        now.ahead_s = 9.0
        with Scene(board, home, clock=now.clock) as other:
            other.run(thread)
        assert scene.api_requests() == 1
        now.ahead_s = 11.0
        scene.run(thread)
        assert scene.api_requests() == 2


def test_a_later_read_asks_whether_anything_changed(board: Board, home: Path) -> None:
    thread, now = small_thread(board, files=3), ShiftedTime()
    with Scene(board, home, clock=now.clock) as scene:
        scene.run(thread)
        now.ahead_s = 60.0
        scene.expect(scene.run(thread), have=3)
        first, second = board.requests("*.json")
        assert "if-modified-since" not in first.headers
        assert second.headers["if-modified-since"]
        assert second.status == 304
        thread = grown(thread)
        board.add(thread)
        now.ahead_s = 120.0
        scene.expect(scene.run(thread), have=3, saved=1)
        assert [entry.status for entry in board.requests("*.json")] == [200, 304, 200]


@pytest.mark.parametrize(("code", "retry_after"), [(429, "1"), (503, timedelta(seconds=2))], ids=["seconds", "date"])
def test_retry_after_of_the_api_is_obeyed(board: Board, home: Path, code: int, retry_after: Any) -> None:
    thread, other = small_thread(board), small_thread(board, 2000)
    board.script("*.json", faults.status(code, retry_after), each_path=False)
    with Scene(board, home) as scene:
        jobs = scene.start(thread)
        board.wait_until(lambda: board.requests("*.json"))
        scene.until(lambda: scene.engine.health()["cooldowns"], "the host to cool down")
        jobs += scene.start(other)  # whatever it is asked for, the host is left alone
        scene.finish(*jobs)
        scene.prove(jobs[0], thread)
        scene.prove(jobs[1], other)
    first, second = api_starts(board)[:2]
    assert second - first >= 0.9 * SECOND


@pytest.mark.parametrize("fault", [faults.status(429), faults.cut(after=20)], ids=["429", "cut"])
def test_a_passing_fault_of_the_api_is_outlived(board: Board, home: Path, fault: Fault) -> None:
    thread = small_thread(board)
    board.script("*.json", fault)
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)
        starts = api_starts(board)
        assert len(starts) == 2
        assert starts[1] - starts[0] >= SECOND


@pytest.mark.parametrize("status", [404, 410])
def test_a_thread_that_is_gone_fails_with_one_request(board: Board, home: Path, status: int) -> None:
    thread = small_thread(board)
    board.always("*.json", faults.status(status))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        view = scene.job(job)
        assert (view["state"], view["error"]["code"]) == ("failed", "thread.gone")
        assert view["error"]["hint"]
        assert view["files"]["total"] == view["files"]["done"] == 0
        (finished,) = scene.events("job.finished", job)
        assert finished["report"]["attachments"] == []
        assert scene.api_requests() == 1
        assert scene.on_disk() == []


def _mislabelled(exchange: faults.Exchange) -> None:
    faults.replaced(b"{}", "application/json")(exchange)
    exchange.answer.headers["Content-Encoding"] = "gzip"


def _bomb(exchange: faults.Exchange) -> None:
    faults.replaced(gzip.compress(bytes(3_000_000)), "application/json")(exchange)
    exchange.answer.headers["Content-Encoding"] = "gzip"


DEEP = b'{"posts":' + b"[" * 100_000
ANSWERS: dict[str, tuple[Fault, str]] = {
    "html": (faults.challenge(200), "http.refused"),
    "empty": (faults.empty(), "site.unreadable"),
    "garbage": (faults.replaced(b'{"posts": [{"no": 10', "application/json"), "site.unreadable"),
    "list": (faults.replaced(b"[1, 2]", "application/json"), "site.unreadable"),
    "no posts": (faults.replaced(b'{"threads": []}', "application/json"), "site.unreadable"),
    "no gzip": (_mislabelled, "http.unreadable"),
    "bomb": (_bomb, "http.too_large"),
    "deep": (faults.replaced(DEEP, "application/json"), "site.unreadable"),
    "not text": (faults.replaced(b"\xff\xfe\x00" * 50, "application/json"), "site.unreadable"),
    "forbidden": (faults.status(403), "http.refused"),
    "redirect": (faults.redirect("https://example.org/x.json"), "http.redirect"),
    "huge": (faults.replaced(b" " * 3_000_000, "application/json"), "http.too_large"),
    "endless": (faults.endless(), "http.too_large"),
    "wait a day": (faults.status(429, retry_after=86_400), "http.status"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_cannot_be_used_fails_the_job_with_a_reason(board: Board, home: Path, kind: str) -> None:
    thread = small_thread(board)
    fault, code = ANSWERS[kind]
    board.always("*.json", fault)
    with Scene(board, home, answer_limit_bytes=2_000_000) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        view = scene.job(job)
        assert (view["state"], view["error"]["code"]) == ("failed", code)
        assert view["error"]["message"].endswith(".")
        assert scene.api_requests() == 1
        assert scene.media_requests() == 0


def test_an_unusable_answer_is_not_kept_for_ever(board: Board, home: Path) -> None:
    """A page that was sent with a date must not come back as "nothing changed since"."""
    thread, now = small_thread(board), ShiftedTime()

    def garbage(exchange: faults.Exchange) -> None:
        exchange.answer.body = b"<html>later</html>"
        exchange.answer.headers["Content-Length"] = str(len(exchange.answer.body))
        del exchange.answer.headers["Content-Encoding"]

    board.script("*.json", garbage)
    with Scene(board, home, clock=now.clock) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        assert scene.job(job)["state"] == "failed"
        now.ahead_s = 60.0
        scene.retry(job, thread)
        scene.expect(job, saved=1)
        assert "if-modified-since" not in board.requests("*.json")[1].headers


def test_an_api_that_stays_silent_fails_the_job_after_its_retries(board: Board, home: Path) -> None:
    thread = small_thread(board)
    board.always("*.json", faults.stall(board.gate()))
    with Scene(board, home, read_timeout_s=0.2, retries=1) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        view = scene.job(job)
        assert (view["state"], view["error"]["code"]) == ("failed", "http.timeout")
        assert scene.api_requests() == 2


def test_stop_does_not_wait_for_a_silent_api_and_blocks_nobody(board: Board, home: Path) -> None:
    thread = small_thread(board)
    board.script("*.json", faults.stall(board.gate()))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: board.requests("*.json"))
        began = time.monotonic()
        scene.close()
        assert time.monotonic() - began < 1
        assert not scene.events("job.finished")
    with Scene(board, home) as scene:
        began = time.monotonic()
        scene.engine.adopt()
        scene.finish(job)
        scene.prove(job, thread)
        assert time.monotonic() - began < 5  # the question of the process that is gone is nobody's any more
