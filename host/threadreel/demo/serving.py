"""HTTP/1.1 on a random loopback port: connections in, Requests out to one function, and the Wire to answer on.

One thread a connection; when the server closes, every connection and every thread of it ends.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from threadreel.demo.answers import Answer, Request

_IDLE_LIMIT_S = 60.0
_CLOSE_LIMIT_S = 5.0
_PIECE_BYTES = 16 * 1024
_PIECES_PER_S = 10
_WITHOUT_BODY = frozenset({204, 304})
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

#: answers one request on its wire
Respond = Callable[[Request, "Wire"], None]


class Wire:
    """The way back to one client. After ``cut`` nothing more can be sent."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler
        self.body_bytes = 0

    @property
    def connection(self) -> socket.socket:
        """The socket, the same for all requests of a connection."""
        connection: socket.socket = self._handler.connection
        return connection

    def send(self, answer: Answer, *, head_only: bool, rate: float, stop: threading.Event) -> None:
        """The whole answer, at ``rate`` bytes a second unless that is 0; given up when ``stop`` is set."""
        if not rate or head_only:
            self.begin(answer, b"" if head_only else answer.body)
            return
        self.begin(answer)
        piece_bytes = max(1, min(_PIECE_BYTES, round(rate / _PIECES_PER_S)))
        for start in range(0, len(answer.body), piece_bytes):
            piece = answer.body[start : start + piece_bytes]
            self.write(piece)
            if stop.wait(len(piece) / rate):
                self.cut()
                return

    def begin(self, answer: Answer, body: bytes = b"") -> None:
        """Status line and headers, and this much of the body in the same write; the answer's own body is not sent."""
        handler, headers = self._handler, {"Date": self._handler.date_time_string()} | answer.headers
        sized = {"content-length", "transfer-encoding"} & {name.lower() for name in headers}
        if not sized and answer.status not in _WITHOUT_BODY:
            headers["Connection"] = "close"
            handler.close_connection = True
        phrase = http.client.responses.get(answer.status, "")
        lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        handler.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        self.body_bytes += len(body)

    def write(self, data: bytes) -> None:
        """More of the body."""
        self._handler.wfile.write(data)
        self.body_bytes += len(data)

    def cut(self, *, reset: bool = False) -> None:
        """End the connection now, by FIN, or by RST when ``reset``."""
        self._handler.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


class LoopbackServer(socketserver.TCPServer):
    """Listens on a random port of 127.0.0.1 from ``start`` to ``close``; each connection has a thread."""

    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, handler: type[socketserver.BaseRequestHandler], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        if tls is not None:
            # the handshake belongs to the connection's own thread, not to the one that accepts
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._lock = threading.Lock()
        self._living: dict[socket.socket, threading.Thread] = {}
        self._closing = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name="loopback", daemon=True)

    @property
    def port(self) -> int:
        """The port the system chose."""
        port: int = self.server_address[1]
        return port

    def start(self) -> None:
        """Accept connections."""
        self._accepting.start()

    def close(self) -> None:
        """Accept no more, end every connection, and wait until their threads are gone."""
        self._closing.set()
        if self._accepting.is_alive():
            socket.create_connection(("127.0.0.1", self.port), _CLOSE_LIMIT_S).close()  # wakes the one that accepts
            self._accepting.join(_CLOSE_LIMIT_S)
        self.server_close()
        with self._lock:
            living = dict(self._living)
        for connection in living:
            _shut(connection)
        for thread in living.values():
            thread.join(_CLOSE_LIMIT_S)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hand the connection to a thread of its own."""
        if self._closing.is_set():
            self.shutdown_request(request)
            return
        thread = threading.Thread(target=self._live, args=(request, client_address), name="loopback", daemon=True)
        with self._lock:
            self._living[request] = thread
        thread.start()

    def converse(self, connection: socket.socket, address: Any) -> None:
        """Everything that is said on one connection."""
        self.finish_request(connection, address)

    def _accept(self) -> None:
        while not self._closing.is_set():
            self.handle_request()

    def _live(self, connection: socket.socket, address: Any) -> None:
        try:
            with contextlib.suppress(OSError):  # the client hung up, or we close: neither is an error of a server
                self.converse(connection, address)
        finally:
            with self._lock:
                del self._living[connection]
            connection.close()


class BoardServer(LoopbackServer):
    """HTTP, or HTTPS with ``tls``: every request goes to ``respond``, in the thread of its connection."""

    def __init__(self, respond: Respond, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(_Handler, tls)
        self.respond = respond
        self.scheme = "https" if tls else "http"


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended by itself meanwhile
        # of a TLS connection too this is the plain shutdown: nothing is negotiated that could block
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """Turns what arrives into Requests; what is sent goes through Wire."""

    server: BoardServer
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_LIMIT_S
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        # through a proxy the address is absolute, and names the host itself
        host = parts.netloc or headers.get("host", "")
        request = Request(self.command, self.server.scheme, host, unquote(parts.path), parts.query, headers)
        self.server.respond(request, Wire(self))

    do_GET = do_HEAD = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the demo's terminal belongs to the demo."""
