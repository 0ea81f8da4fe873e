"""The API lanes: one for each API host, made when it is first asked. Everything that reads pages comes in here."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from threadreel.engine.browser_route.api_pages import ApiPages
from threadreel.engine.clock import Clock
from threadreel.engine.network.addresses import host_of
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.policy import Policy
from threadreel.engine.site_api.asker import Asker
from threadreel.engine.site_api.lane import Lane, Receiver, Task
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.engine.transfers.lines import PRIORITIES
from threadreel.library.answer_table import AnswerTable
from threadreel.library.pace_table import PaceTable
from threadreel.sites.base import Site, Target

if TYPE_CHECKING:
    from threadreel.engine.network.http import Http

__all__ = ["Lanes", "Receiver"]


class Lanes:
    """The lane of each API host."""

    def __init__(
        self,
        http: Callable[[], Http],
        answers: AnswerTable,
        paces: PaceTable,
        cooldowns: Cooldowns,
        policy: Callable[[], Policy],
        clock: Clock,
        browser: ApiPages | None = None,
    ) -> None:
        self._browser = browser
        self._http, self._answers, self._paces, self._cooldowns = http, answers, paces, cooldowns
        self._policy, self._clock = policy, clock
        self._lock = threading.Lock()  # protects everything below
        self._lanes: dict[str, Lane] = {}
        self._tasks: weakref.WeakValueDictionary[str, Task] = weakref.WeakValueDictionary()
        self._closed = False

    def read(
        self,
        site: Site,
        target: Target,
        receive: Receiver,
        priority: str,
        is_wanted: Callable[[], bool] = lambda: True,
        job: str = "",
        group: str = "",
    ) -> None:
        """Have the page read and handed to ``receive``, on the lane's thread; not at all once ``is_wanted`` says no.

        ``job``: whose priority may change, see ``set_priority``. ``group``: its parent, whose threads take turns with others.
        """
        task = Task(site, target, receive, is_wanted, PRIORITIES.index(priority), group)
        with self._lock:
            if self._closed:
                return
            if job:
                self._tasks[job] = task
            lane = self._lane(host_of(task.url))
        lane.add(task)

    def set_priority(self, job: str, priority: str) -> None:
        """Read what this job waits for earlier or later."""
        with self._lock:
            task = self._tasks.get(job)
            lane = self._lane(host_of(task.url)) if task is not None else None
        if task is not None and lane is not None:
            lane.set_rank(task, PRIORITIES.index(priority))

    def waiting(self) -> int:
        """Tasks in line, over all lanes."""
        with self._lock:
            return sum(lane.waiting() for lane in self._lanes.values())

    def stop(self, timeout_s: float) -> bool:
        """Whether all lanes ended within the limit."""
        with self._lock:
            self._closed = True
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.close()
        end = time.monotonic() + timeout_s
        ended = [lane.join(max(0.0, end - time.monotonic())) for lane in lanes]
        return all(ended)

    def _lane(self, host: str) -> Lane:
        lane = self._lanes.get(host)
        if lane is None:
            interruption = Interruption()
            asker = Asker(
                host,
                self._http,
                self._answers,
                self._paces,
                self._cooldowns,
                self._policy,
                self._clock,
                interruption,
                self._browser,
            )
            lane = self._lanes[host] = Lane(host, asker, interruption, self._policy, self._clock)
        return lane
