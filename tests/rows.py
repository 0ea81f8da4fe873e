"""Jobs, attachments and files as the ledger keeps them: one of each, made different where a test says so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from threadreel.library.file_table import FileRow
from threadreel.library.job_table import AttachmentRow, JobRow

HOST = Path(__file__).parent.parent / "host"


def job_row(**changes: Any) -> JobRow:
    values: dict[str, Any] = {
        "id": "job-1",
        "url": "https://boards.4chan.org/g/thread/1",
        "root": "/downloads",
        "site": "4chan",
        "kind": "thread",
        "board": "g",
        "thread": 1,
        "created": 1000.0,
    }
    return JobRow(**{**values, **changes})


def attachment_row(key: str = "100", **changes: Any) -> AttachmentRow:
    values: dict[str, Any] = {
        "key": key,
        "post": 1,
        "name": f"{key} picture.png",
        "ext": ".png",
        "urls": (f"https://i.4cdn.org/g/{key}.png",),
        "size": 1000,
        "md5": None,
        "sha256": None,
    }
    return AttachmentRow(**{**values, **changes})


def file_row(path: Path, **changes: Any) -> FileRow:
    """The file that is at ``path`` now, as just published; one that is not there gets made-up facts."""
    facts = path.lstat() if path.exists() else None
    values: dict[str, Any] = {
        "path": path,
        "root": str(path.parent),
        "site": "4chan",
        "board": "g",
        "thread": 1,
        "key": "100",
        "state": "saved",
        "size": facts.st_size if facts else 3,
        "mtime_ns": facts.st_mtime_ns if facts else 5,
        "md5": "0" * 32,
        "sha256": "0" * 64,
        "saved": 1000.0,
    }
    return FileRow(**{**values, **changes})


def child_command(program: str, *arguments: object) -> list[str]:
    """A command that runs Python text in a process of its own, with the package importable."""
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(HOST)!r})\n{program}", *map(str, arguments)]
