"""The finisher: a process without a browser that goes on with the downloads after the browser was closed, if the settings say so.

Here it is decided whether one is needed, and it is started; what it does then is ``commands.finisher_run``.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import threadreel
from threadreel.engine.processes.finishing import Finishing
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owner_table import BROWSER, OwnerTable
from threadreel.library.owners import living_owners
from threadreel.places import Places
from threadreel.settings import SettingsFile, Values

log = logging.getLogger(__name__)

ARGUMENTS = ("-m", "threadreel.cli", "resume", "--detached")


def finishing(values: Values) -> Finishing:
    """What these settings let a finisher do."""
    return Finishing(values["finish_after_close"], values["watch_after_close"])


def start_finisher(places: Places) -> int | None:
    """Start a finisher if it would have something to do; its process id. The caller owns nothing any more.

    Raises LedgerError, sqlite3.Error and OSError. Of two browsers that are closed at once the later one, which sees that
    nobody is left, starts it; should both, the finishers agree on one.
    """
    chosen = finishing(SettingsFile(places.settings_file).values)
    if not (chosen.downloads or chosen.watches) or not _is_needed(places, chosen):
        return None
    process = _start_detached([sys.executable, *ARGUMENTS])
    log.info("process %d finishes what is under way", process)
    return process


def _is_needed(places: Places, chosen: Finishing) -> bool:
    """Whether somebody left work behind, and no browser is there to go on with it."""
    ledger = Ledger(places.ledger_file, may_begin_anew=False)
    try:
        alive = set(living_owners(places.lock_folder))
        if any(member.kind == BROWSER for member in OwnerTable(ledger, alive.__contains__).living()):
            return False
        table = JobTable(ledger)
        return any(row.owner not in alive and chosen.wants(row, table) for row in table.unfinished())
    finally:
        ledger.close()


def _start_detached(command: list[str]) -> int:
    """Start a process that outlives us, the browser and the terminal, and has no streams of theirs; its id."""
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        try:
            # Firefox ends all that is in its job object: MDN, Native messaging, "Closing the native app"
            return _popen(command, creationflags=flags | subprocess.CREATE_BREAKAWAY_FROM_JOB).pid
        except PermissionError:  # a job object that nobody may leave
            return _popen(command, creationflags=flags).pid
    else:
        return _popen(command, start_new_session=True).pid


def _popen(command: list[str], *, start_new_session: bool = False, creationflags: int = 0) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(threadreel.__file__).parents[1],  # where `-m` finds this package, installed or not
        start_new_session=start_new_session,
        creationflags=creationflags,
    )
