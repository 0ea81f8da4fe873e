"""An answer whose body is read piece by piece, and what can go wrong on the network in the words of HttpError."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from threadreel.engine.network.bodies import Body, body_of
from threadreel.engine.network.connections import BUFFER_BYTES, Connection
from threadreel.engine.network.http_text import Head
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.pool import Pool
from threadreel.errors import HttpError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: so much that nobody reads (the page that goes with a 404) is passed over to keep the connection
_PASSED_OVER_BYTES = 64 * 1024


class Response:
    """A server's answer, over a connection borrowed from ``pool``."""

    def __init__(
        self,
        url: str,
        head: Head,
        connection: Connection,
        interruption: Interruption,
        timeout_s: float,
        pool: Pool,
    ) -> None:
        self._url, self._head, self._interruption, self._timeout_s = url, head, interruption, timeout_s
        self._connection: Connection | None = connection
        self._pool = pool
        self._body: Body = body_of(head, connection)
        self._ahead = b""
        self.status = head.status
        self.headers: Mapping[str, str] = head.headers
        self.is_redirect = head.status in _REDIRECTS and "location" in head.headers

    @property
    def length_bytes(self) -> int | None:
        """The body's length as announced, None when it is not."""
        return self._head.length_bytes

    @property
    def is_over(self) -> bool:
        """Whether the body is known to have no more; one of unknown length is over once ``read`` gave nothing."""
        return self._body.is_over and not self._ahead

    def read(self, most_bytes: int) -> bytes | memoryview:
        """The next bytes, at most so many, as soon as there are some; empty at the end. They hold until the next call.

        Raises HttpError when the body is cut short, but not before everything that arrived was handed over.
        """
        if self._ahead:
            data, self._ahead = self._ahead[:most_bytes], self._ahead[most_bytes:]
            return data
        try:
            return self._body.take(most_bytes, self._timeout_s)
        except OSError as error:
            raise network_error(self._url, error) from error

    def peek(self) -> bytes:
        """The beginning of the body, which ``read`` gives again. Raises HttpError."""
        self._ahead = bytes(self.read(BUFFER_BYTES))
        return self._ahead

    def read_answer(self, limit_bytes: int) -> bytes:
        """The whole body, gzip undone; at most so many bytes, on the wire as well as unpacked.

        Raises HttpError: ``http.too_large``, or that it is cut short.
        """
        body = bytearray()
        while piece := self.read(BUFFER_BYTES):
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
            raise HttpError("http.unreadable", f"{self._url} answers what is not gzip: {error}.") from error
        if len(body) > limit_bytes:
            raise self._too_large(limit_bytes)
        if not unpacking.eof:
            raise HttpError("http.cut", f"{self._url} ended early.")
        return body

    def _too_large(self, limit_bytes: int) -> HttpError:
        return HttpError("http.too_large", f"{self._url} answers more than {limit_bytes} bytes.")

    def close(self) -> None:
        """The connection goes back to the pool when the body is over, else it is closed. Twice is once."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._head.may_go_on and not self._body.is_over:
            self._pass_over()
        self._interruption.watch(None)
        may_go_on = self._head.may_go_on and self._body.is_over and not self._interruption.is_set()
        self._pool.give_back(connection, may_go_on=may_go_on)

    def _pass_over(self) -> None:
        """Take what has arrived already, if it is little and the rest of the body."""
        passed_bytes = 0
        with contextlib.suppress(OSError):
            while passed_bytes < _PASSED_OVER_BYTES and (data := self._body.take(_PASSED_OVER_BYTES, 0.0)):
                passed_bytes += len(data)


@contextlib.contextmanager
def network_errors(url: str) -> Iterator[None]:
    """OSErrors inside become HttpErrors."""
    try:
        yield
    except OSError as error:
        raise network_error(url, error) from error


def network_error(url: str, error: OSError) -> HttpError:
    """What a person should read about this failure of a connection."""
    where = urlsplit(url).netloc
    if isinstance(error, TimeoutError):
        return HttpError("http.timeout", f"{where} did not answer in time.")
    reason = _reason(error)
    # a TLS connection that is cut while it is made is an SSLError too: only a bad certificate is hopeless
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return HttpError(
            "http.tls",
            f"The certificate of {where} is not trusted: {reason}.",
            "Is a proxy or virus scanner in between?",
        )
    return HttpError("http.unreachable", f"The connection to {where} failed: {reason}.", "Is this computer online?")


def _reason(error: BaseException) -> str:
    """The innermost cause in its own words, without what urllib3 wraps round it on the way through a proxy."""
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:  # exceptions may lead in a circle
        error = inner
        seen.append(inner)
        wrapped = [inner.__cause__, inner.__context__, getattr(inner, "reason", None), *inner.args]
        inner = next((each for each in wrapped if isinstance(each, BaseException)), None)
    strerror = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return str(strerror or error).strip().rstrip(".")[:200] or type(error).__name__
