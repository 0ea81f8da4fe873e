"""``threadreel health``: how the library is, and what would hinder a download: cooldowns, stopped processes, a full disk.

All of it is in the ledger. What the threads of a running process do, only that process can say: in a browser, its host.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from threadreel.commands.narration import counted, visible
from threadreel.places import find_places
from threadreel.settings import SettingsFile

if TYPE_CHECKING:
    from threadreel.library.job_table import JobRow

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(commands: Subparsers) -> None:
    """Register the command of this module."""
    health = commands.add_parser(
        "health", help="how the library is: ledger, unfinished downloads, hosts that are left alone, disk, versions"
    )
    health.set_defaults(run=_health)


def _health(_arguments: argparse.Namespace) -> int:
    from threadreel.handlers.home_requests import machine_health
    from threadreel.library.file_table import FileTable
    from threadreel.library.job_table import JobTable
    from threadreel.library.ledger import Ledger
    from threadreel.library.owners import Owner
    from threadreel.library.pace_table import PaceTable

    places = find_places(os.environ)
    values = SettingsFile(places.settings_file).values
    ledger = Ledger(places.ledger_file, may_begin_anew=False)  # to look is not to put aside
    owner = Owner(places.lock_folder)
    try:
        jobs = JobTable(ledger)
        unfinished = jobs.unfinished()
        alive = {name for name in {job.owner for job in unfinished} if name and owner.is_alive(name)}
        stopped = alive & set(owner.stopped())
        print(
            f"ledger: {places.ledger_file}: {counted(jobs.count(), 'job')}, {counted(FileTable(ledger).count(), 'file')}"
        )
        _print_unfinished(unfinished, alive, stopped)
        now = time.time()
        for pause in PaceTable(ledger, owner.name, owner.is_alive).pauses(now):
            if pause.until > now:
                what = "gives no files and " if pause.is_refusing else ""
                print(visible(f"cooling down: {pause.host} {what}is left alone for {pause.until - now:.0f} s more"))
        machine = machine_health(Path(values["directory"] or places.download_root))
        print(f"disk: {machine['disk']['directory']}: {machine['disk']['free_bytes'] / 1e9:.1f} GB free")
        print(f"versions: {', '.join(f'{name} {version}' for name, version in machine['versions'].items())}")
    finally:
        owner.release()
        ledger.close()
    return 0


def _print_unfinished(unfinished: Collection[JobRow], alive: Collection[str], stopped: Collection[str]) -> None:
    running = sum(job.owner in alive and job.owner not in stopped for job in unfinished)
    watched = sum(job.watching for job in unfinished)
    print(f"unfinished: {counted(len(unfinished), 'job')}, {running} of them running now, {watched} watched")
    if any(job.owner not in alive for job in unfinished):
        print("  `threadreel resume` goes on with the others")
    for name in sorted(stopped):
        process = name.partition("-")[0]
        go_on = "let it go on" if sys.platform == "win32" else f"`kill -CONT {process}` lets it go on"
        print(f"stopped: process {process} holds {_held(unfinished, name)}; {go_on}, or end it")


def _held(unfinished: Collection[JobRow], owner: str) -> str:
    return counted(sum(job.owner == owner for job in unfinished), "unfinished job")
