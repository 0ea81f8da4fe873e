"""A browser that loses, doubles, reorders, delays or makes up chunks, stops, or is stopped: a clear answer and a right state."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole
from fake_browser import Fetch
from host_process import HostProcess, Message, part_sizes
from threadreel.demo.page import Thread

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

CHUNK = 512 * 1024
SIZE_BYTES = 3 * CHUNK - 1000


class Scene:
    """A job of one file, which the board refuses to programs, and of which the browser was just asked for."""

    def __init__(self, board: Board, host: HostProcess, thread: Thread) -> None:
        self.board, self.host, self.thread = board, host, thread
        (self.body,) = thread.media().values()
        host.hello(fetches=True)
        (self.job,) = host.start(board.thread_url(thread))
        self.needed = host.needed()

    def data(self, number: int) -> bytes:
        return self.body[number * CHUNK : (number + 1) * CHUNK]

    def send(self, number: int, **fields: Any) -> int:
        return self.host.chunk(self.needed, number * CHUNK, self.data(number), **fields)

    def refused(self, request: int) -> Message:
        reply = self.host.reply(request)
        assert reply["type"] == "error", reply
        error: Message = reply["error"]
        return error

    def kept(self, request: int) -> int:
        """The offset that is wanted after this request, which was accepted."""
        reply = self.host.reply(request)
        assert reply["type"] == "ok", reply
        return int(reply["result"]["next"])

    def finish(self, number: int = 0) -> None:
        """Send what is left, and see that it is whole."""
        requests = [self.send(each, end=each == 2) for each in range(number, 3)]
        assert [self.kept(request) for request in requests][-1] == SIZE_BYTES
        self.is_completed()

    def is_completed(self) -> None:
        (end,) = self.host.finished(self.job)
        assert end["job"]["state"] == "completed"
        assert [file["reason"] for file in end["report"]["attachments"]] == ["browser"]

    def ended(self) -> Message:
        """The one file's row, once the job is incomplete."""
        (end,) = self.host.finished(self.job)
        assert end["job"]["state"] == "incomplete"
        file: Message = end["report"]["attachments"][0]
        return file


@pytest.fixture
def scene(board: Board, library: Path) -> Iterator[Scene]:
    thread = plain_thread(1, SIZE_BYTES, kinds=[".webm"])
    board.add(thread)
    board.serve_only_browsers(faults.status(403))
    with HostProcess() as host:
        scene = Scene(board, host, thread)
        yield scene
        assert host.process.poll() is not None or host.end() == 0
    for path in library.rglob("*.webm"):
        assert path.read_bytes() == scene.body


def test_what_is_asked_for(scene: Scene) -> None:
    assert scene.needed == {
        "type": "file.needed",
        "job": scene.job,
        "file": next(iter(scene.thread.media())).rpartition("/")[2].removesuffix(".webm"),
        "url": f"http://{scene.board.media_host}{next(iter(scene.thread.media()))}",
        "referer": scene.board.thread_url(scene.thread),
        "offset": 0,
        "limit": SIZE_BYTES + 64 * 1024,
        "chunk": CHUNK,
        "window": 4,
        "ahead": False,
    }
    scene.finish()


def test_an_answer_means_that_the_bytes_are_in_the_part(scene: Scene, library: Path) -> None:
    assert scene.kept(scene.send(0, status=200, size=SIZE_BYTES)) == CHUNK
    assert sum(part_sizes(library).values()) == CHUNK
    scene.finish(1)


def test_a_doubled_chunk_is_refused_and_changes_nothing(scene: Scene) -> None:
    first = scene.send(0)
    error = scene.refused(scene.send(0))
    assert (error["code"], error["hint"]) == ("file.offset", str(CHUNK))
    assert scene.kept(first) == CHUNK
    scene.finish(1)


def test_reordered_chunks_are_refused_until_the_right_one_comes(scene: Scene) -> None:
    assert scene.refused(scene.send(1))["hint"] == "0"
    assert scene.refused(scene.send(2, end=True))["code"] == "file.offset"
    scene.finish()


def test_a_lost_chunk_is_asked_for(scene: Scene) -> None:
    scene.kept(scene.send(0))
    assert scene.refused(scene.send(2, end=True))["hint"] == str(CHUNK)
    scene.finish(1)


def test_what_is_no_base64_is_refused_and_changes_nothing(scene: Scene) -> None:
    for data in ("*", "QUJD=", "äöü", "QUI"):
        error = scene.host.refusal("file.chunk", job=scene.job, file=scene.needed["file"], offset=0, data=data)
        assert error["code"] == "request.invalid"
    scene.finish()


