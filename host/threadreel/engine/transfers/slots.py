"""How many connections each media host may have from this process: fewer when it says that it is too much, then slowly more again.

A host begins with what the settings allow. Asked to slow down (429, 503) it has half as many, and one more for every
``SERVED_EACH`` files that each of them then brings. One that brings nothing counts until its read timeout: a server that allows
only one would refuse another as too much once more. Not safe to use from two threads: the scheduler's lock protects it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: so many files in a row, for each connection, before there is one more
SERVED_EACH = 8


@dataclass(slots=True)
class _Host:
    busy: int = 0
    carried: int = 0
    requests: int = 0
    reduced: int | None = None
    served: int = 0
    era: int = 0


class Slots:
    """The connections in use, by host. ``most`` is asked anew each time: the setting may change."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._hosts: dict[str, _Host] = {}

    def free(self, host: str) -> int:
        """How many more connections the host may have."""
        found = self._hosts.get(host)
        return self._most() if found is None else max(0, min(self._limit(found) - found.busy, self.spare(host)))

    def spare(self, host: str) -> int:
        """How many more the settings allow, those of the browser included: what a host that refuses us asked of us is not meant."""
        found = self._hosts.get(host)
        return self._most() if found is None else max(0, self._most() - found.busy - found.requests)

    def take(self, host: str) -> int:
        """One more connection is in use; the number says since when, for ``slow_down``."""
        found = self._hosts.setdefault(host, _Host())
        found.busy += 1
        return found.era

    def give_back(self, host: str) -> None:
        """It is in use no longer."""
        self._hosts[host].busy -= 1

    def carry(self, host: str, requests: int) -> None:
        """The browser has one more, for which it may have so many requests at once."""
        found = self._hosts.setdefault(host, _Host())
        found.carried += 1
        found.requests += requests

    def set_down(self, host: str, requests: int) -> None:
        """The browser has it no longer."""
        self._hosts[host].carried -= 1
        self._hosts[host].requests -= requests

    def carried(self, host: str) -> int:
        """How many of this host's the browser has."""
        found = self._hosts.get(host)
        return 0 if found is None else found.carried

    @property
    def carried_everywhere(self) -> int:
        """How many the browser has."""
        return sum(found.carried for found in self._hosts.values())

    def slow_down(self, host: str, since: int) -> None:
        """The host asked a connection that is in use since then for less: all that complain of one moment are heard once."""
        found = self._hosts[host]
        if found.era == since:
            found.reduced, found.served, found.era = max(1, self._limit(found) // 2), 0, since + 1

    def served(self, host: str) -> None:
        """The host gave a file."""
        found = self._hosts.get(host)
        if found is None or found.reduced is None:
            return
        found.served += 1
        if found.served >= SERVED_EACH * self._limit(found):
            found.reduced, found.served = self._limit(found) + 1, 0
            if found.reduced >= self._most():
                found.reduced = None

    def figures(self) -> list[dict[str, Any]]:
        """For each host that was asked so far: ``host``, ``connections`` in use, and their ``limit`` now."""
        return [
            {"host": name, "connections": found.busy, "limit": self._limit(found)}
            for name, found in self._hosts.items()
        ]

    def _limit(self, host: _Host) -> int:
        return self._most() if host.reduced is None else min(host.reduced, self._most())
