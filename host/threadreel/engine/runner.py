"""Runs the transfers of running jobs: scheduler, workers, claims and tools, wired; what an outcome means for the line."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from threadreel.engine.addresses import host_of
from threadreel.engine.claims import Claims
from threadreel.engine.clock import Clock
from threadreel.engine.interruption import Interrupted
from threadreel.engine.job import Job
from threadreel.engine.outcome import Outcome
from threadreel.engine.pacing import SpeedCap
from threadreel.engine.policy import Policy
from threadreel.engine.refusals import NOT_ASKED, Refusals, is_refusal, is_success
from threadreel.engine.reporter import Reporter
from threadreel.engine.scheduler import Scheduler
from threadreel.engine.transfer import Transfer
from threadreel.engine.workers import Workers, affordable_workers
from threadreel.errors import DiskError
from threadreel.events import Level
from threadreel.library.file_table import FileTable
from threadreel.library.names import SafeName
from threadreel.states import FileState, JobState

if TYPE_CHECKING:
    from threadreel.engine.http import Http

log = logging.getLogger(__name__)


class Runner:
    """The transfers of all running jobs of this process. ``settled`` is called when a job has nothing left to do."""

    def __init__(
        self,
        files: FileTable,
        reporter: Reporter,
        clock: Clock,
        policy: Policy,
        duplicates: str,
        settled: Callable[[Job], None],
    ) -> None:
        self._files, self._reporter, self._clock, self._settled = files, reporter, clock, settled
        self.policy = policy
        self._duplicates = duplicates
        self._making = threading.Lock()  # the session is made once
        self._http: Http | None = None
        self._is_stopping = False
        self._claims = Claims()
        self._refusals = Refusals()
        self._cap = SpeedCap(policy.speed_cap_bytes_per_s, clock.monotonic)
        self.scheduler = Scheduler(lambda: self.policy.transfers_per_host, host_of, clock.monotonic)
        self.workers = Workers(self.scheduler, self._run, affordable_workers(policy.workers))

    def http(self) -> Http:
        """The session, made when it is first needed: ``hello`` does not need the network stack."""
        with self._making:
            if self._http is None:
                from threadreel.engine.http import Http

                self._http = Http(lambda: self.policy)
            return self._http

    def set_policy(self, policy: Policy, duplicates: str) -> None:
        """What starts from now on keeps to these numbers; the speed cap holds at once."""
        self.policy, self._duplicates = policy, duplicates
        self._cap.bytes_per_s = policy.speed_cap_bytes_per_s
        self.workers.call()

    def launch(self, job: Job) -> None:
        """Serve every attachment of a running job that is to be fetched; one with none is settled."""
        self.scheduler.drop(job.id)
        queued = job.queued()
        self.scheduler.add(job.id, job.row.priority, queued)
        self.scheduler.set_priority(job.id, job.row.priority)  # it may have changed before there was a line to change
        self.workers.call()
        if cooldowns := self.scheduler.cooldowns():
            for host in cooldowns.keys() & {host_of(transfer.url) for transfer in queued}:
                self._reporter.log("info", f"{host} is left alone for another {cooldowns[host]:.0f} s.", job)
        self._check(job)

    def halt(self, job: Job) -> None:
        """Serve nothing more of a job that was paused; what is on its way lets go."""
        self.scheduler.drop(job.id)
        for transfer in job.active():
            transfer.interruption.set()

    def cancel(self, job: Job) -> bool:
        """Whether the job is cancelled now; its part files go, what is complete stays."""
        active = job.cancel()
        if active is None:
            return False
        self.scheduler.drop(job.id)
        for transfer in active:
            transfer.interruption.set()
        for row in job.attachments:
            if row.state is FileState.CANCELLED:
                job.folder.drop_part(SafeName(row.name))
        return True

    def stop(self, jobs: list[Job], timeout_s: float) -> bool:
        """Serve nobody; whether every worker ended within the limit."""
        self._is_stopping = True  # before looking for what is active: what begins later sees it
        self.scheduler.close()
        for job in jobs:
            for transfer in job.active():
                transfer.interruption.set()
        is_ended = self.workers.stop(timeout_s)
        if self._http is not None:
            self._http.close()
        return is_ended

    def _run(self, transfer: Transfer) -> None:
        """A worker's top frame: whatever happens, the slot is free afterwards."""
        host = host_of(transfer.url)
        is_given_up = self._carry(transfer, self._attempt)
        self.scheduler.done(transfer, host)
        self._check(transfer.job)
        if is_given_up:
            self._give_up(host_of(transfer.url))

    def _carry(self, transfer: Transfer, attempt: Callable[[Transfer], Outcome]) -> bool:
        """Attempt it; whatever happens, it is not left active. Whether what waits for its host is to be given up."""
        is_given_up = False
        try:
            if self._claims.take(transfer):
                try:
                    is_given_up = self._begin(transfer, attempt)
                finally:
                    for waiting in self._claims.release(transfer):
                        self.scheduler.put_back(waiting, 0.0)
        except Exception as error:  # the top frame: a defect must not end the worker
            log.exception("transfer of %s failed", transfer.url)
            text = f"internal error ({error!r}). Please report this."
            self._end(transfer, Outcome(FileState.FAILED, "internal", text=text))
        self._reporter.touch(transfer.job, transfer.row)
        return is_given_up

    def _begin(self, transfer: Transfer, attempt: Callable[[Transfer], Outcome]) -> bool:
        job = transfer.job
        if not job.begin(transfer, self._clock.monotonic()):
            return False
        if self._is_stopping:
            transfer.interruption.set()
        self._reporter.touch(job, transfer.row)
        try:
            outcome = attempt(transfer)
        except Interrupted:
            # cancelled: it is not ours any more; paused and resumed before we noticed: nobody else puts it in line
            if job.put_back(transfer) and job.row.state is JobState.RUNNING:
                self.scheduler.put_back(transfer, 0.0)
            return False
        is_given_up = self._heed(transfer, outcome)
        if outcome.state is None:
            log.info("%s waits %.1f s: %s", transfer.row.name, outcome.wait_s, outcome.reason)
            if job.put_back(transfer):
                self.scheduler.put_back(transfer, outcome.wait_s)
        elif not outcome.is_published:
            self._end(transfer, outcome)
        return is_given_up

    def _attempt(self, transfer: Transfer) -> Outcome:
        from threadreel.engine.attempt import Tools, run_transfer

        tools = Tools(self.http(), self.policy, self._files, self._cap, self._clock, self._duplicates)
        return run_transfer(transfer, tools)

    def _heed(self, transfer: Transfer, outcome: Outcome) -> bool:
        """What the outcome means for others that want something of the host; whether they are to be given up.

        Said before the transfer ends or is back in line: its job may end with it, and nobody may ask the host in between.
        """
        host = host_of(transfer.url)
        is_probe = self.scheduler.is_probe(transfer, host)
        if outcome.host_wait_s > 0:
            self.scheduler.cool_down(host, outcome.host_wait_s)
            text = f"{host} asks to wait {outcome.host_wait_s:.0f} s ({outcome.reason})."
            self._reporter.log("warning", text, transfer.job)
        if is_success(outcome):
            if self._refusals.served(host, is_probe=is_probe):
                self.scheduler.warm_up(host)
                self.workers.call()
                self._reporter.log("info", f"{host} serves us again.", transfer.job)
            return False
        if not is_refusal(outcome, is_probe=is_probe):
            return False
        cooldown = self._refusals.refused(host, self.policy, is_probe=is_probe)
        if cooldown is None:
            return False
        self.scheduler.cool_down(host, cooldown.seconds, is_probed=True)
        text = f"{host} refuses one file after the other ({outcome.reason}). It is left alone for {cooldown.seconds:.0f} s."
        self._reporter.log("warning", text, transfer.job)
        return cooldown.is_given_up

    def _give_up(self, host: str) -> None:
        """What waits for this host ends without a request."""
        waiting = self.scheduler.withdraw(host)
        for job, count in Counter(transfer.job for transfer in waiting).items():
            text = f"{host} still refuses: what waits for it ({count}) is not asked for. Retry later, or try one in a browser."
            self._reporter.log("error", text, job)
        for transfer in waiting:
            if self._is_stopping:
                return
            self._carry(transfer, self._resign)
            self._check(transfer.job)

    def _resign(self, transfer: Transfer) -> Outcome:
        """An attempt that asks nobody: what is on disk already need not be asked for."""
        from threadreel.engine.arrival import Arrival

        transfer.interruption.check()
        try:
            transfer.job.folder.create()
            arrival = Arrival(transfer, self._files, self._clock)
            found = arrival.take_existing() or arrival.take_duplicate(self._duplicates)
            return found or arrival.keep_older(Outcome(FileState.BLOCKED, NOT_ASKED))
        except DiskError as error:
            return Outcome(FileState.FAILED, error.code, text=f"{error.message} {error.hint}")

    def _end(self, transfer: Transfer, outcome: Outcome) -> None:
        """The attachment ends without a new file. Said before, because its job may end with it."""
        job, state = transfer.job, outcome.state
        if state is None or not job.is_active(transfer):
            return
        if state is not FileState.DUPLICATE and outcome.reason != NOT_ASKED:
            level: Level = "warning" if state in (FileState.GONE, FileState.DIFFERS) else "error"
            why = outcome.text or (f"{state} ({outcome.reason})" if outcome.reason else str(state))
            self._reporter.log(level, f"{transfer.row.name}: {why}", job)
        job.end(transfer, state, outcome.reason, outcome.done_bytes)

    def _check(self, job: Job) -> None:
        if job.row.state is JobState.RUNNING and job.verdict() is not None:
            self._settled(job)
