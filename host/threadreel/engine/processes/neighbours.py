"""The other processes of this library: what they ask of us, what becomes of their jobs, and who goes on when one of them dies.

All of it is in the ledger. Four times a second one thread asks SQLite whether anybody else has written, which costs microseconds,
and only then looks what; twice a second it looks whether the processes whose jobs it knows are still alive.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from threadreel.engine.clock import Clock
from threadreel.engine.lifecycle.roster import Roster
from threadreel.engine.processes.foreign_jobs import ForeignJobs
from threadreel.library.command_table import HAND_BACK, Command, CommandTable
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.live_table import Change
from threadreel.library.owner_table import BROWSER, FINISHER, Member, OwnerTable
from threadreel.library.owners import Owner

log = logging.getLogger(__name__)

LOOK_S = 0.25
ROLL_CALL_S = 0.5
#: so many changed jobs are told at one look, the rest at the next
_MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is done about them: obey a command; take over the jobs, of those whose process died, that are wanted."""

    obey: Callable[[Command], None]
    adopt: Callable[[Callable[[JobRow], bool]], object]


class Neighbours:
    """Nothing of it happens before ``join``. Public methods may be called from any thread.

    ``ended`` is called, no lock held, when a job of another process has ended and everybody here was told.
    """

    def __init__(
        self,
        table: JobTable,
        commands: CommandTable,
        owners: OwnerTable,
        owner: Owner,
        roster: Roster,
        foreign_jobs: ForeignJobs,
        clock: Clock,
        deeds: Deeds,
        ended: Callable[[], None],
    ) -> None:
        self._table, self._live, self._commands, self._owners = table, table.live, commands, owners
        self._owner, self._roster, self._foreign_jobs, self._clock = owner, roster, foreign_jobs, clock
        self._deeds, self._ended = deeds, ended
        self._changed = threading.Condition()  # protects joining and stopping
        self._member: Member | None = None
        self._is_stopped = False
        self._thread: threading.Thread | None = None
        self._wants: Callable[[JobRow], bool] = _any
        # Of the one thread
        self._version: int | None = None
        self._seen = 0
        self._roll_call_s = 0.0
        self._given_up: set[str | None] = set()
        self._asked_back: set[str] = set()

    def join(self, member: Member, *, everything: bool, wants: Callable[[JobRow], bool] | None = None) -> bool:
        """From now on this process takes part; False, and it does not, for a second finisher. Twice is once.

        ``everything``: it hears of all jobs and goes on with all that are left behind and wanted; else only with what it follows.
        """
        with self._changed:
            if self._member is not None or self._is_stopped:
                return self._member is not None
            if not self._owners.enter(member):
                return False
            self._member, self._wants = member, wants or _any
            self._commands.sweep()
            self._seen = self._live.newest()
            if everything:
                self._foreign_jobs.begin_with(self._others(self._live.unfinished()))
            self._thread = threading.Thread(target=self._run, name="neighbours", daemon=True)
            self._thread.start()
            return True

    def follow(self, job_ids: Collection[str]) -> None:
        """Whatever happens to these jobs concerns this process."""
        if self._member is not None:
            for job_id in self._foreign_jobs.strangers(job_ids):
                self._foreign_jobs.follow(job_id, self._others(self._live.unfinished(job_id)))

    def _others(self, changes: list[Change]) -> list[Change]:
        return [change for change in changes if change.owner != self._owner.name]

    def stop(self, timeout_s: float) -> bool:
        """Nothing is obeyed, told or taken over any more; whether what had begun ended within the limit."""
        with self._changed:
            self._is_stopped = True
            thread, member, self._member = self._thread, self._member, None
            self._changed.notify_all()
        if thread is not None:
            thread.join(timeout_s)
        if member is not None:
            with contextlib.suppress(sqlite3.Error):  # whoever comes next sweeps it out
                self._owners.leave(member.name)
        return thread is None or not thread.is_alive()

    # On the thread

    def _run(self) -> None:
        while not self._is_stopped:
            try:
                self._look()
            except Exception:  # the top frame: neither one job's defect nor a full disk may make this process deaf
                log.exception("a look at the other processes failed")
                self._version = None
            with self._changed:
                if not self._is_stopped:
                    self._clock.wait(self._changed, LOOK_S)

    def _look(self) -> None:
        version = self._live.version()
        if version != self._version:
            self._version = version
            self._hear()
            self._obey()
            self._ask_back()
        if self._clock.monotonic() >= self._roll_call_s and not self._is_stopped:
            self._roll_call_s = self._clock.monotonic() + ROLL_CALL_S
            self._call_roll()

    def _obey(self) -> None:
        for command in self._commands.of(self._owner.name):
            if self._is_stopped:
                return  # whoever goes on with the job obeys
            self._deeds.obey(command)
            self._commands.done(command.id)

    def _hear(self) -> None:
        changes = self._live.changes(self._seen, _MOST_CHANGES)
        has_any_ended = False
        for change in changes:
            self._seen = change.revision
            has_any_ended |= self._take(change)
        self._foreign_jobs.tell_removed(changes)
        if len(changes) == _MOST_CHANGES:
            self._version = None
        if has_any_ended:
            self._ended()

    def _take(self, change: Change) -> bool:
        """Whether a job of another process ended."""
        if change.owner == self._owner.name or self._roster.here(change.job) is not None:
            self._foreign_jobs.drop(change.job)
            return False
        return self._foreign_jobs.take(change)

    def _ask_back(self) -> None:
        """A finisher gives up its jobs as soon as a browser is there."""
        if self._member is None or self._member.kind != BROWSER:
            return
        for name in self._foreign_jobs.owners() - self._asked_back:
            member = self._owners.member(name)
            if member is not None and member.kind == FINISHER:
                self._commands.ask(member.name, HAND_BACK, {}, self._clock.time())
            if name is not None:
                self._asked_back.add(name)

    def _call_roll(self) -> None:
        """Go on with the jobs of processes that died."""
        dead = {name for name in self._foreign_jobs.owners() - self._given_up if not self._owner.is_alive(name)}
        if not dead:
            return
        left = self._foreign_jobs.of(dead)
        self._deeds.adopt(
            lambda row: row.owner in dead and self._foreign_jobs.concerns(row.id, row.parent) and self._wants(row)
        )
        self._version = None  # what was asked of them is asked of us now
        ended = [job_id for job_id in left if not self._is_still_left(job_id, dead)]
        if ended:
            self._ended()

    def _is_still_left(self, job_id: str, dead: Collection[str | None]) -> bool:
        row = self._table.get(job_id)
        if row is None or row.owner == self._owner.name or self._roster.here(job_id) is not None:
            self._foreign_jobs.drop(job_id)
            return False
        if row.owner in dead and row.finished is None:
            self._given_up.add(row.owner)  # not wanted here, or of a board that left the settings
        return True


def _any(_row: JobRow) -> bool:
    return True
