"""One request and its answer on the wire: what is skipped, refused, used again or asked once more, and that all waits can end."""

import contextlib
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from board.certificates import Certificate
from threadreel.engine.network import connections, pool
from threadreel.engine.network.http import Http
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.response import Response
from threadreel.engine.policy import Policy
from threadreel.errors import HttpError
from waiting import wait_until

LIMIT_S = 10.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde"


class Server:
    """Answers the requests of each connection with that connection's script, byte for byte, then hangs up."""

    def __init__(self, *scripts: tuple[bytes, ...], tls: ssl.SSLContext | None = None) -> None:
        self._scripts, self._tls = scripts, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.connections = self.ended = 0
        self.stay = threading.Event()  # connections end only then
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for script in self._scripts:
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                connection.settimeout(LIMIT_S)
                self.connections += 1
                with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as ready:
                    self._answer(ready, script)
                self.ended += 1

    def _answer(self, connection: socket.socket, script: tuple[bytes, ...]) -> None:
        for answer in script:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(4096)
                if not piece:
                    return
                request += piece
            self.requests.append(request)
            connection.sendall(answer)
        self.stay.wait(LIMIT_S)

    def close(self) -> None:
        self.stay.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the one that accepts
        self._thread.join(LIMIT_S)
        self._listener.close()


@contextlib.contextmanager
def asked(
    *scripts: tuple[bytes, ...], is_closing: bool = True, tls: ssl.SSLContext | None = None, **policy: float
) -> Iterator[tuple[Server, Callable[..., Response]]]:
    """A server with these scripts, and how it is asked for ``/file``."""
    server = Server(*scripts, tls=tls)
    if is_closing:
        server.stay.set()
    http = Http(lambda: Policy(user_agent="Test", **policy))  # type: ignore[arg-type]
    scheme = "https" if tls else "http"

    def get(path: str = "/file", interruption: Interruption | None = None) -> Response:
        return http.get(f"{scheme}://{server.host}{path}", {}, frozenset({server.host}), interruption or Interruption())

    try:
        yield server, get
    finally:
        http.close()
        server.close()


def body(response: Response) -> bytes:
    try:
        return response.read_answer(1 << 20)
    finally:
        response.close()


def test_interim_answers_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: 5\r\n\r\n"
    with asked((interim + OK,)) as (_, get):
        assert body(get()) == b"abcde"


def test_a_server_that_never_comes_to_the_point_is_left() -> None:
    with asked((b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + OK,)) as (_, get), pytest.raises(HttpError) as caught:
        get()
    assert caught.value.code == "http.unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
    ],
)
def test_what_is_no_answer_is_an_error(answer: bytes) -> None:
    with asked((answer,)) as (server, get), pytest.raises(HttpError) as caught:
        get()
    assert caught.value.code == "http.unreachable"
    assert server.connections == 1


def test_chunks_win_over_a_length_and_gzip_is_undone() -> None:
    packed = gzip.compress(b"abcde")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    with asked((head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed), OK)) as (server, get):
        assert body(get()) == b"abcde"
        assert body(get()) == b"abcde"
        assert server.connections == 1


def test_one_connection_carries_request_after_request_while_nothing_speaks_against_it() -> None:
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno!"
    with asked((OK, missing, OK, b"HTTP/1.1 204\r\n\r\n", OK)) as (server, get):
        assert body(get()) == b"abcde"
        get().close()  # nobody read the page that goes with a 404
        assert body(get()) == b"abcde"
        assert body(get()) == b""
        assert body(get()) == b"abcde"
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\n\r\nabcde",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfaked",
    ],
)
def test_a_connection_is_not_used_again_after_the_end_or_with_something_left_over(answer: bytes) -> None:
    with asked((answer,), (OK,)) as (server, get):
        assert body(get()) == b"abcde"
        assert body(get()) == b"abcde"
        assert server.connections == 2


