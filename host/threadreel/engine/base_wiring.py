"""The lower half of the wiring, before any job moves: the ledger's tables, who is here, how pages are read and files fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from threadreel.engine.browser_route.api_pages import ApiPages
from threadreel.engine.clock import Clock
from threadreel.engine.jobs.job import Job
from threadreel.engine.lifecycle.lookup import Lookup
from threadreel.engine.lifecycle.roster import Roster
from threadreel.engine.policy import Policy
from threadreel.engine.reporter import Reporter
from threadreel.engine.site_api.lanes import Lanes
from threadreel.engine.timers import Timers
from threadreel.engine.transfers.runner import Runner
from threadreel.events import Listener
from threadreel.library.answer_table import AnswerTable
from threadreel.library.file_table import FileTable
from threadreel.library.history import History
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owners import Owner
from threadreel.library.pace_table import PaceTable
from threadreel.places import Places
from threadreel.sites.registry import Registry


@dataclass(frozen=True, slots=True)
class BaseParts:
    """The parts of one engine that are there before anything moves."""

    ledger: Ledger
    jobs: JobTable
    files: FileTable
    owner: Owner
    roster: Roster
    lookup: Lookup
    lanes: Lanes
    runner: Runner
    reporter: Reporter
    timers: Timers
    clock: Clock


def make_base_parts(
    places: Places,
    listener: Listener,
    clock: Clock,
    policy: Policy,
    duplicates: str,
    registry: Callable[[], Registry],
    settled: Callable[[Job], None],
) -> BaseParts:
    """The parts, none of which moves yet. ``settled`` is called with a job that has nothing left to do. Raises LedgerError."""
    ledger = Ledger(places.ledger_file)
    owner = Owner(places.lock_folder)
    jobs, files = JobTable(ledger), FileTable(ledger)
    paces = PaceTable(ledger, owner.name, owner.is_alive)
    timers = Timers(clock)
    reporter = Reporter(listener, timers)
    runner = Runner(files, reporter, clock, policy, duplicates, settled, timers, paces)
    pages = ApiPages(runner.courier, lambda: runner.policy, clock)
    lanes = Lanes(runner.http, AnswerTable(ledger), paces, runner.cooldowns, lambda: runner.policy, clock, pages)
    roster = Roster(jobs, owner, registry, clock, runner.left_alone)
    reporter.watch(lambda: [job for job in roster.living() if job.is_moving()])
    lookup = Lookup(jobs, History(ledger), roster, clock.time)
    return BaseParts(ledger, jobs, files, owner, roster, lookup, lanes, runner, reporter, timers, clock)
