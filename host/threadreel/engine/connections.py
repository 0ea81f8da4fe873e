"""Pooled connections whose reads can be ended from another thread, also while they wait for the first byte of an answer.

urllib3 can shut down the body of a response (``HTTPResponse.shutdown``), but there is no response before its headers: a server
that accepts and says nothing would hold a worker, and its slot, until the read time-out.
"""

from __future__ import annotations

import contextlib
import functools
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from threadreel.engine.interruption import Interruption

_asking = threading.local()


class Carrier:
    """The connection that carries one request and its answer; ``interruption`` ends every wait on it."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        self._connection: socket.socket | None = None
        self._has_arrived: Callable[[], bool] = bool

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """The request that this thread makes inside is carried by this."""
        _asking.carrier = self
        try:
            yield
        finally:
            del _asking.carrier

    def sent_on(self, connection: socket.socket) -> None:
        """The request went out on this connection; the answer is awaited."""
        self._connection = connection
        self._has_arrived = _poll(connection)
        self._interruption.watch(functools.partial(_shut, connection))

    def is_ready(self) -> bool:
        """Whether more of the answer has arrived."""
        connection = self._connection
        if connection is None:
            return False
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        return self._has_arrived()

    def let_go(self) -> None:
        """The connection is no longer ours."""
        self._interruption.watch(None)
        self._connection = None


class WatchedAdapter(HTTPAdapter):
    """An adapter whose requests are made inside ``Carrier.asking``, over one TLS context that is made when it is first needed."""

    def __init__(self, make_context: Callable[[], ssl.SSLContext], connections: int) -> None:
        self._make_context = make_context
        self._making = threading.Lock()  # protects _context
        self._context: ssl.SSLContext | None = None
        super().__init__(pool_connections=16, pool_maxsize=connections, max_retries=0)

    def build_connection_pool_key_attributes(self, request: requests.PreparedRequest, *_: Any) -> Any:
        """Where to connect, and the shared context: it alone says what is trusted."""
        host, _unused = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": self._shared_context()} if host["scheme"] == "https" else {}

    def cert_verify(self, *_: Any) -> None:
        """Nothing: the context verifies."""

    def _shared_context(self) -> ssl.SSLContext:
        with self._making:
            if self._context is None:
                self._context = self._make_context()
            return self._context

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*sizes, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pools behind a proxy; those behind a SOCKS proxy have connections of their own kind and keep them."""
        manager = super().proxy_manager_for(proxy, **options)
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager


class _HttpConnection(HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _watch(self.sock)
        return super().getresponse()


class _HttpsConnection(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _watch(self.sock)
        return super().getresponse()


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


def _watch(connection: socket.socket | None) -> None:
    carrier: Carrier | None = getattr(_asking, "carrier", None)
    if carrier is not None and connection is not None:
        carrier.sent_on(connection)


def _shut(connection: socket.socket) -> None:
    # The plain shutdown, also of a TLS connection: SSLSocket.shutdown forgets the session first, so that a read in another thread
    # would hand over ciphertext as if it were the body. Inside a TLS proxy the socket is one level down.
    plain = getattr(connection, "socket", connection)
    with contextlib.suppress(OSError):
        socket.socket.shutdown(plain, socket.SHUT_RDWR)


def _poll(connection: socket.socket) -> Callable[[], bool]:
    """A cheap way to ask, again and again, whether the connection has something to read."""
    if not hasattr(select, "poll"):  # Windows
        return lambda: bool(select.select([connection], [], [], 0)[0])
    poller = select.poll()
    poller.register(connection, select.POLLIN)
    return lambda: bool(poller.poll(0))
