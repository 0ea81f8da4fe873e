"""Everything a board can do wrong. Each function makes a fault: give it to ``Board.script`` for the requests to spoil.

A fault changes the Exchange before it is delivered. Faults combine: ``both(ignore_range(), cut(after=1000))``.
"""

import base64
import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from board.exchange import Exchange, Fault
from threadreel.demo.answers import Answer, Resource, resource_answer, text_answer

_CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
)


def fine() -> Fault:
    """No fault: a place holder in a script."""
    return both()


def both(*faults: Fault) -> Fault:
    """All of these, in this order."""

    def spoil(exchange: Exchange) -> None:
        for fault in faults:
            fault(exchange)

    return spoil


# The connection


def hang_up(*, reset: bool = False) -> Fault:
    """Nothing is answered, the connection ends."""
    return _deliver(cut=True, reset=reset)


def cut(after: int, *, reset: bool = False) -> Fault:
    """The connection ends after this many bytes of the body; by RST when ``reset``, else by FIN."""
    return _deliver(cut=True, cut_after=after, reset=reset)


def stall(gate: threading.Event, after: int | None = None) -> Fault:
    """Not a byte follows until the gate is set: from the status line on, or after so many bytes of the body."""
    return _deliver(gate=gate, gate_after=after)


def slow(bytes_per_s: float) -> Fault:
    """The body trickles."""
    return _deliver(rate_bytes_per_s=bytes_per_s)


def chunked() -> Fault:
    """The body in chunks, its length not announced."""
    return _deliver(chunked=True)


def endless() -> Fault:
    """After the body more follows, for ever; the length is not announced."""
    return both(no_content_length(), _deliver(endless=True))


def _deliver(**how: object) -> Fault:
    def spoil(exchange: Exchange) -> None:
        exchange.delivery = replace(exchange.delivery, **how)

    return spoil


# Ranges and lengths


def ignore_range() -> Fault:
    """The whole file, whatever part was asked for."""
    return _as_if_asked_without("range")


def ignore_if_range() -> Fault:
    """The range, although the file has changed since."""
    return _as_if_asked_without("if-range")


def wrong_range(shift: int) -> Fault:
    """206 with a range that begins ``shift`` bytes from the one asked for, and says so."""

    def spoil(exchange: Exchange) -> None:
        if exchange.resource is not None and exchange.answer.status == 206:
            start, stop = _range_of(exchange.answer)
            whole = exchange.resource.body
            exchange.answer.headers["Content-Range"] = f"bytes {start + shift}-{stop - 1}/{len(whole)}"
            _set_body(exchange.answer, whole[start + shift : stop])

    return spoil


def lying_range(shift: int) -> Fault:
    """206 that claims the range asked for, with as many bytes from ``shift`` bytes beside it."""

    def spoil(exchange: Exchange) -> None:
        if exchange.resource is not None and exchange.answer.status == 206:
            start, stop = _range_of(exchange.answer)
            whole = exchange.resource.body
            _set_body(exchange.answer, whole[start + shift : stop + shift].ljust(stop - start, b"."))

    return spoil


def no_content_range() -> Fault:
    """206 that does not say which range it is."""
    return without_header("Content-Range")


def unsatisfiable() -> Fault:
    """416 to whatever has a Range; other requests are answered as they should be."""

    def spoil(exchange: Exchange) -> None:
        if exchange.resource is not None and "range" in exchange.request.headers:
            exchange.answer = text_answer(416, "Range Not Satisfiable\n", "text/plain")
            exchange.answer.headers["Content-Range"] = f"bytes */{len(exchange.resource.body)}"

    return spoil


def content_length(difference: int) -> Fault:
    """A Content-Length that is off by so many bytes; when it promises more, the connection ends with the body."""

    def spoil(exchange: Exchange) -> None:
        announced = len(exchange.answer.body) + difference
        exchange.answer.headers["Content-Length"] = str(announced)
        exchange.delivery = replace(exchange.delivery, cut=True, cut_after=len(exchange.answer.body))

    return spoil


def no_content_length() -> Fault:
    """The body ends where the connection ends."""
    return without_header("Content-Length")


def without_header(name: str) -> Fault:
    """The answer without this header."""

    def spoil(exchange: Exchange) -> None:
        exchange.answer.headers.pop(name, None)

    return spoil


def _as_if_asked_without(header: str) -> Fault:
    def spoil(exchange: Exchange) -> None:
        if exchange.resource is not None:
            headers = {name: value for name, value in exchange.request.headers.items() if name != header}
            exchange.answer = resource_answer(replace(exchange.request, headers=headers), exchange.resource)

    return spoil


def _range_of(answer: Answer) -> tuple[int, int]:
    first, last = answer.headers["Content-Range"].removeprefix("bytes ").split("/")[0].split("-")
    return int(first), int(last) + 1


def _set_body(answer: Answer, body: bytes) -> None:
    answer.body = body
    answer.headers["Content-Length"] = str(len(body))


