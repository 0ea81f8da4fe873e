"""Whether a media host may have one more transfer at this moment, and on which way: from us, or through the browser.

A host that is left alone gets nothing from us. One that refuses us is probed afterwards, one transfer at a time, until it is said
to be warm again; meanwhile the browser may have what waits for it. Who may not be asked for the sake of its pace is not asked
through the browser either. Not safe to use from two threads: the scheduler's lock protects it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from threadreel.engine.browser_route.courier import STRETCH_BYTES
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.engine.transfers.slots import Slots
from threadreel.engine.transfers.turns import Way

#: how many more of a host's files the browser may have, when it has so many of this host and so many in all
Room = Callable[[str, int, int], int]


def no_browser(_host: str, _carried: int, _carried_everywhere: int) -> int:
    """The room where no browser helps."""
    return 0


class Admission:
    """The connections of all hosts, and who probes which."""

    def __init__(self, slots_per_host: Callable[[], int], cooldowns: Cooldowns, room: Room) -> None:
        self._slots, self._cooldowns, self._room = Slots(slots_per_host), cooldowns, room
        self._probes: dict[str, Transfer] = {}

    def free(self, way: Way, now: float) -> int:
        """How many more transfers may go this way at this moment."""
        return self._free_from_us(way, now) or self._free_by_browser(way)

    def enter(self, transfer: Transfer, way: Way, now: float) -> int:
        """This transfer goes, from us if it may; the number is for ``slow_down``."""
        host = way[0]
        transfer.is_carried = not self._free_from_us(way, now)
        if transfer.is_carried:
            is_long = (transfer.row.size or STRETCH_BYTES + 1) > STRETCH_BYTES
            transfer.carried_requests = min(2 if is_long else 1, self._slots.spare(host))
            self._slots.carry(host, transfer.carried_requests)
            return 0
        if self._cooldowns.is_refusing(host):
            self._probes[host] = transfer
        return self._slots.take(host)

    def leave(self, transfer: Transfer, host: str) -> None:
        """It is over."""
        if transfer.is_carried:
            self._slots.set_down(host, transfer.carried_requests)
        else:
            self._slots.give_back(host)
        if self.is_probe(transfer, host):
            self.end_probe(host)

    def slow_down(self, host: str, since: int) -> None:
        """The host asked a transfer that went at ``since`` for less."""
        self._slots.slow_down(host, since)

    def served(self, host: str) -> None:
        """The host gave us a file."""
        self._slots.served(host)

    def is_probe(self, transfer: Transfer, host: str) -> bool:
        """Whether this is the transfer that probes the host."""
        return self._probes.get(host) is transfer

    def end_probe(self, host: str) -> None:
        """What is on its way to the host probes it no longer."""
        self._probes.pop(host, None)

    def figures(self) -> list[dict[str, Any]]:
        """Every media host that was asked: ``host``, ``connections`` in use and the ``limit`` for them at this moment."""
        return self._slots.figures()

    def _free_from_us(self, way: Way, now: float) -> int:
        host, is_refused = way
        if is_refused or self._cooldowns.left_s(host, now) > 0:
            return 0
        free = self._slots.free(host)
        if self._cooldowns.is_refusing(host):
            return min(free, int(host not in self._probes))
        return free

    def _free_by_browser(self, way: Way) -> int:
        host, is_refused = way
        if not is_refused and not self._cooldowns.is_refusing(host):
            return 0
        if self._cooldowns.is_pacing(host):
            return 0
        return min(self._slots.spare(host), self._room(host, self._slots.carried(host), self._slots.carried_everywhere))
