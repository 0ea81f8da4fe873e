"""Making a connection: name, TCP and TLS, within a limit, and given up at once when nobody wants it any more."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from threadreel.engine.network.connections import Connection, Origin, cut
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.proxies import connect_through


def dial(
    origin: Origin, context: Callable[[], ssl.SSLContext], timeout_s: float, interruption: Interruption
) -> Connection:
    """A new connection. Raises OSError, and what ``context`` raises; soon after ``interruption`` was set, but for proxies."""
    if origin.proxy:
        return Connection(connect_through(origin, context, timeout_s), origin)
    error: OSError = ConnectionError("it has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(origin.host, origin.port, 0, socket.SOCK_STREAM):
        try:
            connection = socket.socket(family, kind, protocol)
            if origin.scheme == "https":
                connection = context().wrap_socket(
                    connection, server_hostname=origin.host, do_handshake_on_connect=False
                )
        except OSError as failed:  # say, no IPv6 here
            error = failed
            continue
        try:
            _connect(connection, address, timeout_s, interruption)
        except OSError as failed:
            connection.close()
            if isinstance(failed, ssl.SSLError) or interruption.is_set():
                raise
            error = failed
        except BaseException:
            connection.close()
            raise
        else:
            return Connection(connection, origin)
    raise error


def _connect(
    connection: socket.socket, address: tuple[object, ...], timeout_s: float, interruption: Interruption
) -> None:
    connection.settimeout(timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    interruption.watch(lambda: cut(connection))
    try:
        connection.connect(address)
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
    finally:
        interruption.watch(None)
    if interruption.is_set():  # cut before it was there, a connection looks as if it were
        raise ConnectionAbortedError("it is no longer wanted")
