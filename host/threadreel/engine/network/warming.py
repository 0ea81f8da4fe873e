"""Connections made ahead: while the API is asked which files there are, those that will carry them are opened.

A new connection takes two or three round trips before its first request. No request is sent ahead, and never are more connections
made than transfers will run at once: a transfer that comes while one is on its way waits for that one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from threadreel.engine.network.connections import Connection, Origin
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.pool import Pool
from threadreel.engine.network.processor import resting
from threadreel.errors import HttpError

#: longer than connecting may take by the settings: it ends by itself
_PATIENCE_S = 300.0


class _Coming:
    """A connection on its way; ``connection`` None when ``is_done``: it could not be made."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.interruption = Interruption()
        self.is_done = threading.Event()
        self.connection: Connection | None = None


class Warming:
    """Makes connections in threads of their own (``connect``, daemons, gone when they are made) and leaves them in the pool."""

    def __init__(self, dial: Callable[[Origin, Interruption], Connection], pool: Pool) -> None:
        self._dial, self._pool = dial, pool
        self._lock = threading.Lock()  # protects _coming and _is_closed
        self._coming: list[_Coming] = []
        self._is_closed = False

    def start(self, origin: Origin, count: int) -> None:
        """Have so many connections there, with those that are there or on their way."""
        with self._lock:
            there = self._pool.count(origin) + sum(each.origin == origin for each in self._coming)
            fresh = [] if self._is_closed else [_Coming(origin) for _ in range(count - there)]
            self._coming += fresh
        for coming in fresh:
            try:
                threading.Thread(target=self._make, args=(coming,), name="connect", daemon=True).start()
            except RuntimeError:  # the system allows no more threads: whoever needs the connection makes it
                self._end(coming, None)

    def take(self, origin: Origin, interruption: Interruption) -> Connection | None:
        """A connection that was on its way there, as soon as it is made; None when none is, or it could not be made."""
        with self._lock:
            coming = next((each for each in self._coming if each.origin == origin), None)
            if coming is None:
                return None
            self._coming.remove(coming)
        interruption.watch(coming.interruption.set)
        with resting():
            is_made = coming.is_done.wait(_PATIENCE_S)
        interruption.watch(None)
        return coming.connection if is_made else None

    def close(self) -> None:
        """Nothing is made ahead any more."""
        with self._lock:
            self._is_closed = True
            coming = list(self._coming)
        for each in coming:
            each.interruption.set()

    def _make(self, coming: _Coming) -> None:
        connection = None
        try:
            connection = self._dial(coming.origin, coming.interruption)
        except (OSError, HttpError):
            pass  # whoever needs it makes it, and is told why that fails
        finally:
            self._end(coming, connection)

    def _end(self, coming: _Coming, connection: Connection | None) -> None:
        with self._lock:
            is_taken = coming not in self._coming
            if not is_taken:
                self._coming.remove(coming)
        coming.connection = connection
        coming.is_done.set()
        if connection is not None and not is_taken:
            self._pool.keep(connection)