def test_what_a_server_closed_while_it_was_idle_costs_no_error() -> None:
    with asked((OK,), (OK,)) as (server, get):
        assert body(get()) == b"abcde"
        wait_until(lambda: server.ended == 1, "the first connection to end")
        assert body(get()) == b"abcde"
        assert server.connections == 2


def test_one_closed_at_the_moment_of_the_request_is_replaced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "STALE_AFTER_S", -1.0)
    with asked((OK, b""), (OK,)) as (server, get):
        assert body(get()) == b"abcde"
        assert body(get()) == b"abcde"
        assert len(server.requests) == 3
    with asked((OK, b""), (b"",)) as (server, get):
        assert body(get()) == b"abcde"
        with pytest.raises(HttpError):
            get()
        assert len(server.requests) == 3


def test_one_that_was_at_work_just_now_was_hung_up_on_purpose() -> None:
    with asked((OK, b""), (OK,)) as (server, get):
        assert body(get()) == b"abcde"
        with pytest.raises(HttpError):
            get()
        assert server.connections == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/a b", b"/a%20b"),
        ("/\u00fc?\u00fc=%41", b"/%C3%BC?%C3%BC=%41"),
        ("/?a#b", b"/?a"),
        ("", b"/"),
        ("?a/b", b"/?a/b"),
    ],
)
def test_an_address_is_sent_as_ascii_without_its_fragment(path: str, line: bytes) -> None:
    with asked((OK,)) as (server, get):
        get(path).close()
        assert server.requests[0].split(b"\r\n")[0] == b"GET " + line + b" HTTP/1.1"


def test_a_server_that_is_silent_or_drips_its_headers_is_not_waited_for_longer_than_the_limit() -> None:
    for answer in (b"", b"HTTP/1.1 200 OK\r\nX: "):
        with asked((answer,), is_closing=False, read_timeout_s=0.05) as (_, get):
            with pytest.raises(HttpError) as caught:
                get()
            assert caught.value.code == "http.timeout"


def interrupted(fetch: Callable[[Interruption], object]) -> float:
    """How long ``fetch`` still lasts after it was interrupted in the midst of it; it ends with HttpError."""
    interruption, moments = Interruption(), [0.0]

    def interrupt() -> None:
        moments[0] = time.monotonic()
        interruption.set()

    timer = threading.Timer(0.05, interrupt)
    timer.start()
    with pytest.raises(HttpError):
        fetch(interruption)
    timer.join()
    return time.monotonic() - moments[0]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
def test_an_interruption_ends_the_wait_for_an_answer_and_for_its_body(answer: bytes) -> None:
    with asked((answer,), is_closing=False) as (_, get):
        assert interrupted(lambda interruption: body(get(interruption=interruption))) < 2


def test_an_interruption_ends_the_wait_for_tls() -> None:
    http = Http(lambda: Policy())
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and says nothing of TLS
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        assert interrupted(lambda interruption: http.get(f"https://{host}/", {}, frozenset({host}), interruption)) < 2


def test_after_an_interruption_nothing_is_asked() -> None:
    interruption = Interruption()
    interruption.set()
    with asked((OK,), (OK,)) as (server, get):
        with pytest.raises(HttpError):
            get(interruption=interruption)
        assert server.requests == []


def test_nobody_there_is_said_in_the_systems_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(HttpError, match="Connection refused") as caught:
        Http(lambda: Policy()).get(f"http://{host}/", {}, frozenset({host}), Interruption())
    assert caught.value.code == "http.unreachable"


def test_a_large_body_over_tls_comes_whole_and_in_large_pieces(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    data = bytes(range(256)) * 20_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data)
    with asked((answer, answer), tls=certificate.server_context()) as (server, get):
        for _ in range(2):
            assert body_in_pieces(get()) == data
        assert server.connections == 1


def body_in_pieces(response: Response) -> bytes:
    received, largest = b"", 0
    with contextlib.closing(response):
        while piece := response.read(connections.BUFFER_BYTES):
            received += piece
            largest = max(largest, len(piece))
    assert largest > 16 * 1024  # more than one record of TLS at once
    return received
