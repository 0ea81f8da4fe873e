"""From a thread that ended to the next of its kind, when a job asks for it: "general" threads are continued in new ones.

The catalog is read once, and twice more when the next thread is not there yet. Only a newer thread of the same board follows,
at most so many in a row, and so many within an hour.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.thread_job import ThreadJob
from threadreel.engine.jobs.watch_schedule import Watch
from threadreel.engine.planning.filters import read_text_test
from threadreel.engine.reporter import Reporter
from threadreel.engine.site_api.lanes import Lanes
from threadreel.engine.site_api.reading import Reading
from threadreel.engine.timers import Timers
from threadreel.errors import RequestError, ThreadreelError
from threadreel.sites.base import Listing, PageKind, Target, ThreadRef

DEPTH, PER_HOUR = 5, 4
MOST_DEPTH = MOST_PER_HOUR = 20
_HOUR_S = 3600.0
#: makes the watched job for a thread that follows this one, with these options about what follows it; its id
Continue = Callable[[ThreadJob, ThreadRef, dict[str, Any]], str]


def read_follow(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The option ``follow``, whole. Raises FilterError, and RequestError ``request.invalid`` when it asks for nothing."""
    follow: dict[str, Any] = {
        "subject": wanted.get("subject") or "",
        "links": bool(wanted.get("links")),
        "depth": min(MOST_DEPTH, max(1, int(wanted.get("depth") or DEPTH))),
        "per_hour": min(MOST_PER_HOUR, max(1, int(wanted.get("per_hour") or PER_HOUR))),
        "followed": [],
    }
    if not follow["subject"] and not follow["links"]:
        raise RequestError(
            "request.invalid",
            "It is not said which thread follows: neither a subject nor links are asked for.",
            "Give a pattern for its subject, or follow links in the last posts.",
        )
    if follow["subject"]:
        read_text_test(follow["subject"])
    return follow


def find_successor(
    listing: Listing, thread: int, follow: Mapping[str, Any], links: tuple[int, ...]
) -> ThreadRef | None:
    """The newest thread of the listing after this one whose subject matches, or that was linked to. Pure."""
    matches = read_text_test(follow["subject"]) if follow.get("subject") else lambda _: False
    linked = frozenset(links) if follow.get("links") else frozenset()
    found = [
        ref
        for ref in listing.threads
        if ref.thread > thread and (ref.thread in linked or (ref.subject and matches(ref.subject)))
    ]
    return max(found, key=lambda ref: ref.thread, default=None)


def why_not(follow: Mapping[str, Any], now: float) -> str:
    """Why the next thread is not followed into, as a sentence; empty when it may be."""
    if follow["depth"] <= 0:
        return "So many threads were followed as were asked for."
    if len(_of_last_hour(follow, now)) >= follow["per_hour"]:
        return f"{follow['per_hour']} threads were followed within an hour, which is as many as were asked for."
    return ""


def follow_on(follow: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The option as the next thread's job has it."""
    return {**follow, "depth": follow["depth"] - 1, "followed": [*_of_last_hour(follow, now), now]}


def _of_last_hour(follow: Mapping[str, Any], now: float) -> list[float]:
    return [moment for moment in follow.get("followed", ()) if 0 <= now - moment < _HOUR_S]


class Following:
    """Looks for the next thread of jobs whose watch is over. ``settled`` is called when a job's search is."""

    def __init__(
        self,
        lanes: Lanes,
        reporter: Reporter,
        timers: Timers,
        clock: Clock,
        continue_in: Continue,
        settled: Callable[[ThreadJob], None],
    ) -> None:
        self._lanes, self._reporter, self._timers, self._clock = lanes, reporter, timers, clock
        self._continue_in, self._settled = continue_in, settled

    def is_wanted(self, job: ThreadJob) -> bool:
        """Whether the next thread is to be looked for when this one ends; why not, is said."""
        follow = job.row.options.get("follow")
        if not follow:
            return False
        refusal = why_not(follow, self._clock.time())
        if refusal:
            self._reporter.log("info", f"{job.row.title or job.row.url} is not followed: {refusal}", job)
        return not refusal

    def go_on(self, job: ThreadJob) -> None:
        """The job's watch is over and its next thread is sought: now, or when its time has come."""
        delay_s = job.watch.delay_s(self._clock.time())
        self._timers.after(_key(job), delay_s, lambda: self._search(job))

    def rest(self, job: ThreadJob) -> None:
        """The job is paused: nobody looks."""
        self._timers.cancel(_key(job))

    def _search(self, job: ThreadJob) -> None:
        number = job.new_poll()
        if number is None or not job.watch.is_seeking:
            return
        board = Target(job.target.site, PageKind.CATALOG, job.target.url, job.target.board)
        self._lanes.read(
            job.site,
            board,
            lambda found: self._received(job, number, found),
            job.row.priority,
            lambda: job.is_polled_by(number),
            job.id,
        )

    def _received(self, job: ThreadJob, number: int, found: Reading | ThreadreelError) -> None:
        watch = job.watch
        if not job.is_polled_by(number) or not watch.is_seeking:
            return
        now, follow, thread = self._clock.time(), job.row.options["follow"], job.target.thread or 0
        ref = find_successor(found, thread, follow, watch.links) if isinstance(found, Listing) else None
        successor = ""
        if ref is not None:
            try:
                successor = self._continue_in(job, ref, follow_on(follow, now))
            except (ThreadreelError, sqlite3.Error) as error:
                self._reporter.log("warning", f"The next thread, {ref.url}, could not be followed: {error}", job)
        after = watch.sought(now, successor)
        if not job.keep_watch(number, after):
            return
        self._say(job, after, ref if successor else None, found)
        if after.is_seeking:
            self.go_on(job)
        else:
            self._settled(job)

    def _say(self, job: ThreadJob, watch: Watch, ref: ThreadRef | None, found: object) -> None:
        title = job.row.title or job.row.url
        if ref is not None:
            self._reporter.log("info", f"{title} goes on in {ref.subject or ref.url} ({ref.url}).", job)
            return
        why = f": {found}" if isinstance(found, ThreadreelError) else ""
        if watch.is_seeking:
            wait_s = (watch.next or 0.0) - self._clock.time()
            text = f"No thread that follows {title} is there yet{why}. Looking again in {wait_s:.0f} s."
        else:
            text = f"No thread that follows {title} was found{why}."
        self._reporter.log("info", text, job)


def _key(job: ThreadJob) -> tuple[str, str]:
    return "follow", job.id
