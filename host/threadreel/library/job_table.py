"""Jobs and their attachments in the ledger: what must outlive the process that runs them."""

from __future__ import annotations

import json
import operator
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from threadreel.library.ledger import Ledger
from threadreel.library.live_table import LiveTable
from threadreel.library.part_table import PartTable
from threadreel.states import JOB_ENDED, FileState, JobState


@dataclass(slots=True)
class JobRow:
    """One job. ``directory`` is text and empty until the thread was read; ``summary`` holds counts of an ended job, ``watch``
    what the watch of its thread knows.
    """

    id: str
    url: str
    root: str
    site: str
    kind: str
    board: str
    thread: int | None
    created: float
    title: str = ""
    parent: str | None = None
    state: JobState = JobState.QUEUED
    priority: str = "normal"
    watching: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    directory: str = ""
    planned: bool = False
    started: float | None = None
    finished: float | None = None
    error: dict[str, str] | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    owner: str | None = None
    watch: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class AttachmentRow:
    """One attachment of a job: the plan for it, and how far it has come. Hashes are lower-case hex.

    ``md5`` and ``sha256`` are what the API says, ``got_md5`` and ``got_sha256`` those of the bytes on disk. ``validator`` is
    the ETag or Last-Modified the part file came with; ``past_cache`` that the URL was asked with a query already.
    """

    key: str
    post: int
    name: str
    ext: str
    urls: tuple[str, ...]
    size: int | None
    md5: str | None
    sha256: str | None
    state: FileState = FileState.QUEUED
    reason: str | None = None
    done: int = 0
    got_md5: str | None = None
    got_sha256: str | None = None
    validator: str | None = None
    past_cache: bool = False
    #: JSON of the post's facts that templates use; only on its way into the ledger, which gives it back with ``facts``
    facts: str = ""

    def renewed(self) -> AttachmentRow:
        """As it was before anybody asked for it; its name stays."""
        return replace(
            self, state=FileState.QUEUED, done=0, reason=None, past_cache=False, got_md5=None, got_sha256=None
        )


_JOB_COLUMNS = tuple(JobRow.__dataclass_fields__)
_WRITTEN_COLUMNS = tuple(AttachmentRow.__dataclass_fields__)
_ATTACHMENT_COLUMNS = tuple(name for name in _WRITTEN_COLUMNS if name != "facts")
_PROGRESS_COLUMNS = ("name", "state", "reason", "done", "got_md5", "got_sha256", "validator", "past_cache")
_progress_values = operator.attrgetter(*_PROGRESS_COLUMNS)  # SQLite takes a StrEnum for text and a bool for a number
_UPDATE_PROGRESS = (
    f"UPDATE attachments SET {', '.join(f'{name} = ?' for name in _PROGRESS_COLUMNS)},"
    " revision = (SELECT revision + 1 FROM jobs WHERE id = job) WHERE job = ? AND key = ?"  # see live_table
)
_INSERT_JOB = f"INSERT INTO jobs ({', '.join(_JOB_COLUMNS)}) VALUES ({', '.join('?' * len(_JOB_COLUMNS))})"
_UPDATE_JOB = f"UPDATE jobs SET {', '.join(f'{name} = ?' for name in _JOB_COLUMNS)} WHERE id = ?"


