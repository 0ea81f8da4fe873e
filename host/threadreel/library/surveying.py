"""Where reports are below a download root: the tree is walked without following any link, and nothing is changed or believed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from threadreel.library.claims import NoReport, ReportClaim, read_report
from threadreel.library.ledger import Ledger
from threadreel.library.names import PART_SUFFIX
from threadreel.library.reports import FILE_NAME
from threadreel.places import TREE

#: folders one below the other; a folder template makes a handful
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a report, below a download root."""

    root: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Survey:
    """``places`` in order of path; ``size_bytes`` of the files that their reports claim and that are there; ``unclaimed`` files
    that no report names; ``troubles`` sentences about what could not be read.
    """

    places: tuple[Place, ...]
    size_bytes: int
    unclaimed: int
    troubles: tuple[str, ...]


def known_roots(ledger: Ledger) -> list[Path]:
    """Every download root that the ledger has heard of."""
    return [Path(row[0]) for row in ledger.rows("SELECT root FROM files UNION SELECT root FROM jobs ORDER BY 1")]


def root_of(folder: Path) -> Path | None:
    """The download root to which a folder belongs: it holds our tree, or is in it.

    None for a folder that has nothing to do with us, or to which a link below the root leads.
    """
    if (folder / TREE).is_dir() and not (folder / TREE).is_symlink():
        return folder
    inner = folder
    while inner.name and inner.name != TREE:
        if inner.is_symlink() or not inner.is_dir():
            return None
        inner = inner.parent
    return inner.parent if inner.name and inner.is_dir() and not inner.is_symlink() else None


def survey(folders: Iterable[Path]) -> Survey:
    """What is at and below these folders, each of which is a download root or inside of one; others hold nothing."""
    places: dict[Path, Place] = {}
    troubles: list[str] = []
    size_bytes = unclaimed = 0
    for start in dict.fromkeys(folders):
        root = root_of(start)
        if root is None:
            continue
        for folder, sizes in _walk(start / TREE if start == root else start, troubles):
            if folder in places:
                continue
            claimed: set[str] = set()
            if FILE_NAME in sizes:
                places[folder] = Place(root, folder)
                claim = read_place(folder, troubles)
                claimed = {file.name for file in claim.files} if claim else set()
            size_bytes += sum(sizes.get(name, 0) for name in claimed)
            unclaimed += sum(not _is_ours(name) and name not in claimed for name in sizes)
    return Survey(tuple(places[folder] for folder in sorted(places)), size_bytes, unclaimed, tuple(troubles))


def read_place(folder: Path, troubles: list[str]) -> ReportClaim | None:
    """What the folder's report claims; None, and a sentence more in ``troubles``, for one that cannot be used."""
    path = folder / FILE_NAME
    try:
        return read_report(path)
    except NoReport as error:
        troubles.append(f"{path} cannot be used: {error}.")
    except OSError as error:
        troubles.append(f"{path} cannot be read: {error.strerror or error}.")
    return None


def _is_ours(name: str) -> bool:
    """Files of ours that are no pictures, and what hides."""
    return name == FILE_NAME or name.endswith(PART_SUFFIX) or name.startswith(".")


def _walk(start: Path, troubles: list[str]) -> Iterator[tuple[Path, dict[str, int]]]:
    """Every folder at and below ``start``, with the sizes of its files by name."""
    waiting = [(start, 0)]
    while waiting:
        folder, depth = waiting.pop()
        sizes: dict[str, int] = {}
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    facts = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(facts.st_mode):
                        sizes[entry.name] = facts.st_size
                    elif stat.S_ISDIR(facts.st_mode) and not _leads_away(facts) and depth < _DEEPEST:
                        waiting.append((Path(entry.path), depth + 1))
        except OSError as error:
            troubles.append(f"{folder} cannot be read: {error.strerror or error}.")
        yield folder, sizes


def _leads_away(facts: os.stat_result) -> bool:
    """Whether a folder of Windows is a junction."""
    return bool(getattr(facts, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT)
