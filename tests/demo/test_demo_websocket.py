"""The WebSocket client against a server that is played here byte by byte."""

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from threadreel.demo import bidi
from threadreel.demo.websocket import WebSocket, WebSocketError

LIMIT_S = 5
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Peer:
    """The server's side of one connection, after the handshake."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = connection.makefile("rb")

    def shake_hands(self, accept: bytes | None = None) -> list[bytes]:
        lines = []
        while line := self.stream.readline().strip():
            lines.append(line)
        (key,) = (line.split(b": ")[1] for line in lines if line.startswith(b"Sec-WebSocket-Key"))
        right = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n"
        self.connection.sendall(answer % (right if accept is None else accept))
        return lines

    def send(self, head: int, payload: bytes, size_byte: int | None = None) -> None:
        size = len(payload)
        if size < 126:
            length = struct.pack("!B", size if size_byte is None else size_byte)
        else:
            length = struct.pack("!BH", 126, size) if size < 1 << 16 else struct.pack("!BQ", 127, size)
        self.connection.sendall(bytes((head,)) + length + payload)

    def receive(self) -> tuple[int, bytes]:
        """A frame of the client: its first byte and its payload, which must be masked."""
        head, size = self.stream.read(2)
        assert size & 0x80
        size &= 0x7F
        if size >= 126:
            (size,) = (
                struct.unpack("!H", self.stream.read(2)) if size == 126 else struct.unpack("!Q", self.stream.read(8))
            )
        mask, payload = self.stream.read(4), self.stream.read(size)
        return head, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


@contextmanager
def played(script: Callable[[Peer], None]) -> Iterator[str]:
    """The address of a server whose one connection follows the script; what fails there fails the test."""
    failures: list[BaseException] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(LIMIT_S)

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(LIMIT_S)
                peer = Peer(connection)
                with peer.stream:
                    script(peer)
        except (AssertionError, OSError, ValueError) as failure:
            failures.append(failure)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/session"
    finally:
        thread.join(LIMIT_S)
        listener.close()
    assert failures == []


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_text_of_every_length_goes_and_comes(size: int) -> None:
    def script(peer: Peer) -> None:
        assert peer.shake_hands()[0] == b"GET /session HTTP/1.1"
        head, payload = peer.receive()
        assert head == 0x81
        peer.send(0x81, payload)

    text = "ü" * (size // 2) + "x" * (size % 2)
    with played(script) as url, WebSocket(url, LIMIT_S) as client:
        client.send(text)
        assert client.receive() == text


def test_fragments_are_joined_and_pings_between_them_answered() -> None:
    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.send(0x01, b"one ")
        peer.send(0x89, b"are you there")
        peer.send(0x00, b"two ")
        peer.send(0x80, b"three")
        assert peer.receive() == (0x8A, b"are you there")

    with played(script) as url, WebSocket(url, LIMIT_S) as client:
        assert client.receive() == "one two three"


@pytest.mark.parametrize(
    ("head", "payload", "size_byte"),
    [(0x88, b"", None), (0x81, b"", 0x80), (0x81, struct.pack("!Q", 1 << 40), 127), (0x81, b"short", 100)],
    ids=["close", "masked", "huge", "ends early"],
)
def test_what_a_browser_must_not_send_ends_the_talk(head: int, payload: bytes, size_byte: int | None) -> None:
    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.send(head, payload, size_byte)

    with played(script) as url, WebSocket(url, LIMIT_S) as client, pytest.raises(WebSocketError):
        client.receive()


def test_a_server_that_is_no_websocket_is_refused() -> None:
    with (
        played(lambda peer: peer.shake_hands(accept=b"wrong") and None) as url,
        pytest.raises(WebSocketError, match="101"),
    ):
        WebSocket(url, LIMIT_S)


def test_silence_has_a_limit() -> None:
    done = threading.Event()

    def script(peer: Peer) -> None:
        peer.shake_hands()
        done.wait(LIMIT_S)

    with played(script) as url:
        with WebSocket(url, 0.1) as client, pytest.raises(TimeoutError):
            client.receive()
        done.set()


def test_bidi_asks_in_order_skips_events_and_passes_refusals_on(tmp_path: Path) -> None:
    asked: list[str] = []

    def script(peer: Peer) -> None:
        peer.shake_hands()
        for result in ({}, {"contexts": [{"context": "tab"}]}, {}, None):
            call = json.loads(peer.receive()[1])
            asked.append(call["method"])
            peer.send(0x81, json.dumps({"type": "event", "method": "log.entryAdded", "params": {}}).encode())
            good = {"type": "success", "id": call["id"], "result": result}
            bad = {"type": "error", "id": call["id"], "error": "unknown", "message": "no such add-on"}
            peer.send(0x81, json.dumps(bad if result is None else good).encode())

    with played(script) as url, WebSocket(url, LIMIT_S) as client:
        session = bidi.BiDi(client)
        session.show("http://127.0.0.1/")
        with pytest.raises(OSError, match=r"webExtension\.install: no such add-on"):
            session.install(tmp_path)
    assert asked == ["session.new", "browsingContext.getTree", "browsingContext.navigate", "webExtension.install"]


def test_firefox_tells_its_address_in_the_profile(tmp_path: Path) -> None:
    assert bidi.address(tmp_path) is None
    (tmp_path / bidi.ADDRESS_FILE).write_text('{"ws_host": "127.0.')
    assert bidi.address(tmp_path) is None
    (tmp_path / bidi.ADDRESS_FILE).write_text('{"ws_host": "127.0.0.1", "ws_port": 4444}')
    assert bidi.address(tmp_path) == "ws://127.0.0.1:4444/session"
