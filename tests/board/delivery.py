"""Sending an answer the way a fault wants it sent: cut, stalled, slow, in chunks, without end."""

import itertools
import select
import threading
import time
from collections.abc import Iterator

from board.exchange import Delivery, Exchange
from threadreel.demo.answers import Answer
from threadreel.demo.serving import Wire

_PIECE_BYTES = 64 * 1024
_PIECES_PER_S = 20
_GATE_LIMIT_S = 100
_LOOK_S = 0.02
_MORE = bytes(range(256)) * 256


def deliver(exchange: Exchange, wire: Wire, closing: threading.Event) -> None:
    """Send the exchange's answer; returns when all is sent, or the connection was cut."""
    answer, how = exchange.answer, exchange.delivery
    if how.gate and how.gate_after is None:
        _wait(how.gate, wire)
    if how.cut and how.cut_after is None:
        wire.cut(reset=how.reset)
        return
    body = b"" if exchange.request.method == "HEAD" else answer.body
    if how == Delivery():
        wire.begin(answer, body)
        return
    wire.begin(_unsized(answer) if how.chunked else answer)
    sent = 0
    for piece in _pieces(body, how):
        sent += _send(piece, sent, how, wire, closing)
        if closing.is_set():
            return
        if how.cut and sent == how.cut_after:
            wire.cut(reset=how.reset)
            return
    if how.chunked:
        wire.write(b"0\r\n\r\n")


def _send(piece: bytes, sent: int, how: Delivery, wire: Wire, closing: threading.Event) -> int:
    if how.gate and how.gate_after == sent:
        _wait(how.gate, wire)
    if piece:
        wire.write(b"%x\r\n%s\r\n" % (len(piece), piece) if how.chunked else piece)
    if how.rate_bytes_per_s:
        closing.wait(len(piece) / how.rate_bytes_per_s)
    return len(piece)


def _wait(gate: threading.Event, wire: Wire) -> None:
    """Until the gate is open. A client that says anything meanwhile is hanging up: it has no request to make yet."""
    end = time.monotonic() + _GATE_LIMIT_S
    while not gate.wait(_LOOK_S) and time.monotonic() < end:
        if select.select([wire.connection], [], [], 0)[0]:
            raise ConnectionAbortedError("the client went away")


def _pieces(body: bytes, how: Delivery) -> Iterator[bytes]:
    """The body in pieces that end where something is to happen; begins with an empty one, for what happens at 0."""
    stream = itertools.chain([body], itertools.repeat(_MORE)) if how.endless else iter([body])
    rate_piece_bytes = round(how.rate_bytes_per_s / _PIECES_PER_S) or 1
    piece_bytes = min(_PIECE_BYTES, rate_piece_bytes) if how.rate_bytes_per_s else _PIECE_BYTES
    marks = sorted({mark for mark in (how.cut_after, how.gate_after) if mark})
    sent = 0
    yield b""
    for data in stream:
        at = 0
        while at < len(data):
            to_mark = next((mark - sent for mark in marks if mark > sent), piece_bytes)
            piece = data[at : at + min(piece_bytes, to_mark)]
            at, sent = at + len(piece), sent + len(piece)
            yield piece


def _unsized(answer: Answer) -> Answer:
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return Answer(answer.status, headers | {"Transfer-Encoding": "chunked"}, answer.body)
