"""Chunks that come when their time has passed, or for an answer of an API: refused, and what is under way is unharmed."""

from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole, saved_files
from host_process import HostProcess, Message
from threadreel.demo.page import Thread

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

CHUNK = 512 * 1024
API = "*/thread/*.json"


@pytest.fixture
def host(fetching_host: HostProcess) -> HostProcess:
    return fetching_host


def refused_video(board: Board, no: int = 1000) -> tuple[Thread, bytes]:
    """A thread of one video of three chunks, which programs do not get; and its bytes."""
    thread = plain_thread(1, 3 * CHUNK - 1000, kinds=[".webm"], no=no, seed=str(no))
    board.add(thread)
    board.serve_only_browsers(faults.status(403))
    (body,) = thread.media().values()
    return thread, body


def look_at(board: Board, host: HostProcess, files: int) -> tuple[Thread, int, Message]:
    """A thread whose API programs do not get; the number of the request for a look at it, and what the browser is asked for."""
    thread = plain_thread(files)
    board.add(thread)
    board.serve_only_browsers(faults.status(403), where=API)
    request = host.send("page.inspect", url=board.thread_url(thread))
    return thread, request, host.needed()


def send(host: HostProcess, needed: Message, body: bytes, numbers: range) -> None:
    """Send these chunks, and have them taken."""
    for number in numbers:
        data = body[number * CHUNK : (number + 1) * CHUNK]
        reply = host.reply(host.chunk(needed, number * CHUNK, data, end=number == 2))
        assert reply["type"] == "ok", reply


def error_of(host: HostProcess, request: int) -> Message:
    reply = host.reply(request)
    assert reply["type"] == "error", reply
    error: Message = reply["error"]
    return error


def test_a_chunk_from_before_a_break_comes_after_the_file_was_asked_for_anew(
    board: Board, library: Path, host: HostProcess
) -> None:
    thread, body = refused_video(board)
    (job,) = host.start(board.thread_url(thread))
    send(host, host.needed(), body, range(1))
    host.chunk(host.needed(), CHUNK, b"", error="network")
    needed = host.needed(1)
    late = error_of(host, host.chunk(needed, 0, body[:CHUNK]))
    assert (late["code"], late["hint"]) == ("file.offset", str(CHUNK))
    send(host, needed, body, range(1, 3))
    (end,) = host.finished(job)
    assert end["job"]["state"] == "completed"
    assert is_whole(library / "downloads", thread)


def test_chunks_of_a_file_that_is_here_do_not_reach_the_next_one(
    board: Board, library: Path, host: HostProcess
) -> None:
    threads = [refused_video(board, no) for no in (1000, 2000)]
    (first,) = host.start(board.thread_url(threads[0][0]))
    needed = host.needed()
    send(host, needed, threads[0][1], range(3))
    host.finished(first)
    (second,) = host.start(board.thread_url(threads[1][0]))
    following = host.needed(1)
    for number in range(3):
        late = error_of(host, host.chunk(needed, number * CHUNK, threads[0][1][:CHUNK]))
        assert late["code"] == "file.unwanted"
    send(host, following, threads[1][1], range(3))
    host.finished(second)
    assert sorted(saved_files(library / "downloads").values()) == sorted(body for _, body in threads)


def test_an_api_answer_that_is_more_than_any_page_has(board: Board, host: HostProcess) -> None:
    _, request, needed = look_at(board, host, 1)
    assert needed["job"] is None
    number, error = 0, None
    while error is None:
        reply = host.reply(host.chunk(needed, number * CHUNK, b"{" * CHUNK))
        number, error = number + 1, reply.get("error")
    assert error["code"] == "file.too_large"
    assert (number - 1) * CHUNK <= needed["limit"] < number * CHUNK
    assert error_of(host, request)["code"] == "http.status"
    assert error_of(host, host.chunk(needed, 0, b"{}", end=True))["code"] == "file.unwanted"


def test_an_api_answer_whose_middle_is_lost(board: Board, host: HostProcess) -> None:
    thread, request, needed = look_at(board, host, 4)
    body = board.find(f"/{thread.board}/thread/{thread.no}.json")
    assert body is not None
    half = len(body.body) // 2
    first = host.chunk(needed, 0, body.body[:half])
    lost = error_of(host, host.chunk(needed, half + 10, body.body[half + 10 :], end=True))
    assert (lost["code"], lost["hint"]) == ("file.offset", str(half))
    last = host.chunk(needed, half, body.body[half:], end=True)
    assert [host.reply(each)["type"] for each in (first, last)] == ["ok", "ok"]
    assert host.reply(request)["result"]["files"]["total"] == 4
