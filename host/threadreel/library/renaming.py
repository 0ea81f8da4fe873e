"""What new templates make of a page that the library has: which file goes where, under which name, in which order. Pure.

``holdings`` finds what the library has, ``moving`` does what is planned here:

    holdings = Holdings(ledger)
    for page in holdings.pages(below):          # a path, or None for all
        holding = holdings.of(page)             # None: no job knows the page any more
        renaming = plan_renaming(holding, name_template, folder_template, names_in)
        renaming.refusal, renaming.kept, renaming.is_needed, renaming.pairs
        left = Mover(holdings).rename(renaming, told)

A plan overwrites nothing: names that somebody else has in the new folder are left alone, and files of the page that want each
other's names take a detour. Equal facts give equal plans, so one that was interrupted is completed by making it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from threadreel.library.job_table import AttachmentRow, JobRow
from threadreel.library.names import PART_SUFFIX, SafeName, fold, unique_name
from threadreel.library.reports import FILE_NAME as REPORT_NAME
from threadreel.library.templates import FolderTemplate, NameTemplate, name_fields, page_fields
from threadreel.places import TREE

LIVING = "it is being downloaded"
OCCUPIED = "its new folder holds the report of another download"
UNKNOWN = "it was downloaded by an older version, which did not keep what the template needs"
NOTHING = "none of its files is on the disk"

#: what a name template may use although the post's facts are missing
_ALWAYS_KNOWN = frozenset({"site", "board", "thread", "title", "tim", "post", "ext", "md5"})


@dataclass(frozen=True, slots=True)
class Item:
    """An attachment of a page. ``path`` is where its file is, None when it is not on disk; ``twins`` are more names of that file,
    which an interrupted renaming left; ``part`` is where its beginning is, if it never became whole.
    """

    row: AttachmentRow
    facts: Mapping[str, object]
    path: Path | None = None
    twins: tuple[Path, ...] = ()
    part: Path | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """What the library has of one page below one root. ``jobs`` are all that fetched it, the newest first; the first ``reported``
    of ``items`` are that job's. ``paths`` are those that the ledger knows for each key, there or not.
    """

    jobs: tuple[JobRow, ...]
    is_living: bool
    items: tuple[Item, ...]
    reported: int
    paths: Mapping[str, Collection[Path]]

    @property
    def job(self) -> JobRow:
        """The newest."""
        return self.jobs[0]


@dataclass(frozen=True, slots=True)
class Move:
    """One step: a file, known by its key, gets another path. ``is_part``: only the beginning of a file, which no ledger knows."""

    key: str
    old: Path
    new: Path
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Renaming:
    """What is to be done for one page: ``moves`` in this order, then ``names`` (by key, for every attachment) and ``directory`` are
    the page's. ``kept`` are names that stay because nobody knows what the template needs. With a ``refusal`` nothing is done.
    """

    holding: Holding
    directory: Path
    moves: tuple[Move, ...] = ()
    names: Mapping[str, SafeName] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether anything is not as the templates say."""
        there = [item for item in self.holding.items if item.path]
        is_elsewhere = self.directory != Path(self.holding.job.directory)
        return not self.refusal and (
            bool(self.moves)
            or any(item.twins or item.row.name != self.names[item.row.key] for item in there)
            or (is_elsewhere and bool(there))
        )

    @property
    def pairs(self) -> list[tuple[Path, Path]]:
        """For people: each file that gets another path, where it is and where it will be."""
        goals = {move.key: move.new for move in self.moves if not move.is_part}
        items = self.holding.items
        return [(item.path, goals[item.row.key]) for item in items if item.path and item.row.key in goals]


def plan_renaming(
    holding: Holding,
    name: NameTemplate | None,
    folder: FolderTemplate | None,
    names_in: Callable[[Path], Collection[str]],
) -> Renaming:
    """The plan for one page; None leaves names, or the folder, as they are. ``names_in`` lists what a folder holds."""
    directory = _directory(holding, folder)
    why_not = LIVING if holding.is_living else "" if any(item.path for item in holding.items) else NOTHING
    if why_not or directory is None:
        return Renaming(holding, Path(holding.job.directory), refusal=why_not or UNKNOWN)
    found = names_in(directory)
    paths = [path for item in holding.items for path in (item.path, *item.twins, item.part) if path]
    ours = {path.name for path in paths if path.parent == directory}
    if REPORT_NAME in found and not ours and all(Path(job.directory) != directory for job in holding.jobs):
        return Renaming(holding, directory, refusal=OCCUPIED)
    others = [other for other in found if other not in ours]
    names, kept = _names(holding, name, others)
    moves = _ordered(list(_moves(holding, directory, names)), [*found, *names.values()])
    return Renaming(holding, directory, tuple(moves), names, tuple(kept))


