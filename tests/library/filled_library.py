"""A ledger and a download root to be renamed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rows import attachment_row, file_row, job_row
from threadreel.library.file_table import FileTable
from threadreel.library.holdings import Holdings, Page, names_in
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.moving import Left, Mover
from threadreel.library.renaming import Renaming, plan_renaming
from threadreel.library.templates import FolderTemplate, NameTemplate
from threadreel.states import FileState, JobState

FLAT = FolderTemplate("{board}-{thread}")
ORIGINAL = NameTemplate("{name}{ext}")
NUMBERED = NameTemplate("{index}{ext}")


class Library:
    """A ledger and a download root, and ways to fill and to look at them."""

    def __init__(self, base: Path) -> None:
        self.path, self.root = base / "data" / "ledger.sqlite3", base / "downloads"
        self.ledger = Ledger(self.path)

    def reopen(self) -> None:
        """As another process would find it."""
        self.ledger.close()
        self.ledger = Ledger(self.path)

    def folder(self, thread: int = 1) -> Path:
        return self.root / "Threadreel" / "4chan" / "g" / f"{thread} Title"

    def add(self, files: Sequence[tuple[str, str]], thread: int = 1, **changes: Any) -> None:
        """A thread that was downloaded: for each file the name it was given and the original one; the bytes are the key."""
        rows = []
        folder = Path(changes.pop("directory", self.folder(thread)))
        has_facts = changes.pop("has_facts", True)
        for index, (name, original) in enumerate(files, 1):
            key = str(1000 * thread + index)
            facts = {"name": original, "time": 86_400 * index, "width": 8, "height": 6, "index": index}
            row = attachment_row(
                key, name=name, ext=".jpg", state=FileState.SAVED, facts=json.dumps(facts) if has_facts else ""
            )
            rows.append(row)
            self.save(folder / name, key, thread)
        values = {
            "id": f"job-{thread}",
            "url": f"https://boards.4chan.org/g/thread/{thread}",
            "thread": thread,
            **changes,
        }
        job = job_row(
            root=str(self.root),
            directory=str(folder),
            title="Title",
            state=JobState.COMPLETED,
            finished=2.0,
            planned=True,
        )
        for name, value in values.items():
            setattr(job, name, value)
        table = JobTable(self.ledger)
        table.add(job)
        table.plan(job, rows)
        (folder / "report.json").write_text("{}")

    def save(self, path: Path, key: str, thread: int | None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(key)
        digest = hashlib.sha256(key.encode()).hexdigest()
        FileTable(self.ledger).put(file_row(path, root=str(self.root), thread=thread, key=key, sha256=digest))

    def plan(
        self, name: NameTemplate | None = None, folder: FolderTemplate | None = None, thread: int | None = 1
    ) -> Renaming:
        holding = Holdings(self.ledger).of(Page(str(self.root), "4chan", "g", thread))
        assert holding is not None
        return plan_renaming(holding, name, folder, names_in)

    def rename(
        self, name: NameTemplate | None = None, folder: FolderTemplate | None = None, thread: int | None = 1
    ) -> list[Left]:
        return Mover(Holdings(self.ledger)).rename(self.plan(name, folder, thread))

    def on_disk(self) -> dict[str, str]:
        """Every file below the root and what it holds; reports as names only."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.root)): "" if path.name == "report.json" else path.read_text() for path in files
        }

    def known(self) -> dict[str, str]:
        """Every path the ledger has, and its key."""
        rows = self.ledger.rows("SELECT path, key FROM files")
        return {str(Path(row["path"]).relative_to(self.root)): row["key"] for row in rows}

    def names(self, job: str = "job-1") -> list[str]:
        return [row.name for row in JobTable(self.ledger).attachments(job)]

    def directory(self, job: str = "job-1") -> str:
        row = JobTable(self.ledger).get(job)
        assert row is not None
        return row.directory

    def check(self) -> None:
        """Every file that was saved is whole under a path that the ledger has for it, and no path leads to another's bytes."""
        there = self.on_disk()
        for path, key in self.known().items():
            assert there.get(path, key) == key
        keys = {row["key"] for row in self.ledger.rows("SELECT key FROM attachments")}
        assert keys <= {key for path, key in self.known().items() if path in there}
