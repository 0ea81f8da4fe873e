"""What the doctor finds: one sentence each, with the command that repairs it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only a problem keeps a browser from starting the host."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject``: the browser, or "This machine". ``code``: stable, one per kind. ``repair``: a command, or empty."""

    subject: str
    level: Level
    code: str
    message: str
    repair: str = ""


def fine(subject: str, code: str, message: str) -> Finding:
    """A step that is in order."""
    return Finding(subject, Level.OK, code, message)


def warning(subject: str, code: str, message: str, repair: str = "") -> Finding:
    """Something to know that need not be in the way."""
    return Finding(subject, Level.WARNING, code, message, repair)


def problem(subject: str, code: str, message: str, repair: str) -> Finding:
    """Something that is in the way, and the command that removes it."""
    return Finding(subject, Level.PROBLEM, code, message, repair)
