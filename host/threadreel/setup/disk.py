"""Changes of setup to the disk: files appear whole or not at all, and folders that were made are named."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def make_folder(folder: Path, mode: int = 0o755) -> list[Path]:
    """Make ``folder`` and those above it; return the ones that were made, outermost first. Raises OSError."""
    made: list[Path] = []
    missing = folder
    while not missing.exists():
        made.insert(0, missing)
        missing = missing.parent
    for depth, each in enumerate(made):
        try:
            each.mkdir(mode=mode, exist_ok=True)
        except OSError:
            for outer in reversed(made[:depth]):
                remove_if_empty(outer)
            raise
    return made


def write_whole(path: Path, content: bytes, mode: int) -> bool:
    """Make ``path`` hold ``content`` with ``mode``; whether that was a change. Raises OSError."""
    if _holds(path, content, mode):
        return False
    handle, name = tempfile.mkstemp(prefix=".threadreel-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        temporary.chmod(mode)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    return True


def remove_if_empty(folder: Path) -> bool:
    """Remove ``folder`` unless it holds something; whether it is gone now."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _holds(path: Path, content: bytes, mode: int) -> bool:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(content):
            return False
        has_mode = os.name == "nt" or stat.S_IMODE(status.st_mode) == mode
        return has_mode and path.read_bytes() == content
    except OSError:
        return False
