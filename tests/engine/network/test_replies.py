"""What a status means: every one has exactly one move, and only a body that is the file is taken."""

from __future__ import annotations

import pytest
from requests.structures import CaseInsensitiveDict

from threadreel.engine.network.replies import Decision, Move, decide, is_challenge

NOW = 1_700_000_000.0


def move(status: int, offset_bytes: int = 0, **headers: str) -> Decision:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return decide(status, CaseInsensitiveDict(named), offset_bytes, NOW)


@pytest.mark.parametrize("offset_bytes", [0, 1000])
@pytest.mark.parametrize("headers", [{}, {"Content_Range": "bytes 1000-1999/2000"}, {"Retry_After": "60"}])
def test_200_is_the_file_from_its_start_whatever_was_asked(offset_bytes: int, headers: dict[str, str]) -> None:
    assert move(200, offset_bytes, **headers) == Decision(Move.TAKE)


@pytest.mark.parametrize("content_range", ["bytes 1000-1999/2000", "bytes 1000-1999/*", " bytes 1000-1000/1001 "])
def test_206_goes_on_exactly_where_the_part_ends(content_range: str) -> None:
    assert move(206, 1000, Content_Range=content_range) == Decision(Move.CONTINUE)


@pytest.mark.parametrize(
    "content_range",
    [
        "",
        "bytes 999-1999/2000",
        "bytes 1001-1999/2000",
        "bytes 0-1999/2000",
        "bytes 1000-",
        "bytes 1000-1999",
        "bytes 1000-1999/2000, 3000-3999/4000",
        "bytes */2000",
        "items 1000-1999/2000",
        "bytes 1000-1999/" + "9" * 30,
        "bytes -1000-1999/2000",
    ],
)
def test_206_of_something_else_starts_anew(content_range: str) -> None:
    assert move(206, 1000, Content_Range=content_range) == Decision(Move.RESTART, reason="http.range")


def test_206_that_nobody_asked_for_starts_anew() -> None:
    assert move(206, 0, Content_Range="bytes 0-1999/2000").move is Move.RESTART


@pytest.mark.parametrize(
    ("offset_bytes", "content_range", "expected"),
    [
        (1000, "bytes */1000", Move.WHOLE),
        (1000, "bytes */2000", Move.RESTART),
        (1000, "bytes */500", Move.RESTART),
        (1000, "bytes */*", Move.RESTART),
        (1000, "", Move.RESTART),
        (0, "bytes */0", Move.RESTART),
    ],
)
def test_416_means_whole_only_when_the_sizes_agree(offset_bytes: int, content_range: str, expected: Move) -> None:
    assert move(416, offset_bytes, Content_Range=content_range).move is expected


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_gone(status: int) -> None:
    assert move(status) == Decision(Move.GONE)


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_refusal_is_one(status: int) -> None:
    assert move(status) == Decision(Move.REFUSED, reason=f"http.{status}")


@pytest.mark.parametrize("status", [403, 503, 429, 500])
def test_a_challenge_is_a_refusal_whatever_its_status(status: int) -> None:
    assert move(status, cf_mitigated="Challenge", Retry_After="5") == Decision(Move.REFUSED, reason=f"http.{status}")


@pytest.mark.parametrize(
    ("header", "wait_s"), [({}, None), ({"Retry_After": "7"}, 7.0), ({"Retry_After": "soon"}, None)]
)
def test_429_slows_down_for_as_long_as_it_says(header: dict[str, str], wait_s: float | None) -> None:
    assert move(429, **header) == Decision(Move.SLOW_DOWN, wait_s, "http.429")


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 522, 525])
def test_trouble_at_the_server_is_tried_again(status: int) -> None:
    assert move(status) == Decision(Move.RETRY, None, f"http.{status}")
    assert move(status, Retry_After="Tue, 14 Nov 2023 22:14:20 GMT") == Decision(Move.RETRY, 60.0, f"http.{status}")


@pytest.mark.parametrize("status", [201, 204, 300, 304, 400, 402, 405, 418, 501, 505, 999])
def test_what_another_attempt_would_repeat_fails(status: int) -> None:
    assert move(status) == Decision(Move.FAIL, reason=f"http.{status}")


def test_only_200_and_a_fitting_206_bring_bytes() -> None:
    decisions = {status: move(status, 1000, Content_Range="bytes 1000-1999/2000") for status in range(100, 600)}
    takes = {Move.TAKE, Move.CONTINUE}
    assert {status for status, decision in decisions.items() if decision.move in takes} == {200, 206}
    assert all(decision.reason or decision.move in takes | {Move.GONE} for decision in decisions.values())


PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title>"


@pytest.mark.parametrize(
    ("status", "headers", "head", "expected"),
    [
        (200, {}, PAGE, True),
        (503, {}, b"  \r\n<HTML><script src='/cdn-cgi/challenge-platform/x.js'>", True),
        (403, {}, b"<html><div id='cf-chl-widget'>", True),
        (200, {"CF-Mitigated": "challenge"}, b"", True),
        (200, {"cf-mitigated": "block"}, b"", False),
        (404, {}, PAGE, False),
        (200, {}, b"<html>404 Not Found</html>", False),
        (200, {}, b"\x89PNG\r\n\x1a\n just a moment", False),
        (200, {}, b"", False),
    ],
)
def test_a_challenge_page_is_known(status: int, headers: dict[str, str], head: bytes, expected: bool) -> None:
    assert is_challenge(status, CaseInsensitiveDict(headers), head) is expected
