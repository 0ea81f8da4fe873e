"""Which hosts are left alone, and until when: what this process found out, and what the others wrote into the ledger.

A cooldown holds here at once, while it is on its way into the ledger, and every process looks for those of others before it serves
a file: at the version of the ledger a hundred times a second at most, at the cooldowns only when that has changed.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

from threadreel.engine.clock import Clock
from threadreel.engine.timers import Timers
from threadreel.library.pace_table import PaceTable, Pause

log = logging.getLogger(__name__)

#: how often at most the ledger is looked at
LOOK_S = 0.01


class Cooldowns:
    """By host. ``over`` is called, on the thread of the timers, when one has passed. Methods may be called from any thread."""

    def __init__(self, paces: PaceTable, clock: Clock, timers: Timers, over: Callable[[], None]) -> None:
        self._paces, self._clock, self._timers, self._over = paces, clock, timers, over
        self._lock = threading.Lock()  # the ledger, and what is known of it, are changed together
        self._known: dict[tuple[str, bool], float] = {}  # by host and whether it refuses: until, Unix seconds
        self._ends: dict[str, float] = {}  # monotonic
        self._version = -1
        self._look_at = 0.0

    def begin(self, host: str, seconds: float, *, is_refusing: bool = False) -> None:
        """Nobody asks this host for so long; if ``is_refusing``, nobody asks it for files, and it is probed afterwards."""
        pause = Pause(host, self._clock.time() + seconds, is_refusing)
        # before the ledger, which may keep us waiting: everybody whose file was just refused is about to ask for the next
        self._ends[host] = max(self._ends.get(host, 0.0), self._clock.monotonic() + seconds)
        with self._lock:
            try:
                (self._paces.refuse if is_refusing else self._paces.cool_down)(host, pause.until)
            except sqlite3.Error as error:
                log.warning("the cooldown of %s holds in this process only: %s", host, error)
            self._note(pause)

    def warm_up(self, host: str) -> None:
        """The host refuses no longer."""
        with self._lock:
            try:
                self._paces.warm_up(host)
            except sqlite3.Error as error:
                log.warning("that %s gives files again is known in this process only: %s", host, error)
            self._forget(host)

    def look(self, *, at_once: bool = False) -> list[tuple[str, bool]]:
        """What other processes found out since: hosts that refuse (True, again with each longer cooldown) or no longer do.

        Usually nothing, at next to no cost; ``at_once``: even if somebody has just looked.
        """
        now = self._clock.monotonic()
        if (now < self._look_at and not at_once) or not self._lock.acquire(blocking=at_once):
            return []
        try:
            self._look_at = now + LOOK_S
            version = self._paces.version()
            if version == self._version:
                return []
            self._version = version
            return self._compare(self._paces.pauses(self._clock.time()))
        except sqlite3.Error as error:
            log.warning("the ledger cannot be read at the moment: %s", error)
            return []
        finally:
            self._lock.release()

    def left_s(self, host: str, now: float) -> float:
        """Seconds for which the host is still left alone, at this monotonic moment; 0 or less when it may be asked."""
        return self._ends.get(host, now) - now

    def left(self) -> dict[str, float]:
        """The seconds of every host that is left alone."""
        now = self._clock.monotonic()
        return {host: end - now for host, end in self._ends.copy().items() if end > now} if self._ends else {}

    def is_pacing(self, host: str) -> bool:
        """Whether the host asked to wait, which is something else than to refuse us."""
        return self._known.get((host, False), 0.0) > self._clock.time()

    def is_refusing(self, host: str) -> bool:
        """Whether the host refused files and has given none since."""
        return (host, True) in self._known

    def _compare(self, pauses: list[Pause]) -> list[tuple[str, bool]]:
        found = {(pause.host, pause.is_refusing): pause for pause in pauses}
        warm = [host for host, is_refusing in self._known if is_refusing and (host, True) not in found]
        longer = [pause for key, pause in found.items() if pause.until > self._known.get(key, 0.0)]
        for host in warm:
            self._forget(host)
        for pause in longer:
            self._note(pause)
        return [(host, False) for host in warm] + [(pause.host, True) for pause in longer if pause.is_refusing]

    def _note(self, pause: Pause) -> None:
        key, now = (pause.host, pause.is_refusing), self._clock.monotonic()
        self._known[key] = max(self._known.get(key, 0.0), pause.until)
        left_s = self._known[key] - self._clock.time()
        self._ends[pause.host] = max(self._ends.get(pause.host, 0.0), now + left_s)
        self._timers.after(("cooldown", *key), left_s, self._over)

    def _forget(self, host: str) -> None:
        """It refuses no longer; that it asked to wait holds."""
        if self._known.pop((host, True), None) is not None:
            until = self._known.get((host, False), 0.0)
            self._ends[host] = self._clock.monotonic() + until - self._clock.time()
