"""The engine: URLs in, jobs out. ``base_wiring`` and ``job_wiring`` have the parts; this is all that others see of them.

Threads, their owner and how each ends (all are daemon threads):
    scan-HOST    one per API host, owner ``Lanes``      ends without tasks; ``stop`` cuts what it reads
    transfer-N   up to ``Policy.workers``, ``Workers``  ends after idle seconds; ``stop`` cuts what it reads
    backup       one, ``Backups``                       ends with its copy; ``stop`` has it given up
    browser-lost one at a time, ``Runner``              ends what only the browser could have brought
    timers       one, ``Timers``                        ends when nothing waits for its time; ``stop`` wakes it
    neighbours   one, ``Neighbours``, after ``join``    ``stop`` wakes it
    stop-PART    one at a time, ``shutdown``            stops that part; left behind with it when it hangs
The listener is called on any of them, and on the thread of whoever asks for something.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from threadreel.engine.base_wiring import make_base_parts
from threadreel.engine.browser_route.courier import Chunk, Reply
from threadreel.engine.browser_route.permissions import Permissions
from threadreel.engine.clock import Clock
from threadreel.engine.health import Health
from threadreel.engine.job_wiring import JobParts
from threadreel.engine.jobs.base_job import BaseJob
from threadreel.engine.jobs.job import Job
from threadreel.engine.lifecycle.dispatch import Dispatched
from threadreel.engine.lifecycle.ends import Ends
from threadreel.engine.lifecycle.inspection import Answer, AnswerFiles
from threadreel.engine.lifecycle.lookup import EVERY_JOB
from threadreel.engine.lifecycle.options import Options, choose
from threadreel.engine.planning.filters import Filter
from threadreel.engine.policy import Policy
from threadreel.engine.processes.finishing import Finishing
from threadreel.engine.shutdown import Part, shut_down
from threadreel.engine.site_api.lanes import Receiver
from threadreel.errors import RequestError, SettingsError
from threadreel.events import JobView, Listener
from threadreel.library.backups import Backups
from threadreel.library.job_table import AttachmentRow, JobRow
from threadreel.library.owner_table import Member
from threadreel.library.templates import FolderTemplate, NameTemplate
from threadreel.places import Places
from threadreel.settings import SettingsFile
from threadreel.sites.base import Site, Target, ThreadAnswer
from threadreel.sites.registry import Registry
from threadreel.states import JobState

log = logging.getLogger(__name__)


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
        self._registry = Registry()
        base = make_base_parts(
            places,
            listener,
            self._clock,
            tune(Policy.from_settings(settings.values)),
            settings.values["duplicates"],
            lambda: self._registry,
            lambda job: self._parts.course.end(job),
        )
        self.ledger, self._owner, self._timers = base.ledger, base.owner, base.timers
        self._reporter, self._runner, self._lanes = base.reporter, base.runner, base.lanes
        self._roster, self._lookup = base.roster, base.lookup
        try:
            self._registry = Registry(settings.values["boards"])
        except SettingsError as error:
            self._reporter.log("error", f"{error.message} Your boards are left out.")
        self._ends = Ends(base.reporter, base.roster.has_any, lambda job_ids: self._parts.membership.has_any(job_ids))
        self._parts = JobParts(base, self._say_ended, self._ends.note)
        self._health = Health(
            self._clock, self._roster, self._runner, self._lanes, self._timers, self._owner, self.ledger
        )
        self._is_stopping = False
        self._backups = Backups(places.ledger_file, self._clock.time, lambda text: self._reporter.log("error", text))
        for warning in (*self.ledger.notices, *settings.warnings):
            self._reporter.log("warning", warning)

    # What a session or a command asks for

    @property
    def sites(self) -> Sequence[Site]:
        """The sites whose pages can be read."""
        return self._registry.sites

    def options(self, **chosen: Any) -> Options:
        """The settings' options with those chosen for this job. Raises TemplateError, FilterError, RequestError."""
        return choose(self._settings.values, self._places.download_root, chosen)

    def check(self, urls: Sequence[str]) -> list[tuple[Site, Target]]:
        """What each URL leads to. Raises UrlError for the first that cannot be a job."""
        return [self._registry.find(url) for url in urls]

    def recognise(self, url: str) -> tuple[Site, Target] | None:
        """What this URL leads to; None for what cannot be a job."""
        return self._registry.recognise(url)

    def start(self, urls: Sequence[str], options: Options) -> list[JobView]:
        """A job for each URL, in order; a URL whose job has not ended gives that job.

        Raises UrlError, and RequestError ``request.unsupported`` or ``job.unknown``, before any is made.
        """
        self._accept()
        views = self._parts.starting.start(self.check(urls), options)
        self._backups.begin()
        return views

    def join(
        self,
        kind: str,
        label: str,
        *,
        everything: bool = True,
        wants: Callable[[JobRow], bool] | None = None,
        hand_back: Callable[[], None] | None = None,
    ) -> bool:
        """Be one of the processes of this library: hear of the others' jobs, obey them, go on with what they leave behind.

        ``kind`` and ``label`` say what this one is (see ``owner_table``). ``everything``: all their jobs (that are wanted);
        else only those waited for. ``hand_back`` is called when a browser wants the jobs of a finisher. False, and nothing of
        it happens, when there is a finisher and this would be a second one.
        """
        self._accept()
        return self._parts.membership.join(kind, label, everything, wants, hand_back)

    def is_at_work(self, finishing: Finishing) -> bool:
        """Whether anything is under way here that a finisher goes on with."""
        return finishing.is_at_work(self._roster.living())

    def elsewhere(self, job_ids: Sequence[str] | None = None) -> dict[str, Member]:
        """Which living processes run these jobs, or any that are no part of another; without those that run here, or nowhere."""
        return self._parts.membership.running(job_ids)

    def browsers(self) -> list[Member]:
        """The living browsers of this library, longest there first; not this one."""
        return self._parts.membership.browsers()

    def adopt(self, is_wanted: Callable[[JobRow], bool] = lambda _: True) -> list[JobView]:
        """Go on with every unfinished job that is wanted and whose process is gone; those that are no part of another."""
        self._accept()
        views = self._parts.starting.adopt(is_wanted)
        self._backups.begin()
        return views

    def inspect(self, url: str, answer: Answer, options: Options | None = None) -> None:
        """Hand ``answer`` what a page holds, before anything of it is fetched. Raises UrlError at once."""
        self._parts.inspection.inspect(*self._registry.find(url), options or self.options(), answer)

    def page_files(self, url: str, answer: AnswerFiles) -> None:
        """Hand ``answer`` what the library has of a thread's files. Raises UrlError, and RequestError for another page, at once."""
        self._parts.inspection.files(*self._registry.find(url), self.options(), answer)

    def control(self, action: str, job_id: str, priority: str = "") -> list[JobView]:
        """``pause``, ``resume``, ``cancel``, ``retry``, ``remove`` or ``priority`` for one job or ``all``; the jobs after it.

        Raises RequestError ``job.unknown``, ``job.elsewhere``. A job that is past such an action stays as it is. Of a board's job
        it is asked of its threads' jobs too.
        """
        self._accept()
        return self._parts.controls.control(action, job_id, priority)

    def ask_to_start(self, urls: Sequence[str], options: Options) -> Dispatched:
        """As ``start``, also with a ``parent`` that another process runs, which adds the threads then."""
        self._accept()
        dispatched = self._parts.starting.ask(self.check(urls), options)
        self._backups.begin()
        return dispatched

    def ask(self, action: str, job_id: str, priority: str = "", file: str = "") -> Dispatched:
        """Likewise for any job, whichever process runs it; ``retry`` of one ``file`` by its key. RequestError ``job.unknown``."""
        self._accept()
        return self._parts.membership.dispatcher.control(action, job_id, priority, file)

    def ask_to_watch(self, job_id: str, is_watched: bool) -> Dispatched:
        """As ``set_watching``, likewise."""
        self._accept()
        return self._parts.membership.dispatcher.set_watching(job_id, is_watched)

    def set_watching(self, job_id: str, is_watched: bool) -> list[JobView]:
        """Read the thread of a job again and again until it ends, or no more; the job after it.

        Raises RequestError ``job.unknown``, ``job.elsewhere``, ``request.unsupported`` for what is no thread.
        """
        self._accept()
        return self._parts.controls.set_watching(job_id, is_watched)

    def page(self, cursor: str | None = None, parent: str | None = EVERY_JOB) -> tuple[list[JobView], str | None]:
        """Up to 100 jobs and the cursor of the next page: all, newest first; without a parent (None); or a parent's, in order."""
        return self._lookup.page(cursor, parent)

    def history(self, search: str, state: str | None, cursor: str | None) -> tuple[list[JobView], str | None]:
        """Up to 100 ended jobs with all words of ``search`` in them, the last to end first, and the cursor of the next page."""
        return self._lookup.history(search.split(), JobState(state) if state else None, cursor)

    def job(self, job_id: str) -> JobView:
        """One job. RequestError ``job.unknown``."""
        return self._lookup.job(job_id)

    def successor(self, job_id: str) -> str | None:
        """The job that a watched job was followed into, known before its ``job.finished``. RequestError ``job.unknown``."""
        return self._lookup.successor(job_id)

    def files(self, job_id: str) -> list[AttachmentRow]:
        """The attachments of a job, in post order. RequestError ``job.unknown``."""
        return self._lookup.files(job_id)

    def preview(
        self, site: Site, target: Target, thread: ThreadAnswer, options: Options
    ) -> tuple[Path, list[AttachmentRow]]:
        """The plan a job of these options would have; nothing is kept or created."""
        return self._parts.inspection.preview(site, target, thread, options)

    def read(self, site: Site, target: Target, receive: Receiver, priority: str) -> None:
        """Have a page's answer read, at the site's pace, and handed over; a picture needs none."""
        self._parts.inspection.read(site, target, receive, priority)

    def change_settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Keep changed settings and go by them. Raises SettingsError, TemplateError, FilterError; nothing is changed then."""
        kinds = (("name_template", NameTemplate), ("folder_template", FolderTemplate), ("filter", Filter))
        for name, kind in kinds:
            if isinstance(changes.get(name), str):
                kind(changes[name])
        registry = Registry(changes["boards"]) if isinstance(changes.get("boards"), list) else self._registry
        values = self._settings.change(changes)
        self._registry = registry
        self._runner.set_policy(self._tune(Policy.from_settings(values)), values["duplicates"])
        return values

    def wait(self, job_ids: Sequence[str], timeout_s: float) -> bool:
        """Whether within the limit these jobs have ended, and their last events were told: after ``join`` those of others too."""
        return self._ends.wait(job_ids, timeout_s)

    def _say_ended(self, job: BaseJob) -> None:
        if isinstance(job, Job):
            self._parts.boards.child_ended(job)
        self._backups.begin()
        self._ends.note()

    def set_permissions(self, patterns: Sequence[str]) -> None:
        """There is a browser that may fetch for us from the hosts of these match patterns; none: from nowhere."""
        self._runner.set_permissions(Permissions(patterns))

    def bring(self, chunk: Chunk, reply: Reply) -> None:
        """The browser brought a piece of what an event ``file.needed`` asked for. ``reply`` is called once: at once with a refusal
        (RequestError ``file.unwanted``, ``file.offset``, ``file.too_large``, ``file.too_many``), or with the offset behind it.
        """
        self._runner.courier.bring(chunk, reply)

    def health(self) -> dict[str, Any]:
        """Who does what at this moment."""
        return self._health.report()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Accept nothing more, then stop part after part; returns within the limit. What is unfinished is the next process's."""
        self._is_stopping = True
        log.info("stop: nothing is accepted any more")
        parts = (
            Part("neighbours", 0.05, self._parts.membership.stop),
            Part("timers", 0.05, self._timers.stop),
            Part("scans", 0.15, self._lanes.stop),
            Part("transfers", 0.35, self._runner.stop),
            Part("reporter", 0.15, self._reporter.stop),
            Part("backup", 0.05, self._backups.stop),
            Part("ledger", 0.20, self._close_ledger),
        )
        shut_down(parts, timeout_s)
        self._owner.release()

    def _close_ledger(self, _limit_s: float) -> bool:
        self.ledger.close()
        return True

    def _accept(self) -> None:
        if self._is_stopping:
            raise RequestError(
                "request.stopping", "Threadreel is about to end.", "Ask again when it was started again."
            )
