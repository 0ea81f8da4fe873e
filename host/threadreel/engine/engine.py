"""The engine: URLs in, jobs out. Wires scans, plan, runner, ledger and reporter, and is all that others see of them.

Threads, their owner and how each ends (all are daemon threads):
    scan-HOST    one per API host, owner ``Lanes``      ends without tasks; ``stop`` wakes it
    transfer-N   up to ``Policy.workers``, ``Workers``  ends after idle seconds; ``stop`` cuts what it reads
    reporter     one, ``Reporter``                      ends when no job lives; ``stop`` wakes it
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.course import Course, file_thread
from threadreel.engine.intake import Intake, count_kinds
from threadreel.engine.job import Job
from threadreel.engine.policy import Policy
from threadreel.engine.reporter import Reporter
from threadreel.engine.room import Room
from threadreel.engine.roster import Options, Roster
from threadreel.engine.runner import Runner
from threadreel.engine.scans import Lanes, Receiver
from threadreel.errors import RequestError, SettingsError, ThreadreelError, UrlError
from threadreel.events import JobView, Listener
from threadreel.library.answer_table import AnswerTable
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import AttachmentRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.owners import Owner
from threadreel.library.templates import FolderTemplate, NameTemplate
from threadreel.places import Places
from threadreel.settings import SettingsFile
from threadreel.sites.base import PageKind, Site, Target, ThreadAnswer
from threadreel.sites.registry import Registry
from threadreel.states import JobState

log = logging.getLogger(__name__)

#: ``job.retry`` of "all" goes back so many ended jobs
RETRY_AT_ONCE = 100
#: kinds of page that are one job
_FETCHABLE = frozenset({PageKind.THREAD, PageKind.FILE})


class Engine:
    """One engine a process. Methods may be called from any thread, answer at once and never wait for the network."""

    def __init__(
        self,
        places: Places,
        settings: SettingsFile,
        listener: Listener,
        clock: Clock | None = None,
        tune: Callable[[Policy], Policy] = lambda policy: policy,
    ) -> None:
        """Opens the ledger: raises LedgerError. ``tune`` may change the policy that the settings give (tests: shorter waits)."""
        self._places, self._settings, self._tune = places, settings, tune
        self._clock = clock or Clock()
        self.ledger = Ledger(places.ledger_file)
        self._owner = Owner(places.lock_folder)
        self._jobs, self._files = JobTable(self.ledger), FileTable(self.ledger)
        self._answers = AnswerTable(self.ledger, self._owner.name, self._owner.is_alive)
        self._reporter = Reporter(listener)
        try:
            self._registry = Registry(settings.values["boards"])
        except SettingsError as error:
            self._reporter.log("error", f"{error.message} Your boards are left out.")
            self._registry = Registry()
        policy = tune(Policy.from_settings(settings.values))
        self._runner = Runner(
            self._files,
            self._reporter,
            self._clock,
            policy,
            settings.values["duplicates"],
            lambda job: self._course.end(job),
        )
        self._lanes = Lanes(self._runner.http, self._answers, lambda: self._runner.policy, self._clock)
        self._roster = Roster(self._jobs, self._owner, lambda: self._registry, self._clock)
        self._reporter.watch(lambda: [job for job in self._roster.living() if job.is_moving()])
        self._intake = Intake(self._jobs, self._files)
        self._ended = threading.Condition()
        room = Room(self._files, lambda folder: shutil.disk_usage(folder).free)
        self._course = Course(
            self._roster, self._lanes, self._intake, room, self._runner, self._reporter, self._say_ended
        )
        for warning in settings.warnings:
            self._reporter.log("warning", warning)

    # What a session or a command asks for

    @property
    def sites(self) -> Sequence[Site]:
        """The sites whose pages can be read."""
        return self._registry.sites

    def options(self, **chosen: Any) -> Options:
        """The settings' options with those chosen for this job. Raises TemplateError."""
        values = self._settings.values

        def choice(name: str, setting: object) -> Any:
            found = chosen.get(name)
            return setting if found is None else found

        return Options(
            root=Path(choice("root", values["directory"] or self._places.download_root)),
            only=tuple(choice("only", values["only"])),
            name_template=NameTemplate(choice("name", values["name_template"])).text,
            folder_template=FolderTemplate(choice("folder", values["folder_template"])).text,
            priority=choice("priority", "normal"),
        )

    def check(self, urls: Sequence[str]) -> list[tuple[Site, Target]]:
        """What each URL leads to. Raises UrlError for the first that cannot be a job."""
        found = [self._registry.find(url) for url in urls]
        for _, target in found:
            if target.kind not in _FETCHABLE:
                raise UrlError(
                    "url.unsupported",
                    f"{target.url} is a {target.kind} page, not a thread.",
                    "Open one of its threads and use that address.",
                )
        return found

    def start(self, urls: Sequence[str], options: Options) -> list[JobView]:
        """A job for each URL, in order; a URL whose job has not ended gives that job. Raises UrlError before any is made."""
        views = []
        for site, target in self.check(urls):
            job, is_new = self._roster.find_or_add(site, target, options)
            if not isinstance(job, Job):
                self._reporter.log("warning", f"Another Threadreel process is downloading {job.url} already.")
                views.append(self._roster.view(job))
                continue
            if job.row.state is JobState.PAUSED:
                self._course.resume(job)
            elif is_new:
                self._course.go(job)
            views.append(job.view())
        return views

    def adopt(self) -> list[JobView]:
        """Go on with every unfinished job whose process is gone."""
        jobs = self._roster.adopt()
        for job in jobs:
            self._reporter.log("info", f"Going on with {job.row.title or job.row.url}.", job)
            if job.row.state is not JobState.PAUSED:
                self._course.go(job)
        return [job.view() for job in jobs]

    def inspect(self, url: str, answer: Callable[[dict[str, Any] | ThreadreelError], None]) -> None:
        """Hand ``answer`` what a page holds, before anything of it is fetched. Raises UrlError at once."""
        site, target = self._registry.find(url)
        page = {"site": site.name, "kind": str(target.kind), "board": target.board, "thread": target.thread}
        root = str(self.options().root)

        def count(thread: ThreadAnswer | ThreadreelError) -> None:
            if isinstance(thread, ThreadreelError):
                answer(thread)
            else:
                answer({**page, "title": thread.title, "files": count_kinds(thread, self._intake.known(target, root))})

        if target.kind in _FETCHABLE:
            self.read(site, target, count, "critical")
        else:
            count(ThreadAnswer("", (), 0))

    def control(self, action: str, job_id: str, priority: str = "") -> list[JobView]:
        """``pause``, ``resume``, ``cancel``, ``retry``, ``remove`` or ``priority`` for one job or ``all``; the jobs after it.

        Raises RequestError ``job.unknown``. A job that is past such an action stays as it is.
        """
        if action == "remove":
            return self._roster.forget_ended() if job_id == "all" else self._roster.forget(job_id)
        course = self._course
        act: Callable[[Job], None] = {
            "pause": course.pause,
            "resume": course.resume,
            "cancel": course.cancel,
            "retry": course.retry,
            "priority": lambda job: course.set_priority(job, priority),
        }[action]
        views = []
        for job, is_orphan in self._find(action, job_id):
            act(job)
            if is_orphan and job.row.state is JobState.QUEUED:
                course.go(job)
            views.append(self._roster.view(job.row))
        return views

    def _find(self, action: str, job_id: str) -> list[tuple[Job, bool]]:
        if job_id != "all":
            return [self._roster.find(job_id)]
        if action != "retry":
            return [(job, False) for job in self._roster.living()]
        found = []
        for row in self._jobs.ended(RETRY_AT_ONCE):
            with contextlib.suppress(RequestError):  # a board that left the settings, or forgotten just now
                found.append(self._roster.find(row.id))
        return found

    def page(self, cursor: str | None = None) -> tuple[list[JobView], str | None]:
        """Up to 100 jobs, newest first, and the cursor of the next page."""
        return self._roster.page(cursor)

    def job(self, job_id: str) -> JobView:
        """One job. RequestError ``job.unknown``."""
        return self._roster.job(job_id)

    def files(self, job_id: str) -> list[AttachmentRow]:
        """The attachments of a job, in post order. RequestError ``job.unknown``."""
        return self._roster.files(job_id)

    def preview(
        self, site: Site, target: Target, thread: ThreadAnswer, options: Options
    ) -> tuple[Path, list[AttachmentRow]]:
        """The plan a job of these options would have; nothing is kept or created."""
        row = self._roster.draft(site, target, options)
        return self._intake.plan(row, target, thread)

    def read(self, site: Site, target: Target, receive: Receiver, priority: str) -> None:
        """Have a page's answer read, at the site's pace, and handed over; a picture needs none."""
        if target.kind is PageKind.FILE:
            receive(file_thread(site, target))
        else:
            self._lanes.read(site, target, receive, priority)

    def change_settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Keep changed settings and go by them. Raises SettingsError, TemplateError; nothing is changed then."""
        for name, kind in (("name_template", NameTemplate), ("folder_template", FolderTemplate)):
            if isinstance(changes.get(name), str):
                kind(changes[name])
        registry = Registry(changes["boards"]) if isinstance(changes.get("boards"), list) else self._registry
        values = self._settings.change(changes)
        self._registry = registry
        self._runner.set_policy(self._tune(Policy.from_settings(values)), values["duplicates"])
        return values

    def wait(self, job_ids: Sequence[str], timeout_s: float) -> bool:
        """Whether within the limit these jobs of this process have ended, and their last events were told."""
        with self._ended:
            return self._ended.wait_for(lambda: not self._roster.has_any(job_ids), timeout_s)

    def _say_ended(self) -> None:
        with self._ended:
            self._ended.notify_all()

    def health(self) -> dict[str, Any]:
        """Who does what at this moment."""
        now = self._clock.monotonic()
        busy = self._runner.workers.busy()
        scheduler = self._runner.scheduler
        cooldowns = {**scheduler.cooldowns(), **self._answers.cooldowns(self._clock.time())}
        stalled_s = self._runner.policy.read_timeout_s / 2
        return {
            "workers": [
                {"name": name, "doing": transfer.row.name, "since_s": round(now - transfer.moved, 1)}
                for name, transfer in busy
            ],
            "queues": {"scans": self._lanes.waiting(), **scheduler.counts()},
            "stalled": [transfer.row.name for _, transfer in busy if now - transfer.moved > stalled_s],
            "cooldowns": [{"host": host, "seconds": round(left, 1)} for host, left in cooldowns.items()],
            "ledger": {
                "path": str(self.ledger.path),
                "jobs": self._jobs.count(),
                "files": self._files.count(),
                "size_bytes": self.ledger.path.stat().st_size,
            },
        }

    def stop(self, timeout_s: float = 1.0) -> None:
        """Stop everything: scans, transfers, reporter, ledger, in this order. What is unfinished is the next process's."""
        log.info("stop: scans %s", "ended" if self._lanes.stop(timeout_s / 4) else "still reading")
        log.info(
            "stop: transfers %s",
            "ended" if self._runner.stop(self._roster.living(), timeout_s / 2) else "still writing",
        )
        log.info("stop: reporter %s", "ended" if self._reporter.stop(timeout_s / 4) else "still telling")
        self._owner.release()
        self.ledger.close()
