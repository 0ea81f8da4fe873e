"""What a board was asked: one entry a request, in order of arrival, and how many connections each host had at once."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Entry:
    """A request. Times are monotonic; while it is not answered ``status`` is 0 and ``ended_s`` None."""

    began_s: float
    scheme: str
    host: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    status: int = 0
    body_bytes: int = 0
    ended_s: float | None = None

    @property
    def target(self) -> str:
        """Path, and query when there is one."""
        return f"{self.path}?{self.query}" if self.query else self.path


class Record:
    """The entries; safe to read while requests arrive."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._entries: list[Entry] = []
        self._host_of: dict[object, str] = {}
        self._open: Counter[str] = Counter()
        self._peak: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()
        self._busiest: Counter[str] = Counter()

    def began(self, entry: Entry, connection: object) -> None:
        """A request has arrived on this connection."""
        with self._changed:
            self._entries.append(entry)
            if connection not in self._host_of:
                self._host_of[connection] = entry.host
                self._open[entry.host] += 1
                self._peak[entry.host] = max(self._peak[entry.host], self._open[entry.host])
            self._in_flight[entry.host] += 1
            self._busiest[entry.host] = max(self._busiest[entry.host], self._in_flight[entry.host])
            self._changed.notify_all()

    def ended(self, entry: Entry, now_s: float, body_bytes: int) -> None:
        """Nothing more will be sent for this request."""
        with self._changed:
            entry.ended_s, entry.body_bytes = now_s, body_bytes
            self._in_flight[entry.host] -= 1
            self._changed.notify_all()

    def disconnected(self, connection: object) -> None:
        """The connection is over."""
        with self._changed:
            host = self._host_of.pop(connection, None)
            if host is not None:
                self._open[host] -= 1
            self._changed.notify_all()

    def requests(self, path: str = "*", host: str = "*", method: str = "*") -> list[Entry]:
        """The entries that match these shell patterns."""
        with self._changed:
            return [
                entry
                for entry in self._entries
                if fnmatchcase(entry.path, path) and fnmatchcase(entry.host, host) and fnmatchcase(entry.method, method)
            ]

    def clear(self) -> None:
        """Forget the entries and peaks so far."""
        with self._changed:
            self._entries.clear()
            self._peak = Counter(self._open)
            self._busiest = Counter(self._in_flight)

    def open_connections(self, host: str) -> int:
        """Connections that have carried a request to this host and are still open."""
        return self._open[host]

    def most_connections(self, host: str) -> int:
        """The most connections to this host that were open at once."""
        return self._peak[host]

    def most_requests(self, host: str) -> int:
        """The most requests to this host that were unanswered at once."""
        return self._busiest[host]

    def wait_until(
        self, condition: Callable[[], T], what: str = "the board's record to show it", timeout_s: float = 10
    ) -> T:
        """What ``condition`` returns once it is true; looked at whenever a request arrives or ends."""
        value: T | None = None

        def seen() -> bool:
            nonlocal value
            value = condition()
            return bool(value)

        with self._changed:
            assert self._changed.wait_for(seen, timeout_s), f"waited {timeout_s} s in vain for: {what}"
        assert value is not None
        return value
