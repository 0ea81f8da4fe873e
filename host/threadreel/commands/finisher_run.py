"""``threadreel resume --detached``: what a finisher does, from the jobs that it finds to the end of the last one.

It has no terminal: what it has to say is in the log. A browser that is opened meanwhile is given the jobs back.
"""

from __future__ import annotations

import logging
import os
import threading
import time

from threadreel.engine.engine import Engine
from threadreel.finisher import finishing
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.owner_table import FINISHER
from threadreel.logs import start_logging, stop_logging
from threadreel.places import find_places
from threadreel.settings import SettingsFile

log = logging.getLogger(__name__)

_LOOK_S = 0.25
#: how long one that finds another finisher waits for its end: it may be leaving just now, and not take what we came for
_PATIENCE_S = 5.0


def finish() -> int:
    """Go on with what is unfinished until nothing is under way, or a browser wants it; the exit code."""
    places = find_places(os.environ)
    settings = SettingsFile(places.settings_file)
    start_logging(places, settings.values["log_level"])
    try:
        engine = Engine(places, settings, lambda _: None)
        try:
            _finish(engine, settings)
        finally:
            engine.stop()
    finally:
        stop_logging()
    return 0


def _finish(engine: Engine, settings: SettingsFile) -> None:
    chosen, table, asked_back = finishing(settings.values), JobTable(engine.ledger), threading.Event()

    def wants(row: JobRow) -> bool:
        return chosen.wants(row, table)

    end = time.monotonic() + _PATIENCE_S
    while not engine.join(FINISHER, "", wants=wants, hand_back=asked_back.set):
        if time.monotonic() > end:
            log.info("another finisher is at it")
            return
        asked_back.wait(_LOOK_S)
    engine.adopt(wants)
    while not asked_back.is_set() and engine.is_at_work(chosen):
        asked_back.wait(_LOOK_S)
    log.info("a browser goes on" if asked_back.is_set() else "nothing is under way any more")
