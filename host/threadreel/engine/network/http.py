"""The only module that sends requests: pooled connections, every redirect hop judged, bodies bounded, errors mapped.

Proxy variables, REQUESTS_CA_BUNDLE and SSL_CERT_FILE hold for every request. TLS verification is never off. A hop may only
lead to a host of the site's own list, compared exactly.
"""

from __future__ import annotations

import os
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

from threadreel.engine.network.addresses import host_of
from threadreel.engine.network.connections import Connection, Origin
from threadreel.engine.network.dialing import dial
from threadreel.engine.network.http_text import HEAD_LIMIT_BYTES, BrokenAnswer, Head, get_request, head_end, read_head
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.pool import Pool
from threadreel.engine.network.processor import resting
from threadreel.engine.network.proxies import credentials, proxy_for, takes_whole_urls
from threadreel.engine.network.response import Response, network_errors
from threadreel.engine.network.tls import make_context
from threadreel.engine.network.warming import Warming
from threadreel.engine.policy import Policy
from threadreel.errors import HttpError

_PORTS = {"http": 80, "https": 443}
_CLEAN = re.compile(r"[!$%&'()*+,/:;=?@\[\]~A-Za-z0-9_.-]+")
#: scheme and host, then path and query
_ADDRESS = re.compile(r"([A-Za-z]+://[^/?#]*)([^#]*)", re.DOTALL)
_MOST_INTERIM_ANSWERS = 8
#: as many as one host may have transfers; with them and as many workers 64 descriptors are enough
_MOST_IDLE = 16


class Http:
    """The session. Safe to use from many threads."""

    def __init__(self, policy: Callable[[], Policy]) -> None:
        """``policy`` is asked anew for every request."""
        self._policy = policy
        self._pool = Pool(min(_MOST_IDLE, policy().workers))
        self._warming = Warming(self._dial, self._pool)
        self._making = threading.Lock()  # protects _context
        self._context: ssl.SSLContext | None = None
        self._origins: dict[str, Origin] = {}  # by scheme and host: the environment is read once for each

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        hosts: frozenset[str],
        interruption: Interruption,
        before_hop: Callable[[], None] = lambda: None,
    ) -> Response:
        """The answer to a GET, redirects followed inside ``hosts`` only; once ``interruption`` is set nothing waits.

        ``before_hop`` is called before a redirect is followed: where requests have a pace, that is one more.
        Raises HttpError: ``http.redirect`` (leads elsewhere, or too often), ``http.timeout``, ``http.unreachable``, ``http.tls``.
        """
        redirects = self._policy().redirects
        for _ in range(redirects + 1):
            host = host_of(url)
            if host not in hosts:
                raise HttpError("http.redirect", f"{url[:200]} is not an address of this site; it was not asked.")
            response = self._ask(url, host, headers, interruption)
            if not response.is_redirect:
                return response
            response.close()
            before, url = url, _next_hop(url, response.headers["location"])
            if before.startswith("https:") and not url.startswith("https:"):
                raise HttpError("http.redirect", f"{before} redirects to an unencrypted address; it was not followed.")
            before_hop()
        raise HttpError("http.redirect", f"{url[:200]} redirects more than {redirects} times.")

    def warm(self, url: str, count: int) -> None:
        """Begin to have ``count`` connections to where this address leads: requests to there will follow soon."""
        if host := host_of(url):
            self._warming.start(self._place_of(url, host)[0], count)

    def _ask(self, url: str, host: str, headers: Mapping[str, str], interruption: Interruption) -> Response:
        policy = self._policy()
        headers = {"User-Agent": policy.user_agent, **headers}
        with network_errors(url):
            origin, target = self._place_of(url, host)
            if takes_whole_urls(origin):
                target, headers = f"http://{host}{target}", {**headers, **credentials(origin.proxy)}
            request = get_request(target, host, headers)
            connection = self._pool.take(origin) or self._new(origin, interruption)
            try:
                head = self._converse(connection, request, policy.read_timeout_s, interruption)
            except ConnectionError:
                # closed while it was idle, before a byte of the answer: that is nobody's refusal, so ask again
                if not connection.is_maybe_stale or connection.end or interruption.is_set():
                    raise
                connection = self._new(origin, interruption)
                head = self._converse(connection, request, policy.read_timeout_s, interruption)
        return Response(url, head, connection, interruption, policy.read_timeout_s, self._pool)

    def _new(self, origin: Origin, interruption: Interruption) -> Connection:
        coming = self._warming.take(origin, interruption)
        return self._pool.lend(coming or self._dial(origin, interruption))

    def _dial(self, origin: Origin, interruption: Interruption) -> Connection:
        with resting():
            return dial(origin, self._shared_context, self._policy().connect_timeout_s, interruption)

    def _converse(self, connection: Connection, request: bytes, timeout_s: float, interruption: Interruption) -> Head:
        """Send the request and read the head of its answer; the connection is closed when that fails."""
        interruption.watch(connection.cut)
        try:
            return _say_and_hear(connection, request, monotonic() + timeout_s)
        except BaseException:
            interruption.watch(None)
            self._pool.give_back(connection, may_go_on=False)
            raise

    def _place_of(self, url: str, host: str) -> tuple[Origin, str]:
        """Where to connect for this address, and what to ask for there: path and query, as they are sent."""
        found = _ADDRESS.match(url)
        if found is None:
            raise HttpError("http.redirect", f"{url[:200]} is no address; it was not asked.")
        where, target = found.groups()
        origin = self._origins.get(where)
        if origin is None:
            parts = urlsplit(where)
            port = parts.port or _PORTS[parts.scheme]
            origin = self._origins[where] = Origin(parts.scheme, parts.hostname or host, port, proxy_for(url))
        if not target.startswith("/"):
            target = f"/{target}"
        return origin, target if _CLEAN.fullmatch(target) else quote(target, safe="!$%&'()*+,/:;=?@[]~")

    def _shared_context(self) -> ssl.SSLContext:
        with self._making:
            if self._context is None:
                self._context = make_context(os.environ)
            return self._context

    def close(self) -> None:
        """Idle connections are closed, those in use when they are given back."""
        self._warming.close()
        self._pool.close()


def _say_and_hear(connection: Connection, request: bytes, until: float) -> Head:
    connection.send(request, until)
    connection.await_answer(until)
    for _ in range(_MOST_INTERIM_ANSWERS):
        while not (stop := head_end(connection.buffer, connection.start, connection.end)):
            if connection.end - connection.start > HEAD_LIMIT_BYTES:
                raise BrokenAnswer("its headers do not end")
            if not connection.fill(until):
                raise BrokenAnswer("it ended before its answer")
        if stop - connection.start > HEAD_LIMIT_BYTES:
            raise BrokenAnswer("its headers do not end")
        head = read_head(bytes(connection.buffer[connection.start : stop]))
        connection.start = stop
        if not head.is_interim:
            connection.is_used = True
            return head
    raise BrokenAnswer("it never comes to the point")


def _next_hop(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise HttpError("http.redirect", f"{url[:200]} redirects to what is no address.") from None
