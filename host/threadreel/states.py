"""The states of jobs and attachments, and which of them allow what. One table, used by everybody.

The words are the same in Python, JSON and the user interface.
"""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """A job: what one request asked for."""

    QUEUED = "queued"
    SCANNING = "scanning"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FileState(StrEnum):
    """An attachment: ``queued`` and ``active`` on the way, then exactly one of the ten end states."""

    QUEUED = "queued"
    ACTIVE = "active"
    SAVED = "saved"
    DIFFERS = "differs"
    HAVE = "have"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    DELETED = "deleted"
    GONE = "gone"
    BLOCKED = "blocked"
    FAILED = "failed"
    CANCELLED = "cancelled"


JOB_ENDED = frozenset({JobState.COMPLETED, JobState.INCOMPLETE, JobState.FAILED, JobState.CANCELLED})
JOB_PAUSABLE = frozenset({JobState.QUEUED, JobState.SCANNING, JobState.RUNNING})
FILE_ENDED = frozenset(FileState) - {FileState.QUEUED, FileState.ACTIVE}
#: end states in which the bytes are on disk under the attachment's name
FILE_ON_DISK = frozenset({FileState.SAVED, FileState.DIFFERS, FileState.HAVE, FileState.DUPLICATE})
#: end states that make a job ``incomplete``
FILE_MISSING = frozenset({FileState.FAILED, FileState.BLOCKED})
#: end states that owe the disk nothing: not counted in the bytes still to come
FILE_WITHOUT_BYTES = frozenset({FileState.FILTERED, FileState.DELETED, FileState.GONE})

#: the order in which the end states are shown and counted
END_STATES: tuple[FileState, ...] = tuple(state for state in FileState if state in FILE_ENDED)

_JOB_NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SCANNING, JobState.RUNNING, JobState.PAUSED}),
    JobState.SCANNING: frozenset({JobState.RUNNING, JobState.PAUSED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.PAUSED, JobState.SCANNING}),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.RUNNING}),
}


def may_become(now: JobState, then: JobState) -> bool:
    """Whether a job may go from ``now`` to ``then``: any living job may end, an ended one only be queued again."""
    if now in JOB_ENDED:
        return then is JobState.QUEUED
    return then in JOB_ENDED or then in _JOB_NEXT[now]