def test_a_chunk_after_the_end_is_refused(scene: Scene) -> None:
    for number in range(3):
        request = scene.send(number, end=number == 2)
    late = scene.refused(scene.host.chunk(scene.needed, SIZE_BYTES, b"more"))
    assert late["code"] == "file.unwanted"
    assert scene.kept(request) == SIZE_BYTES
    scene.is_completed()


def test_a_chunk_for_what_nobody_asked_for_is_refused(scene: Scene) -> None:
    for wrong in ({"job": "j-unknown"}, {"job": None}, {"file": "7"}):
        error = scene.refused(scene.host.chunk({**scene.needed, **wrong}, 0, scene.data(0)))
        assert error["code"] == "file.unwanted"
    scene.finish()


def test_more_than_a_file_may_have_ends_it(scene: Scene) -> None:
    """Once more past the cache, as with any other file that is too large."""
    for number in range(2):
        needed = scene.host.needed(number)
        assert ("?" in needed["url"]) is (number == 1)
        for at in range(3):
            scene.host.chunk(needed, at * CHUNK, bytes([7]) * CHUNK)
        assert scene.refused(scene.host.chunk(needed, 3 * CHUNK, b"x" * CHUNK))["code"] == "file.too_large"
    assert scene.ended()["reason"] == "fake.too_large"


def test_a_file_that_is_announced_too_large_is_not_taken(scene: Scene) -> None:
    for number in range(2):
        needed = scene.host.needed(number)
        assert scene.refused(scene.host.chunk(needed, 0, b"x", status=200, size=2**40))["code"] == "file.unwanted"
    assert scene.ended()["reason"] == "fake.too_large"
    unneeded = [event for event in scene.host.events if event["type"] == "file.unneeded"]
    assert len(unneeded) == 2


def test_other_bytes_than_the_apis_are_asked_for_again_and_then_kept_as_such(scene: Scene) -> None:
    body = faults.recompressed_bytes(scene.body)
    for number in range(2):
        needed = scene.host.needed(number)
        for at in range(0, len(body), CHUNK):
            scene.host.chunk(needed, at, body[at : at + CHUNK], status=200, end=at + CHUNK >= len(body))
    (end,) = scene.host.finished(scene.job)
    assert [(file["state"], file["reason"]) for file in end["report"]["attachments"]] == [("differs", "browser")]
    for path in Path(end["job"]["directory"]).glob("*.webm"):
        assert path.read_bytes() == body
        path.unlink()  # not what the API told


@pytest.mark.parametrize(
    ("told", "state", "reason"),
    [
        ({"status": 404, "end": True}, "gone", None),
        ({"status": 410, "error": "status"}, "gone", None),
        ({"status": 403, "end": True}, "blocked", "http.403"),
        ({"status": 429, "error": "status"}, "blocked", "http.429"),
        ({"error": "permission"}, "blocked", "browser.permission"),
        ({"error": "redirect"}, "blocked", "browser.redirect"),
    ],
    ids=str,
)
def test_how_it_ends_when_the_browser_gets_no_file(scene: Scene, told: Message, state: str, reason: str | None) -> None:
    scene.kept(scene.host.chunk(scene.needed, 0, b"", **told))
    (end,) = scene.host.finished(scene.job)
    assert [(file["state"], file["reason"]) for file in end["report"]["attachments"]] == [(state, reason)]


def test_a_break_is_gone_on_with_where_it_was(scene: Scene) -> None:
    scene.send(0, status=200, size=SIZE_BYTES)
    scene.host.chunk(scene.needed, CHUNK, b"", error="network")
    scene.needed = scene.host.needed(1)
    assert scene.needed["offset"] == CHUNK
    scene.kept(scene.send(1, status=206, size=SIZE_BYTES))
    scene.finish(2)


def test_a_site_that_asks_to_wait_in_the_middle_of_a_file_is_left_alone_for_so_long(scene: Scene) -> None:
    scene.kept(scene.send(0, status=200, size=SIZE_BYTES))
    told_s = time.monotonic()
    scene.host.chunk(scene.needed, CHUNK, b"", error="network", retry_after="2")
    scene.needed = scene.host.needed(1)
    assert time.monotonic() - told_s >= 2
    assert scene.needed["offset"] == CHUNK
    scene.finish(1)


def test_an_answer_that_ends_early_is_gone_on_with(scene: Scene) -> None:
    scene.send(0, status=200, size=SIZE_BYTES, end=True)
    scene.needed = scene.host.needed(1)
    assert scene.needed["offset"] == CHUNK
    scene.finish(1)


def test_a_server_that_ignores_the_range_is_taken_from_the_start(scene: Scene) -> None:
    scene.send(0)
    scene.host.chunk(scene.needed, CHUNK, b"", error="network")
    scene.needed = scene.host.needed(1)
    assert scene.refused(scene.send(1, status=200))["hint"] == "0"
    scene.kept(scene.send(0, status=200, size=SIZE_BYTES))
    scene.finish(1)


