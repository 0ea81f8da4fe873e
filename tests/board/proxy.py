"""A proxy that knows the way to a few names on loopback and to nothing else: real host names without a real network."""

import contextlib
import select
import socket
import socketserver
from collections.abc import Mapping
from urllib.parse import urlsplit

from threadreel.demo.serving import LoopbackServer

_HEAD_LIMIT_BYTES = 64 * 1024
_PIECE_BYTES = 64 * 1024
_CONNECT_LIMIT_S = 5
_IDLE_LIMIT_S = 120
_RESET_ON_CLOSE = b"\1\0\0\0\0\0\0\0"


class Proxy(LoopbackServer):
    """Tunnels and plain requests to the loopback ports in ``routes``; what else was asked for is in ``refused``."""

    def __init__(self, routes: Mapping[str, int]) -> None:
        """``routes``: loopback port by ``host:port``."""
        super().__init__(_Handler)
        self.routes = dict(routes)
        self.refused: list[str] = []

    @property
    def address(self) -> str:
        """What belongs in HTTP_PROXY."""
        return f"http://127.0.0.1:{self.port}"


class _Handler(socketserver.BaseRequestHandler):
    server: Proxy
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(_IDLE_LIMIT_S)
        head, rest = self._read_head()
        method, address, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        parts = urlsplit(f"//{address}" if method == "CONNECT" else address)
        place = f"{parts.hostname}:{parts.port or 80}"
        port = self.server.routes.get(place)
        if port is None:
            self.server.refused.append(place)
            self.request.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", port), _CONNECT_LIMIT_S) as board:
            board.settimeout(_IDLE_LIMIT_S)
            if method == "CONNECT":
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                board.sendall(rest)
            else:
                board.sendall(head + rest)
            _splice(self.request, board)

    def _read_head(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.request.recv(_PIECE_BYTES)
            if not piece or len(data) > _HEAD_LIMIT_BYTES:
                raise ConnectionError("no request head")
            data += piece
        head, end, rest = data.partition(b"\r\n\r\n")
        return head + end, rest


def _splice(client: socket.socket, board: socket.socket) -> None:
    """Carry bytes both ways until both sides are done; the end of one side, FIN or RST, reaches the other as such."""
    other = {client: board, board: client}
    reading = [client, board]
    while reading:
        ready, _, _ = select.select(reading, [], [], _IDLE_LIMIT_S)
        if not ready:
            return
        for side in ready:
            try:
                data = side.recv(_PIECE_BYTES)
            except ConnectionResetError:
                other[side].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                other[side].close()
                return
            if data:
                other[side].sendall(data)
                continue
            reading.remove(side)
            with contextlib.suppress(OSError):
                other[side].shutdown(socket.SHUT_WR)
