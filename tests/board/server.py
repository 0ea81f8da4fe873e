"""A board on loopback, under its own address and under real names, that misbehaves on demand and records every request.

board.add(plain_thread(files=3))
board.script("/g/*.png", cut(after=1000), status(503), then=fine())     # first and second request of each path
board.requests("/g/*.png")                                              # what happened
"""

import json
import re
import secrets
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from board.certificates import Certificate, make_certificate
from board.delivery import deliver
from board.exchange import Exchange, Fault
from board.faults import fine, status, unless_browser
from board.proxy import Proxy
from board.record import Entry, Record
from board.threads import catalog
from threadreel.demo.answers import Answer, Request, Resource, text_answer
from threadreel.demo.board import SampleBoard
from threadreel.demo.page import Thread
from threadreel.demo.serving import BoardServer, LoopbackServer, Wire

REAL_NAMES = ("a.4cdn.org", "i.4cdn.org", "boards.4chan.org", "boards.4channel.org", "is2.4chan.org")

_LISTING_API = re.compile(r"/([a-z0-9]+)/(catalog|archive)\.json")

#: which requests a script is about: a shell pattern of the path, or a function
Where = str | Callable[[Request], bool]


class Board(SampleBoard):
    """Honest until told otherwise. ``directory`` is for the certificate, when none is given."""

    media_root = "https://i.4cdn.org"
    #: how often threads came or went: the time of the catalog
    _changes = 0

    def __init__(
        self, directory: Path, threads: Iterable[Thread] = (), *, certificate: Certificate | None = None
    ) -> None:
        super().__init__(threads)
        self.record = Record()
        self.requests = self.record.requests
        self.wait_until = self.record.wait_until
        #: seconds before each answer, and before each new connection is served
        self.latency_s = 0.0
        self.connection_delay_s = 0.0
        #: what pages give a browser to keep, as a Cookie header has it; see ``serve_only_browsers``
        self.cookie = f"visitor={secrets.token_hex(8)}"
        #: what time it is; a test that owns time puts its own clock here
        self.monotonic = time.monotonic
        self._certificate = certificate or make_certificate(directory, REAL_NAMES)
        self._lock = threading.Lock()
        self._scripts: list[_Script] = []
        self._gates: list[threading.Event] = []
        self._archives: dict[str, tuple[int, ...]] = {}
        tls = self._certificate.server_context()
        self._media_server, self._stranger, self._tls_server = self.listener(), self.listener(), self.listener(tls)
        routes = {f"{name}:80": self._server.port for name in REAL_NAMES}
        routes |= {f"{name}:443": self._tls_server.port for name in REAL_NAMES}
        routes |= {
            f"127.0.0.1:{port}": port for port in (self._server.port, self._media_server.port, self._stranger.port)
        }
        self._proxy = Proxy(routes)
        self._hosts = {name.rsplit(":", 1)[0] for name in routes} | set(routes)

    # Addresses

    @property
    def http_port(self) -> int:
        """Where plain HTTP for the real names is served."""
        return self._server.port

    @property
    def https_port(self) -> int:
        """Where HTTPS for the real names is served."""
        return self._tls_server.port

    @property
    def host(self) -> str:
        """``host:port`` of pages and API when the board goes by its own address."""
        return f"127.0.0.1:{self._server.port}"

    @property
    def media_host(self) -> str:
        """``host:port`` of media when the board goes by its own address."""
        return f"127.0.0.1:{self._media_server.port}"

    @property
    def stranger(self) -> str:
        """``host:port`` of a server that answers everything and is no host of the site: for redirects."""
        return f"127.0.0.1:{self._stranger.port}"

    @property
    def refused(self) -> list[str]:
        """``host:port`` of everything the proxy was asked for that is not this board."""
        return self._proxy.refused

    def settings_board(self, name: str = "sample") -> dict[str, str]:
        """This board, by its own address over plain HTTP, as one entry of the setting ``boards``."""
        return self.settings_entry(name) | {"media": f"http://{self.media_host}"}

    def real_url(self, thread: Thread) -> str:
        """The page of a thread under its real name."""
        return f"https://boards.4chan.org/{thread.board}/thread/{thread.no}"

    def environment(self) -> dict[str, str]:
        """The variables with which a process reaches this board, and nothing else, under the real names."""
        proxy = self._proxy.address
        both_cases = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
        authority = str(self._certificate.authority)
        return both_cases | {
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": authority,
            "SSL_CERT_FILE": authority,
        }

    # Misbehaviour

    def script(self, where: Where, *faults: Fault, then: Fault | None = None, each_path: bool = True) -> None:
        """Spoil the first, second ... request of each path that matches, and with ``then`` all later ones.

        Without ``each_path`` the requests of all matching paths count together. Requests are counted from now on. A
        script given later goes before one given earlier.
        """
        with self._lock:
            self._scripts.insert(0, _Script(where, faults, then or fine(), each_path))

    def always(self, where: Where, fault: Fault) -> None:
        """Spoil every request that matches."""
        self.script(where, then=fault)

    def serve_only_browsers(self, refusal: Fault | None = None, where: Where | None = None) -> None:
        """Refuse media, or the requests that match, with 429 or ``refusal``, unless a browser asks that was on a page here.

        It is known by the page's cookie and by Sec-Fetch headers.
        """
        self.always(where or self.is_media, unless_browser(self.cookie, refusal or status(429)))

    def behave(self) -> None:
        """Forget all scripts."""
        with self._lock:
            self._scripts.clear()

    def is_media(self, request: Request) -> bool:
        """A ``where``: requests for media."""
        return request.path in self._media

    def gate(self) -> threading.Event:
        """An event for ``stall``; the board sets it when it closes, so that nothing waits for ever."""
        gate = threading.Event()
        self._gates.append(gate)
        return gate

    # Listings

    def list_archive(self, name: str, *threads: int) -> str:
        """The board ``name`` has an archive of these threads; the address of its page."""
        self._archives[name] = threads
        return f"{self.root}/{name}/archive"

    def add(self, thread: Thread) -> None:
        super().add(thread)
        self._changes += 1

    def remove(self, thread: Thread) -> None:
        """The board has this thread no more; its files stay, as they do for a while on real ones."""
        self._threads.pop((thread.board, thread.no), None)
        self._changes += 1

    def find(self, path: str) -> Resource | None:
        found = _LISTING_API.fullmatch(path)
        if found is None:
            return super().find(path)
        name, kind = found.groups()
        if kind == "catalog":
            threads = [thread for thread in self._threads.values() if thread.board == name]
            return _listing(catalog(threads), self._changes)
        return _listing(list(self._archives[name]), 0) if name in self._archives else None

    # Serving

    def listener(self, tls: ssl.SSLContext | None = None) -> BoardServer:
        return _Server(self, tls)

    def start(self) -> None:
        for server in self._servers():
            server.start()

    def close(self) -> None:
        self.closing.set()
        for gate in self._gates:
            gate.set()
        for server in self._servers():
            server.close()

    def respond(self, request: Request, wire: Wire) -> None:
        entry = Entry(
            self.monotonic(), request.scheme, request.host, request.method, request.path, request.query, request.headers
        )
        self.record.began(entry, wire.connection)
        try:
            self.closing.wait(self.latency_s)
            exchange = Exchange(request, self.find(request.path), self._honest_answer(request))
            if request.host not in self._hosts:
                exchange.answer = text_answer(421, "Misdirected Request\n", "text/plain")
            else:
                self._fault_for(request)(exchange)
            entry.status = exchange.answer.status
            deliver(exchange, wire, self.closing)
        finally:
            self.record.ended(entry, self.monotonic(), wire.body_bytes)

    def _honest_answer(self, request: Request) -> Answer:
        answer = self.honest_answer(request)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            answer.headers["Set-Cookie"] = f"{self.cookie}; Path=/; Max-Age=3600; HttpOnly"
        return answer

    def _servers(self) -> tuple[LoopbackServer, ...]:
        return (self._server, self._media_server, self._stranger, self._tls_server, self._proxy)

    def _fault_for(self, request: Request) -> Fault:
        with self._lock:
            script = next((script for script in self._scripts if script.matches(request)), None)
            return script.next_fault(request.path) if script else fine()


@dataclass(slots=True)
class _Script:
    where: Where
    faults: tuple[Fault, ...]
    then: Fault
    each_path: bool
    seen: Counter[str] = field(default_factory=Counter)

    def matches(self, request: Request) -> bool:
        return fnmatchcase(request.path, self.where) if isinstance(self.where, str) else self.where(request)

    def next_fault(self, path: str) -> Fault:
        key = path if self.each_path else ""
        number = self.seen[key]
        self.seen[key] += 1
        return self.faults[number] if number < len(self.faults) else self.then


class _Server(BoardServer):
    """Tells the record when a connection is over."""

    def __init__(self, board: Board, tls: ssl.SSLContext | None) -> None:
        super().__init__(board.respond, tls)
        self._board = board

    def converse(self, connection: socket.socket, address: Any) -> None:
        self._board.closing.wait(self._board.connection_delay_s)
        try:
            super().converse(connection, address)
        finally:
            self._board.record.disconnected(connection)


def _listing(answer: object, modified: int) -> Resource:
    return Resource(json.dumps(answer).encode(), "application/json", modified, compressible=True)
