"""How one attempt at a transfer ended: the word between the worker that made it and the line it may go back to."""

from __future__ import annotations

from dataclasses import dataclass

from threadreel.states import FileState

#: the reason of a file that came through the browser
BY_BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. ``state`` None: it goes back in line for ``wait_s``; ``host_wait_s``: so does its whole host.

    ``done_bytes`` are on disk then (None: as many as the row says). ``text`` says more than ``reason``, to a person.
    """

    state: FileState | None
    reason: str | None = None
    wait_s: float = 0.0
    host_wait_s: float = 0.0
    done_bytes: int | None = None
    text: str = ""
    is_published: bool = False
