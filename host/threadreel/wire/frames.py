"""Frames of native messaging: a length of four bytes in native order, then that many bytes of JSON in UTF-8.

Pure functions over any ``read`` and ``write``; the session and the doctor call them. Facts from Chromium's
``native_message_process_host.cc`` and Firefox's ``NativeMessaging.sys.mjs``: a host's message of exactly 1 048 576
bytes passes, one byte more closes the port.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from threadreel.errors import RequestError, ThreadreelError

MAX_MESSAGE_BYTES = 1_048_576
_LENGTH = struct.Struct("=I")
_UPDATE_HINT = "Update the extension and the host to the same version."


class FrameError(ThreadreelError):
    """The stream cannot be read any further: code ``protocol.broken``. What follows has no known beginning."""

    def __init__(self, message: str) -> None:
        super().__init__("protocol.broken", message, "Reload the extension; the host starts anew.")


class FrameTooLargeError(ThreadreelError):
    """A message of our own that no browser would take: code ``internal``. ``size_bytes`` counts its JSON."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__("internal", f"A message of {size_bytes} bytes is over the limit of {limit_bytes}.")
        self.size_bytes = size_bytes


def read_frame(read: Callable[[int], bytes], limit_bytes: int = MAX_MESSAGE_BYTES) -> bytes | None:
    """The body of the next frame; None when the stream ended cleanly, between two frames.

    ``read(n)`` blocks for 1 to ``n`` bytes and returns none only at the end (``os.read`` on a pipe). Raises FrameError
    for a length of zero or over ``limit_bytes`` (before any of the body is read) and for an end inside a frame; OSError
    of ``read`` passes through.
    """
    header = _read_up_to(read, _LENGTH.size)
    if not header:
        return None
    if len(header) < _LENGTH.size:
        raise FrameError(f"The stream ended after {len(header)} of the 4 bytes of a length.")
    size: int = _LENGTH.unpack(header)[0]
    if size == 0:
        raise FrameError("A frame of zero bytes: there is no JSON that short.")
    if size > limit_bytes:
        raise FrameError(f"A frame of {size} bytes is over the limit of {limit_bytes}{_as_text(header)}.")
    body = _read_up_to(read, size)
    if len(body) < size:
        raise FrameError(f"The stream ended after {len(body)} of the {size} bytes of a frame.")
    return body


def _read_up_to(read: Callable[[int], bytes], size: int) -> bytes:
    pieces: list[bytes] = []
    missing = size
    while missing > 0 and (piece := read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _as_text(header: bytes) -> str:
    """Stray output read as a length is the usual reason for a wild one: ``Trac`` is the head of a traceback."""
    if all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in header):
        return f"; it looks like text: {header.decode('ascii')!r}"
    return ""


def decode(body: bytes) -> object:
    """The JSON value in ``body``. Raises RequestError ``request.unreadable``; the stream is still in step then."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at character {error.pos}"
    except ValueError:  # _refuse_constant, _finite, and Python's own limit of 4300 digits
        reason = "a number in it cannot be used"
    except RecursionError:
        reason = "it is nested too deeply"
    raise RequestError("request.unreadable", f"The message is not JSON that can be read: {reason}.", _UPDATE_HINT)


def _refuse_constant(_text: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large for a number")
    return number


def encode(message: Mapping[str, Any], limit_bytes: int = MAX_MESSAGE_BYTES) -> bytes:
    """The whole frame of ``message``, its JSON in ASCII: file names with lone surrogates survive as escapes.

    Raises FrameTooLargeError over ``limit_bytes``; ValueError, TypeError or RecursionError for what is not JSON.
    """
    body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
    if len(body) > limit_bytes:
        raise FrameTooLargeError(len(body), limit_bytes)
    return _LENGTH.pack(len(body)) + body


def writer_to(fd: int) -> Callable[[bytes], None]:
    """A function that writes all of its bytes to ``fd``, however few the system takes at a time. Raises OSError."""

    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]

    return write