class JobTable:
    """Every job this user ever started, but for the forgotten ones."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.live, self.parts = LiveTable(ledger), PartTable(ledger)

    def add(self, job: JobRow) -> None:
        """Keep a new job; sqlite3.IntegrityError when a living one has its url and root."""
        self._ledger.run(_INSERT_JOB, _job_values(job))

    def add_children(self, parent: JobRow, children: Iterable[JobRow]) -> list[JobRow]:
        """Keep the parent as it is now, and these new jobs, all or nothing; left out are those whose url and root another has."""
        with self._ledger.transaction():
            self.save(parent)
            insert = f"{_INSERT_JOB} ON CONFLICT DO NOTHING"
            return [child for child in children if self._ledger.run(insert, _job_values(child))]

    def save(self, job: JobRow) -> None:
        """Keep the job as it is now."""
        self._ledger.run(_UPDATE_JOB, (*_job_values(job), job.id))

    def save_later(self, job: JobRow) -> None:
        """Keep the job as it is now, at the latest when ``settle`` is called. Not for a change that another job may forbid."""
        self._ledger.later(("job", job.id), _UPDATE_JOB, (*_job_values(job), job.id))

    def plan(self, job: JobRow, attachments: Sequence[AttachmentRow]) -> None:
        """Keep the job with exactly these attachments, in this order, all or nothing."""
        with self._ledger.transaction():
            self._ledger.run("DELETE FROM attachments WHERE job = ?", (job.id,))
            self._insert(job, attachments, 0)
        _drop_facts(attachments)

    def extend(self, job: JobRow, attachments: Sequence[AttachmentRow], start: int) -> None:
        """Keep the job with these attachments after the first ``start`` that it has, all or nothing."""
        with self._ledger.transaction():
            self._insert(job, attachments, start)
        _drop_facts(attachments)

    def _insert(self, job: JobRow, attachments: Sequence[AttachmentRow], start: int) -> None:
        marks = ", ".join("?" * (len(_WRITTEN_COLUMNS) + 2))
        insert = f"INSERT INTO attachments (job, position, {', '.join(_WRITTEN_COLUMNS)}) VALUES ({marks})"
        for position, attachment in enumerate(attachments, start):
            self._ledger.run(insert, (job.id, position, *_attachment_values(attachment, _WRITTEN_COLUMNS)))
        self.save(job)

    def progress(self, job: str, attachments: Iterable[AttachmentRow]) -> None:
        """Keep how far these attachments have come, at the latest when ``settle`` is called."""
        for each in attachments:
            values = (*_progress_values(each), job, each.key)
            self._ledger.later(("attachment", job, each.key), _UPDATE_PROGRESS, values)

    def settle(self) -> None:
        """Whatever was told to this table so far would be found by the next process."""
        self._ledger.flush()

    def get(self, job: str) -> JobRow | None:
        """The job with this id."""
        row = self._ledger.row("SELECT * FROM jobs WHERE id = ? AND forgotten = 0", (job,))
        return _job(row) if row else None

    def living(self, url: str, root: str) -> JobRow | None:
        """The job for this url and root that has not ended."""
        row = self._ledger.row("SELECT * FROM jobs WHERE url = ? AND root = ? AND finished IS NULL", (url, root))
        return _job(row) if row else None

    def last(self, url: str, root: str) -> JobRow | None:
        """The newest job for this url and root that came as far as a plan."""
        query = "SELECT * FROM jobs WHERE url = ? AND root = ? AND planned = 1 ORDER BY created DESC LIMIT 1"
        row = self._ledger.row(query, (url, root))
        return _job(row) if row else None

    def unfinished(self) -> list[JobRow]:
        """Every job that has not ended, oldest first, whoever owns it."""
        return [
            _job(row) for row in self._ledger.rows("SELECT * FROM jobs WHERE finished IS NULL ORDER BY created, id")
        ]

    def page(self, after: tuple[float, str] | None, limit: int, *, top_level: bool = False) -> list[JobRow]:
        """Up to ``limit`` jobs, newest first, that come after the one created then and so called."""
        where, values = ("AND (created, id) < (?, ?)", after) if after else ("", ())
        where += " AND parent IS NULL" if top_level else ""
        query = f"SELECT * FROM jobs WHERE forgotten = 0 {where} ORDER BY created DESC, id DESC LIMIT ?"
        return [_job(row) for row in self._ledger.rows(query, (*values, limit))]

    def children_page(self, parent: str, after: tuple[float, str] | None, limit: int) -> list[JobRow]:
        """Up to ``limit`` jobs that this one is made of, oldest first, that come after the one created then and so called."""
        where, values = ("AND (created, id) > (?, ?)", after) if after else ("", ())
        query = f"SELECT * FROM jobs WHERE parent = ? AND forgotten = 0 {where} ORDER BY created, id LIMIT ?"
        return [_job(row) for row in self._ledger.rows(query, (parent, *values, limit))]

    def ended(self, limit: int) -> list[JobRow]:
        """Up to ``limit`` ended jobs that are no children and not forgotten, newest first."""
        query = (
            "SELECT * FROM jobs WHERE finished IS NOT NULL AND forgotten = 0 AND parent IS NULL"
            " ORDER BY created DESC, id LIMIT ?"
        )
        return [_job(row) for row in self._ledger.rows(query, (limit,))]

    def attachments(self, job: str) -> list[AttachmentRow]:
        """The attachments of a job in post order."""
        query = "SELECT * FROM attachments WHERE job = ? ORDER BY position"
        return [_attachment(row) for row in self._ledger.rows(query, (job,))]

    def changed_attachments(self, job: str, since: int) -> list[AttachmentRow]:
        """Those that changed since the job had this revision (see ``live_table``), in post order."""
        query = "SELECT * FROM attachments WHERE job = ? AND revision > ? ORDER BY position"
        return [_attachment(row) for row in self._ledger.rows(query, (job, since))]

    def facts(self, job: str) -> dict[str, dict[str, Any]]:
        """By key, the facts that names are made of; empty for an attachment that was planned before they were kept."""
        rows = self._ledger.rows("SELECT key, facts FROM attachments WHERE job = ?", (job,))
        return {row["key"]: json.loads(row["facts"] or "{}") for row in rows}

    def children(self, parent: str) -> list[JobRow]:
        """The jobs that this one is made of, in the order in which they were added."""
        query = "SELECT * FROM jobs WHERE parent = ? ORDER BY created, id"
        return [_job(row) for row in self._ledger.rows(query, (parent,))]

    def of_page(self, root: str, site: str, board: str, thread: int | None) -> list[JobRow]:
        """Every job that fetched a thread, or a board's single pictures (None), below a root: forgotten ones too, newest first."""
        query = """SELECT * FROM jobs WHERE root = ? AND site = ? AND board = ? AND thread IS ? AND kind IN ('thread', 'file')
            ORDER BY created DESC, id DESC"""
        return [_job(row) for row in self._ledger.rows(query, (root, site, board, thread))]

    def take_over(self, job: str, owner: str | None, new_owner: str) -> bool:
        """Whether the job, still owned by ``owner``, is now ``new_owner``'s, with every unfinished job that it is made of."""
        query = "UPDATE jobs SET owner = ?1 WHERE (id = ?2 OR parent = ?2) AND owner IS ?3 AND finished IS NULL"
        return self._ledger.run(query, (new_owner, job, owner)) > 0

    def forget(self, job: str) -> list[str]:
        """The job, if it has ended, and those that it is made of are no longer listed; the ids of all these."""
        return self._forget(
            "(id = ?1 OR parent = ?1)"
            " AND EXISTS (SELECT 1 FROM jobs AS head WHERE head.id = ?1 AND head.finished IS NOT NULL)",
            (job,),
        )

    def forget_ended(self) -> list[str]:
        """No ended job is listed any more, but for those that are a part of one that has not ended; the ids of the others."""
        return self._forget(
            "NOT EXISTS (SELECT 1 FROM jobs AS head WHERE head.id = jobs.parent AND head.finished IS NULL)"
        )

    def _forget(self, where: str, values: tuple[str, ...] = ()) -> list[str]:
        which = f"finished IS NOT NULL AND forgotten = 0 AND {where}"
        with self._ledger.transaction():
            found = [row["id"] for row in self._ledger.rows(f"SELECT id FROM jobs WHERE {which}", values)]
            self._ledger.run(f"UPDATE jobs SET forgotten = 1 WHERE {which}", values)
        return found

    def count(self) -> int:
        """How many jobs are listed."""
        row = self._ledger.row("SELECT count(*) FROM jobs WHERE forgotten = 0")
        return int(row[0]) if row else 0


