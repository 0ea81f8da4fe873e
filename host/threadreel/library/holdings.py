"""What the library has, page by page, for those who rename it: read from the ledger and the disk, and written when it is done."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from threadreel.library.folders import regular_file
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.names import PART_SUFFIX, fold
from threadreel.library.renaming import Holding, Item, Renaming
from threadreel.states import JOB_ENDED

_PAGE_WHERE = "root = ? AND site = ? AND board = ? AND thread IS ?"


@dataclass(frozen=True, slots=True)
class Page:
    """A thread below a root; without a number, the single pictures of a board."""

    root: str
    site: str
    board: str
    thread: int | None

    @property
    def values(self) -> tuple[str, str, str, int | None]:
        """For ``_PAGE_WHERE``."""
        return self.root, self.site, self.board, self.thread


class Holdings:
    """The library by pages. Not for processes that run jobs: what they keep in memory is not told."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._jobs = ledger, JobTable(ledger)

    def pages(self, below: Path | None) -> list[Page]:
        """Every page of which the ledger knows a file, or that is being downloaded; given a path, those at or below it."""
        query = """SELECT root, site, board, thread, path FROM files
            UNION ALL SELECT root, site, board, thread, directory FROM jobs
                WHERE finished IS NULL AND planned = 1 AND kind IN ('thread', 'file')
            ORDER BY root, site, board, thread"""
        rows = self._ledger.rows(query)
        pages = (
            Page(row["root"], row["site"], row["board"], row["thread"])
            for row in rows
            if below is None or Path(row["path"]).is_relative_to(below)
        )
        return list(dict.fromkeys(pages))

    def of(self, page: Page) -> Holding | None:
        """What there is of a page; None when no job knows it (any more)."""
        jobs = self._jobs.of_page(*page.values)
        planned = [job for job in jobs if job.planned]
        if not planned:
            return None
        paths = self._paths(page)
        items: dict[str, Item] = {}
        reported = 0
        for job in planned:
            facts = self._jobs.facts(job.id)
            for row in self._jobs.attachments(job.id):
                if row.key not in items:
                    items[row.key] = _item(job, row, facts[row.key], paths.get(row.key, ()))
            if job is planned[0]:
                reported = len(items)
        is_living = any(job.state not in JOB_ENDED for job in jobs)
        return Holding(tuple(planned), is_living, tuple(items.values()), reported, paths)

    def _paths(self, page: Page) -> dict[str, list[Path]]:
        """By key, every path that the ledger has for it, the newest first."""
        query = f"SELECT key, path FROM files WHERE {_PAGE_WHERE} ORDER BY saved DESC, rowid DESC"
        found: dict[str, list[Path]] = {}
        for row in self._ledger.rows(query, page.values):
            found.setdefault(row["key"], []).append(Path(row["path"]))
        return found

    def is_living(self, holding: Holding) -> bool:
        """Whether somebody downloads the page now."""
        job = holding.job
        query = f"SELECT 1 FROM jobs WHERE {_PAGE_WHERE} AND finished IS NULL"
        return self._ledger.row(query, (job.root, job.site, job.board, job.thread)) is not None

    def is_shared(self, holding: Holding, directory: Path) -> bool:
        """Whether a job of another page has its files in this folder."""
        ids = {job.id for job in holding.jobs}
        rows = self._ledger.rows("SELECT id FROM jobs WHERE directory = ?", (str(directory),))
        return any(row["id"] not in ids for row in rows)

    def announce(self, key: str, old: Path, new: Path) -> None:
        """The file at ``old`` is about to be at ``new``: from now on the ledger knows it there too."""
        columns = "root, site, board, thread, key, state, size, mtime_ns, md5, sha256, saved"
        statement = (
            f"INSERT OR REPLACE INTO files (path, {columns}) SELECT ?, {columns} FROM files WHERE path = ? AND key = ?"
        )
        self._ledger.run(statement, (str(new), str(old), key))

    def withdraw(self, key: str, path: Path) -> None:
        """The file did not get there."""
        self._ledger.run("DELETE FROM files WHERE path = ? AND key = ?", (str(path), key))

    def complete(self, renaming: Renaming, left: Mapping[str, Iterable[Path]], names: Mapping[str, str]) -> None:
        """All or nothing: by key, the paths that were left are forgotten; the page's jobs have these names and the new folder."""
        jobs = [job for job in renaming.holding.jobs if job.state in JOB_ENDED]
        with self._ledger.transaction():
            for key, paths in left.items():
                for path in paths:
                    self.withdraw(key, path)
            for job in jobs:
                for key, name in names.items():
                    self._ledger.run("UPDATE attachments SET name = ? WHERE job = ? AND key = ?", (name, job.id, key))
                self._ledger.run(
                    "UPDATE jobs SET directory = ? WHERE id = ? AND finished IS NOT NULL",
                    (str(renaming.directory), job.id),
                )


def names_in(directory: Path) -> Collection[str]:
    """The names of everything in a folder; none when it is not there or may not be read."""
    try:
        return [entry.name for entry in directory.iterdir()]
    except OSError:
        return ()


def _item(job: JobRow, row: AttachmentRow, facts: Mapping[str, object], paths: Collection[Path]) -> Item:
    there = [path for path in paths if is_plain(Path(job.root), path)]
    if not there:
        part = Path(job.directory, row.name + PART_SUFFIX)
        return Item(row, facts, part=part if is_plain(Path(job.root), part) else None)
    twins = tuple(path for path in there[1:] if is_twin(there[0], path))
    return Item(row, facts, there[0], twins)


def is_plain(root: Path, path: Path) -> bool:
    """Whether there is a real file, and no link on the way to it from the root."""
    if regular_file(path) is None or not path.is_relative_to(root):
        return False
    return not any(folder.is_symlink() for folder in path.parents if folder != root and folder.is_relative_to(root))


def is_twin(path: Path, other: Path) -> bool:
    """Whether these are two names of one file, and not one name in two spellings."""
    if path.parent == other.parent and fold(path.name) == fold(other.name):
        return False
    facts, other_facts = regular_file(path), regular_file(other)
    return facts is not None and other_facts is not None and os.path.samestat(facts, other_facts)
