"""Bodies as they come over a connection: however they are framed and cut into pieces, what is taken is what was sent."""

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.engine.network.bodies import Body, body_of
from threadreel.engine.network.connections import Connection, Origin
from threadreel.engine.network.http_text import BrokenAnswer, Head, Headers

HERE = Origin("http", "127.0.0.1", 80)
LIMIT_S = 10.0


@contextlib.contextmanager
def received(*pieces: bytes, is_closed: bool = True) -> Iterator[Connection]:
    """A connection on which these pieces come, in time, and then its end."""
    near, far = socket.socketpair()

    def send() -> None:
        with contextlib.suppress(OSError):
            for piece in pieces:
                far.sendall(piece)
            if is_closed:
                far.shutdown(socket.SHUT_WR)

    sending = threading.Thread(target=send)
    sending.start()
    connection = Connection(near, HERE)
    try:
        yield connection
    finally:
        connection.close()
        sending.join(LIMIT_S)
        far.close()


def body(connection: Connection, length_bytes: int | None = None, *, is_chunked: bool = False) -> Body:
    return body_of(Head(200, Headers({}), length_bytes, is_chunked, True), connection)


def whole(found: Body, most_bytes: int = 1 << 20) -> bytes:
    data = b""
    while piece := found.take(most_bytes, LIMIT_S):
        assert len(piece) <= most_bytes
        data += piece
    return data


def chunks(data: bytes, sizes: list[int]) -> bytes:
    """``data`` in chunks of these sizes, the rest in one."""
    coded, at = b"", 0
    for size in [*sizes, len(data)]:
        if piece := data[at : at + size]:
            coded += b"%x;x=y\r\n%s\r\n" % (len(piece), piece)
            at += len(piece)
    return coded + b"0\r\nTrailer: x\r\n\r\n"


def test_a_body_is_as_long_as_announced_and_the_rest_is_not_its() -> None:
    with received(b"abcdefgh") as connection:
        found = body(connection, 5)
        assert whole(found) == b"abcde"
        assert found.is_over
        assert bytes(found.take(10, LIMIT_S)) == b""
        assert bytes(connection.take(10, LIMIT_S)) == b"fgh"


def test_a_body_of_unknown_length_ends_with_the_connection() -> None:
    with received(b"abc", b"def") as connection:
        assert whole(body(connection)) == b"abcdef"


@pytest.mark.parametrize("most_bytes", [1, 3, 1 << 20])
def test_a_large_body_comes_whole(most_bytes: int) -> None:
    data = bytes(range(256)) * (8 if most_bytes < 100 else 8_000)
    with received(data) as connection:
        assert whole(body(connection, len(data)), most_bytes) == data
    with received(chunks(data, [1, 2, 1000])) as connection:
        assert whole(body(connection, is_chunked=True), most_bytes) == data


def test_everything_that_arrived_is_taken_before_a_cut_is_told() -> None:
    with received(b"abc") as connection:
        found = body(connection, 5)
        assert bytes(found.take(10, LIMIT_S)) == b"abc"
        with pytest.raises(BrokenAnswer, match="2 bytes early"):
            found.take(10, LIMIT_S)
        assert not found.is_over


@pytest.mark.parametrize(
    "coded", [b"", b"5", b"5\r\n", b"5\r\nabc", b"3\r\nabc\r\n", b"3\r\nabc\r\n0\r\n", b"0\r\nX: y\r\n"]
)
def test_chunks_that_are_cut_are_not_whole(coded: bytes) -> None:
    with received(coded) as connection:
        found = body(connection, is_chunked=True)
        with pytest.raises(BrokenAnswer):
            whole(found)
        assert not found.is_over


@pytest.mark.parametrize(
    "coded", [b"2\r\nabc\r\n0\r\n\r\n", b"x\r\n\r\n", b"1" * 10_000, b"0\r\n" + b"X: y\r\n" * 20_000]
)
def test_chunks_that_make_no_sense_are_refused(coded: bytes) -> None:
    with received(coded) as connection, pytest.raises(BrokenAnswer):
        whole(body(connection, is_chunked=True))


def test_a_body_that_does_not_come_is_not_waited_for_for_ever() -> None:
    with received(b"abc", is_closed=False) as connection:
        found = body(connection, 5)
        assert bytes(found.take(10, LIMIT_S)) == b"abc"
        with pytest.raises(TimeoutError):
            found.take(10, 0.01)


@hypothesis_settings(max_examples=repeats(100), deadline=None)
@given(
    st.binary(max_size=2_000),
    st.lists(st.integers(1, 300), max_size=20),
    st.lists(st.integers(1, 2_500), max_size=5),
    st.integers(1, 3_000),
)
def test_chunks_of_any_size_in_any_pieces_come_whole(
    data: bytes, sizes: list[int], cuts: list[int], most_bytes: int
) -> None:
    coded = chunks(data, sizes)
    places = [0, *sorted(min(cut, len(coded)) for cut in cuts), len(coded)]
    pieces = [coded[start:end] for start, end in itertools.pairwise(places)]
    with received(*pieces) as connection:
        found = body(connection, is_chunked=True)
        assert whole(found, most_bytes) == data
        assert found.is_over
