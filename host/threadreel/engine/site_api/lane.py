"""The lane of one API host: its tasks, read one after the other, what is wanted most first.

A task says which page it wants, a thread or a listing of threads; it gets that. The lane is one thread, there only while it has
tasks, so a scan never waits for a transfer. It waits for its turn among the processes, and chooses the task when it has it:
whatever came meanwhile may go first. ``asker`` keeps the pace.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from threadreel.engine.clock import Clock
from threadreel.engine.network.interruption import Interrupted, Interruption
from threadreel.engine.policy import Policy
from threadreel.engine.site_api.asker import Asker, BusyError
from threadreel.engine.site_api.reading import Reading, understand
from threadreel.errors import HttpError, SiteError, ThreadreelError
from threadreel.sites.base import Site, Target

log = logging.getLogger(__name__)

#: a group that was not served for so long is served like one of the next higher priority, and so on: a board, of which a thread
#: is read every second, never starves a watch
AGE_S = 30.0
#: errors that another request would only repeat
_HOPELESS = frozenset({"http.redirect", "http.tls", "http.too_large", "http.unreadable"})
#: takes the page, or the error that kept it from being read
Receiver = Callable[[Reading | ThreadreelError], None]


@dataclass(slots=True, eq=False, weakref_slot=True)
class Task:
    """A page that somebody wants to be read, as long as ``is_wanted``. ``rank``: 0 is served first.

    Tasks of one ``group`` (a board's threads) have their turn together; without, each has its own.
    """

    site: Site
    target: Target
    receive: Receiver
    is_wanted: Callable[[], bool]
    rank: int
    group: Hashable = None
    attempts: int = 0
    number: int = 0
    entered: float = 0.0  # monotonic
    due_entry: int = 0  # the number of its entry among what is due, 0 for none; any other entry of it is void

    @property
    def url(self) -> str:
        """Where the answer is."""
        return self.site.api_url(self.target)


#: rank, number of the task, number of the entry, task
_Entry = tuple[int, int, int, Task]


class Lane:
    """The tasks of one API host. Methods may be called from any thread."""

    def __init__(
        self, host: str, asker: Asker, interruption: Interruption, policy: Callable[[], Policy], clock: Clock
    ) -> None:
        """``interruption`` is the asker's: set when the lane is closed."""
        self._host, self._asker, self._interruption = host, asker, interruption
        self._policy, self._clock = policy, clock
        self._changed = threading.Condition()  # its lock protects everything below
        self._new: deque[Task] = deque()  # nobody has looked yet whether their answers are here already
        self._due: dict[Hashable, list[_Entry]] = {}  # by group, the first of each valid
        self._served: dict[Hashable, float] = {}  # when each of these groups had its last turn, monotonic
        self._later: list[tuple[float, int, Task]] = []  # by the moment when they are due
        self._numbers = itertools.count(1)
        self._waiting = 0
        self._turn_at = 0.0  # monotonic; before that it is not our turn
        self._thread: threading.Thread | None = None
        self._closed = False

    # Called by others

    def add(self, task: Task) -> None:
        """Serve this task when its turn comes."""
        with self._changed:
            if self._closed:
                return
            task.number, task.entered = next(self._numbers), self._clock.monotonic()
            self._waiting += 1
            self._new.append(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"scan-{self._host}", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def set_rank(self, task: Task, rank: int) -> None:
        """Serve it earlier or later, if it is still in line."""
        with self._changed:
            if task.rank != rank:
                task.rank = rank
                if task.due_entry:
                    self._make_due(task)
                    self._clean(task.group or task)

    def waiting(self) -> int:
        """How many tasks are in line."""
        with self._changed:
            return self._waiting

    def close(self) -> None:
        """No request is sent any more; the one that is on its way is cut."""
        self._interruption.set()
        with self._changed:
            self._closed = True
            self._new.clear()
            self._due.clear()
            self._later.clear()
            self._waiting = 0
            self._changed.notify_all()

    def join(self, timeout_s: float) -> bool:
        """Whether the thread ended within the limit."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    # The lane's thread

    def _run(self) -> None:
        while (found := self._next()) is not None:
            task, is_new = found
            try:
                self._serve(task, is_new)
            except Exception:  # a lane's top frame: its thread serves all jobs
                log.exception("scan of %s failed", task.target.url)

    def _next(self) -> tuple[Task, bool] | None:
        """A task nobody has looked at yet (True), or the first of those to ask for; None when there will be none."""
        with self._changed:
            while not self._closed:
                now = self._clock.monotonic()
                while self._later and self._later[0][0] <= now:
                    self._make_due(heapq.heappop(self._later)[2])
                if self._new:
                    self._waiting -= 1
                    return self._new.popleft(), True
                if self._due and self._turn_at <= now:
                    self._waiting -= 1
                    return self._first_due(), False
                if not self._waiting:
                    break
                moments = [self._turn_at] if self._due else []
                moments += [self._later[0][0]] if self._later else []
                self._clock.wait(self._changed, min(moments) - now + 0.001)
            self._asker.leave()
            self._thread = None
            return None

    def _make_due(self, task: Task) -> None:
        """In line, or once more with another rank."""
        task.due_entry = next(self._numbers)
        heapq.heappush(self._due.setdefault(task.group or task, []), (task.rank, task.number, task.due_entry, task))

    def _first_due(self) -> Task:
        def turn(group: Hashable) -> tuple[float, int]:
            rank, number, _, task = self._due[group][0]
            return AGE_S * rank + max(task.entered, self._served.get(group, 0.0)), number

        group = min(self._due, key=turn)
        task = heapq.heappop(self._due[group])[3]
        task.due_entry = 0
        self._clean(group)
        return task

    def _clean(self, group: Hashable) -> None:
        """The first entry of the group is valid; a group without entries is none."""
        line = self._due[group]
        while line and line[0][2] != line[0][3].due_entry:
            heapq.heappop(line)
        if not line:
            del self._due[group]
            self._served.pop(group, None)

    def _serve(self, task: Task, is_new: bool) -> None:
        try:
            reading = self._read(task, is_new)
            if reading is not None:
                self._hand_over(task, reading)
        except Interrupted:
            return
        except ThreadreelError as error:
            wait_s = self._retry_wait_s(task, error)
            if wait_s is None:
                self._hand_over(task, error)
            else:
                log.info("scan of %s waits %.1f s: %s", task.target.url, wait_s, error)
                self._stay(task, wait_s)
        except Exception as error:  # nobody else would tell the one who waits for the answer
            log.exception("scan of %s failed", task.target.url)
            self._hand_over(task, ThreadreelError("internal", f"The scan failed: {error!r}.", "Please report this."))

    def _read(self, task: Task, is_new: bool) -> Reading | None:
        """The page; None when nobody wants it, or when the task stays in line."""
        if not is_new:
            turn_s = self._asker.turn_s(task.site)
            if turn_s > 0:
                self._stay(task, turn_s=turn_s)
                return None
        answer = self._asker.fresh(task.url)
        if answer is None and is_new:
            self._stay(task)
            return None
        if not task.is_wanted():
            return None
        if answer is None:
            self._note_turn(task)
            answer = self._asker.ask(task.site, task.url, task.target.url, task.attempts)
        try:
            return understand(task.site, task.target, answer)
        except SiteError as error:
            if error.code != "thread.gone":
                self._asker.keep_unusable(task.url, answer)
            raise

    def _note_turn(self, task: Task) -> None:
        with self._changed:
            if task.group in self._due:  # else nothing of the group is left to have another turn
                self._served[task.group] = self._clock.monotonic()

    def _stay(self, task: Task, wait_s: float = 0.0, *, turn_s: float = 0.0) -> None:
        """In line still; not before ``wait_s`` from now, and nobody before ``turn_s`` from now."""
        with self._changed:
            if self._closed:
                return
            now = self._clock.monotonic()
            self._waiting += 1
            if wait_s > 0:
                heapq.heappush(self._later, (now + wait_s, next(self._numbers), task))
            else:
                self._make_due(task)
            self._turn_at = max(self._turn_at, now + turn_s)

    def _hand_over(self, task: Task, found: Reading | ThreadreelError) -> None:
        if not self._interruption.is_set():  # the process ends: what was found is the next one's, and no failure
            task.receive(found)

    def _retry_wait_s(self, task: Task, error: ThreadreelError) -> float | None:
        policy = self._policy()
        if not isinstance(error, HttpError) or error.code in _HOPELESS:
            return None
        task.attempts += 1
        if task.attempts > policy.retries:
            return None
        return error.wait_s if isinstance(error, BusyError) else policy.backoff_s(task.attempts)
