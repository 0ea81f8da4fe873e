"""From events to lines for a person: what is worth one, and each fact once. Pure; the displays write the lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from threadreel.events import Event, FileView, JobView
from threadreel.states import END_STATES, FILE_ENDED, FileState

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
    on standard error."""

    word: str
    text: str
    label: str = ""
    is_trouble: bool = False
    is_summary: bool = False

    def __str__(self) -> str:
        return f"{self.label}{self.word}: {self.text}" if self.word else f"{self.label}  {self.text}"


class Narrator:
    """Knows the jobs, and what was said of them. ``is_one_stream``: who reads the summaries has read the errors as well."""

    def __init__(self, is_one_stream: bool = False) -> None:
        self._is_one_stream = is_one_stream
        self._labels: dict[str, str] = {}
        self._files: set[tuple[str, str]] = set()
        self._logged: set[tuple[str | None, str]] = set()
        self._summed_up: set[str] = set()

    def begin(self, jobs: Sequence[JobView]) -> None:
        """With several jobs, lines say which one they are about: ``[2/3]``, in the order of the addresses."""
        ids = list(dict.fromkeys(job["id"] for job in jobs))
        if len(ids) > 1:
            self._labels = {job_id: f"[{number}/{len(ids)}] " for number, job_id in enumerate(ids, 1)}

    def hear(self, event: Event) -> list[Line]:
        """The lines of one event."""
        if event["type"] == "files.changed":
            return self._file_lines(event["job"], event["files"])
        if event["type"] == "job.finished":
            return [*self._file_lines(event["job"]["id"], event["report"]["attachments"]), *self._sum_up(event["job"])]
        if event["type"] == "log" and event["level"] in ("warning", "error"):
            self._logged.add((event["job"], event["text"]))
            label = self._labels.get(event["job"] or "", "")
            return [Line(event["level"], visible(event["text"]), label, is_trouble=True)]
        return []

    def end(self, jobs: Sequence[JobView]) -> list[Line]:
        """What was not said yet: of jobs whose end was not heard, because another process runs them."""
        return [line for job in jobs for line in self._sum_up(job)]

    def _sum_up(self, job: JobView) -> list[Line]:
        if job["id"] in self._summed_up:
            return []
        self._summed_up.add(job["id"])
        label = self._labels.get(job["id"], "")
        error = job["error"]
        if error is None or (job["id"], error["message"]) not in self._logged:
            return [Line(job["state"], visible(summary(job)), label, is_summary=True)]
        reason = "" if self._is_one_stream else f": {error['message']}"
        lines = [Line("", visible(error["hint"]), label, is_trouble=True)] if error["hint"] else []
        return [*lines, Line(job["state"], visible(f"{_name(job)}{reason}"), label, is_summary=True)]

    def _file_lines(self, job: str, files: Sequence[FileView]) -> list[Line]:
        lines = []
        for file in files:
            told = (job, file["id"])
            if file["state"] not in _ENDED or file["state"] in _QUIET or told in self._files:
                continue
            self._files.add(told)
            reason = f" ({file['reason']})" if file["reason"] else ""
            lines.append(Line(file["state"], visible(f"{file['name']}{reason}"), self._labels.get(job, "")))
        return lines


def summary(job: JobView) -> str:
    """What came of a job, in one line, and where it is."""
    error = job["error"]
    if error is not None:
        return f"{_name(job)}: {error['message']} {error['hint']}".rstrip()
    return f"{_name(job)}: {counts_line(job['files'])}" + (f"; {job['directory']}" if job["directory"] else "")


def _name(job: JobView) -> str:
    return job["title"] or job["url"]


def counts_line(counts: dict[str, Any]) -> str:
    """``151 files: 149 saved, 1 deleted, 1 gone``."""
    parts = [f"{counts[state]} {state}" for state in END_STATES if counts[state]]
    total = f"{counts['total']} file" + ("" if counts["total"] == 1 else "s")
    return f"{total}: {', '.join(parts)}" if parts else total


def visible(text: str) -> str:
    """``text`` on one line, without what would steer a terminal: some of it comes from servers."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)
