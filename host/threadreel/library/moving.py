"""Doing what ``renaming`` planned: files get new names and folders, and at every moment the ledger knows each where it is.

For each file: the ledger learns its new path, then it moves, without ever replacing another. When all are there the folders are
synced, the report is written beside them, the old folder goes if nothing else is in it, and last, in one transaction, the old paths
are forgotten. A process that is killed in between leaves files that the ledger knows under both paths or under the one where they
are; renaming again completes it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from threadreel.errors import DiskError
from threadreel.library.durability import sync_folders
from threadreel.library.folders import Folder, disk_errors, regular_file
from threadreel.library.holdings import Holdings, is_twin, names_in
from threadreel.library.names import SafeName, fold
from threadreel.library.renaming import LIVING, Move, Renaming
from threadreel.library.reports import FILE_NAME as REPORT_NAME
from threadreel.library.reports import make_report, write_report
from threadreel.places import TREE

#: a file that stayed where it was, and why
Left = tuple[Path, str]


class Mover:
    """Renames one page after the other."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def rename(self, renaming: Renaming, told: Callable[[Move], None] = lambda _: None) -> list[Left]:
        """Do it, and say which files stayed and why; ``told`` hears of every step that was done.

        Raises DiskError when the new folder cannot be written, sqlite3.Error; what was done until then stays, and is known.
        """
        if not renaming.is_needed:
            return []
        folder = _folder(renaming)
        folder.create()
        _drop_twins(renaming)
        left: dict[str, Left] = {}
        for move in renaming.moves:
            if move.key not in left:
                why_not = self._move(renaming, move)
                if why_not:
                    left[move.key] = (move.old, why_not)
                else:
                    told(move)
        if not renaming.moves or len(left) < len({move.key for move in renaming.moves}):
            self._finish(renaming, folder, left)
        return list(left.values())

    def _move(self, renaming: Renaming, move: Move) -> str:
        """Make one step; why it could not be made, empty when it was."""
        if self._holdings.is_living(renaming.holding):
            return LIVING
        try:
            with disk_errors(move.new):
                if _is_taken(move):
                    raise FileExistsError
                if not move.is_part:
                    self._holdings.announce(move.key, move.old, move.new)
                try:
                    _step(move)
                except OSError:
                    if not move.is_part and not is_twin(move.old, move.new):
                        self._holdings.withdraw(move.key, move.new)
                    raise
        except FileExistsError:
            return f"{move.new} is there already"
        except DiskError as error:
            return error.message
        return ""

    def _finish(self, renaming: Renaming, folder: Folder, left: dict[str, Left]) -> None:
        holding = renaming.holding
        names = {key: name for key, name in renaming.names.items() if key not in left}
        final = {item.row.key: folder.file(names[item.row.key]) for item in holding.items if item.row.key in names}
        sources = {Path(job.directory) for job in holding.jobs} | {move.old.parent for move in renaming.moves}
        sources = {
            source for source in sources if source != folder.path and source.is_dir() and not source.is_symlink()
        }
        folder.sync()
        with disk_errors(folder.path):
            sync_folders(sources)
        rows = [
            replace(item.row, name=names.get(item.row.key, item.row.name)) for item in holding.items[: holding.reported]
        ]
        write_report(folder, make_report(holding.job, rows))
        for source in sources:
            if not self._holdings.is_shared(holding, source):
                _remove_empty(source, Path(holding.job.root, TREE))
        self._holdings.complete(renaming, _left_behind(renaming, final), names)


def _drop_twins(renaming: Renaming) -> None:
    """Each file has one name again: an interrupted run may have left two, the older of which may be where another belongs."""
    for item in renaming.holding.items:
        for twin in item.twins:
            if item.path is not None and is_twin(item.path, twin):
                with disk_errors(twin):
                    twin.unlink()


def _left_behind(renaming: Renaming, final: dict[str, Path]) -> dict[str, set[Path]]:
    """By key, the paths that lead to its file no more."""
    found: dict[str, set[Path]] = {}
    for key, path in final.items():
        known = renaming.holding.paths.get(key, ())
        if regular_file(path) is not None:
            found[key] = {other for other in known if other != path and regular_file(other) is None}
    for move in renaming.moves:
        if move.key in found and not move.is_part:
            found[move.key].add(move.old)
    return found


def _folder(renaming: Renaming) -> Folder:
    root = Path(renaming.holding.job.root)
    return Folder(root, [SafeName(part) for part in renaming.directory.relative_to(root).parts])


def _is_other_spelling(move: Move) -> bool:
    """Whether some file systems hold the two names for one."""
    return move.old.parent == move.new.parent and fold(move.old.name) == fold(move.new.name)


def _is_taken(move: Move) -> bool:
    """Whether something that is not the file itself has the new name."""
    if _is_other_spelling(move):
        return move.new.name in names_in(move.new.parent)
    return os.path.lexists(move.new) and not is_twin(move.old, move.new)


def _step(move: Move) -> None:
    """The file has the new name and not the old one. A link cannot replace what is there meanwhile, a rename can: so link first."""
    if _is_other_spelling(move):
        move.old.rename(move.new)
        return
    try:
        os.link(move.old, move.new, follow_symlinks=False)
    except (OSError, NotImplementedError):
        if _is_taken(move):
            raise FileExistsError from None
        if not os.path.lexists(move.new):  # this file system has no links
            move.old.rename(move.new)
            return
    move.old.unlink()


def _remove_empty(folder: Path, top: Path) -> None:
    """The folder goes, with its report, if nothing else is in it, and so do those above it, below ``top``, that are empty then."""
    with contextlib.suppress(OSError):
        if set(names_in(folder)) <= {REPORT_NAME}:
            with contextlib.suppress(FileNotFoundError):
                (folder / REPORT_NAME).unlink()
        while folder != top and folder.is_relative_to(top):
            folder.rmdir()
            folder = folder.parent
