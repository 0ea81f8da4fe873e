"""Runs the transfers of running jobs: scheduler, workers, claims and tools, wired; what an outcome means for the line."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from threadreel.engine.browser_route.courier import Courier
from threadreel.engine.browser_route.permissions import Permissions
from threadreel.engine.clock import Clock
from threadreel.engine.jobs.base_job import Rest
from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.network.addresses import host_of
from threadreel.engine.network.interruption import Interrupted
from threadreel.engine.policy import Policy
from threadreel.engine.reporter import Reporter
from threadreel.engine.timers import Timers
from threadreel.engine.transfers.browser_detour import BrowserDetour
from threadreel.engine.transfers.claims import Claims
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.engine.transfers.pacing import SpeedCap
from threadreel.engine.transfers.penalties import Penalties
from threadreel.engine.transfers.refusals import NOT_ASKED
from threadreel.engine.transfers.scheduler import Scheduler
from threadreel.engine.transfers.workers import Workers, affordable_workers
from threadreel.errors import DiskError
from threadreel.events import Level
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import AttachmentRow
from threadreel.library.names import SafeName
from threadreel.library.pace_table import PaceTable
from threadreel.states import FileState, JobState

if TYPE_CHECKING:
    from threadreel.engine.network.http import Http

log = logging.getLogger(__name__)

#: how an attempt ended, and whether what waits for its host is to be given up
Attempt = Callable[[Transfer], tuple[Outcome, bool]]


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
        timers: Timers,
        paces: PaceTable,
    ) -> None:
        self._files, self._reporter, self._clock, self._settled = files, reporter, clock, settled
        self.policy = policy
        self._duplicates = duplicates
        self._making = threading.Lock()  # the session is made once
        self._http: Http | None = None
        self._is_stopping = False
        self._claims = Claims()
        self._cap = SpeedCap(policy.speed_cap_bytes_per_s, clock.monotonic)
        self.cooldowns = Cooldowns(paces, clock, timers, lambda: self.workers.call())
        self.courier = Courier(reporter.say, timers, clock)
        self._detour = BrowserDetour(self.courier, reporter, lambda: self.policy, clock)
        self.scheduler = Scheduler(
            lambda: self.policy.transfers_per_host,
            host_of,
            clock,
            timers,
            self.cooldowns,
            lambda: self.workers.call(),
            self._hear,
            self._detour.room,
        )
        self._penalties = Penalties(self.scheduler, reporter, lambda: self.policy, lambda: self.workers.call())
        self.workers = Workers(self.scheduler, self._run, affordable_workers(policy.workers))

    def http(self) -> Http:
        """The session, made when it is first needed: ``hello`` does not need the network stack."""
        with self._making:
            if self._http is None:
                from threadreel.engine.network.http import Http

                self._http = Http(lambda: self.policy)
            return self._http

    def warm(self, job: Job) -> None:
        """Files of this job will be asked for in a moment: connections are made meanwhile."""
        self.http().warm(job.site.media_url, self.policy.transfers_per_host)

    def set_policy(self, policy: Policy, duplicates: str) -> None:
        """What starts from now on keeps to these numbers; the speed cap holds at once."""
        self.policy, self._duplicates = policy, duplicates
        self._cap.bytes_per_s = policy.speed_cap_bytes_per_s
        self.workers.call()

    def set_permissions(self, permissions: Permissions) -> None:
        """From where the browser may fetch from now on. What it may not bring any more ends soon, or is ours again."""
        self._detour.set_permissions(permissions)
        self.workers.call()
        if self.scheduler.hosts_ever():
            threading.Thread(target=self._part_from_browser, name="browser-lost", daemon=True).start()

    def left_alone(self) -> dict[str, Rest]:
        """How the hosts are left alone that are, by host."""
        return {host: self._rest(host, left_s) for host, left_s in self.cooldowns.left().items()}

    def _rest(self, host: str, left_s: float) -> Rest:
        is_refusing = self.cooldowns.is_refusing(host) and not self.cooldowns.is_pacing(host)
        return Rest(left_s, is_refusing, self.cooldowns.is_refusing(host) and self._detour.helps(host))

    def launch(self, job: Job) -> None:
        """Serve every attachment of a running job that is to be fetched; one with none is settled."""
        self.scheduler.drop(job.id)
        self._enter(job, job.queued())

    def more(self, job: Job, rows: Sequence[AttachmentRow]) -> None:
        """Serve these attachments of a running job too, behind what is in line already."""
        self._enter(job, [Transfer(job, row) for row in rows if row.state is FileState.QUEUED])

    def _enter(self, job: Job, queued: list[Transfer]) -> None:
        self.scheduler.add(job.id, job.row.priority, queued, group=job.row.parent or job.id)
        self.scheduler.set_priority(job.id, job.row.priority)  # it may have changed before there was a line to change
        self.workers.call()
        if cooldowns := self.scheduler.cooldowns():
            for host in cooldowns.keys() & {host_of(transfer.url) for transfer in queued}:
                self._reporter.log("info", f"{host} is left alone for another {cooldowns[host]:.0f} s.", job)
        self.check(job)

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

    def stop(self, timeout_s: float) -> bool:
        """Serve nobody; whether every worker ended within the limit."""
        self._is_stopping = True  # before looking for what is active: what begins later sees it
        self.scheduler.close()
        for _, transfer in self.workers.busy():
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
        self.check(transfer.job)
        if is_given_up:
            self._give_up(host_of(transfer.url))
        elif transfer.is_carried or transfer.refused or self._detour.is_withheld(host):
            self._give_up(host, is_all=self._penalties.is_given_up(host))

    def _carry(self, transfer: Transfer, attempt: Attempt) -> bool:
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

    def _begin(self, transfer: Transfer, attempt: Attempt) -> bool:
        job = transfer.job
        if not job.begin(transfer, self._clock.monotonic()):
            return False
        if self._is_stopping:
            transfer.interruption.set()
        self._reporter.touch(job, transfer.row)
        try:
            outcome, is_given_up = attempt(transfer)
        except Interrupted:
            # cancelled: it is not ours any more; paused and resumed before we noticed: nobody else puts it in line
            if job.put_back(transfer) and job.row.state is JobState.RUNNING:
                self.scheduler.put_back(transfer, 0.0)
            return False
        if outcome.state is None:
            log.info("%s waits %.1f s: %s", transfer.row.name, outcome.wait_s, outcome.reason)
            if job.put_back(transfer):
                self.scheduler.put_back(transfer, outcome.wait_s)
        elif not outcome.is_published:
            self._end(transfer, outcome)
        return is_given_up

    def _attempt(self, transfer: Transfer) -> tuple[Outcome, bool]:
        from threadreel.engine.transfers.attempt import Tools, run_transfer

        source = self._detour.errand(transfer, self._cap.bytes_per_s) if transfer.is_carried else self.http()
        tools = Tools(source, self.policy, self._files, self._cap, self._clock, self._duplicates)
        outcome = run_transfer(transfer, tools)
        if transfer.is_carried:
            self._penalties.heed_wait(transfer, outcome)
            return self._detour.heed(transfer, outcome), False
        self._detour.note(transfer, outcome)
        is_given_up = self._penalties.heed(transfer, outcome)
        return self._detour.divert(transfer, outcome), is_given_up

    def _hear(self, host: str, is_refusing: bool) -> None:
        """Another process says that the host refuses it, or that it does so no longer."""
        if self._penalties.hear(host, is_refusing):
            self._give_up(host)

    def _part_from_browser(self) -> None:
        for host in self.scheduler.hosts_ever():
            self._give_up(host, is_all=self._penalties.is_given_up(host))

    def _give_up(self, host: str, *, is_all: bool = True) -> None:
        """What waits for this host, or only what it refused already, ends without a request, unless the browser may have it."""
        if self._detour.helps(host):
            return
        waiting = self.scheduler.withdraw(host, is_all=is_all)
        for job, count in Counter(transfer.job for transfer in waiting if transfer.refused is None).items():
            text = f"{host} still refuses: what waits for it ({count}) is not asked for. Retry later, or try one in a browser."
            self._reporter.log("error", text, job)
        for transfer in waiting:
            if self._is_stopping:
                return
            self._carry(transfer, self._resign)
            self.check(transfer.job)

    def _resign(self, transfer: Transfer) -> tuple[Outcome, bool]:
        """An attempt that asks nobody: what is on disk already need not be asked for."""
        from threadreel.engine.transfers.arrival import Arrival

        transfer.interruption.check()
        try:
            transfer.job.folder.create()
            arrival = Arrival(transfer, self._files, self._clock)
            found = arrival.take_existing() or arrival.take_duplicate(self._duplicates)
            refused = transfer.refused or Outcome(FileState.BLOCKED, NOT_ASKED)
            return found or arrival.keep_older(refused), False
        except DiskError as error:
            return Outcome(FileState.FAILED, error.code, text=f"{error.message} {error.hint}"), False

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

    def check(self, job: Job) -> None:
        """Settle the job if nothing of it is still to come."""
        if job.row.state is JobState.RUNNING and job.verdict() is not None:
            self._settled(job)
