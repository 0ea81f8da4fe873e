"""What is asked of jobs, whichever process runs them: ours obey at once, the processes of all others are asked through the ledger.

Those are given a moment to obey, so that the answer shows the job as it is then. A process that is stopped (Ctrl+Z, a debugger)
obeys when it goes on: that is said, and not waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from threadreel import events
from threadreel.engine.clock import Clock
from threadreel.engine.lifecycle.controls import Controls, refuse_watch
from threadreel.engine.lifecycle.elsewhere_error import ElsewhereError
from threadreel.engine.lifecycle.lookup import Lookup
from threadreel.engine.reporter import Reporter
from threadreel.events import JobView
from threadreel.library.command_table import CommandTable
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.owners import Owner
from threadreel.sites.base import PageKind

#: how long an answer waits for another process
WAIT_S = 1.5
_LOOK_S = 0.03
AGAIN, WATCH, ADD = "again", "watch", "add"


class Again(TypedDict):
    """What somebody who asks for a page once more wants of its job: ``files`` by key, ``watch`` None to leave that as it is."""

    priority: str
    watch: bool | None
    files: list[str]


@dataclass(frozen=True, slots=True)
class Dispatched:
    """``views`` of the jobs that have obeyed; ``settle`` adds those that others were asked for. ``is_open``: there are any."""

    views: list[JobView]
    is_open: bool
    _wait: Callable[[], list[JobView]]

    def settle(self) -> list[JobView]:
        """All of them as they are once everybody has obeyed, or after ``WAIT_S``."""
        return [*self.views, *self._wait()]


class Dispatcher:
    """Asks. ``heads`` gives the jobs of other processes that are no part of another."""

    def __init__(
        self,
        table: JobTable,
        commands: CommandTable,
        owner: Owner,
        lookup: Lookup,
        controls: Controls,
        reporter: Reporter,
        clock: Clock,
        heads: Callable[[], Sequence[str]],
    ) -> None:
        self._table, self._commands, self._owner, self._lookup = table, commands, owner, lookup
        self._controls, self._reporter, self._clock, self._heads = controls, reporter, clock, heads

    def control(self, action: str, job_id: str, priority: str = "", file: str = "") -> Dispatched:
        """As ``Controls.control``, of any job. Raises RequestError ``job.unknown``."""
        argument = {"job": job_id, "priority": priority, "file": file}
        try:
            views = self._controls.control(action, job_id, priority, file)
        except ElsewhereError as error:
            return self._ask([], [(error.job, argument)], action, [job_id])
        heads = list(self._heads()) if job_id == "all" and action != "remove" else []
        return self._ask(views, [(head, {**argument, "job": head}) for head in heads], action, heads)

    def set_watching(self, job_id: str, is_watched: bool) -> Dispatched:
        """As ``Controls.set_watching``, of any job. Raises RequestError ``job.unknown``, ``request.unsupported``."""
        try:
            return self._ask(self._controls.set_watching(job_id, is_watched), [], WATCH, [])
        except ElsewhereError as error:
            kind = self._lookup.job(job_id)["kind"]
            if kind != PageKind.THREAD:
                refuse_watch(kind)
            return self._ask([], [(error.job, {"job": job_id, "watch": is_watched})], WATCH, [job_id])

    def ask_again(self, row: JobRow, again: Again) -> None:
        """Somebody asks here for the page of this job, which another process runs: it is told, and not waited for."""
        self._ask([], [(row.id, {"job": row.id, **again})], AGAIN, [])

    def add(self, row: JobRow, urls: Sequence[str], options: dict[str, Any]) -> Dispatched:
        """Threads shall become parts of this board's job, which another process runs. What they became is known only when it has
        obeyed: if it does not in time, it need not any more, and ``settle`` raises ElsewhereError.
        """
        argument = {"job": row.id, "urls": list(urls), "options": options}
        number = self._commands.ask(row.id, ADD, argument, self._clock.time())

        def wait() -> list[JobView]:
            self._wait([number])
            self._commands.done(number)
            found = [self._table.living(url, row.root) or self._table.last(url, row.root) for url in urls]
            added = [each for each in found if each and (each.finished is None or each.parent == row.id)]
            if len(added) < len(urls):
                raise ElsewhereError(row)
            return [self._lookup.view(each) for each in added]

        return Dispatched([], True, wait)

    def _ask(
        self, views: list[JobView], requests: list[tuple[str, dict[str, Any]]], action: str, shown: list[str]
    ) -> Dispatched:
        stopped = self._owner.stopped() if requests else []
        awaited = []
        for addressee, argument in requests:
            number = self._commands.ask(addressee, action, argument, self._clock.time())
            row = self._table.get(addressee)
            if row is not None and row.owner in stopped:
                self._say_stopped(row)
            else:
                awaited.append(number)

        def wait() -> list[JobView]:
            self._wait(awaited)
            return [self._lookup.job(job) for job in shown]

        return Dispatched(views, bool(requests), wait)

    def _wait(self, numbers: Sequence[int]) -> None:
        end, pause = self._clock.monotonic() + WAIT_S, threading.Event()
        while numbers and self._clock.monotonic() < end and self._commands.are_waiting(numbers):
            pause.wait(_LOOK_S)

    def _say_stopped(self, row: JobRow) -> None:
        process = (row.owner or "").partition("-")[0]
        text = f"Process {process}, which downloads {row.title or row.url}, is stopped: it obeys when it goes on."
        self._reporter.relay([events.log_line("warning", text, row.id)])
