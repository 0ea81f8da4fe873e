"""A WebSocket client (RFC 6455) for one talk with a browser on this machine: text messages, one after the other.

No extensions, no subprotocols, no TLS: a browser's remote protocol on loopback has none of them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BINARY, _CLOSE, _PING, _PONG, _CONTINUATION = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0
_FINAL, _MASKED = 0x80, 0x80
_MAX_MESSAGE_BYTES = 64 << 20
_MAX_HEAD_BYTES = 16 << 10


class WebSocketError(ConnectionError):
    """The other side does not speak as RFC 6455 wants, or has closed."""


class WebSocket:
    """Connected from the start; use as a context manager. Every wait is limited by ``timeout_s``."""

    def __init__(self, url: str, timeout_s: float, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        """Connect to a ``ws://`` URL. Raises OSError, of which WebSocketError is one."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        self._random_bytes = random_bytes
        self._socket = socket.create_connection((host, port), timeout_s)
        self._stream = self._socket.makefile("rb")
        try:
            self._shake_hands(f"{host}:{port}", parts.path or "/")
        except OSError:
            self.close()
            raise

    def __enter__(self) -> WebSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, text: str) -> None:
        """One text message. Raises OSError."""
        self._send_frame(_TEXT, text.encode())

    def receive(self) -> str:
        """The next text message; pings are answered meanwhile. Raises OSError, TimeoutError among them."""
        message = b""
        while True:
            final, kind, payload = self._read_frame()
            if kind == _PING:
                self._send_frame(_PONG, payload)
            elif kind == _CLOSE:
                raise WebSocketError("the browser closed the connection")
            elif kind in {_TEXT, _BINARY, _CONTINUATION}:
                message += payload
                if len(message) > _MAX_MESSAGE_BYTES:
                    raise WebSocketError("a message is too long")
                if final:
                    return message.decode()

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def _shake_hands(self, host: str, path: str) -> None:
        key = base64.b64encode(self._random_bytes(16))
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        status = self._stream.readline(_MAX_HEAD_BYTES)
        headers = {}
        while (line := self._stream.readline(_MAX_HEAD_BYTES)).strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
        if b" 101 " not in status or headers.get("sec-websocket-accept") != accept:
            raise WebSocketError(f"the browser answered {status.decode('latin-1').strip()!r}")

    def _send_frame(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", _FINAL | kind, _MASKED | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", _FINAL | kind, _MASKED | 126, size)
        else:
            head = struct.pack("!BBQ", _FINAL | kind, _MASKED | 127, size)
        mask = self._random_bytes(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._socket.sendall(head + mask + masked)

    def _read_frame(self) -> tuple[bool, int, bytes]:
        first, second = self._read(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._read(8))
        if second & _MASKED or size > _MAX_MESSAGE_BYTES:
            raise WebSocketError("a frame is masked or too long")
        return bool(first & _FINAL), first & 0x0F, self._read(size)

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise WebSocketError("the connection ended")
        return data
