"""The backups of the ledger on disk: how they are called, and which is the newest. ``backups`` makes them."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = "backups"


def backup_folder(ledger_file: Path) -> Path:
    """Where they are: beside the ledger."""
    return ledger_file.parent / _FOLDER


def backup_files(ledger_file: Path) -> list[Path]:
    """Those that are complete, newest first: they are numbered, because clocks go back."""
    found = {_number(path, ledger_file): path for path in backup_folder(ledger_file).glob(f"*{ledger_file.suffix}")}
    return [found[number] for number in sorted(found, reverse=True) if number]


def next_backup_file(ledger_file: Path) -> Path:
    """The name of the next one."""
    last = max((_number(path, ledger_file) for path in backup_files(ledger_file)), default=0)
    return backup_folder(ledger_file) / f"{ledger_file.stem}-{last + 1}{ledger_file.suffix}"


def _number(path: Path, ledger_file: Path) -> int:
    """0 for a file that is none."""
    found = re.fullmatch(rf"{re.escape(ledger_file.stem)}-([1-9][0-9]{{0,8}})", path.stem)
    return int(found[1]) if found else 0
