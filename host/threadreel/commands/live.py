"""The live display of a terminal: a bar for each job at work, a total when there are several, lines above for what is over.

Redrawn ten times a second. A narrow terminal loses columns, a low one rows at the bottom, never the line. The threads of a
board have no bars of their own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.filesize import decimal
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from threadreel.commands.narration import Line, Narrator, is_child, visible
from threadreel.events import Event, JobView
from threadreel.states import JOB_ENDED, JobState

_COLOURS = {
    "completed": "green",
    "incomplete": "yellow",
    "failed": "red",
    "cancelled": "yellow",
    "warning": "yellow",
    "error": "red",
}
_AT_REST = {JobState.QUEUED: "waiting", JobState.SCANNING: "reading", JobState.PAUSED: "paused"}
_REDRAWS_PER_S = 10
#: narrowest terminal that shows the column
_SIZE_FROM, _LEFT_FROM, _SPEED_FROM = 90, 60, 48
#: cells that a column takes at least, so that bars do not jump with every digit
_FILES_CELLS, _SIZE_CELLS, _SPEED_CELLS, _LEFT_CELLS = 7, 20, 10, 5


class LiveDisplay:
    """Bars give way to lines that stay: a job's summary when it ends, warnings and errors when they happen."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._rows: Sequence[_Row] = ()  # replaced as a whole: the redrawing thread reads it
        self._live = Live(
            console=self._console,
            get_renderable=lambda: _table(self._rows, self._console.width),
            refresh_per_second=_REDRAWS_PER_S,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._narrator = Narrator(is_one_stream=True)
        self._jobs: dict[str, JobView] = {}

    def begin(self, jobs: Sequence[JobView]) -> None:
        """A bar for each."""
        self._narrator.begin(jobs)
        for job in jobs:
            self._take(job)
        self.tick()
        if jobs:
            self._live.start(refresh=True)

    def show(self, event: Event) -> None:
        """Bars move; what is over gets a line."""
        if event["type"] in ("job.update", "job.finished"):
            self._take(event["job"])
        if event["type"] == "job.finished":
            self.tick()
            self._live.refresh()  # its bar is gone before its line is there
        if event["type"] != "files.changed":
            self._print(self._narrator.hear(event))

    def tick(self) -> None:
        """The bars are those of this moment."""
        self._rows = tuple(_rows(list(self._jobs.values()), time.time()))

    def end(self, jobs: Sequence[JobView]) -> None:
        """Only lines are left."""
        self.close()
        self._print(self._narrator.end(jobs))

    def close(self) -> None:
        """The terminal is as it was."""
        self._rows = ()
        self._live.stop()

    def _take(self, job: JobView) -> None:
        if not is_child(job, self._jobs):
            self._jobs[job["id"]] = job

    def _print(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if line.is_trouble and not sys.stderr.isatty():
                print(line, file=sys.stderr, flush=True)
            elif line.is_trouble or line.is_lasting:
                text = Text.assemble((line.word or " ", _COLOURS.get(line.word, "")), f" {line.text}")
                self._console.print(text, soft_wrap=line.word != JobState.FAILED)  # a folder can be copied whole


@dataclass(frozen=True, slots=True)
class _Row:
    title: str
    files: str
    done: int = 0
    total: int = 0
    speed: float = 0.0
    left_s: float | None = None
    is_bytes: bool = True


def _rows(jobs: Sequence[JobView], now: float) -> Iterator[_Row]:
    """The total first, where a low terminal cuts nothing off; then whoever is at work."""
    if len(jobs) > 1:
        yield _total_row(jobs)
    for job in jobs:
        state = JobState(job["state"])
        if state not in JOB_ENDED and not (state is JobState.QUEUED and len(jobs) > 1):
            yield _job_row(job, state, now)


def _job_row(job: JobView, state: JobState, now: float) -> _Row:
    files, size, threads = job["files"], job["bytes"], job["threads"]
    title = job["title"] or job["url"].split("://")[-1]
    if threads is not None and threads["total"]:
        title = f"{threads['done']}/{threads['total']} threads of {title}"
    shown = _AT_REST.get(state, f"{files['done']}/{files['total']}")
    rest = _rest(job) if state is JobState.RUNNING else None
    if rest is not None:
        shown, until = rest
        return _Row(title, shown, files["done"], files["total"], left_s=max(0.0, until - now), is_bytes=False)
    if not size["total"]:
        return _Row(title, shown, files["done"], files["total"], is_bytes=False)
    return _Row(title, shown, size["done"], size["total"], job["speed"], job["eta"])


def _rest(job: JobView) -> tuple[str, float] | None:
    """Why nothing moves at the moment, and until when; None when something does."""
    if job["current"]:
        return None
    if job["cooldown"] is not None:
        return "cooling down", job["cooldown"]["until"]
    if job["watch"] is not None and job["watch"]["next"] is not None:
        return "watching", job["watch"]["next"]
    return None


def _total_row(jobs: Sequence[JobView]) -> _Row:
    growing = any(job["state"] in (JobState.QUEUED, JobState.SCANNING) for job in jobs)
    done, total = (sum(job["files"][key] for job in jobs) for key in ("done", "total"))
    done_bytes = sum(job["bytes"]["done"] for job in jobs)
    total_bytes = sum(job["bytes"]["total"] for job in jobs)
    what = "threads" if all(job["threads"] is None for job in jobs) else "addresses"
    title = f"All {len(jobs)} {what}"
    return _Row(
        title, f"{done}/{total}{'+' if growing else ''}", done_bytes, total_bytes, sum(j["speed"] for j in jobs)
    )


def _table(rows: Sequence[_Row], width: int) -> Table:
    table = Table.grid(padding=(0, 1))
    table.width = width - len("^C ")  # which the terminal echoes after the last row, and must not begin a new one
    title_cells = max(10, min(48, width // 3))
    table.add_column(no_wrap=True, max_width=title_cells)
    table.add_column(ratio=1)
    table.add_column(no_wrap=True, justify="right", min_width=_FILES_CELLS)
    for least, cells, style in (
        (_SIZE_FROM, _SIZE_CELLS, "cyan"),
        (_SPEED_FROM, _SPEED_CELLS, "magenta"),
        (_LEFT_FROM, _LEFT_CELLS, ""),
    ):
        if width >= least:
            table.add_column(no_wrap=True, justify="right", min_width=cells, style=style)
    for row in rows:
        title = Text(visible(row.title))
        title.truncate(title_cells, overflow="ellipsis")
        amounts = (Text(text) for least, text in _amounts(row) if width >= least)
        table.add_row(title, _bar(row), Text(row.files), *amounts)
    return table


def _bar(row: _Row) -> ProgressBar:
    if row.total:
        return ProgressBar(total=row.total, completed=row.done)
    return ProgressBar(pulse=True)


def _amounts(row: _Row) -> tuple[tuple[int, str], ...]:
    size = f"{decimal(row.done)} of {decimal(row.total)}" if row.is_bytes and row.total else ""
    speed = f"{decimal(round(row.speed))}/s" if row.speed else ""
    left = "" if row.left_s is None else _clock(row.left_s)
    return (_SIZE_FROM, size), (_SPEED_FROM, speed), (_LEFT_FROM, left)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
