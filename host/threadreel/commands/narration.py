"""From events to lines for a person: what is worth one, and each fact once. Pure; the displays write the lines."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threadreel.events import Event, FileView, JobView
from threadreel.states import END_STATES, FILE_ENDED, FileState, JobState

_ENDED = frozenset(str(state) for state in FILE_ENDED)
#: end states without a line: nothing happened to the file now, or a log line has said what
_QUIET = frozenset(
    {
        FileState.HAVE,
        FileState.FILTERED,
        FileState.DELETED,
        FileState.CANCELLED,
        FileState.GONE,
        FileState.BLOCKED,
        FileState.FAILED,
    }
)
# control characters move the cursor and worse, direction marks turn the rest of the line
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Line:
    """``word``: a state or a level, which begins the line; none: it goes on with the one before. ``is_trouble``: it belongs
    on standard error. ``is_lasting``: a display that shows how things stand has to say it as well."""

    word: str
    text: str
    label: str = ""
    is_trouble: bool = False
    is_lasting: bool = False

    def __str__(self) -> str:
        return f"{self.label}{self.word}: {self.text}" if self.word else f"{self.label}  {self.text}"


class Narrator:
    """Knows the jobs, and what was said of them. ``is_one_stream``: who reads the summaries has read the errors as well."""

    def __init__(self, is_one_stream: bool = False) -> None:
        self._is_one_stream = is_one_stream
        self._labels: dict[str, str] = {}
        self._jobs: dict[str, JobView] = {}  # as last heard of
        self._new_files: dict[str, int] = {}  # by watched job: how many were told
        self._files: set[tuple[str, str]] = set()
        self._logged: set[tuple[str | None, str]] = set()
        self._summed_up: set[str] = set()

    def begin(self, jobs: Sequence[JobView]) -> None:
        """With several jobs, lines say which one they are about: ``[2/3]``, in the order of the addresses."""
        self._jobs.update((job["id"], job) for job in jobs)
        self._new_files.update((job["id"], job["watch"]["new"]) for job in jobs if job["watch"] and job["directory"])
        ids = [job_id for job_id, job in self._jobs.items() if not is_child(job, self._jobs)]
        if len(ids) > 1:
            self._labels = {job_id: f"[{number}/{len(ids)}] " for number, job_id in enumerate(ids, 1)}

    def hear(self, event: Event) -> list[Line]:
        """The lines of one event."""
        if event["type"] == "files.changed":
            return self._file_lines(event["job"], event["files"])
        if event["type"] == "job.update":
            return self._watch_lines(event["job"])
        if event["type"] == "job.finished":
            job: JobView = event["job"]
            self._jobs[job["id"]] = job
            return [*self._file_lines(job["id"], event["report"]["attachments"]), *self._sum_up(job)]
        return self._log_lines(event) if event["type"] == "log" else []

    def end(self, jobs: Sequence[JobView]) -> list[Line]:
        """What was not said yet: of jobs whose end was not heard, because another process runs them."""
        return [line for job in jobs for line in self._sum_up(job)]

    def _sum_up(self, job: JobView) -> list[Line]:
        if job["id"] in self._summed_up:
            return []
        self._summed_up.add(job["id"])
        label, error = self._label(job["id"]), job["error"]
        if error is None or (job["id"], error["message"]) not in self._logged:
            is_lasting = job["state"] != JobState.COMPLETED or not is_child(job, self._jobs)
            return [Line(job["state"], visible(summary(job)), label, is_lasting=is_lasting)]
        reason = "" if self._is_one_stream else f": {error['message']}"
        lines = [Line("", visible(error["hint"]), label, is_trouble=True)] if error["hint"] else []
        return [*lines, Line(job["state"], visible(f"{_name(job)}{reason}"), label, is_lasting=True)]

    def _log_lines(self, event: Event) -> list[Line]:
        """Troubles, and what happened to a board or a thread that is watched."""
        job_id, level = event["job"], event["level"]
        label, text = self._label(job_id), visible(event["text"])
        if level in ("warning", "error"):
            self._logged.add((job_id, event["text"]))
            return [Line(level, text, label, is_trouble=True)]
        job = self._jobs.get(job_id)
        if level == "info" and job is not None and (job["watching"] or job["threads"] is not None):
            return [Line("note", text, label, is_lasting=True)]
        return []

    def _watch_lines(self, job: JobView) -> list[Line]:
        """After the first look at a thread, and after each that found something, when the next one is; a log line says what."""
        self._jobs[job["id"]] = job
        watch = job["watch"]
        if not job["watching"] or watch is None or watch["next"] is None:
            return []
        told = self._new_files.get(job["id"])
        if told is not None and watch["new"] <= told:
            return []
        self._new_files[job["id"]] = watch["new"]
        found = f"{counted(job['files']['total'], 'file')}; " if told is None else ""
        at = time.strftime("%H:%M:%S", time.localtime(watch["next"]))
        text = visible(f"{_name(job)}: {found}next look at {at}")
        return [Line("watching", text, self._label(job["id"]), is_lasting=True)]

    def _label(self, job_id: str | None) -> str:
        """That of the job, or of the board it belongs to."""
        if job_id is None:
            return ""
        job = self._jobs.get(job_id)
        return self._labels.get(job_id) or self._labels.get(job["parent"] or "" if job else "", "")

    def _file_lines(self, job: str, files: Sequence[FileView]) -> list[Line]:
        lines = []
        for file in files:
            told = (job, file["id"])
            if file["state"] not in _ENDED or file["state"] in _QUIET or told in self._files:
                continue
            self._files.add(told)
            reason = f" ({file['reason']})" if file["reason"] else ""
            lines.append(Line(file["state"], visible(f"{file['name']}{reason}"), self._label(job)))
        return lines


def is_child(job: JobView, jobs: Mapping[str, JobView]) -> bool:
    """Whether another one of ``jobs`` is made of this one."""
    return job["parent"] is not None and job["parent"] in jobs


def summary(job: JobView) -> str:
    """What came of a job, in one line, and where it is."""
    error = job["error"]
    if error is not None:
        return f"{_name(job)}: {error['message']} {error['hint']}".rstrip()
    threads = "" if job["threads"] is None else f"{counted(job['threads']['total'], 'thread')}, "
    return f"{_name(job)}: {threads}{counts_line(job['files'])}" + (f"; {job['directory']}" if job["directory"] else "")


def _name(job: JobView) -> str:
    return job["title"] or job["url"]


def counts_line(counts: dict[str, Any]) -> str:
    """``151 files: 149 saved, 1 deleted, 1 gone``."""
    parts = [f"{counts[state]} {state}" for state in END_STATES if counts[state]]
    total = counted(counts["total"], "file")
    return f"{total}: {', '.join(parts)}" if parts else total


def counted(number: int, thing: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def visible(text: str) -> str:
    """``text`` on one line, without what would steer a terminal: some of it comes from servers."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)
