"""The pace of each host, shared by all processes through the ledger: who may ask an API now, and which hosts are left alone.

One question to an API host is on its way at a time, over all processes, and the next one leaves ``interval_s`` after its answer
came: so the server never sees two that are closer, however long each was on its way. Processes that want to ask stand in line
and take turns; one that was killed, or does not come to an end, is passed over.

A host that asks to wait is left alone by everybody until then. One that refuses one file after the other has a row of its own
as long as it does: what else is asked there goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from threadreel.library.ledger import Ledger

#: how long the first in line may take before the next one goes ahead
ASKING_S = 45.0
#: a moment further ahead than this comes from a clock that was set back; a refusal longer ago than this is forgotten
HORIZON_S = 3600.0
#: how often somebody who waits looks whether the first in line is done, or dead
LOOK_AGAIN_S = 0.25
#: what a host's row for refused files is called: no host has a space in its name
_REFUSES = " refuses"


@dataclass(frozen=True, slots=True)
class Pause:
    """A host that is left alone until ``until`` (Unix seconds); ``is_refusing``: only its files, and it is probed afterwards."""

    host: str
    until: float
    is_refusing: bool


@dataclass(frozen=True, slots=True)
class _Pace:
    """One API host: when the next question may leave, and who stands in line, the first of them since ``asked``."""

    next: float = 0.0
    cooldown: float = 0.0
    asked: float = 0.0
    line: tuple[str, ...] = ()

    def without(self, name: str, now: float) -> _Pace:
        """The next in line, if it was the first that left, has its full time."""
        left = tuple(each for each in self.line if each != name)
        return replace(self, line=left, asked=now if self.line[:1] == (name,) else self.asked)

    def slot(self, now: float, interval_s: float) -> float:
        """When the next question may leave. Nobody leaves a moment further ahead than a clock that was set back does."""
        free = self.next if self.next - now <= interval_s else now
        return max(now, free, self.cooldown if self.cooldown - now < HORIZON_S else now)


class PaceTable:
    """The paces, as the process that calls itself ``asker`` keeps to them."""

    def __init__(self, ledger: Ledger, asker: str, is_alive: Callable[[str], bool]) -> None:
        """``is_alive`` says whether the process of such a name still lives. A name has no space in it."""
        self._ledger, self._asker, self._is_alive = ledger, asker, is_alive

    # Who asks an API

    def claim(self, host: str, interval_s: float, time: Callable[[], float]) -> float:
        """Stand in line for this host. 0: ask now, and tell ``answered``; else look again after so many seconds.

        ``time`` is read once the ledger is ours: others may have asked while we waited for it.
        """
        with self._ledger.transaction():
            now = time()
            before = pace = self._pace(host)
            while pace.line and self._is_overdue(pace, now):
                # what it asked may have reached the server just now
                pace = replace(pace.without(pace.line[0], now), next=now + interval_s)
            if self._asker not in pace.line:
                pace = replace(pace, line=(*pace.line, self._asker), asked=pace.asked if pace.line else now)
            wait_s = pace.slot(now, interval_s) - now
            if pace.line[0] != self._asker:
                wait_s = max(wait_s, LOOK_AGAIN_S)
            elif wait_s <= 0:
                pace = replace(pace, asked=now, next=now + interval_s)
            if pace != before:
                self._keep(host, pace)
            return max(0.0, wait_s)

    def answered(self, host: str, interval_s: float, now: float) -> None:
        """The answer is here, or will never be: another may ask ``interval_s`` from now."""
        with self._ledger.transaction():
            pace = self._pace(host)
            later = max(now + interval_s, pace.next if pace.next - now <= interval_s else 0.0)
            self._keep(host, replace(pace.without(self._asker, now), next=later))

    def leave(self, host: str, now: float) -> None:
        """We do not want to ask any more."""
        with self._ledger.transaction():
            self._keep(host, self._pace(host).without(self._asker, now))

    def _is_overdue(self, pace: _Pace, now: float) -> bool:
        """Whether the first in line is passed over: another process that has died, or could have been through long ago."""
        first = pace.line[0]
        since = max(pace.asked, pace.cooldown if pace.cooldown - now < HORIZON_S else 0.0)
        return first != self._asker and (not -HORIZON_S < now - since < ASKING_S or not self._is_alive(first))

    def _pace(self, host: str) -> _Pace:
        row = self._ledger.row("SELECT next, cooldown, asked, asker FROM paces WHERE host = ?", (host,))
        return _Pace(row["next"], row["cooldown"], row["asked"], tuple(row["asker"].split())) if row else _Pace()

    def _keep(self, host: str, pace: _Pace) -> None:
        self._ledger.run(
            "INSERT INTO paces (host, next, cooldown, asked, asker) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (host)"
            " DO UPDATE SET next = ?2, asked = ?4, asker = ?5",
            (host, pace.next, pace.cooldown, pace.asked, " ".join(pace.line)),
        )

    # Which hosts are left alone

    def cool_down(self, host: str, until: float) -> None:
        """No process asks this host for anything before ``until``; a later moment that is known already holds."""
        self._ledger.run(
            "INSERT INTO paces (host, next, cooldown) VALUES (?1, 0, ?2) ON CONFLICT (host)"
            " DO UPDATE SET cooldown = iif(cooldown - ?2 < ?3, max(cooldown, ?2), ?2)",
            (host, until, HORIZON_S),
        )

    def refuse(self, host: str, until: float) -> None:
        """No process asks this host for files before ``until``, and then one at a time, until ``warm_up``."""
        self.cool_down(host + _REFUSES, until)

    def warm_up(self, host: str) -> None:
        """The host gives files again."""
        self._ledger.run("DELETE FROM paces WHERE host = ?", (host + _REFUSES,))

    def pauses(self, now: float) -> list[Pause]:
        """Every host that is left alone, and those that are probed since. Does not see what waits to be written."""
        rows = self._ledger.settled_rows(
            "SELECT host, cooldown FROM paces WHERE cooldown > ?1 AND cooldown < ?2", (now - HORIZON_S, now + HORIZON_S)
        )
        found = [
            Pause(row["host"].removesuffix(_REFUSES), row["cooldown"], row["host"].endswith(_REFUSES)) for row in rows
        ]
        return [pause for pause in found if pause.is_refusing or pause.until > now]

    def version(self) -> int:
        """Another number whenever another process has written (https://www.sqlite.org/pragma.html#pragma_data_version)."""
        return int(self._ledger.settled_rows("PRAGMA data_version")[0][0])
