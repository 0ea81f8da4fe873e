"""The threads that transfer: as many as there is work for, none when there is none."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.transfers.scheduler import Scheduler

log = logging.getLogger(__name__)

#: how long a worker without work waits for more
PATIENCE_S = 2.0
#: open files of a process that downloads nothing: standard streams, ledger, log, locks, certificates, the API's connection
_OTHER_DESCRIPTORS = 16
#: a worker's part file, its connection, and an idle one that an earlier host left in its pool
_DESCRIPTORS_EACH = 3


def affordable_workers(wanted: int) -> int:
    """As many of the wanted workers as the process may have files open for: 16 with 64 descriptors."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = wanted if limit == resource.RLIM_INFINITY else (limit - _OTHER_DESCRIPTORS) // _DESCRIPTORS_EACH
    if most < wanted:
        log.warning("no more than %d transfers at once: this process may open %d files only", max(1, most), limit)
    return max(1, min(wanted, most))


class Workers:
    """Daemon threads ``transfer-N``: each takes, runs, gives back, until there was nothing to take for a while."""

    def __init__(
        self,
        scheduler: Scheduler,
        run: Callable[[Transfer], None],
        most: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scheduler, self._run, self._most, self._monotonic = scheduler, run, most, monotonic
        self._lock = threading.Lock()  # protects all below
        self._threads: dict[threading.Thread, Transfer | None] = {}
        self._begun: dict[threading.Thread, float] = {}
        self._served, self._busy_s = 0, 0.0
        self._numbers = itertools.count(1)
        self._stopped = False

    def call(self) -> None:
        """There is new work: as many workers as can start on it are there."""
        with self._lock:
            if self._stopped:
                return
            idle = sum(transfer is None for transfer in self._threads.values())
            wanted = min(self._scheduler.wanted() - idle, self._most - len(self._threads))
            for _ in range(wanted):
                thread = threading.Thread(target=self._work, name=f"transfer-{next(self._numbers)}", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # the system allows no more: those that are there do the work
                    log.warning("no more workers: %s", error)
                    return
                self._threads[thread] = None

    def busy(self) -> list[tuple[str, Transfer]]:
        """Each worker at work, and on what."""
        with self._lock:
            return [(thread.name, transfer) for thread, transfer in self._threads.items() if transfer is not None]

    def figures(self) -> dict[str, Any]:
        """``threads`` and their ``limit``, tasks ``run`` so far, and ``busy_s``: the time at work of all threads together."""
        with self._lock:
            now = self._monotonic()
            return {
                "threads": len(self._threads),
                "limit": self._most,
                "run": self._served + len(self._begun),
                "busy_s": self._busy_s + sum(now - begun for begun in self._begun.values()),
            }

    def stop(self, timeout_s: float) -> bool:
        """Whether all workers ended within the limit; the scheduler must be closed before."""
        with self._lock:
            self._stopped = True
            threads = list(self._threads)
        end = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _work(self) -> None:
        me = threading.current_thread()
        try:
            while (transfer := self._scheduler.take(PATIENCE_S)) is not None:
                self._note(me, transfer)
                self.call()  # another may have come due at the same moment
                self._run(transfer)
                self._note(me, None)
        finally:
            self._note(me, None)
            with self._lock:
                del self._threads[me]
            self.call()  # who brought work while this one was leaving counted on it

    def _note(self, thread: threading.Thread, transfer: Transfer | None) -> None:
        with self._lock:
            self._threads[thread] = transfer
            if transfer is not None:
                self._begun[thread] = self._monotonic()
            elif (begun := self._begun.pop(thread, None)) is not None:
                self._served += 1
                self._busy_s += self._monotonic() - begun
