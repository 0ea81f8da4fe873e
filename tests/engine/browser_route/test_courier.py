"""The browser as a source of bytes: what is kept and answered when, with both sides in one thread where that can be."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from line_harness import HandTime, HandTimers

from threadreel.engine.browser_route.courier import CHUNK_BYTES, Chunk, Courier, Errand, chunk_bytes_for
from threadreel.engine.browser_route.delivery import Delivery
from threadreel.engine.browser_route.permissions import Permissions
from threadreel.engine.network.interruption import Interruption
from threadreel.errors import BrowserError, HttpError, RequestError, ThreadreelError
from threadreel.events import Event

HOST = "i.4cdn.org"
URL = f"https://{HOST}/g/1.webm"
HOSTS = frozenset({HOST})


class Side:
    """Both sides of a courier. ``tell`` is what the browser does with an event."""

    def __init__(self) -> None:
        self.time = HandTime()
        self.events: list[Event] = []
        self.react: Callable[[Event], None] = lambda _event: None
        self.courier = Courier(self._tell, HandTimers(self.time, "me"), self.time.clock)  # type: ignore[arg-type]
        self.courier.set_permissions(Permissions([f"*://{HOST}/*"]))
        self.replies: list[int | ThreadreelError] = []

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        if event["type"] == "file.needed":
            self.react(event)

    def bring(self, offset: int, data: bytes = b"", **more: Any) -> None:
        self.courier.bring(Chunk("j1", "1", offset, data, **more), self.replies.append)

    def get(self, limit_bytes: int = 1000, timeout_s: float = 5, offset: int = 0, **first: Any) -> Delivery:
        """The answer to a question to which the browser says this first."""
        self.react = lambda _event: self.bring(first.pop("at", offset), first.pop("data", b""), **first)
        errand = Errand(self.courier, "j1", "1", limit_bytes, CHUNK_BYTES, timeout_s)
        headers = {"Referer": "https://boards.4chan.org/", **({"Range": f"bytes={offset}-"} if offset else {})}
        return errand.get(URL, headers, HOSTS, Interruption())

    def codes(self) -> list[int | str]:
        """The replies so far: offsets, and codes of refusals."""
        return [reply.code if isinstance(reply, ThreadreelError) else reply for reply in self.replies]


@pytest.fixture
def side() -> Side:
    return Side()


def test_a_chunk_is_answered_when_the_reader_asks_for_the_next(side: Side) -> None:
    delivery = side.get(data=b"abc", status=200, size=6)
    assert (delivery.status, delivery.length_bytes) == (200, 6)
    assert bytes(delivery.read(2)) == b"ab"
    assert bytes(delivery.read(2)) == b"c"
    assert side.replies == []
    side.bring(3, b"def", is_last=True)
    assert bytes(delivery.read(10)) == b"def"
    assert side.replies == [3]
    assert not delivery.is_over
    assert delivery.read(10) == b""
    assert side.replies == [3, 6]
    assert delivery.is_over
    delivery.close()
    assert [event["type"] for event in side.events] == ["file.needed"]


def test_what_is_looked_at_is_read_again_and_answered_then(side: Side) -> None:
    delivery = side.get(data=b"abc")
    assert delivery.peek() == b"abc"
    assert [bytes(delivery.read(2)), bytes(delivery.read(2))] == [b"ab", b"c"]
    assert side.replies == []
    side.bring(3, is_last=True)
    assert delivery.read(2) == b""
    assert side.replies == [3, 3]


def test_who_reads_slowly_answers_in_time_and_keeps_little(side: Side) -> None:
    delivery = side.get(data=b"0")
    for at in range(1, 4):
        side.bring(at, b"0")
    assert side.replies == []
    side.time.go_on(20)
    assert side.codes() == [1, 2, 3, 4]
    for at in range(4, 12):
        side.bring(at, b"0")
    assert side.codes()[4:] == ["file.too_many", "file.offset", "file.offset", "file.offset"]
    assert [reply.hint for reply in side.replies[4:] if isinstance(reply, RequestError)] == ["8"] * 4
    side.bring(8, b"0")
    assert side.codes()[8:] == ["file.too_many"]
    assert bytes(delivery.read(1)) == b"0"
    side.bring(8, b"0", is_last=True)
    assert b"".join(bytes(delivery.read(5)) for _ in range(9)) == b"0" * 8
    assert side.codes()[9:] == [5, 6, 7, 8, 9]
    delivery.close()
    assert side.time.waiting() == 0


def test_who_is_much_too_slow_for_the_chunks_breaks_off_with_what_is_here(side: Side) -> None:
    delivery = side.get(data=b"0")
    for at in range(1, 4):
        side.bring(at, b"0")
    side.time.go_on(20)
    for at in range(4, 8):
        side.bring(at, b"0")
    side.time.go_on(20)
    assert side.codes() == [1, 2, 3, 4] + ["file.unwanted"] * 4
    assert b"".join(bytes(delivery.read(5)) for _ in range(8)) == b"0" * 8
    with pytest.raises(BrowserError) as caught:
        delivery.read(5)
    assert caught.value.code == "browser.aborted"
    delivery.close()
    assert side.codes()[8:] == []
    assert side.events[-1]["type"] == "file.unneeded"


def test_who_is_asked_anew_is_not_told_to_stop(side: Side) -> None:
    first = side.get(data=b"abc")
    second = side.get(data=b"abc")
    first.close()
    assert [event["type"] for event in side.events] == ["file.needed", "file.needed"]
    side.bring(3, b"def", is_last=True)
    assert bytes(second.read(9)) == b"abc"
    second.close()


def test_what_nobody_reads_any_more_is_refused(side: Side) -> None:
    delivery = side.get(data=b"abc")
    side.bring(3, b"def")
    delivery.read(3)
    delivery.close()
    delivery.close()
    assert side.codes() == ["file.unwanted", "file.unwanted"]
    assert [event["type"] for event in side.events] == ["file.needed", "file.unneeded"]
    side.bring(6, b"x")
    assert side.codes()[2:] == ["file.unwanted"]


def test_everything_that_came_is_read_before_the_break_is_told(side: Side) -> None:
    delivery = side.get(data=b"abc")
    side.bring(3, error="network")
    assert bytes(delivery.read(9)) == b"abc"
    with pytest.raises(BrowserError) as caught:
        delivery.read(9)
    assert caught.value.code == "browser.network"


def test_fewer_bytes_than_announced_are_a_cut(side: Side) -> None:
    delivery = side.get(data=b"abc", size=4, is_last=True)
    delivery.read(9)
    with pytest.raises(HttpError) as caught:
        delivery.read(9)
    assert caught.value.code == "http.cut"


def test_a_range_that_is_answered_is_said_like_a_servers(side: Side) -> None:
    delivery = side.get(offset=400, data=b"abc", status=206, size=403)
    assert delivery.headers["Content-Range"].startswith("bytes 400-")
    assert delivery.headers["Content-Range"].endswith("/403")
    assert delivery.length_bytes == 3
    assert side.events[0]["offset"] == 400


def test_a_server_that_ignores_the_range_begins_at_the_start(side: Side) -> None:
    delivery = side.get(offset=400, at=0, data=b"abc", status=200)
    assert (delivery.status, delivery.headers.get("Content-Range")) == (200, None)
    assert delivery.headers["Transfer-Encoding"] == "chunked"


@pytest.mark.parametrize("error", ["permission", "network", "redirect", "aborted"])
def test_an_error_before_the_answer_is_the_answer(side: Side, error: str) -> None:
    with pytest.raises(BrowserError) as caught:
        side.get(error=error)
    assert caught.value.code == f"browser.{error}"
    assert [event["type"] for event in side.events] == ["file.needed"]


def test_silence_has_a_limit(side: Side) -> None:
    errand = Errand(side.courier, "j1", "1", 1000, CHUNK_BYTES, 0.05)
    with pytest.raises(BrowserError) as caught:
        errand.get(URL, {}, HOSTS, Interruption())
    assert caught.value.code == "browser.timeout"
    assert [event["type"] for event in side.events] == ["file.needed", "file.unneeded"]


def test_who_is_interrupted_waits_no_longer(side: Side) -> None:
    interruption = Interruption()
    side.react = lambda _event: threading.Thread(target=interruption.set).start()
    errand = Errand(side.courier, "j1", "1", 1000, CHUNK_BYTES, 20)
    with pytest.raises(BrowserError):
        errand.get(URL, {}, HOSTS, interruption)
    assert [event["type"] for event in side.events] == ["file.needed", "file.unneeded"]


def test_only_hosts_of_the_site_and_of_the_permissions_are_asked(side: Side) -> None:
    errand = Errand(side.courier, "j1", "1", 1000, CHUNK_BYTES, 5)
    for url, hosts, code in [
        ("https://evil.example/x", HOSTS, "http.redirect"),
        ("https://b.example/x", frozenset({"b.example"}), "browser.permission"),
    ]:
        with pytest.raises(HttpError) as caught:
            errand.get(url, {}, hosts, Interruption())
        assert caught.value.code == code
    assert side.events == []


def test_what_is_lost_with_a_permission_ends(side: Side) -> None:
    delivery = side.get(data=b"abc")
    side.courier.set_permissions(Permissions())
    delivery.read(9)
    with pytest.raises(BrowserError) as caught:
        delivery.read(9)
    assert caught.value.code == "browser.permission"
    delivery.close()
    assert side.events[-1]["type"] == "file.unneeded"


@pytest.mark.parametrize(
    ("cap", "chunk"), [(0, CHUNK_BYTES), (10_000, 16_384), (100_000, 100_000), (10**9, CHUNK_BYTES)]
)
def test_under_a_low_speed_cap_chunks_are_small(cap: int, chunk: int) -> None:
    assert chunk_bytes_for(cap) == chunk
