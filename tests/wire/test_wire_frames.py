"""Frames: what is written can be read, what is broken is said to be, and nothing else ever comes out."""

from __future__ import annotations

import io
import json
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadreel.errors import RequestError
from threadreel.wire.frames import (
    MAX_MESSAGE_BYTES,
    FrameError,
    FrameTooLargeError,
    decode,
    encode,
    read_frame,
    writer_to,
)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


def frame(body: bytes) -> bytes:
    return struct.pack("=I", len(body)) + body


def in_pieces(data: bytes, most: int) -> Callable[[int], bytes]:
    """A read that never gives more than ``most`` bytes, as a pipe may."""
    stream = io.BytesIO(data)
    return lambda size: stream.read(min(size, most))


@UNHURRIED
@given(st.dictionaries(st.text(), JSON_VALUES), st.integers(1, 9))
def test_any_message_survives_the_way_in_pieces_of_any_size(message: dict[str, Any], most: int) -> None:
    body = read_frame(in_pieces(encode(message), most))
    assert body is not None
    assert decode(body) == message


def test_length_counts_bytes_not_characters() -> None:
    data = frame(json.dumps({"name": "港é😀" * 10}, ensure_ascii=False).encode())
    body = read_frame(io.BytesIO(data).read)
    assert body is not None
    assert decode(body) == {"name": "港é😀" * 10}


def test_frames_follow_each_other_until_a_clean_end() -> None:
    read = in_pieces(encode({"id": 1}) + encode({"id": 2}), 3)
    bodies = [read_frame(read) for _ in range(3)]
    assert bodies == [b'{"id":1}', b'{"id":2}', None]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_end_inside_the_length_is_not_a_clean_end(size: int) -> None:
    with pytest.raises(FrameError, match=f"after {size} of the 4 bytes"):
        read_frame(io.BytesIO(b"\x02\0\0\0"[:size]).read)


def test_end_inside_the_body_is_not_a_clean_end() -> None:
    with pytest.raises(FrameError, match="after 3 of the 8 bytes"):
        read_frame(io.BytesIO(encode({"id": 1})[:7]).read)


def test_zero_length_is_refused() -> None:
    with pytest.raises(FrameError, match="zero bytes") as caught:
        read_frame(io.BytesIO(b"\0\0\0\0{}").read)
    assert caught.value.code == "protocol.broken"


def test_length_over_the_limit_is_refused_before_the_body_is_read() -> None:
    asked: list[int] = []

    def read(size: int) -> bytes:
        asked.append(size)
        return struct.pack("=I", MAX_MESSAGE_BYTES + 1)

    with pytest.raises(FrameError, match="1048577 bytes is over the limit of 1048576"):
        read_frame(read)
    assert asked == [4]


def test_length_that_is_text_is_shown_as_text() -> None:
    with pytest.raises(FrameError, match="looks like text: 'Trac'"):
        read_frame(io.BytesIO(b"Traceback (most recent call last):").read)


def test_length_that_is_not_text_is_not_shown_as_text() -> None:
    with pytest.raises(FrameError) as caught:
        read_frame(io.BytesIO(b"\xff\xff\xff\xff").read)
    assert "text" not in caught.value.message


def test_largest_message_passes_on_both_sides_and_one_byte_more_on_none() -> None:
    empty = len(encode({"t": ""})) - 4
    largest = encode({"t": "x" * (MAX_MESSAGE_BYTES - empty)})
    assert len(largest) == 4 + MAX_MESSAGE_BYTES
    assert read_frame(io.BytesIO(largest).read) == largest[4:]
    with pytest.raises(FrameTooLargeError) as caught:
        encode({"t": "x" * (MAX_MESSAGE_BYTES - empty + 1)})
    assert caught.value.size_bytes == MAX_MESSAGE_BYTES + 1


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b'{"id":1} x',
        b'{"name":"\xff"}',
        b'\xef\xbb\xbf{"id":1}',
        b'{"id":NaN}',
        b'{"id":Infinity}',
        b'{"id":-Infinity}',
        b'{"id":1e999}',
        b'{"id":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: body[:16].decode("ascii", "backslashreplace"),
)
def test_what_is_not_json_is_unreadable_and_the_next_frame_is_still_read(body: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        decode(body)
    assert caught.value.code == "request.unreadable"
    assert caught.value.hint
    if body:
        read = io.BytesIO(frame(body) + encode({"id": 2})).read
        assert read_frame(read) == body
        assert read_frame(read) == b'{"id":2}'


@UNHURRIED
@given(st.binary(max_size=64))
def test_any_bytes_give_a_frame_an_end_or_a_frame_error(data: bytes) -> None:
    read = io.BytesIO(data).read
    with suppress(FrameError):
        while (body := read_frame(read, limit_bytes=48)) is not None:
            assert 0 < len(body) <= 48


@UNHURRIED
@given(st.binary(max_size=64) | st.text(max_size=64).map(lambda text: text.encode("utf-8")))
def test_any_body_gives_a_value_or_unreadable(body: bytes) -> None:
    with suppress(RequestError):
        decode(body)


def test_lone_surrogates_of_file_names_survive() -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    assert json.loads(encode({"name": name})[4:]) == {"name": name}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_no_browser_can_parse_are_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode({"speed": number})


def test_writer_writes_all_of_it_however_little_is_taken_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    try:
        writer_to(writer)(encode({"text": "x" * 100}))
        assert os.read(reader, 4096) == encode({"text": "x" * 100})
    finally:
        os.close(reader)
        os.close(writer)
