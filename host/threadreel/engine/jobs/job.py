"""One job with attachments in memory, a picture's or (see ``thread_job``) a thread's: the only owner of its attachments' states.

Every change is one compare-and-set under the job's lock. The job's own state reaches the ledger at once, its attachments' in
batches, but never later than a view that shows them: the ledger holds no older truth than was shown, as long as it can be
written at all (see ``journal``).
``cancelled`` wins every race: a part is opened, and a file gets its final name, only while its transfer is the active one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.base_job import BaseJob, Cooldowns
from threadreel.engine.jobs.tally import Tally
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.network.addresses import host_of
from threadreel.engine.network.interruption import Interrupted
from threadreel.library.folders import Folder
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.names import SafeName
from threadreel.sites.base import PageKind, Site, Target
from threadreel.states import FILE_ENDED, FILE_MISSING, JOB_ENDED, FileState, JobState

T = TypeVar("T")


class Job(BaseJob):
    """A job with attachments of its own."""

    def __init__(
        self,
        row: JobRow,
        attachments: Iterable[AttachmentRow],
        site: Site,
        target: Target,
        table: JobTable,
        clock: Clock,
        cooldowns: Cooldowns = dict,
    ) -> None:
        super().__init__(row, site, target, table, clock, cooldowns)
        #: told, with the job's lock held, that its counts are others now: must neither wait nor take a lock
        self.stirred: Callable[[], None] = _nobody
        #: its board's job was cancelled, and it will be in a moment: nothing more of it is read or begun
        self.is_doomed = False
        self._active: dict[str, Transfer] = {}
        self._received_bytes = 0
        self._folder: Folder | None = None
        self.attachments = list(attachments)
        self.recount()

    def recount(self) -> None:
        """The counts agree with the rows, which were changed from outside before anybody else knew this job."""
        self._tally = Tally(self.attachments)
        self.stirred()

    @property
    def folder(self) -> Folder:
        """Where its files go; only after the plan."""
        directory = self.row.directory
        if self._folder is None or str(self._folder.path) != directory:
            parts = Path(directory).relative_to(self.row.root).parts
            self._folder = Folder(Path(self.row.root), [SafeName(part) for part in parts])
        return self._folder

    def is_scanned_by(self, number: int) -> bool:
        """Whether this scan is still wanted."""
        return not self.is_doomed and super().is_scanned_by(number)

    def set_plan(self, number: int, title: str, directory: Path, attachments: list[AttachmentRow]) -> bool:
        """Whether the plan of this scan is taken and the job runs; False when the scan is no longer wanted."""
        with self.lock:
            if not self.is_scanned_by(number):
                return False
            row = replace(self.row, title=title, directory=str(directory), planned=True)
            self._table.plan(row, attachments)
            self.row.title, self.row.directory, self.row.planned = title, str(directory), True
            self.attachments = attachments
            self.recount()
            return self.become(JobState.RUNNING)

    def verdict(self) -> JobState | None:
        """How the job ends, None while an attachment is still on its way."""
        with self.lock:
            if not self.row.planned or self._tally.is_open:
                return None
            missing = any(self._tally.states[state] for state in FILE_MISSING)
            return JobState.INCOMPLETE if missing else JobState.COMPLETED

    # Its attachments' states

    def begin(self, transfer: Transfer, now: float) -> bool:
        """Whether the transfer is active now: only from queued, and only while the job runs."""
        with self.lock:
            is_wanted = self.row.state is JobState.RUNNING and not self.is_doomed
            if not is_wanted or transfer.row.state is not FileState.QUEUED:
                return False
            self._change(transfer.row, FileState.ACTIVE)
            self._active[transfer.row.key] = transfer
            transfer.interruption.clear()
            transfer.moved = now
            return True

    def is_active(self, transfer: Transfer) -> bool:
        """Whether this transfer, and no later one of the same attachment, is on its way."""
        return self._active.get(transfer.row.key) is transfer

    def guard(self, transfer: Transfer, act: Callable[[], T]) -> T:
        """Run ``act``, which changes what is on disk, while nobody can cancel; Interrupted when somebody has."""
        with self.lock:
            if not self.is_active(transfer):
                raise Interrupted
            return act()

    def publish(self, transfer: Transfer, state: FileState, act: Callable[[], os.stat_result]) -> None:
        """Run ``act``, which gives the file its final name, and end the attachment: both or, with Interrupted, neither."""
        with self.lock:
            facts = self.guard(transfer, act)
            self.end(transfer, state, transfer.row.reason, done=facts.st_size)

    def end(self, transfer: Transfer, state: FileState, reason: str | None, done: int | None = None) -> bool:
        """Whether the active attachment ended in ``state`` now."""
        with self.lock:
            if not self.is_active(transfer):
                return False
            self._release(transfer)
            transfer.row.reason = reason
            self._change(transfer.row, state, done)
            self._journal.keep_progress(self.row, [transfer.row])
            return True

    def put_back(self, transfer: Transfer) -> bool:
        """Whether the active attachment is queued again."""
        with self.lock:
            if not self.is_active(transfer):
                return False
            self._release(transfer)
            self._change(transfer.row, FileState.QUEUED)
            self._journal.keep_progress(self.row, [transfer.row])
            return True

    def note(self, transfer: Transfer, at_once: bool = False) -> None:
        """Keep what the worker learnt (name, validator, hashes); ``at_once`` when it must be known before the worker goes on."""
        with self.lock:
            if not self.is_active(transfer):
                return
            self._journal.keep_progress(self.row, [transfer.row])
        if at_once:
            self._journal.settle()

    def give_up(self, reason: str) -> list[AttachmentRow]:
        """What was still to come of the running job fails for this reason, and is returned; parts stay."""
        with self.lock:
            coming = [*self._active.values(), *self.queued()]
            for transfer in coming:
                self.begin(transfer, 0.0)
                transfer.interruption.set()
            return [transfer.row for transfer in coming if self.end(transfer, FileState.FAILED, reason)]

    def cancel(self) -> list[Transfer] | None:
        """End the job as cancelled and return the transfers to interrupt; None, and nothing changed, for an ended one."""
        with self.lock:
            if self.row.state in JOB_ENDED:
                return None
            active = list(self._active.values())
            for transfer in active:
                self._release(transfer)
            # copies: a worker that has not noticed the end of its transfer yet still changes the old rows
            self.attachments = [
                row if row.state in FILE_ENDED else replace(row, state=FileState.CANCELLED, done=0)
                for row in self.attachments
            ]
            self.recount()
            self.become(JobState.CANCELLED)  # first: killed in between, the job has ended and does not begin again
            self._journal.keep_progress(self.row, [row for row in self.attachments if row.state is FileState.CANCELLED])
            self._journal.settle()
            return active

    def revive(self, owner: str, is_wanted: Callable[[AttachmentRow], bool]) -> bool:
        """Queue the ended job, for ``owner``, and what is wanted of its attachments again; False when there is nothing to do.

        sqlite3.IntegrityError, and nothing is changed, when another job for its page and root lives.
        """
        with self.lock:
            if self.row.state not in JOB_ENDED:
                return False
            again = {row.key for row in self.attachments if row.state not in FILE_ENDED or is_wanted(row)}
            if self.row.planned and not again:
                return False
            watch = {name: value for name, value in self.row.watch.items() if name != "least_done"}
            row = replace(self.row, owner=owner, state=JobState.QUEUED, error=None, finished=None, watch=watch)
            self._table.save(row)
            self.row = row
            self.attachments = [row.renewed() if row.key in again else row for row in self.attachments]
            self.recount()
            self._journal.keep_progress(self.row, [row for row in self.attachments if row.key in again])
            self._journal.settle()
            return True

    def _release(self, transfer: Transfer) -> None:
        if self._active.pop(transfer.row.key, None) is not None:
            self._received_bytes += transfer.received_bytes
            transfer.received_bytes = 0

    def _change(self, row: AttachmentRow, state: FileState, done: int | None = None) -> None:
        self._tally.add(row, -1)
        row.state = state
        if done is not None:
            row.done = done
        self._tally.add(row, 1)
        self.stirred()

    # What others may see

    def queued(self) -> list[Transfer]:
        """A transfer for each attachment that is to be fetched, the longest first: then none is left alone at the end."""
        with self.lock:
            rows = [row for row in self.attachments if row.state is FileState.QUEUED]
            return [Transfer(self, row) for row in sorted(rows, key=lambda row: -(row.size or 0))]

    def is_moving(self) -> bool:
        """Whether its view changes without a change of state."""
        if not self.row.planned:  # of three thousand children nearly all: not worth a lock
            return False
        with self.lock:
            self._read_meter()
            return bool(self._active) or self._meter.speed(self._clock.monotonic()) > 0

    def active(self) -> list[Transfer]:
        """The transfers that are with a worker."""
        with self.lock:
            return list(self._active.values())

    def share(self) -> tuple[dict[str, Any], int, list[str]]:
        """What it adds to a job that it is a part of: its summary, bytes received so far, names of files on their way."""
        with self.lock:
            return self._summary(), self._received_so_far(), self._current()

    def _received_so_far(self) -> int:
        return self._received_bytes + sum(transfer.received_bytes for transfer in self._active.values())

    def _summary(self) -> dict[str, Any]:
        in_transfer = sum(transfer.row.done for transfer in self._active.values())
        average = self._meter.average(self._clock.monotonic())
        return self._tally.summary(in_transfer, average, self.row.watch.get("least_done", 0))

    def _current(self) -> list[str]:
        return [transfer.row.name for transfer in self._active.values()]

    def _hosts_waited_for(self, candidates: set[str]) -> set[str]:
        if not candidates:
            return set()
        if self._is_to_be_read() and (host := host_of(self.site.api_url(self.target))) in candidates:
            return {host}
        waiting = (host_of(row.urls[0]) for row in self.attachments if row.state is FileState.QUEUED and row.urls)
        found = next((host for host in waiting if host in candidates), None)
        return {found} if found else set()

    def _is_to_be_read(self) -> bool:
        """Whether its page is still asked for."""
        return not self.row.planned and self.target.kind is not PageKind.FILE


def _nobody() -> None:
    """Nobody is told."""
