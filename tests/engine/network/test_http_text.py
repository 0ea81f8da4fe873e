"""HTTP/1.1 as text: what is asked, and that an answer is read in one way or refused, whatever the bytes are."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.engine.network.http_text import BrokenAnswer, Head, chunk_size, get_request, head_end, read_head

_PIECES = [
    b"HTTP/1.1 200 OK",
    b"HTTP/1.0 206",
    b"HTTP/1.1 304 x",
    b"Content-Length",
    b"Transfer-Encoding",
    b"Connection",
    b"chunked",
    b"close",
    b"gzip",
    b"0",
    b"18",
    b"-1",
    b": ",
    b":",
    b", ",
    b"\r\n",
    b"\n",
    b" ",
    b"\t",
    b"\r",
    b"\0",
    b"\xff",
]
heads = st.lists(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=6)), max_size=30).map(b"".join)


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> Head:
    return read_head("\r\n".join([status, *lines, "", ""]).encode("latin-1"))


def test_a_request_is_a_line_and_fields() -> None:
    request = get_request("/a?b", "i.4cdn.org", {"User-Agent": "Threadreel/1", "Range": "bytes=5-"})
    lines = [b"GET /a?b HTTP/1.1", b"Host: i.4cdn.org", b"User-Agent: Threadreel/1", b"Range: bytes=5-"]
    assert request == b"\r\n".join([*lines, b"", b""])


@given(st.text(max_size=50))
def test_no_value_becomes_a_field_of_its_own(value: str) -> None:
    request = get_request("/", "a", {"If-Range": value})
    assert request.count(b"\n") == 4
    assert request.count(b"\r") == 4
    assert b"\0" not in request


def test_status_fields_and_length_are_read() -> None:
    found = head("Content-Type: image/png", 'ETag:\t"x" ', "CONTENT-LENGTH: 42", "Vary: a", "vary: b")
    assert (found.status, found.length_bytes, found.is_chunked, found.may_go_on) == (200, 42, False, True)
    assert found.headers["etag"] == '"x"'
    assert found.headers.get("Vary") == "a, b"
    assert found.headers.get("Nothing") is None
    assert set(found.headers) == {"content-type", "etag", "content-length", "vary"}


def test_a_folded_line_goes_on_with_the_one_before_and_bare_newlines_end_lines() -> None:
    found = read_head(b"HTTP/1.1 200\nX: one\n two\nContent-Length: 0\n\n")
    assert found.headers["x"] == "one two"
    assert found.length_bytes == 0


@pytest.mark.parametrize(
    ("lines", "length_bytes", "is_chunked", "may_go_on"),
    [
        ((), None, False, False),
        (("Content-Length: 0",), 0, False, True),
        (("Content-Length: 5", "Connection: close"), 5, False, False),
        (("Content-Length: 5", "Connection: Keep-Alive"), 5, False, True),
        (("Transfer-Encoding: chunked",), None, True, True),
        (("Transfer-Encoding: Chunked", "Content-Length: 5"), None, True, True),
        (("Transfer-Encoding: chunked", "Content-Length: five"), None, True, True),
        (("Transfer-Encoding: identity", "Content-Length: 5"), 5, False, True),
    ],
)
def test_how_a_body_is_framed(
    lines: tuple[str, ...], length_bytes: int | None, is_chunked: bool, may_go_on: bool
) -> None:
    found = head(*lines)
    assert (found.length_bytes, found.is_chunked, found.may_go_on) == (length_bytes, is_chunked, may_go_on)


@pytest.mark.parametrize("status", ["HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified", "HTTP/1.1 103 Early Hints"])
def test_what_never_has_a_body_has_none(status: str) -> None:
    found = head("Content-Length: 5", status=status)
    assert found.length_bytes == 0
    assert found.is_interim == (" 103 " in status)


def test_an_old_server_closes_after_its_answer() -> None:
    assert not head("Content-Length: 5", status="HTTP/1.0 200 OK").may_go_on


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5", "Content-Length: 5"),
        ("Content-Length: -5",),
        ("Content-Length: +5",),
        ("Content-Length: 5 6",),
        ("Content-Length: 0x5",),
        ("Content-Length: \u00b2",),
        ("Content-Length: " + "9" * 19,),
        ("Content-Length:",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("no colon",),
        ("Space : before",),
        (": nameless",),
        ("X: nul\0",),
        ("X: return\rhere",),
        *((" folded from nowhere",),),
        tuple(f"X{number}: x" for number in range(300)),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(BrokenAnswer):
        head(*lines)


@pytest.mark.parametrize("status", ["HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000", "ICY 200 OK", "", "<html>"])
def test_what_is_no_answer_is_refused(status: str) -> None:
    with pytest.raises(BrokenAnswer):
        head("Content-Length: 5", status=status)


def test_the_end_of_a_head_is_found_when_it_is_there() -> None:
    data = bytearray(b"..HTTP/1.1 200\r\n\r\nbody")
    assert head_end(data, 2, len(data)) == data.index(b"body")
    assert head_end(data, 2, len(data) - 5) == 0


@pytest.mark.parametrize(
    ("line", "size"), [(b"0\r\n", 0), (b"1f40\r\n", 8000), (b"A;name=value\r\n", 10), (b"00a \n", 10)]
)
def test_the_size_of_a_chunk(line: bytes, size: int) -> None:
    assert chunk_size(line) == size


@pytest.mark.parametrize(
    "line", [b"\r\n", b"-1\r\n", b"0x1\r\n", b"1g\r\n", b"1 1\r\n", b"f" * 16, b";\r\n", b"+1\r\n"]
)
def test_what_is_no_size_is_refused(line: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        chunk_size(line)


@hypothesis_settings(max_examples=repeats(2_000))
@given(heads)
def test_any_bytes_are_a_head_that_makes_sense_or_refused(data: bytes) -> None:
    end = head_end(data, 0, len(data))
    if not end:
        return
    try:
        found = read_head(data[:end])
    except BrokenAnswer:
        return
    assert 100 <= found.status <= 999
    assert found.length_bytes is None or 0 <= found.length_bytes < 10**18
    assert not (found.is_chunked and found.length_bytes is not None)
    assert not found.may_go_on or found.is_chunked or found.length_bytes is not None
    for name, value in found.headers.items():
        assert name == name.lower()
        assert name.isascii()
        assert not {"\r", "\n", "\0"} & set(name + value)
        assert value == found.headers[name.upper()]


@hypothesis_settings(max_examples=repeats(500))
@given(st.binary(max_size=40))
def test_any_line_is_a_size_or_refused(line: bytes) -> None:
    try:
        size = chunk_size(line)
    except BrokenAnswer:
        return
    assert 0 <= size < 1 << 60
