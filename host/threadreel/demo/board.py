"""An honest imageboard of the 4chan software's shape, on loopback: thread API, thread pages and media.

The demo shows it to a browser and to the host. The board of the tests is this one, made to misbehave.
"""

from __future__ import annotations

import json
import mimetypes
import re
import ssl
import threading
from collections.abc import Iterable
from typing import Self

from threadreel.demo.answers import Answer, Request, Resource, resource_answer, text_answer
from threadreel.demo.page import Thread, index_page, thread_page
from threadreel.demo.serving import BoardServer, Wire

_THREAD_API = re.compile(r"/([a-z0-9]+)/thread/(\d+)\.json\Z")
_THREAD_PAGE = re.compile(r"/([a-z0-9]+)/thread/(\d+)(?:/[^/]*)?/?\Z")


class SampleBoard:
    """Serves threads on a random port of 127.0.0.1 from ``start`` to ``close``; a context manager does both."""

    #: what stands before media paths in the pages
    media_root = ""

    def __init__(self, threads: Iterable[Thread] = (), *, rate_bytes_per_s: float = 0) -> None:
        """``rate_bytes_per_s`` limits each media answer, so that a demo can be watched; 0 is no limit."""
        self.closing = threading.Event()
        self._rate_bytes_per_s = rate_bytes_per_s
        self._threads: dict[tuple[str, int], Thread] = {}
        self._media: dict[str, Resource] = {}
        self._server = self.listener()
        for thread in threads:
            self.add(thread)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def root(self) -> str:
        """The root of pages, API and media alike, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.port}"

    def thread_url(self, thread: Thread) -> str:
        """The page of a thread."""
        return f"{self.root}/{thread.board}/thread/{thread.no}"

    def settings_entry(self, name: str = "sample") -> dict[str, str]:
        """This board as one entry of the setting ``boards``."""
        return {"name": name, "software": "4chan", "page": self.root, "api": self.root, "media": self.root}

    def add(self, thread: Thread) -> None:
        """Serve this thread from now on, in place of an earlier one of its number."""
        self._threads[thread.board, thread.no] = thread
        for path, body in thread.media().items():
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            self._media[path] = Resource(body, kind, thread.modified)

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def close(self) -> None:
        """Stop: no connection and no thread of the board is left."""
        self.closing.set()
        self._server.close()

    def listener(self, tls: ssl.SSLContext | None = None) -> BoardServer:
        """A server, not started yet, whose requests come to ``respond``."""
        return BoardServer(self.respond, tls)

    def respond(self, request: Request, wire: Wire) -> None:
        """Answer one request; called in the thread of its connection."""
        rate = self._rate_bytes_per_s if request.path in self._media else 0
        wire.send(self.honest_answer(request), head_only=request.method == "HEAD", rate=rate, stop=self.closing)

    def honest_answer(self, request: Request) -> Answer:
        """What a board without faults answers."""
        resource = self.find(request.path)
        return resource_answer(request, resource) if resource else text_answer(404, "<h1>404 Not Found</h1>")

    def find(self, path: str) -> Resource | None:
        """What is at this path of the board, if anything."""
        if path in self._media:
            return self._media[path]
        if path == "/":
            return _html(index_page(self._threads.values()), modified=0)
        api, page = _THREAD_API.match(path), _THREAD_PAGE.match(path)
        found = api or page
        thread = self._threads.get((found[1], int(found[2]))) if found else None
        if thread is None:
            return None
        return (
            _json(thread.answer(), thread.modified)
            if api
            else _html(thread_page(thread, self.media_root), thread.modified)
        )


def _json(answer: object, modified: int) -> Resource:
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    return Resource(body, "application/json", modified, compressible=True)


def _html(page: str, modified: int) -> Resource:
    return Resource(page.encode(), "text/html; charset=utf-8", modified, compressible=True)
