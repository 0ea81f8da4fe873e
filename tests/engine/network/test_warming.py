"""Connections made ahead: as many as asked for, none with a request, each used before another is made, none left at the end."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from threadreel.engine.network.http import Http
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.policy import Policy
from threadreel.errors import HttpError
from waiting import wait_until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Accepts any number of connections and answers every request; what each was told is in ``told``."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.told: list[list[bytes]] = []
        self.ended = 0
        self._threads: list[threading.Thread] = []
        self._accepting = self._begin(self._accept)

    def _begin(self, work: object, *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        thread.start()
        return thread

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.told.append([])
                self._threads.append(self._begin(self._serve, connection, self.told[-1]))

    def _serve(self, connection: socket.socket, told: list[bytes]) -> None:
        connection.settimeout(10)
        with contextlib.suppress(OSError), connection:
            while request := connection.recv(4096):
                told.append(request)
                connection.sendall(OK)
        self.ended += 1

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def http(server: Server) -> Iterator[Http]:  # noqa: ARG001
    """Ended before the server."""
    session = Http(lambda: Policy(user_agent="Test"))
    yield session
    session.close()


def fetch(http: Http, server: Server) -> None:
    with contextlib.closing(
        http.get(f"http://{server.host}/a", {}, frozenset({server.host}), Interruption())
    ) as response:
        assert response.read_answer(10) == b"ok"


def test_so_many_are_made_and_nothing_is_said(server: Server, http: Http) -> None:
    http.warm(f"http://{server.host}/", 3)
    http.warm(f"http://{server.host}/b/c?d", 3)
    wait_until(lambda: len(server.told) == 3, "three connections")
    assert server.told == [[], [], []]
    http.warm("no address", 3)


def test_what_was_made_is_used_before_more_is_made(server: Server, http: Http) -> None:
    http.warm(f"http://{server.host}/", 3)
    begin = threading.Barrier(3)

    def work() -> None:
        begin.wait(10)
        for _ in range(20):
            fetch(http, server)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(server.told) == 3
    assert sum(len(told) for told in server.told) == 60
    http.warm(f"http://{server.host}/", 3)
    fetch(http, server)
    assert len(server.told) == 3


def test_those_at_work_count(server: Server, http: Http) -> None:
    url = f"http://{server.host}/a"
    with contextlib.closing(http.get(url, {}, frozenset({server.host}), Interruption())):
        http.warm(url, 2)
        wait_until(lambda: len(server.told) == 2, "one more connection")
        http.warm(url, 2)
    http.warm(url, 2)
    for _ in range(3):
        fetch(http, server)
    assert len(server.told) == 2


def test_what_cannot_be_made_is_told_to_the_one_who_needs_it(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    http.warm(f"http://{host}/", 2)
    with pytest.raises(HttpError, match="Connection refused"):
        http.get(f"http://{host}/", {}, frozenset({host}), Interruption())


def test_none_is_left_after_the_end(server: Server, http: Http) -> None:
    http.warm(f"http://{server.host}/", 4)
    wait_until(lambda: len(server.told) == 4, "four connections")
    http.close()
    wait_until(lambda: server.ended == 4, "their end")
    http.warm(f"http://{server.host}/", 4)
    assert len(server.told) == 4


def test_who_waits_for_one_on_its_way_can_be_interrupted() -> None:
    http = Http(lambda: Policy(connect_timeout_s=60))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and says nothing of TLS
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        http.warm(f"https://{host}/", 1)
        interruption = Interruption()
        timer = threading.Timer(0.05, interruption.set)
        timer.start()
        with pytest.raises(HttpError):
            http.get(f"https://{host}/", {}, frozenset({host}), interruption)
        timer.join()
    http.close()