def _directory(holding: Holding, folder: FolderTemplate | None) -> Path | None:
    """Where the page belongs; None when that cannot be told."""
    job = holding.job
    if folder is None:
        return Path(job.directory)
    time = holding.items[0].facts.get("time") if holding.items else None
    if "date" in folder.fields and job.thread is not None and not any(item.facts for item in holding.items[:1]):
        return None
    title = job.title if job.thread is not None else ""
    fields = page_fields(job.site, job.board, job.thread, title, time if isinstance(time, int) else None)
    return Path(job.root, TREE, *folder.render(fields))


def _names(
    holding: Holding, template: NameTemplate | None, others: Iterable[str]
) -> tuple[dict[str, SafeName], list[str]]:
    """The name of each attachment, by key, and the names that stay for want of facts."""
    taken = {fold(REPORT_NAME)}
    for other in others:
        _take(taken, other)
    names: dict[str, SafeName] = {}
    kept: list[str] = []
    is_named_by_template = [template is not None and _can_name(template, holding, item) for item in holding.items]
    for is_second_round in (False, True):  # what cannot change comes first
        for item, is_named in zip(holding.items, is_named_by_template, strict=True):
            if is_named is not is_second_round:
                continue
            wanted = SafeName(item.row.name)
            if is_named and template is not None:
                wanted = template.render(_fields(holding.job, item))
            elif template is not None and holding.job.thread is not None:
                kept.append(wanted)
            names[item.row.key] = unique_name(wanted, item.row.key, item.row.ext, taken)
            _take(taken, names[item.row.key])
    return names, kept


def _can_name(template: NameTemplate, holding: Holding, item: Item) -> bool:
    """A picture without a thread has the server's name whatever the template."""
    return holding.job.thread is not None and (bool(item.facts) or template.fields <= _ALWAYS_KNOWN)


def _fields(job: JobRow, item: Item) -> dict[str, object]:
    row = item.row
    return {
        **page_fields(job.site, job.board, job.thread, job.title, None),
        **name_fields(item.facts, key=row.key, post=row.post, ext=row.ext, md5=row.md5),
    }


def _take(taken: set[str], name: str) -> None:
    taken.update((fold(name), fold(name + PART_SUFFIX)))


def _moves(holding: Holding, directory: Path, names: Mapping[str, SafeName]) -> Iterable[Move]:
    for item in holding.items:
        goal = directory / names[item.row.key]
        if item.path is not None and item.path != goal:
            yield Move(item.row.key, item.path, goal)
        part = goal.with_name(goal.name + PART_SUFFIX)
        if item.path is None and item.part is not None and item.part != part:
            yield Move(item.row.key, item.part, part, is_part=True)


def _ordered(moves: list[Move], known_names: Iterable[str]) -> list[Move]:
    """The moves so that none goes where another has not left yet; of those that go round in a circle, one steps aside first."""
    leaving = {_place(move.old): move for move in moves}
    taken = {fold(each) for each in known_names}
    ordered: list[Move] = []
    done: set[Path] = set()
    for first in moves:
        chain: dict[Path, Move] = {}
        move: Move | None = first
        while move is not None and move.old not in done and move.old not in chain:
            chain[move.old] = move
            following = leaving.get(_place(move.new))
            move = following if following is not move else None
        in_reverse = list(reversed(chain.values()))
        # a circle: nobody else goes to a place in it, so it is the whole chain
        if move is not None and move.old in chain:
            aside = unique_name(SafeName(move.new.name), "moving", move.new.suffix, taken)
            taken.add(fold(aside))
            detour = move.old.with_name(aside)
            ordered.append(Move(move.key, move.old, detour, move.is_part))
            in_reverse[-1] = Move(move.key, detour, move.new, move.is_part)
        ordered.extend(in_reverse)
        done.update(chain)
    return ordered


def _place(path: Path) -> tuple[Path, str]:
    """What two paths that some file system takes for one have in common."""
    return path.parent, fold(path.name)