@pytest.mark.parametrize(("action", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_a_person_stops_it_and_the_browser_is_told(scene: Scene, library: Path, action: str, state: str) -> None:
    scene.kept(scene.send(0))
    (job,) = scene.host.result(f"job.{action}", job=scene.job)["jobs"]
    assert job["state"] == state
    told = {"type": "file.unneeded", "job": scene.job, "file": scene.needed["file"]}
    scene.host.event(lambda event: event == told, "file.unneeded")
    assert scene.refused(scene.send(1))["code"] == "file.unwanted"
    assert sum(part_sizes(library).values()) == (CHUNK if action == "pause" else 0)
    if action == "pause":
        scene.host.result("job.resume", job=scene.job)
        scene.needed = scene.host.needed(1)
        assert scene.needed["offset"] == CHUNK
        scene.finish(1)


def test_a_permission_that_is_taken_back_keeps_the_part_and_goes_on_when_it_is_given_again(
    scene: Scene, library: Path
) -> None:
    scene.kept(scene.send(0))
    scene.host.result("fetch.ready", hosts=["*://elsewhere.example/*"])
    assert scene.ended()["reason"] == "browser.permission"
    assert sum(part_sizes(library).values()) == CHUNK
    scene.host.event(lambda event: event["type"] == "file.unneeded", "file.unneeded")
    scene.host.result("fetch.ready", hosts=["http://127.0.0.1/*"])
    scene.host.events.clear()
    scene.host.result("job.retry", job=scene.job)
    scene.needed = scene.host.needed()
    assert scene.needed["offset"] == CHUNK
    scene.finish(1)


def test_more_chunks_than_are_kept_are_refused_and_taken_later(board: Board, library: Path) -> None:
    """A low speed cap keeps the host from taking them."""
    thread = plain_thread(1, 20 * 16 * 1024, kinds=[".webm"])
    board.add(thread)
    board.serve_only_browsers(faults.status(403))
    (body,) = thread.media().values()
    with HostProcess() as host:
        host.hello(fetches=True)
        host.result("settings.set", values={"speed_cap_bytes_per_s": 10_000})
        (job,) = host.start(board.thread_url(thread))
        needed = host.needed()
        assert needed["chunk"] == 16 * 1024
        size = needed["chunk"]
        sent = [host.chunk(needed, at * size, body[at * size : (at + 1) * size]) for at in range(12)]
        last = host.reply(sent.pop())["error"]
        wanted = int(last["hint"])
        assert 8 * size <= wanted <= 10 * size
        first = host.reply(sent[wanted // size])["error"]
        assert (first["code"], first["hint"]) == ("file.too_many", str(wanted))
        host.result("settings.set", values={"speed_cap_bytes_per_s": 0})
        assert all(host.reply(request)["type"] == "ok" for request in sent[: wanted // size])
        while wanted < len(body):
            reply = host.reply(host.chunk(needed, wanted, body[wanted : wanted + size], end=wanted + size >= len(body)))
            wanted = reply["result"]["next"]
        host.finished(job)
        assert is_whole(library / "downloads", thread)
        assert host.end() == 0


def test_the_end_of_the_host_is_in_time_and_the_next_goes_on(board: Board, library: Path, scene: Scene) -> None:
    scene.kept(scene.send(0))
    assert scene.host.end() == 0
    with HostProcess() as host:
        host.hello(fetches=True)
        needed = host.needed()
        assert needed["offset"] == CHUNK
        Fetch(host, needed, board.cookie).run()
        host.finished(scene.job)
        assert is_whole(library / "downloads", scene.thread)
        assert host.end() == 0


def test_a_host_that_is_killed_leaves_what_was_answered(board: Board, library: Path, scene: Scene) -> None:
    scene.kept(scene.send(0))
    scene.send(1)
    scene.host.kill()
    with HostProcess() as host:
        host.hello(fetches=True)
        needed = host.needed()
        assert CHUNK <= needed["offset"] <= 2 * CHUNK
        Fetch(host, needed, board.cookie).run()
        (end,) = host.finished(scene.job)
        assert end["report"]["attachments"][0]["reason"] == "browser"
        assert is_whole(library / "downloads", scene.thread)
        assert host.end() == 0


def test_nothing_of_the_session_is_written_down(board: Board, library: Path, scene: Scene) -> None:
    Fetch(scene.host, scene.needed, board.cookie).run()
    scene.is_completed()
    assert scene.host.end() == 0
    secret = board.cookie.partition("=")[2].encode()
    for path in library.rglob("*"):
        assert not path.is_file() or not re.search(secret, path.read_bytes()), path