# What is served


def changed(body: bytes, modified: int | None = None) -> Fault:
    """Another version of the file, with validators of its own; If-Range is judged against them."""

    def spoil(exchange: Exchange) -> None:
        assert exchange.resource is not None
        later = exchange.resource.modified + 3600 if modified is None else modified
        exchange.resource = Resource(body, exchange.resource.content_type, later)
        exchange.answer = resource_answer(exchange.request, exchange.resource)

    return spoil


def recompressed(*, unless_query: bool = False) -> Fault:
    """Fewer bytes than the API says, of the same kind, whole by their Content-Length; the original past the cache."""

    def spoil(exchange: Exchange) -> None:
        if exchange.resource is not None and not (unless_query and exchange.request.query):
            changed(recompressed_bytes(exchange.resource.body), exchange.resource.modified)(exchange)

    return spoil


def recompressed_bytes(body: bytes) -> bytes:
    """What ``recompressed`` makes of a file: the signature stays, a tenth is gone."""
    kept = body[: max(16, len(body) - len(body) // 10 - 1)]
    return kept[:16] + kept[16:][::-1]


def same_size_other_bytes() -> Fault:
    """As many bytes as the API says, of the same kind, but others."""

    def spoil(exchange: Exchange) -> None:
        assert exchange.resource is not None
        body = exchange.resource.body
        changed(body[:16] + body[16:][::-1], exchange.resource.modified)(exchange)

    return spoil


def replaced(body: bytes, content_type: str = "", status: int = 200) -> Fault:
    """These bytes, whatever was asked for, without validators."""

    def spoil(exchange: Exchange) -> None:
        kind = content_type or (exchange.resource.content_type if exchange.resource else "application/octet-stream")
        exchange.answer = Answer(status, {"Content-Type": kind, "Content-Length": str(len(body))}, body)

    return spoil


def empty() -> Fault:
    """200, and not one byte."""
    return replaced(b"")


def nul() -> Fault:
    """As many bytes as the file has, all NUL."""

    def spoil(exchange: Exchange) -> None:
        assert exchange.resource is not None
        replaced(bytes(len(exchange.resource.body)))(exchange)

    return spoil


def challenge(status: int = 200) -> Fault:
    """The page of a bot check in place of the file."""
    return replaced(_CHALLENGE.encode(), "text/html; charset=UTF-8", status)


def banned(code: int = 403) -> Fault:
    """The page for somebody who is banned, in place of the file."""
    return replaced(b"<!DOCTYPE html><html><title>Banned</title><h1>You are banned! ;_;</h1></html>", "text/html", code)


def json_body() -> Fault:
    """JSON in place of the file, with 200."""
    return replaced(b'{"error":"Not found"}', "application/json")


def wrong_signature() -> Fault:
    """As many bytes as the file has, of no kind anybody knows, under the right content type."""

    def spoil(exchange: Exchange) -> None:
        assert exchange.resource is not None
        size_bytes = len(exchange.resource.body)
        replaced(base64.b85encode(hashlib.sha512(b"wrong").digest() * (size_bytes // 64 + 1))[:size_bytes])(exchange)

    return spoil


# Refusals


def status(code: int, retry_after: int | str | timedelta | None = None) -> Fault:
    """This status with a short page; Retry-After in seconds, as given, or as the date that much later than now."""

    def spoil(exchange: Exchange) -> None:
        exchange.answer = text_answer(code, f"<h1>{code}</h1>")
        if isinstance(retry_after, timedelta):
            exchange.answer.headers["Retry-After"] = format_datetime(datetime.now(UTC) + retry_after, usegmt=True)
        elif retry_after is not None:
            exchange.answer.headers["Retry-After"] = str(retry_after)

    return spoil


def redirect(location: str, code: int = 302) -> Fault:
    """Elsewhere: ``{path}`` and ``{host}`` in the location stand for those of the request."""

    def spoil(exchange: Exchange) -> None:
        place = location.format(path=exchange.request.path, host=exchange.request.host)
        exchange.answer = text_answer(code, "elsewhere\n", "text/plain")
        exchange.answer.headers["Location"] = place

    return spoil


def unless_browser(cookie: str, refusal: Fault) -> Fault:
    """Refuse whoever does not come as a browser does that has seen a page here: with this cookie, and Sec-Fetch headers."""

    def spoil(exchange: Exchange) -> None:
        headers = exchange.request.headers
        cookies = [each.strip() for each in headers.get("cookie", "").split(";")]
        if cookie not in cookies or not {"sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"} <= headers.keys():
            refusal(exchange)

    return spoil


def needs_header(name: str, code: int, value: str = "") -> Fault:
    """Refuse with this status when the header is missing, or (with ``value``) does not begin like that."""

    def spoil(exchange: Exchange) -> None:
        given = exchange.request.headers.get(name.lower(), "")
        if not given or not given.startswith(value):
            status(code)(exchange)

    return spoil
