"""What is asked of all threads of a board's job, of which there may be thousands: some obey at once, the others soon after.

Whoever asks has the answer before the last of them was told. The rest is done in steps on the thread of the timers, so that what
else waits for its time comes between. A process that is killed meanwhile has left in the ledger what was asked of the board's
job, and the next one begins the sweep anew.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.engine.lifecycle.thread_course import ThreadCourse
from threadreel.engine.timers import Timers
from threadreel.engine.transfers.scheduler import Scheduler

#: more than there are workers: what is on its way obeys at once
AT_ONCE = 50
#: in each later step: what else waits for the timers is not kept waiting
AT_A_STEP = 20


@dataclass(frozen=True, slots=True)
class _Sweep:
    """``children`` that have not obeyed yet. ``swept`` is called, no lock held, once all have."""

    board_job: BoardJob
    children: deque[Job]
    act: Callable[[Job], None]
    swept: Callable[[], None]


class Sweeps:
    """At most one for each board's job: a newer one takes the place of an older. Any thread may call any method."""

    def __init__(self, timers: Timers, scheduler: Scheduler, course: ThreadCourse) -> None:
        self._timers, self._scheduler, self._course = timers, scheduler, course
        self._lock = threading.RLock()  # held for a step: nobody else's order comes in its midst
        self._sweeps: dict[str, _Sweep] = {}

    def pause(self, board_job: BoardJob) -> None:
        """All its threads rest, those first of which a file is on its way."""
        self._begin(board_job, self._course.pause, lambda: None)

    def cancel(self, board_job: BoardJob, swept: Callable[[], None]) -> None:
        """All its threads end; nothing more of any is begun. ``swept`` is called, no lock held, when the last has."""
        for child in board_job.living():
            child.is_doomed = True
        self._begin(board_job, self._course.cancel, swept)

    def finish(self, board_job: BoardJob) -> None:
        """All of them have obeyed when this returns: what is asked next is asked of them as they are then."""
        while (sweep := self._sweeps.get(board_job.id)) is not None:
            self._step(sweep, len(sweep.children))

    def _begin(self, board_job: BoardJob, act: Callable[[Job], None], swept: Callable[[], None]) -> None:
        self._scheduler.drop_group(board_job.id)
        busy_first = sorted(board_job.living(), key=lambda child: not child.active())
        sweep = _Sweep(board_job, deque(busy_first), act, swept)
        with self._lock:
            self._sweeps[board_job.id] = sweep
        self._step(sweep, AT_ONCE)

    def _step(self, sweep: _Sweep, count: int) -> None:
        board_job = sweep.board_job
        with self._lock:
            if self._sweeps.get(board_job.id) is not sweep:
                return
            try:
                with board_job.held(), board_job.written_together():
                    for _ in range(min(count, len(sweep.children))):
                        sweep.act(sweep.children.popleft())
            finally:  # a defect in one thread's job must not keep the others from obeying
                if sweep.children:
                    self._timers.after(("sweep", board_job.id), 0.0, functools.partial(self._step, sweep, AT_A_STEP))
            if sweep.children:
                return
            del self._sweeps[board_job.id]
        sweep.swept()
