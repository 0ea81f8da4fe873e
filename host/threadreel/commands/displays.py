"""What a person sees of running jobs: a live display on a terminal, plain lines in a pipe, JSON when asked for.

The main thread alone shows events, so that neither a reader that is slow nor one that went away touches the engine's threads.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Protocol

from threadreel.commands.narration import Line, Narrator
from threadreel.events import Event, JobView


class Display(Protocol):
    """Shows events from ``begin`` to ``close``. Raises OSError when nothing can be written any more."""

    def begin(self, jobs: Sequence[JobView]) -> None:
        """These are the jobs."""

    def show(self, event: Event) -> None:
        """Something happened."""

    def tick(self) -> None:
        """A moment passed."""

    def end(self, jobs: Sequence[JobView]) -> None:
        """This is how they ended; all events were shown."""

    def close(self) -> None:
        """Nothing more comes. Also without ``begin`` or ``end``; twice is once."""


def make_display(as_json: bool, is_live: bool = True) -> Display:
    """The display for standard output as it is; without ``is_live`` none that moves."""
    if as_json:
        return JsonDisplay()
    if is_live and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from threadreel.commands.live import LiveDisplay

        return LiveDisplay()
    return PlainDisplay()


class JsonDisplay:
    """The events of the contract, one a line."""

    def begin(self, jobs: Sequence[JobView]) -> None:
        """Said by the events."""

    def show(self, event: Event) -> None:
        """One line."""
        print(json.dumps(event, allow_nan=False, separators=(",", ":")), flush=True)

    def tick(self) -> None:
        """Nothing moves between events."""

    def end(self, jobs: Sequence[JobView]) -> None:
        """Said by the events."""

    def close(self) -> None:
        """Nothing to put in order."""


class PlainDisplay:
    """A line for each file that arrived and a summary for each job; warnings and errors on standard error."""

    def __init__(self) -> None:
        self._narrator = Narrator()

    def begin(self, jobs: Sequence[JobView]) -> None:
        """With several jobs, lines say which one they are about."""
        self._narrator.begin(jobs)

    def show(self, event: Event) -> None:
        """The lines of one event."""
        _print(self._narrator.hear(event))

    def tick(self) -> None:
        """Nothing moves between lines."""

    def end(self, jobs: Sequence[JobView]) -> None:
        """What is left to say."""
        _print(self._narrator.end(jobs))

    def close(self) -> None:
        """Nothing to put in order."""


def _print(lines: Sequence[Line]) -> None:
    for line in lines:
        print(line, file=sys.stderr if line.is_trouble else sys.stdout, flush=True)
