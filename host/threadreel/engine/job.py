"""One job in memory: the only owner of its state and of its attachments' states.

Every change is one compare-and-set under the job's lock. The job's own state reaches the ledger at once, its attachments' in
batches, but never later than a view that shows them: the ledger holds no older truth than was shown, as long as it can be
written at all (see ``journal``).
``cancelled`` wins every race: a part is opened, and a file gets its final name, only while its transfer is the active one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from threadreel.engine.clock import Clock
from threadreel.engine.interruption import Interrupted
from threadreel.engine.journal import Journal
from threadreel.engine.meter import Meter
from threadreel.engine.tally import Tally, job_view
from threadreel.engine.transfer import Transfer
from threadreel.events import JobView
from threadreel.library.folders import Folder
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.names import SafeName
from threadreel.sites.base import Site, Target
from threadreel.states import FILE_ENDED, FILE_MISSING, JOB_ENDED, FileState, JobState, may_become

T = TypeVar("T")


class Job:
    """A job that lives in this process. Public methods may be called from any thread."""

    def __init__(
        self,
        row: JobRow,
        attachments: Iterable[AttachmentRow],
        site: Site,
        target: Target,
        table: JobTable,
        clock: Clock,
    ) -> None:
        self.row, self.site, self.target = row, site, target
        self.lock = threading.RLock()
        #: held while the job is ended and everybody is told, or revived: never both at once. Taken before any other lock
        self.ending = threading.Lock()
        self._table, self._clock = table, clock
        self._journal = Journal(table)
        self._scan = 0
        self._meter = Meter()
        self._active: dict[str, Transfer] = {}
        self._received_bytes = 0
        self._folder: Folder | None = None
        self.attachments = list(attachments)
        self.recount()

    def recount(self) -> None:
        """The counts agree with the rows, which were changed from outside before anybody else knew this job."""
        self._tally = Tally(self.attachments)

    @property
    def id(self) -> str:
        """Its name for everybody."""
        return self.row.id

    @property
    def folder(self) -> Folder:
        """Where its files go; only after the plan."""
        directory = self.row.directory
        if self._folder is None or str(self._folder.path) != directory:
            parts = Path(directory).relative_to(self.row.root).parts
            self._folder = Folder(Path(self.row.root), [SafeName(part) for part in parts])
        return self._folder

    # The job's own state

    def become(self, state: JobState, error: dict[str, str] | None = None) -> bool:
        """Whether the job went to ``state`` now; False, and nothing changed, where that step does not exist."""
        with self.lock:
            if self.row.state is state or not may_become(self.row.state, state):
                return False
            self.row.state, self.row.error = state, error
            now = self._clock.time()
            if state is JobState.QUEUED:
                self.row.finished = None
            elif state in (JobState.SCANNING, JobState.RUNNING) and self.row.started is None:
                self.row.started = now
            if state is JobState.RUNNING:
                self._meter.start(self._clock.monotonic())
            else:
                self._read_meter()
                self._meter.stop(self._clock.monotonic())
            if state in JOB_ENDED:
                self.row.finished = now
                self.row.summary = self._summary()
            self._journal.keep(self.row)
            return True

    def new_scan(self) -> int:
        """The number of a new scan; from now on only that one is wanted."""
        with self.lock:
            self._scan += 1
            return self._scan

    def is_scanned_by(self, number: int) -> bool:
        """Whether this scan is still wanted; the first time it is asked, the job begins to be scanned."""
        with self.lock:
            if number != self._scan:
                return False
            if self.row.state is JobState.QUEUED:
                self.become(JobState.SCANNING)
            return self.row.state is JobState.SCANNING

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

    def set_priority(self, priority: str) -> None:
        """From now on it is served with this priority."""
        with self.lock:
            self.row.priority = priority
            self._journal.keep(self.row)

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
            if self.row.state is not JobState.RUNNING or transfer.row.state is not FileState.QUEUED:
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
            row = replace(self.row, owner=owner, state=JobState.QUEUED, error=None, finished=None)
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

    # What others may see

    def queued(self) -> list[Transfer]:
        """A transfer for each attachment that is to be fetched, the longest first: then none is left alone at the end."""
        with self.lock:
            rows = [row for row in self.attachments if row.state is FileState.QUEUED]
            return [Transfer(self, row) for row in sorted(rows, key=lambda row: -(row.size or 0))]

    def is_moving(self) -> bool:
        """Whether its view changes without a change of state."""
        with self.lock:
            self._read_meter()
            return bool(self._active) or self._meter.speed(self._clock.monotonic()) > 0

    def active(self) -> list[Transfer]:
        """The transfers that are with a worker."""
        with self.lock:
            return list(self._active.values())

    def view(self) -> JobView:
        """The job, whole, at this moment; the ledger knows as much."""
        with self.lock:
            now = self._clock.monotonic()
            self._read_meter()
            speed = self._meter.speed(now)
            summary = self._summary()
            left = summary["bytes"]["total"] - summary["bytes"]["done"]
            rate = speed or self._meter.average(now)
            running = self.row.state is JobState.RUNNING
            view = job_view(
                self.row,
                summary,
                speed=round(speed, 1),
                eta=round(max(0, left) / rate, 1) if running and rate > 0 else None,
                current=[transfer.row.name for transfer in self._active.values()],
            )
        self._journal.settle()  # what is shown outlives this process
        return view

    def _read_meter(self) -> None:
        received = self._received_bytes + sum(transfer.received_bytes for transfer in self._active.values())
        self._meter.read(self._clock.monotonic(), received)

    def _summary(self) -> dict[str, Any]:
        in_transfer = sum(transfer.row.done for transfer in self._active.values())
        return self._tally.summary(in_transfer, self._meter.average(self._clock.monotonic()))
