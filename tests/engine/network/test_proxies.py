"""Proxies that the environment names: when one is used, what it is told, and the way through it."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
import responses

from board.certificates import Certificate
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.serving import LoopbackServer
from threadreel.engine.network.connections import Origin
from threadreel.engine.network.http import Http
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.proxies import credentials, proxy_for, takes_whole_urls
from threadreel.engine.policy import Policy
from threadreel.errors import HttpError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SOCKS5_YES = b"\x05\x00"
SOCKS5_CONNECTED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"


@contextlib.contextmanager
def proxy(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """One connection that gives one of these answers to each thing it is told; its ``host:port``, and what it was told."""
    told: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.settimeout(10)
            with connection:
                for answer in answers:
                    told.append(connection.recv(4096))
                    connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}", told
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        listener.close()


def fetch(url: str, host: str) -> bytes:
    http = Http(lambda: Policy(user_agent="Test"))
    try:
        with contextlib.closing(http.get(url, {}, frozenset({host}), Interruption())) as response:
            return response.read_answer(100)
    finally:
        http.close()


def test_requests_own_sessions_are_asked_nothing_with_a_proxy_or_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would follow redirects to anywhere, at any pace: of that package only the rules of proxies are used."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as sessions:
        with pytest.raises(requests.ConnectionError):
            requests.get("http://i.4cdn.org/x", timeout=1)
        with proxy(OK) as (direct, _):
            assert fetch(f"http://{direct}/x", direct) == b"ok"
        with proxy(OK) as (address, told):
            monkeypatch.setenv("http_proxy", address)
            assert fetch("http://media.example.org/x", "media.example.org") == b"ok"
        assert told[0].startswith(b"GET http://media.example.org/x ")
        assert [call.request.url for call in sessions.calls] == ["http://i.4cdn.org/x"]


def test_without_variables_there_is_no_proxy() -> None:
    assert proxy_for("https://i.4cdn.org/x") == ""


def test_the_environment_says_which_proxy_and_for_whom_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "a.4cdn.org,10.0.0.0/8")
    assert proxy_for("https://i.4cdn.org/x") == "http://proxy.example:3128"
    assert proxy_for("http://i.4cdn.org/x") == ""
    assert proxy_for("https://a.4cdn.org/x") == ""
    assert proxy_for("https://10.1.2.3/x") == ""
    monkeypatch.setenv("ALL_PROXY", "socks5h://proxy.example:1080")
    assert proxy_for("http://i.4cdn.org/x") == "socks5h://proxy.example:1080"


def test_only_plain_requests_are_a_proxys_to_pass_on() -> None:
    assert takes_whole_urls(Origin("http", "a", 80, "http://p:1"))
    assert not takes_whole_urls(Origin("https", "a", 443, "http://p:1"))
    assert not takes_whole_urls(Origin("http", "a", 80, "socks5://p:1"))
    assert not takes_whole_urls(Origin("http", "a", 80))


def test_a_proxy_with_a_name_and_a_password_is_told_both() -> None:
    assert credentials("http://p:1") == {}
    assert credentials("http://me:s%40crat@p:1") == {"proxy-authorization": "Basic bWU6c0BjcmF0"}


def test_a_plain_request_goes_to_the_proxy_with_its_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(OK) as (address, told):
        monkeypatch.setenv("HTTP_PROXY", f"http://me:you@{address}")
        assert fetch("http://board.example/a?b", "board.example") == b"ok"
    head = told[0].split(b"\r\n")
    assert head[0] == b"GET http://board.example/a?b HTTP/1.1"
    assert b"Host: board.example" in head
    assert b"proxy-authorization: Basic bWU6eW91" in head


def test_a_tunnel_is_asked_for_by_name_and_a_refusal_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(b"HTTP/1.1 407 Who are you\r\n\r\n") as (address, told):
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:you@{address}")
        with pytest.raises(HttpError, match="407") as caught:
            fetch("https://board.example/a", "board.example")
    assert caught.value.code == "http.unreachable"
    assert told[0].startswith(b"CONNECT board.example:443 HTTP/1.")
    assert b"proxy-authorization: Basic bWU6eW91" in told[0]


def test_a_socks_proxy_is_spoken_to_in_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(SOCKS5_YES, SOCKS5_CONNECTED, OK) as (address, told):
        monkeypatch.setenv("ALL_PROXY", f"socks5h://{address}")
        assert fetch("http://board.example/a", "board.example") == b"ok"
    assert b"board.example" in told[1]
    assert told[2].startswith(b"GET /a HTTP/1.1\r\n")


def test_a_proxy_that_is_not_there_is_said_in_the_systems_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    for variable, url in (("HTTP_PROXY", "http://a.example/"), ("HTTPS_PROXY", "https://a.example/")):
        monkeypatch.setenv(variable, f"http://{address}")
        with pytest.raises(HttpError, match="Connection refused") as caught:
            fetch(url, "a.example")
        assert caught.value.code == "http.unreachable"


class TlsFront(LoopbackServer):
    """Takes TLS connections and passes what they say on to a port on loopback, as it is."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        super().__init__(_Pass, tls)
        self.behind = port


class _Pass(socketserver.BaseRequestHandler):
    server: TlsFront
    request: ssl.SSLSocket

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.behind), 10) as behind:
            back = threading.Thread(target=_carry, args=(behind, self.request))
            back.start()
            _carry(self.request, behind)
            back.join(10)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        socket.socket.shutdown(target, socket.SHUT_WR)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_file_comes_through_a_proxy_that_is_spoken_to_over_tls(
    board: Board, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    thread = plain_thread(1, 300_000)
    board.add(thread)
    front = TlsFront(urlsplit(board.environment()["HTTPS_PROXY"]).port or 0, certificate.server_context())
    front.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    monkeypatch.setenv("ALL_PROXY", f"https://127.0.0.1:{front.port}")
    http = Http(lambda: Policy(user_agent="Test"))
    try:
        for _ in range(2):
            (path,) = thread.media()
            url = f"{scheme}://i.4cdn.org{path}"
            with contextlib.closing(http.get(url, {}, frozenset({"i.4cdn.org"}), Interruption())) as response:
                assert response.status == 200
                assert len(response.read_answer(1_000_000)) == 300_000
        assert [entry.scheme for entry in board.requests()] == [scheme, scheme]
    finally:
        http.close()
        front.close()
