"""The part of the extension that fetches for the host, without a browser: asks as one asks, sends chunks within the window.

with HostProcess() as host:
    with FakeBrowser(host, board):
        host.hello(fetches=True)
        ...
"""

import http.client
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlsplit

from board.server import Board
from host_process import HostProcess, Message

_LIMIT_S = 20.0
#: what no program sends by itself
BROWSER_HEADERS = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"}


class FakeBrowser:
    """Answers every ``file.needed`` of a host, each on a thread of its own, until it is closed."""

    def __init__(self, host: HostProcess, board: Board) -> None:
        self._host, self._board = host, board
        self._closing = False
        self._seen = 0
        #: every try, in order
        self.asked: list[Message] = []
        #: how many files the host had asked for and not heard the last of, at most
        self.most_at_once = 0
        self._open: dict[tuple[str | None, str], Message] = {}
        self._lock = threading.Lock()  # protects the two above
        self._thread = threading.Thread(target=self._listen, name="fake-browser", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._host.wake()
        self._thread.join(5)

    def _listen(self) -> None:
        while not self._closing:
            try:
                self._host.wait_until(lambda: self._closing or len(self._host.events) > self._seen, "events", 3600)
            except AssertionError:  # the host is gone
                return
            for event in self._host.events[self._seen :]:
                self._seen += 1
                if event["type"] == "file.needed":
                    self._begin(event)
                elif event["type"] == "file.unneeded":
                    self._end(event)

    def _begin(self, needed: Message) -> None:
        self.asked.append(needed)
        with self._lock:
            self._open[_key(needed)] = needed
            self.most_at_once = max(self.most_at_once, len(self._open))
        threading.Thread(target=self._serve, args=(needed,), name="fake-fetch", daemon=True).start()

    def _end(self, event: Message) -> None:
        """The host need not wait for this file any longer before it asks for another."""
        with self._lock:
            if self._open.get(_key(event)) is event or event["type"] == "file.unneeded":
                self._open.pop(_key(event), None)

    def _serve(self, needed: Message) -> None:
        try:
            Fetch(self._host, needed, self._board.cookie, lambda: self._end(needed)).run()
        except (AssertionError, OSError):  # the host is gone, or the board
            return
        finally:
            self._end(needed)


def _key(event: Message) -> tuple[str | None, str]:
    return event["job"], event["file"]


class Fetch:
    """One file on its way. ``ending`` is called before the last word on it: the host may ask for another on hearing that."""

    def __init__(
        self, host: HostProcess, needed: Message, cookie: str, ending: Callable[[], None] = lambda: None
    ) -> None:
        self._host, self._needed, self._cookie, self._ending = host, needed, cookie, ending
        self._waiting: deque[int] = deque()
        self._has_begun = False

    def run(self) -> None:
        """Fetch it and send it, as long as it is wanted."""
        needed = self._needed
        parts = urlsplit(needed["url"])
        headers = {**BROWSER_HEADERS, "Cookie": self._cookie, "Referer": needed["referer"]}
        if needed["offset"]:
            headers["Range"] = f"bytes={needed['offset']}-"
        connection = http.client.HTTPConnection(parts.netloc, timeout=_LIMIT_S)
        try:
            connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers)
            answer = connection.getresponse()
            self._send_body(answer)
        except (http.client.HTTPException, OSError):
            self._send(needed["offset"], b"", error="network")
        finally:
            connection.close()

    def _send_body(self, answer: http.client.HTTPResponse) -> None:
        if answer.status not in (200, 206):
            wait = answer.headers["Retry-After"]
            self._send(0, b"", status=answer.status, end=True, **({"retry_after": wait} if wait else {}))
            return
        offset = self._needed["offset"] if answer.status == 206 else 0
        first: dict[str, Any] = {"status": answer.status, "size": offset + int(answer.headers["Content-Length"])}
        is_last = False
        while not is_last and self._is_wanted():
            data = answer.read(self._needed["chunk"])
            is_last = len(data) < self._needed["chunk"]
            if not self._send(offset, data, end=is_last, **first):
                return
            offset, first = offset + len(data), {}

    def _send(self, offset: int, data: bytes, **fields: Any) -> bool:
        """Whether it goes on."""
        if len(self._waiting) >= self._needed["window"]:
            reply = self._host.reply(self._waiting.popleft())
            if reply["type"] == "error":
                return False
        if fields.get("end") or fields.get("error"):
            self._ending()
        self._waiting.append(self._host.chunk(self._needed, offset, data, **fields))
        return True

    def _is_wanted(self) -> bool:
        mine = {"type": "file.unneeded", "job": self._needed["job"], "file": self._needed["file"]}
        return mine not in self._host.events
