"""The only module that sends requests: one pooled session, every redirect hop judged, bodies bounded, errors mapped.

Proxy variables, REQUESTS_CA_BUNDLE and SSL_CERT_FILE hold for every request. TLS verification is never off. A hop may only
lead to a host of the site's own list, compared exactly.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.utils import get_environ_proxies

from threadreel.engine.addresses import host_of
from threadreel.engine.connections import Carrier, WatchedAdapter
from threadreel.engine.interruption import Interruption
from threadreel.engine.policy import KIB, Policy
from threadreel.engine.tls import make_context
from threadreel.errors import HttpError

_RECEIVE_BYTES = 64 * KIB


class Response:
    """A server's answer whose body is read piece by piece."""

    def __init__(self, response: requests.Response, carrier: Carrier) -> None:
        self._response, self._carrier = response, carrier
        self._ahead = b""
        self._error: HttpError | None = None
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.is_redirect = response.is_redirect

    @property
    def length_bytes(self) -> int | None:
        """The body's length as announced, None when it is not (or not readable)."""
        value = self.headers.get("Content-Length", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None

    def read(self, most_bytes: int) -> bytes:
        """The next bytes, at most so many, as soon as there are some; empty at the end of the body.

        Raises HttpError when the body is cut short, but not before everything that arrived was handed over.
        """
        if self._ahead:
            data, self._ahead = self._ahead[:most_bytes], self._ahead[most_bytes:]
            return data
        if self._error is not None:
            raise self._error
        pieces: list[bytes] = []
        left = most_bytes
        try:
            with _network_errors(self._response.url):
                while left > 0 and (not pieces or self._carrier.is_ready()) and (piece := self._receive(left)):
                    pieces.append(piece)
                    left -= len(piece)
        except HttpError as error:
            if not pieces:
                raise
            self._error = error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def peek(self) -> bytes:
        """The beginning of the body, which ``read`` gives again. Raises HttpError."""
        self._ahead = self.read(_RECEIVE_BYTES)
        return self._ahead

    def _receive(self, most_bytes: int) -> bytes:
        raw = self._response.raw
        most_bytes = min(most_bytes, _RECEIVE_BYTES)
        if raw.length_remaining is not None:
            # http.client's read1 forgets what it has read already: https://github.com/python/cpython/issues/113199
            most_bytes = min(most_bytes, raw.length_remaining) or 1
        data: bytes | None = raw.read1(most_bytes, decode_content=False)
        return data or b""

    def read_answer(self, limit_bytes: int) -> bytes:
        """The whole body, gzip undone; at most so many bytes, on the wire as well as unpacked.

        Raises HttpError: ``http.too_large``, or that it is cut short.
        """
        body = bytearray()
        while piece := self.read(_RECEIVE_BYTES):
            body += piece
            if len(body) > limit_bytes:
                raise self._too_large(limit_bytes)
        if self.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip"):
            return self._unpacked(bytes(body), limit_bytes)
        return bytes(body)

    def _unpacked(self, packed: bytes, limit_bytes: int) -> bytes:
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body = unpacking.decompress(packed, limit_bytes + 1)
        except zlib.error as error:
            raise HttpError("http.unreadable", f"{self._response.url} answers what is not gzip: {error}.") from error
        if len(body) > limit_bytes:
            raise self._too_large(limit_bytes)
        if not unpacking.eof:
            raise HttpError("http.cut", f"{self._response.url} ended early.")
        return body

    def _too_large(self, limit_bytes: int) -> HttpError:
        return HttpError("http.too_large", f"{self._response.url} answers more than {limit_bytes} bytes.")

    def close(self) -> None:
        """The connection goes back to the pool when the body was read to its end, else it is closed."""
        self._carrier.let_go()
        self._response.close()


class Http:
    """The session. Safe to use from many threads."""

    def __init__(self, policy: Callable[[], Policy]) -> None:
        """``policy`` is asked anew for every request."""
        self._policy = policy
        self._adapter = WatchedAdapter(lambda: make_context(os.environ), policy().workers)
        self._proxies: dict[str, dict[str, str]] = {}  # by scheme and host: the environment is read once for each

    def get(self, url: str, headers: Mapping[str, str], hosts: frozenset[str], interruption: Interruption) -> Response:
        """The answer to a GET, redirects followed inside ``hosts`` only; once ``interruption`` is set nothing waits.

        Raises HttpError: ``http.redirect`` (leads elsewhere, or too often), ``http.timeout``, ``http.unreachable``, ``http.tls``.
        """
        redirects = self._policy().redirects
        for _ in range(redirects + 1):
            if host_of(url) not in hosts:
                raise HttpError("http.redirect", f"{url[:200]} is not an address of this site; it was not asked.")
            response = self._ask(url, headers, Carrier(interruption))
            if not response.is_redirect:
                return response
            response.close()
            before, url = url, _next_hop(url, response.headers["location"])
            if before.startswith("https:") and not url.startswith("https:"):
                raise HttpError("http.redirect", f"{before} redirects to an unencrypted address; it was not followed.")
        raise HttpError("http.redirect", f"{url[:200]} redirects more than {redirects} times.")

    def _ask(self, url: str, headers: Mapping[str, str], carrier: Carrier) -> Response:
        policy = self._policy()
        try:
            with _network_errors(url), carrier.asking():
                # the adapter itself, without a session round it: no cookies, no netrc, nothing merged for every request
                answer = self._adapter.send(
                    _prepared(url, {"User-Agent": policy.user_agent, **headers}),
                    stream=True,
                    timeout=(policy.connect_timeout_s, policy.read_timeout_s),
                    proxies=self._proxies_for(url),
                )
        except HttpError:
            carrier.let_go()
            raise
        return Response(answer, carrier)

    def _proxies_for(self, url: str) -> dict[str, str]:
        where = url[: url.index("/", len("https://"))]
        found = self._proxies.get(where)
        if found is None:
            found = self._proxies[where] = dict(get_environ_proxies(url, no_proxy=None))
        return found

    def close(self) -> None:
        """Idle connections are closed, those in use when they are given back."""
        self._adapter.close()


def _prepared(url: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    request = requests.PreparedRequest()
    request.method = "GET"
    request.prepare_url(url, None)
    request.prepare_headers(headers)
    request.hooks = {"response": []}
    return request


def _next_hop(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise HttpError("http.redirect", f"{url[:200]} redirects to what is no address.") from None


@contextlib.contextmanager
def _network_errors(url: str) -> Iterator[None]:
    """Exceptions of requests and urllib3 (whose bodies we read directly) become HttpErrors."""
    where = urlsplit(url).netloc
    try:
        yield
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise HttpError("http.timeout", f"{where} did not answer in time.") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # a TLS connection that is cut while it is made is an SSLError too: only a bad certificate is hopeless
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise HttpError(
                "http.tls",
                f"The certificate of {where} is not trusted: {_reason(error)}.",
                "Is a proxy or virus scanner in between?",
            ) from error
        raise HttpError(
            "http.unreachable", f"The connection to {where} failed: {_reason(error)}.", "Is this computer online?"
        ) from error


def _reason(error: BaseException) -> str:
    """The innermost cause in its own words, without the pools and retries that urllib3 wraps round it."""
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:  # exceptions may lead in a circle
        error = inner
        seen.append(inner)
        wrapped = [inner.__cause__, inner.__context__, getattr(inner, "reason", None), *inner.args]
        inner = next((each for each in wrapped if isinstance(each, BaseException)), None)
    strerror = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return str(strerror or error).strip().rstrip(".")[:200] or type(error).__name__
