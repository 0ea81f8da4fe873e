"""What an engine does at this moment: who is at work, what waits and for what, and how its ledger is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.lifecycle.roster import Roster
from threadreel.engine.site_api.lanes import Lanes
from threadreel.engine.timers import Timers
from threadreel.engine.transfers.runner import Runner
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owners import Owner


@dataclass(frozen=True, slots=True)
class Health:
    """The parts that are looked at; none is changed."""

    clock: Clock
    roster: Roster
    runner: Runner
    lanes: Lanes
    timers: Timers
    owner: Owner
    ledger: Ledger

    def report(self) -> dict[str, Any]:
        """The ``health`` result of the contract, but for ``disk`` and ``versions``, which are the machine's."""
        return {
            **self._work(),
            "pool": self._pool(),
            "queues": {"scans": self.lanes.waiting(), **self.runner.scheduler.counts()},
            "timers": self.timers.waiting(),
            "watching": sum(job.row.watching for job in self.roster.living()),
            "cooldowns": self._cooldowns(),
            "hosts": self.runner.scheduler.hosts(),
            "stopped_owners": self._stopped_owners(),
            "ledger": {
                "path": str(self.ledger.path),
                "jobs": JobTable(self.ledger).count(),
                "files": FileTable(self.ledger).count(),
                "size_bytes": self.ledger.path.stat().st_size,
            },
        }

    def _work(self) -> dict[str, Any]:
        """Each worker that has something in hand, and the files that get no bytes."""
        now = self.clock.monotonic()
        at_work = [(name, transfer.row.name, now - transfer.moved) for name, transfer in self.runner.workers.busy()]
        stalled_s = self.runner.policy.read_timeout_s / 2
        return {
            "workers": [
                {"name": name, "doing": file, "since_s": round(max(0.0, since), 1)} for name, file, since in at_work
            ],
            "stalled": [file for _, file, since in at_work if since > stalled_s],
        }

    def _pool(self) -> dict[str, Any]:
        figures = self.runner.workers.figures()
        taken, waited_s = self.runner.scheduler.waited()
        return {
            **figures,
            "waited_s": round(waited_s / taken, 3) if taken else 0.0,
            "busy_s": round(figures["busy_s"], 3),
        }

    def _cooldowns(self) -> list[dict[str, Any]]:
        left_s = self.runner.scheduler.cooldowns()
        return [{"host": host, "seconds": round(seconds, 1)} for host, seconds in left_s.items()]

    def _stopped_owners(self) -> list[str]:
        """Living processes that are stopped, so that neither they nor anybody else goes on with their jobs."""
        stopped = self.owner.stopped()
        owners = {row.owner for row in JobTable(self.ledger).unfinished()} if stopped else set()
        return [name for name in stopped if name in owners]
