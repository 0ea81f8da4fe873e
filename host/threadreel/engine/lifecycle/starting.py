"""How work begins: pages that somebody asks for, threads that are added to a board's job, and what other processes left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from threadreel.engine.jobs.base_job import BaseJob
from threadreel.engine.jobs.board_job import BoardJob
from threadreel.engine.jobs.job import Job
from threadreel.engine.jobs.tally import BOARD_KINDS
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.engine.lifecycle.board_course import BoardCourse
from threadreel.engine.lifecycle.controls import Controls, refuse_watch
from threadreel.engine.lifecycle.dispatch import Again, Dispatched, Dispatcher
from threadreel.engine.lifecycle.elsewhere_error import ElsewhereError
from threadreel.engine.lifecycle.lookup import Lookup
from threadreel.engine.lifecycle.options import Options, read_asked
from threadreel.engine.lifecycle.roster import Found, Roster
from threadreel.engine.reporter import Reporter
from threadreel.errors import RequestError
from threadreel.events import JobView
from threadreel.library.job_table import JobRow
from threadreel.sites.base import PageKind, Site, Target, ThreadRef
from threadreel.states import JOB_ENDED, JobState


class Starting:
    """Begins jobs."""

    def __init__(
        self,
        roster: Roster,
        lookup: Lookup,
        controls: Controls,
        boards: BoardCourse,
        reporter: Reporter,
        dispatcher: Dispatcher,
    ) -> None:
        self._roster, self._lookup, self._controls = roster, lookup, controls
        self._boards, self._reporter, self._dispatcher = boards, reporter, dispatcher

    def start(self, pages: Sequence[tuple[Site, Target]], options: Options) -> list[JobView]:
        """A job for each page, in order. RequestError before any is made."""
        for _, target in pages:
            if options.watch and target.kind is not PageKind.THREAD:
                refuse_watch(target.kind)
        if options.files and [target.kind for _, target in pages] != [PageKind.THREAD]:
            what = "Files can be chosen one by one of one thread at a time."
            raise RequestError("request.unsupported", what, "Start each thread by itself.")
        if options.parent is not None:
            return self._add(options.parent, [target for _, target in pages], options)
        return [self._begin(*self._find_or_add(site, target, options), target, options) for site, target in pages]

    def ask(self, pages: Sequence[tuple[Site, Target]], options: Options) -> Dispatched:
        """As ``start``, also of threads that are added to a board's job of another process, which is asked for that."""
        try:
            views = self.start(pages, options)
        except ElsewhereError as error:
            return self._dispatcher.add(error.row, [target.url for _, target in pages], options.as_asked())
        return Dispatched(views, False, list)

    def _find_or_add(self, site: Site, target: Target, options: Options) -> Found:
        """The job for this page; a new one also if the one that there is was just cancelled."""
        found = self._roster.find_or_add(site, target, options)
        if isinstance(found[0], BoardJob) and self._boards.finish_cancelling(found[0]):
            return self._roster.find_or_add(site, target, options)
        return found

    def adopt(self, is_wanted: Callable[[JobRow], bool] = lambda _: True) -> list[JobView]:
        """Go on with every unfinished job that is wanted and whose process is gone; those that are no part of another."""
        adopted = self._roster.adopt(is_wanted)
        heads = [job for job in adopted if self._roster.board_job_of(job) is None]
        for job in heads:
            self._reporter.log("info", f"Going on with {job.row.title or job.row.url}.", job)
        self._controls.start(adopted)
        return [self._lookup.view(job.row) for job in heads]

    def continue_in(self, job: ThreadJob, ref: ThreadRef, follow: dict[str, Any]) -> str:
        """The watched job for the thread that follows this one; its id."""
        target = job.site.recognise(ref.url)
        assert target is not None  # the site's own address
        found, newcomers = self._roster.continue_in(job, target, ref.subject or "", follow)
        self._controls.start(newcomers)
        if isinstance(found, JobRow):
            return found.id  # another process has it
        self._controls.watch(found, True)
        return found.id

    def _begin(self, job: BaseJob | JobRow, newcomers: list[BaseJob], target: Target, options: Options) -> JobView:
        if isinstance(job, JobRow):
            self._reporter.log("info", f"Another Threadreel process is downloading {job.url} already.")
            self._dispatcher.ask_again(job, self._again(target, options))
            return self._lookup.view(job)
        is_new = job in newcomers and job.row.state is JobState.QUEUED
        if is_new:
            self._controls.widen(job, options.files)
        else:
            self._ask_again(job, self._again(target, options))
        self._controls.start(newcomers)
        return self._lookup.view(job.row)

    def ask_again(self, job_id: str, again: Again) -> None:
        """Another process was asked for the page of this job. RequestError ``job.unknown``, ``job.elsewhere``."""
        job, newcomers = self._roster.find(job_id)
        self._ask_again(job, again)
        self._controls.start(newcomers)

    def _again(self, target: Target, options: Options) -> Again:
        return {"priority": options.priority_for(target.kind), "watch": options.watch, "files": list(options.files)}

    def _ask_again(self, job: BaseJob, again: Again) -> None:
        """Somebody asks for what there is already."""
        self._controls.widen(job, again["files"])
        self._controls.raise_priority(job, again["priority"])
        self._controls.watch(job, again["watch"])
        if job.row.state is JobState.PAUSED:
            self._controls.resume(job)
        elif isinstance(job, BoardJob):
            self._boards.read_again(job)
        elif isinstance(job, Job) and job.row.state in JOB_ENDED:
            self._boards.retry_child(job)

    def add(self, parent: str, urls: Sequence[str], asked: dict[str, Any]) -> None:
        """Another process was asked to add these threads to the board's job with this id. RequestError likewise."""
        job, newcomers = self._roster.find(parent)
        self._controls.start(newcomers)
        targets = [target for url in urls if (target := job.site.recognise(url)) is not None]
        self._add(parent, targets, read_asked(asked, Path(job.row.root)))

    def _add(self, parent: str, targets: list[Target], options: Options) -> list[JobView]:
        """These threads become parts of the board's job with this id."""
        strangers = [target for target in targets if target.kind is not PageKind.THREAD]
        if strangers:
            what = f"{strangers[0].url} is no thread: a board's download is made of threads."
            raise RequestError("request.unsupported", what, "Start it by itself.")
        try:
            board_job, newcomers = self._roster.find(parent)
        except ElsewhereError as error:
            if error.row.kind not in BOARD_KINDS:
                raise _no_board(error.row) from error
            raise
        self._controls.start(newcomers)
        found = self._boards.add(board_job, targets, options) if isinstance(board_job, BoardJob) else None
        if found is None:
            raise _no_board(board_job.row)
        return [self._begin(job, added, target, options) for (job, added), target in zip(found, targets, strict=True)]


def _no_board(row: JobRow) -> RequestError:
    what = f"Threads can be added to the download of a board while it runs; {row.url} is none."
    return RequestError("request.unsupported", what, "Start them by themselves.")
