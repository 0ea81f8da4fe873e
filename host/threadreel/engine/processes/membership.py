"""This engine as one of the processes that share a library, wired: what it asks of the others, hears of them and does for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection

from threadreel.engine.base_wiring import BaseParts
from threadreel.engine.lifecycle.controls import Controls
from threadreel.engine.lifecycle.dispatch import Dispatcher
from threadreel.engine.lifecycle.starting import Starting
from threadreel.engine.processes.command_runner import CommandRunner
from threadreel.engine.processes.foreign_jobs import ForeignJobs
from threadreel.engine.processes.neighbours import Deeds, Neighbours
from threadreel.library.command_table import CommandTable
from threadreel.library.job_table import JobRow
from threadreel.library.owner_table import BROWSER, Member, OwnerTable


class Membership:
    """``ended`` is called when a job of another process has ended and everybody here was told."""

    def __init__(self, on: BaseParts, controls: Controls, ended: Callable[[], None]) -> None:
        self._on, self._controls, self._ended = on, controls, ended
        self._commands, self._members = CommandTable(on.ledger), OwnerTable(on.ledger, on.owner.is_alive)
        self._foreign_jobs = ForeignJobs(on.jobs, on.lookup, on.reporter, on.clock.time)
        self.dispatcher = Dispatcher(
            on.jobs, self._commands, on.owner, on.lookup, controls, on.reporter, on.clock, self._foreign_jobs.heads
        )

    def serve(self, starting: Starting) -> None:
        """What others ask for, and what they leave behind, is begun there."""
        on = self._on
        self._command_runner = CommandRunner(self._controls, starting)
        self._neighbours = Neighbours(
            on.jobs,
            self._commands,
            self._members,
            on.owner,
            on.roster,
            self._foreign_jobs,
            on.clock,
            Deeds(self._command_runner.obey, starting.adopt),
            self._ended,
        )

    def join(
        self,
        kind: str,
        label: str,
        everything: bool,
        wants: Callable[[JobRow], bool] | None,
        hand_back: Callable[[], None] | None,
    ) -> bool:
        """See ``Engine.join``."""
        if hand_back is not None:
            self._command_runner.hand_back = hand_back
        member = Member(self._on.owner.name, kind, label, os.getpid(), self._on.clock.time())
        return self._neighbours.join(member, everything=everything, wants=wants)

    def has_any(self, job_ids: Collection[str]) -> bool:
        """Whether one of these jobs, which are followed from now on, is another's, or was and not everybody was told of its end."""
        self._neighbours.follow(job_ids)
        return self._foreign_jobs.has_any(job_ids)

    def running(self, job_ids: Collection[str] | None) -> dict[str, Member]:
        """By job, the living process that runs it: of these jobs, or all that are no part of another, those that others run."""
        owners = {
            change.job: change.owner or ""
            for change in self._on.jobs.live.unfinished()
            if (change.parent is None if job_ids is None else change.job in job_ids)
        }
        names = set(owners.values()) - {"", self._on.owner.name}
        members = {name: self._members.member(name) for name in names if self._on.owner.is_alive(name)}
        return {job_id: member for job_id, name in owners.items() if (member := members.get(name)) is not None}

    def browsers(self) -> list[Member]:
        """The other living processes that are browsers', longest there first."""
        own = self._on.owner.name
        return [member for member in self._members.living() if member.kind == BROWSER and member.name != own]

    def stop(self, timeout_s: float) -> bool:
        """Nothing more is heard or done; whether what had begun ended within the limit."""
        return self._neighbours.stop(timeout_s)
