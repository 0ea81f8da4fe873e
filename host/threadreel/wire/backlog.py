"""What waits for the browser, and in which order: replies, the newest state of each thing, log lines. Not thread-safe.

What comes out is what went in, in that order, with overtaken messages left out. The one liberty: between two ordered
messages the newest state takes the place of the one it overtakes, so that a busy key does not push itself to the back;
past an ordered message it moves to the end, for an answer that shows an older state must not arrive after a newer one.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

Message = dict[str, Any]
Merge = Callable[[Message, Message], Message]

LOG_TEXT_BYTES = 4096


class _Waiting(NamedTuple):
    message: Message
    key: Hashable | None


class Backlog:
    """At most ``limit`` messages, unless more are replies, endings and states of different keys: only log lines go."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: OrderedDict[int, _Waiting] = OrderedDict()
        self._tickets: dict[Hashable, int] = {}
        self._logs: deque[int] = deque()
        self._next_ticket = 0
        self._last_ordered = -1
        self._dropped_logs = 0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, message: Message) -> None:
        """Queue a message that is not overtaken. A log line is cut to 4 KiB and may be dropped, oldest first."""
        if message.get("type") == "log":
            self._logs.append(self._append({**message, "text": shortened(message["text"])}))
        else:
            self._last_ordered = self._append(message)
        self._drop_logs()

    def add_latest(self, key: Hashable, message: Message, merge: Merge | None = None) -> None:
        """Queue the newest state of ``key`` for the waiting one, or what ``merge(waiting, message)`` makes of both."""
        ticket = self._tickets.get(key)
        if ticket is None:
            self._tickets[key] = self._append(message, key)
            self._drop_logs()
            return
        newest = merge(self._queue[ticket].message, message) if merge else message
        if ticket > self._last_ordered:
            self._queue[ticket] = _Waiting(newest, key)
        else:
            del self._queue[ticket]
            self._tickets[key] = self._append(newest, key)

    def pop(self) -> Message | None:
        """The next message, None when nothing waits. A log line carries the count of those dropped before it."""
        if not self._queue:
            return None
        ticket, (message, key) = self._queue.popitem(last=False)
        if key is not None:
            del self._tickets[key]
        if self._logs and self._logs[0] == ticket:
            self._logs.popleft()
            message = {**message, "dropped": message.get("dropped", 0) + self._dropped_logs}
            self._dropped_logs = 0
        return message

    def clear(self) -> None:
        """Forget everything that waits."""
        self._queue.clear()
        self._tickets.clear()
        self._logs.clear()

    def _append(self, message: Message, key: Hashable | None = None) -> int:
        ticket = self._next_ticket
        self._next_ticket += 1
        self._queue[ticket] = _Waiting(message, key)
        return ticket

    def _drop_logs(self) -> None:
        while len(self._queue) > self._limit and self._logs:
            lost = self._queue.pop(self._logs.popleft()).message
            self._dropped_logs += 1 + lost.get("dropped", 0)


def shortened(text: str) -> str:
    """``text`` cut to 4 KiB of UTF-8, with an ellipsis where something was cut."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= LOG_TEXT_BYTES:
        return text
    return data[: LOG_TEXT_BYTES - len("…".encode())].decode("utf-8", "ignore") + "…"
