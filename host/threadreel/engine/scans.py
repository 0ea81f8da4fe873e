"""The API lanes: one thread read after the other for each API host.

A task says which thread it wants; it gets the thread. A lane is one thread, there only while it has tasks, so a scan never
waits for a transfer. ``asking`` keeps the pace.
"""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from threadreel.engine.addresses import host_of
from threadreel.engine.asking import Asker, BusyError, Elsewhere
from threadreel.engine.clock import Clock
from threadreel.engine.interruption import Interrupted, Interruption
from threadreel.engine.policy import Policy
from threadreel.engine.scheduler import PRIORITIES
from threadreel.errors import HttpError, SiteError, ThreadreelError
from threadreel.library.answer_table import Answer, AnswerTable
from threadreel.sites.base import Site, Target, ThreadAnswer

if TYPE_CHECKING:
    from threadreel.engine.http import Http

log = logging.getLogger(__name__)

#: errors that another request would only repeat
_HOPELESS = frozenset({"http.redirect", "http.tls", "http.too_large", "http.unreadable"})
#: takes the thread, or the error that kept it from being read
Receiver = Callable[[ThreadAnswer | ThreadreelError], None]


@dataclass(slots=True)
class _Task:
    site: Site
    target: Target
    receive: Receiver
    is_wanted: Callable[[], bool]
    attempts: int = 0


class Lane:
    """The tasks of one API host."""

    def __init__(
        self, host: str, http: Callable[[], Http], answers: AnswerTable, policy: Callable[[], Policy], clock: Clock
    ) -> None:
        self._host, self._policy, self._clock = host, policy, clock
        self._changed = threading.Condition()
        self._tasks: list[tuple[float, int, int, _Task]] = []  # not before, rank, number
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._interruption = Interruption()
        self._asker = Asker(host, http, answers, policy, clock, self._interruption)

    def add(self, task: _Task, rank: int, wait_s: float = 0.0) -> None:
        """Serve this task, after ``wait_s``, in order of rank."""
        with self._changed:
            if self._closed:
                return
            heapq.heappush(self._tasks, (self._clock.monotonic() + wait_s, rank, next(self._numbers), task))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"scan-{self._host}", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def waiting(self) -> int:
        """How many tasks are in line."""
        with self._changed:
            return len(self._tasks)

    def close(self) -> None:
        """No request is sent any more; the one that is on its way is cut."""
        self._interruption.set()
        with self._changed:
            self._closed = True
            self._tasks.clear()
            self._changed.notify_all()

    def join(self, timeout_s: float) -> bool:
        """Whether the thread ended within the limit."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                found = self._next()
                if found is None:
                    self._thread = None
                    return
            try:
                self._serve(*found)
            except Exception:  # a lane's top frame: its thread serves all jobs
                log.exception("scan of %s failed", found[1].target.url)

    def _next(self) -> tuple[int, _Task] | None:
        while not self._closed and self._tasks:
            now = self._clock.monotonic()
            due = [entry for entry in self._tasks if entry[0] <= now]
            if due:
                entry = min(due, key=lambda entry: (entry[1], entry[2]))
                self._tasks.remove(entry)
                heapq.heapify(self._tasks)
                return entry[1], entry[3]
            self._changed.wait(self._tasks[0][0] - now + 0.001)
        return None

    def _serve(self, rank: int, task: _Task) -> None:
        try:
            thread = self._read(task)
            if thread is not None:
                self._hand_over(task, thread)
        except Interrupted:
            return
        except Elsewhere as other:  # back in line: the tasks behind this one need not wait for that
            self.add(task, rank, other.wait_s)
        except ThreadreelError as error:
            wait_s = self._retry_wait_s(task, error)
            if wait_s is None:
                self._hand_over(task, error)
            else:
                log.info("scan of %s waits %.1f s: %s", task.target.url, wait_s, error)
                self.add(task, rank, wait_s)
        except Exception as error:  # nobody else would tell the one who waits for the answer
            log.exception("scan of %s failed", task.target.url)
            self._hand_over(task, ThreadreelError("internal", f"The scan failed: {error!r}.", "Please report this."))

    def _read(self, task: _Task) -> ThreadAnswer | None:
        """The thread; None when nobody wants it."""
        if not task.is_wanted():
            return None
        url = task.site.api_url(task.target)
        answer = self._asker.answer(task.site, url, task.attempts, task.is_wanted)
        if answer is None:
            return None
        try:
            return task.site.read_thread(task.target, _decode(answer, task.target))
        except SiteError:
            self._asker.keep_unusable(url, answer)
            raise

    def _hand_over(self, task: _Task, found: ThreadAnswer | ThreadreelError) -> None:
        if not self._interruption.is_set():  # the process ends: what was found is the next one's, and no failure
            task.receive(found)

    def _retry_wait_s(self, task: _Task, error: ThreadreelError) -> float | None:
        policy = self._policy()
        if not isinstance(error, HttpError) or error.code in _HOPELESS:
            return None
        task.attempts += 1
        if task.attempts > policy.retries:
            return None
        return error.wait_s if isinstance(error, BusyError) else policy.backoff_s(task.attempts)


class Lanes:
    """The lane of each API host."""

    def __init__(
        self, http: Callable[[], Http], answers: AnswerTable, policy: Callable[[], Policy], clock: Clock
    ) -> None:
        self._http, self._answers, self._policy, self._clock = http, answers, policy, clock
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()
        self._closed = False

    def read(
        self, site: Site, target: Target, receive: Receiver, priority: str, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Have the thread read and handed to ``receive``, on the lane's thread; not at all once ``is_wanted`` says no."""
        host = host_of(site.api_url(target))
        with self._lock:
            if self._closed:
                return
            lane = self._lanes.get(host)
            if lane is None:
                lane = self._lanes[host] = Lane(host, self._http, self._answers, self._policy, self._clock)
        lane.add(_Task(site, target, receive, is_wanted), PRIORITIES.index(priority))

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


def _decode(answer: Answer, target: Target) -> Mapping[str, Any]:
    if answer.status != 200:
        raise SiteError(
            "thread.gone",
            f"The thread {target.url} is gone (404).",
            "It was deleted, or has left the board. An archive may have it.",
        )
    try:
        decoded = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise SiteError(
            "site.unreadable",
            f"The answer for {target.url} is not JSON.",
            "The site may be showing a challenge page; try again later.",
        ) from None
    if not isinstance(decoded, dict):
        raise SiteError("site.unreadable", f"The answer for {target.url} is not a thread.", "Try again later.")
    return decoded
