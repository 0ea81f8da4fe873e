"""The part of the extension that fetches for the host, without a browser: asks as one asks, sends chunks within the window.

with HostProcess() as host:
    with FakeBrowser(host, board):
        host.hello(fetches=True)
        ...
"""

import http.client
import threading
from collections import deque
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
        #: every try, in order, and how many were on their way at most
        self.asked: list[Message] = []
        self.most_at_once = 0
        self._busy = 0
        self._lock = threading.Lock()
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
                    self.asked.append(event)
                    threading.Thread(target=self._serve, args=(event,), name="fake-fetch", daemon=True).start()

    def _serve(self, needed: Message) -> None:
        with self._lock:
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)
        try:
            Fetch(self._host, needed, self._board.cookie).run()
        except (AssertionError, OSError):  # the host is gone, or the board
            return
        finally:
            with self._lock:
                self._busy -= 1


class Fetch:
    """One file on its way."""

    def __init__(self, host: HostProcess, needed: Message, cookie: str) -> None:
        self._host, self._needed, self._cookie = host, needed, cookie
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
            self._send(0, b"", status=answer.status, end=True)
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
        self._waiting.append(self._host.chunk(self._needed, offset, data, **fields))
        return True

    def _is_wanted(self) -> bool:
        mine = {"type": "file.unneeded", "job": self._needed["job"], "file": self._needed["file"]}
        return mine not in self._host.events