def _job_values(job: JobRow) -> tuple[Any, ...]:
    values = {name: getattr(job, name) for name in _JOB_COLUMNS}
    values["state"] = str(job.state)
    values["options"] = json.dumps(job.options)
    values["summary"] = json.dumps(job.summary)
    values["watch"] = json.dumps(job.watch)
    values["error"] = json.dumps(job.error) if job.error else None
    values["finished"] = job.finished if job.state in JOB_ENDED else None
    return tuple(int(value) if isinstance(value, bool) else value for value in values.values())


def _job(row: sqlite3.Row) -> JobRow:
    values = {name: row[name] for name in _JOB_COLUMNS}
    values["state"] = JobState(row["state"])
    values["watching"], values["planned"] = bool(row["watching"]), bool(row["planned"])
    values["options"], values["summary"] = json.loads(row["options"]), json.loads(row["summary"])
    values["watch"] = json.loads(row["watch"])
    values["error"] = json.loads(row["error"]) if row["error"] else None
    return JobRow(**values)


def _drop_facts(attachments: Iterable[AttachmentRow]) -> None:
    for each in attachments:
        each.facts = ""


def _attachment_values(attachment: AttachmentRow, columns: Sequence[str]) -> tuple[Any, ...]:
    values = {name: getattr(attachment, name) for name in columns}
    if "urls" in values:
        values["urls"] = json.dumps(attachment.urls)
    values["state"] = str(attachment.state)
    values["past_cache"] = int(attachment.past_cache)
    return tuple(values.values())


def _attachment(row: sqlite3.Row) -> AttachmentRow:
    values = {name: row[name] for name in _ATTACHMENT_COLUMNS}
    values["urls"] = tuple(json.loads(row["urls"]))
    values["state"] = FileState(row["state"])
    values["past_cache"] = bool(row["past_cache"])
    return AttachmentRow(**values)
