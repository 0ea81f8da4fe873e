"""The API lane: one request after the other for each API host, at the pace the site allows, for all processes together.

A task says which thread it wants; it gets the thread. Younger than ten seconds, the kept answer is used; older, the
request carries If-Modified-Since. A lane is one thread, there only while it has tasks, so a scan never waits for a transfer.
"""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from threadreel.engine.addresses import host_of
from threadreel.engine.clock import Clock
from threadreel.engine.interruption import Interrupted, Interruption
from threadreel.engine.policy import Policy, retry_after_s
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
        self._host, self._http, self._answers, self._policy, self._clock = host, http, answers, policy, clock
        self._changed = threading.Condition()
        self._tasks: list[tuple[float, int, int, _Task]] = []  # not before, rank, number
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._interruption = Interruption()
        self._not_before = 0.0  # monotonic; before that no request is sent

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
        """No request is sent any more."""
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
            if not task.is_wanted():
                return
            answer = self._answer(rank, task)
            if answer is not None:
                task.receive(self._read(task, answer))
        except Interrupted:
            return
        except ThreadreelError as error:
            wait_s = self._retry_wait_s(task, error)
            if wait_s is None:
                task.receive(error)
            else:
                log.info("scan of %s waits %.1f s: %s", task.target.url, wait_s, error)
                self.add(task, rank, wait_s)
        except Exception as error:  # nobody else would tell the one who waits for the answer
            log.exception("scan of %s failed", task.target.url)
            task.receive(ThreadreelError("internal", f"The scan failed: {error!r}.", "Please report this."))

    def _read(self, task: _Task, answer: Answer) -> ThreadAnswer:
        try:
            return task.site.read_thread(task.target, _decode(answer, task.target))
        except SiteError:
            # it stands for the thread for a while like any other, but "nothing changed since" must not make it last
            self._answers.keep(task.site.api_url(task.target), replace(answer, last_modified=None))
            raise

    def _retry_wait_s(self, task: _Task, error: ThreadreelError) -> float | None:
        policy = self._policy()
        if not isinstance(error, HttpError) or error.code in _HOPELESS:
            return None
        task.attempts += 1
        if task.attempts > policy.retries:
            return None
        return error.wait_s if isinstance(error, _Busy) else policy.backoff_s(task.attempts)

    def _answer(self, rank: int, task: _Task) -> Answer | None:
        """The kept answer if it is fresh, else a new one at the next free slot; None when nobody wants it, or not yet."""
        url = task.site.api_url(task.target)
        policy = self._policy()
        interval_s = task.site.api_interval_s + policy.api_margin_s
        while True:
            fresh = self._answers.fresh(url, self._clock.time())
            if fresh is not None:
                return fresh
            slot = self._answers.reserve(url, self._host, interval_s, self._clock.time)
            if slot.granted:
                break
            if slot.wait_s > 0:  # another process is asking just now: the others in line need not wait for that
                self.add(task, rank, slot.wait_s)
                return None
        try:
            self._sleep(max(slot.wait_s, self._not_before - self._clock.monotonic()))
            self._sleep(self._answers.cooldowns(self._clock.time()).get(self._host, 0.0))  # said while we waited
            if task.is_wanted():
                return self._ask(task, url, slot.kept)
        except (Interrupted, HttpError):
            self._answers.give_up(url)
            raise
        self._answers.give_up(url)
        return None

    def _ask(self, task: _Task, url: str, kept: Answer | None) -> Answer:
        policy = self._policy()
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if kept is not None and kept.status == 200 and kept.last_modified:
            headers["If-Modified-Since"] = kept.last_modified
        try:
            response = self._http().get(url, headers, task.site.hosts, self._interruption)
            try:
                body = response.read_answer(policy.answer_limit_bytes) if response.status == 200 else b""
            finally:
                response.close()
        except HttpError:
            self._interruption.check()
            raise
        finally:
            # the site sees arrivals: a first request is slower than the next by all that a new connection takes
            self._not_before = self._clock.monotonic() + task.site.api_interval_s
        now = self._clock.time()
        if response.status == 304 and kept is not None:
            answer = Answer(200, kept.body, kept.last_modified, now)
        elif response.status == 200:
            answer = Answer(200, body, response.headers.get("Last-Modified"), now)
        elif response.status in (404, 410):
            answer = Answer(404, b"", None, now)
        else:
            self._answers.give_up(url)
            raise self._refused(task, response.status, response.headers, now)
        self._answers.keep(url, answer)
        return answer

    def _refused(self, task: _Task, status: int, headers: Mapping[str, str], now: float) -> ThreadreelError:
        policy = self._policy()
        wait_s = retry_after_s(headers.get("Retry-After"), now)
        if status == 429 or status >= 500:
            rest_s = policy.backoff_s(task.attempts + 1) if wait_s is None else wait_s
            self._answers.cool_down(self._host, now + min(rest_s, policy.retry_after_cap_s))
            if rest_s <= policy.retry_after_cap_s:
                return _Busy(self._host, status, rest_s)
        return ThreadreelError(
            "http.status",
            f"{self._host} refuses to show the thread (HTTP {status}).",
            "Open the thread in your browser: if it shows, try again later.",
        )

    def _sleep(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        with self._changed:
            while not self._closed and (left := end - self._clock.monotonic()) > 0:
                self._changed.wait(left)
        self._interruption.check()


class _Busy(HttpError):
    """The API asks to come back later."""

    def __init__(self, host: str, status: int, wait_s: float) -> None:
        super().__init__("http.status", f"{host} is busy (HTTP {status}).", "Try again later.")
        self.wait_s = wait_s


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
