"""What the engine tells the world: views of jobs and files, and the events. Plain data, ready for JSON.

The session frames these dictionaries for the browser and ``threadreel get --json`` prints them, one a line: both show the
same. Shapes are the contract; ``wire/schemas/events.json`` holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NotRequired, TypedDict

Level = Literal["debug", "info", "warning", "error"]


class ErrorView(TypedDict):
    """Why, and what to do next. ``host``: it shows to browsers what it refuses to programs; only with ``http.refused``."""

    code: str
    message: str
    hint: str
    host: NotRequired[str]


class BytesView(TypedDict):
    """Bytes expected on disk when all is done (None-free: what the API told so far), and bytes there now."""

    total: int
    done: int


class ThreadsView(TypedDict):
    """Of a job that is made of threads: how many, and how many of them have ended."""

    total: int
    done: int


class WatchView(TypedDict):
    """When a watched thread is read next (Unix seconds; null while that is open), and how many files came after the first read."""

    next: float | None
    new: int


class CooldownView(TypedDict):
    """The host that a job's waiting files need, until when (Unix seconds) it is left alone, whether it refuses programs (else it
    asked to wait), and whether the browser is asked for them meanwhile.
    """

    host: str
    until: float
    refusing: bool
    trying: bool


class JobView(TypedDict):
    """One job, whole. Times are Unix seconds; speeds bytes a second; ``eta`` seconds, null when unknown."""

    id: str
    url: str
    site: str
    board: str
    thread: int | None
    title: str
    kind: str
    parent: str | None
    children: list[str]
    state: str
    priority: str
    watching: bool
    files: dict[str, int]
    bytes: BytesView
    speed: float
    average_speed: float
    eta: float | None
    current: list[str]
    directory: str
    created: float
    started: float | None
    finished: float | None
    error: ErrorView | None
    threads: ThreadsView | None
    watch: WatchView | None
    cooldown: CooldownView | None


class FileView(TypedDict):
    """One attachment of a job. ``size`` null when the API does not tell; ``done`` bytes on disk."""

    id: str
    post: int
    name: str
    url: str
    state: str
    reason: str | None
    size: int | None
    done: int


class ReportEntry(FileView):
    """A file in the report: with the hashes of the bytes on disk."""

    md5: str | None
    sha256: str | None


class Report(TypedDict):
    """The proof: every attachment of the API answer in exactly one end state. Also ``report.json``."""

    version: int
    url: str
    site: str
    board: str
    thread: int | None
    title: str
    counts: dict[str, int]
    attachments: list[ReportEntry]


#: an event as it travels: ``type`` and its fields
Event = dict[str, Any]
#: takes events in the order in which they happened; called from any thread, must not block
Listener = Callable[[Event], None]


def job_update(job: JobView) -> Event:
    """The job as it is now."""
    return {"type": "job.update", "job": job}


def files_changed(job: str, files: list[FileView]) -> Event:
    """Files of the job with this id whose state or byte count changed since the last such event."""
    return {"type": "files.changed", "job": job, "files": files}


def job_finished(job: JobView, report: Report) -> Event:
    """The job has ended; nothing follows for it unless it is retried."""
    return {"type": "job.finished", "job": job, "report": report}


def jobs_removed(jobs: list[str]) -> Event:
    """The jobs with these ids are listed no more."""
    return {"type": "jobs.removed", "jobs": jobs}


def file_needed(
    job: str | None, file: str, url: str, referer: str, offset: int, limit: int, chunk: int, window: int, ahead: bool
) -> Event:
    """The browser is to fetch this from byte ``offset`` on; it may have ``limit`` bytes in all. ``job`` null: an API's answer.

    It comes in pieces of at most ``chunk`` bytes, of which ``window`` may be without a reply. ``ahead``: a second request, for
    what follows, may begin before the first has ended.
    """
    return {
        "type": "file.needed",
        "job": job,
        "file": file,
        "url": url,
        "referer": referer,
        "offset": offset,
        "limit": limit,
        "chunk": chunk,
        "window": window,
        "ahead": ahead,
    }


def file_unneeded(job: str | None, file: str) -> Event:
    """The browser need not go on with this."""
    return {"type": "file.unneeded", "job": job, "file": file}


def log_line(level: Level, text: str, job: str | None = None, dropped: int = 0) -> Event:
    """A sentence for the user. ``dropped`` counts the lines that were left out before this one."""
    return {"type": "log", "level": level, "text": text, "job": job, "dropped": dropped}
