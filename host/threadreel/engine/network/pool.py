"""The connections of a session: which are lent, and which are idle and may carry the next request."""

from __future__ import annotations

import threading
from collections import Counter
from time import monotonic

from threadreel.engine.network.connections import Connection, Origin

#: a server closes what it thinks idle after seconds; a connection that rested for less, and ends, was hung up on purpose
STALE_AFTER_S = 1.0


class Pool:
    """Who has which connection: those that are lent, and the idle ones, at most so many.

    The one used last is taken first, the one idle longest closed first.
    """

    def __init__(self, most_idle: int) -> None:
        self._most_idle = most_idle
        self._lock = threading.Lock()  # protects all below
        self._idle: list[Connection] = []
        self._lent: Counter[Origin] = Counter()
        self._is_closed = False

    def take(self, origin: Origin) -> Connection | None:
        """Borrow an idle connection that leads there, if there is one."""
        while True:
            with self._lock:
                found = next((each for each in reversed(self._idle) if each.origin == origin), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if found.is_idle():
                found.is_maybe_stale = monotonic() - found.rests_since > STALE_AFTER_S
                return self.lend(found)
            found.close()

    def lend(self, connection: Connection) -> Connection:
        """A new one, borrowed from now on."""
        with self._lock:
            self._lent[connection.origin] += 1
        return connection

    def give_back(self, connection: Connection, *, may_go_on: bool) -> None:
        """What was borrowed is not needed any more; it ``may_go_on`` with somebody's next request, or is closed."""
        with self._lock:
            self._lent[connection.origin] -= 1
        if may_go_on:
            self.keep(connection)
        else:
            connection.close()

    def keep(self, connection: Connection) -> None:
        """It is idle and may carry a request."""
        connection.rests_since = monotonic()
        with self._lock:
            self._idle.append(connection)
            surplus = self._idle[:] if self._is_closed else self._idle[: -self._most_idle]
            del self._idle[: len(surplus)]
        for each in surplus:
            each.close()

    def count(self, origin: Origin) -> int:
        """How many connections lead there, idle or lent."""
        with self._lock:
            return self._lent[origin] + sum(each.origin == origin for each in self._idle)

    def close(self) -> None:
        """Nothing is kept any more."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
