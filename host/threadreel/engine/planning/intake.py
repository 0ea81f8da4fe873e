"""From a thread as the site shows it to the plan of a job: gathers what the library knows, then asks ``plan``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from threadreel.engine.planning.filters import Filter
from threadreel.engine.planning.plan import Known, Presence, folder_fields, plan_thread
from threadreel.engine.planning.thread_news import find_news
from threadreel.engine.verify import Digest, fake_reason
from threadreel.library.file_table import FileRow, FileTable
from threadreel.library.folders import Folder, regular_file
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.names import PART_SUFFIX, SafeName
from threadreel.library.templates import FolderTemplate, NameTemplate
from threadreel.places import TREE
from threadreel.sites.base import PageKind, Target, ThreadAnswer
from threadreel.states import FILE_WITHOUT_BYTES, FileState

_PIECE_BYTES = 1024 * 1024
_PREVIEW_NAMES = 10


@dataclass(frozen=True, slots=True)
class More:
    """What a newer answer brings: ``new`` rows, and the keys of rows whose file it calls ``deleted``."""

    new: list[AttachmentRow]
    deleted: list[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, to be shown: the folder below the download root, the first names, and the counts of ``count_files``."""

    directory: str
    names: list[str]
    files: dict[str, int]


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of a thread's page: ``have`` is on the disk, ``new`` came after the last download of the thread, else ``missing``."""

    id: str
    url: str
    state: str


class Intake:
    """Makes plans. Reads the ledger and the disk, changes neither."""

    def __init__(self, jobs: JobTable, files: FileTable) -> None:
        self._jobs, self._files = jobs, files

    def plan(self, row: JobRow, target: Target, thread: ThreadAnswer) -> tuple[Path, list[AttachmentRow]]:
        """The job's folder and a row for each attachment.

        Of the row's options count ``only``, ``filter``, ``files``, ``name``, ``folder``.
        """
        before = self._jobs.last(row.url, row.root)
        gone = (
            {each.key for each in self._jobs.attachments(before.id) if each.state is FileState.GONE}
            if before
            else set()
        )
        attachments = plan_thread(
            target,
            thread,
            known=self.known(target, row.root),
            gone=gone,
            only=row.options["only"],
            filter=_filter(row),
            files=row.options.get("files", ()),
            template=NameTemplate(row.options["name"]),
        )
        return self._directory(row, before, target, thread), attachments

    def more(self, row: JobRow, target: Target, thread: ThreadAnswer, existing: Sequence[AttachmentRow]) -> More:
        """What a newer answer adds to the rows that the job has; these stay, whatever the answer no longer shows."""
        news = find_news(thread.attachments, existing)
        fresh = plan_thread(
            target,
            replace(thread, attachments=news.attachments),
            known=self.known(target, row.root) if news.attachments else {},
            only=row.options["only"],
            filter=_filter(row),
            files=row.options.get("files", ()),
            template=NameTemplate(row.options["name"]),
            before=existing,
        )
        for each in fresh:
            if each.state is FileState.QUEUED:
                each.reason = "new"
        return More(fresh, list(news.deleted))

    def preview(self, row: JobRow, target: Target, thread: ThreadAnswer) -> Preview:
        """What a job of this row would do, before anything is kept or fetched."""
        directory, rows = self.plan(row, target, thread)
        names = [each.name for each in rows if each.state not in (FileState.DELETED, FileState.FILTERED)]
        return Preview(directory.relative_to(row.root).as_posix(), names[:_PREVIEW_NAMES], count_files(thread, rows))

    def shown(self, row: JobRow, target: Target, thread: ThreadAnswer) -> list[PageFile]:
        """What the library has of each file that the thread still shows, in post order; the options of the row do not matter."""
        before = self._jobs.last(row.url, row.root)
        seen = {each.key for each in self._jobs.attachments(before.id)} if before else None
        known = self.known(target, row.root)
        files = []
        for each in thread.attachments:
            if each.deleted or not each.urls:
                continue
            file = known.get(each.key)
            is_had = file is not None and file.presence in (Presence.THERE, Presence.CHANGED)
            is_new = seen is not None and each.key not in seen
            files.append(PageFile(each.key, each.urls[0], "have" if is_had else "new" if is_new else "missing"))
        return files

    def is_new(self, row: JobRow) -> bool:
        """Whether no earlier run planned this page below this root."""
        return self._jobs.last(row.url, row.root) is None

    def known(self, target: Target, root: str) -> dict[str, Known]:
        """By key, what the library has or had of this page below this root."""
        thread = None if target.kind is PageKind.FILE else target.thread
        files = self._files.of_thread(target.site, target.board, thread, root)
        return {key: _known(file) for key, file in files.items()}

    def _directory(self, row: JobRow, before: JobRow | None, target: Target, thread: ThreadAnswer) -> Path:
        """Where an earlier run put this thread, as long as that is there; else what the template says."""
        if before and before.options.get("folder") == row.options["folder"] and Path(before.directory).is_dir():
            return Path(before.directory)
        time = thread.attachments[0].time if thread.attachments else None
        components = FolderTemplate(row.options["folder"]).render(folder_fields(target, thread.title, time))
        return Folder(Path(row.root), [SafeName(TREE), *components]).path


def _filter(row: JobRow) -> Filter:
    return Filter(row.options.get("filter", ""))  # a job from before there were filters has none


def _known(file: FileRow) -> Known:
    facts = regular_file(file.path)
    if facts is None:
        # with its part there nobody deleted it: a power cut took its new name and left the old one
        has_part = regular_file(file.path.with_name(file.path.name + PART_SUFFIX)) is not None
        presence = Presence.REMOVED if file.path.parent.is_dir() and not has_part else Presence.LOST
    elif facts.st_size == file.size and facts.st_mtime_ns == file.mtime_ns:
        presence = Presence.THERE
    else:
        presence = _changed(file, facts.st_size)
    size = facts.st_size if facts else 0
    return Known(file.path.name, file.state, size, file.md5, file.sha256, presence)


def _changed(file: FileRow, size_bytes: int) -> Presence:
    """Somebody's work, or what is left of ours: nothing, zeros, or its beginning. What cannot be read is left to its owner."""
    digest = Digest()
    try:
        with file.path.open("rb", buffering=0) as opened:
            while piece := opened.read(_PIECE_BYTES):
                digest.feed(piece)
    except OSError:
        return Presence.CHANGED
    fake = fake_reason(digest, file.path.suffix)
    is_cut = size_bytes < file.size and not fake  # it still begins as such a file does
    return Presence.DAMAGED if is_cut or fake in ("fake.empty", "fake.nul") else Presence.CHANGED


def count_files(thread: ThreadAnswer, rows: Sequence[AttachmentRow]) -> dict[str, int]:
    """The numbers of ``page.inspect`` for a thread and its plan.

    ``images``, ``videos`` and ``other`` are the thread's, without deleted files; ``filtered`` those that the choices leave out;
    ``bytes`` those of files that are here or would be fetched.
    """
    pairs = list(zip(thread.attachments, rows, strict=True))
    kinds = [str(each.kind) for each, _ in pairs if not each.deleted]
    states = [row.state for row in rows]
    return {
        "total": len(rows),
        **{kind: kinds.count(kind) for kind in ("images", "videos", "other")},
        "bytes": sum(each.size_bytes or 0 for each, row in pairs if row.state not in FILE_WITHOUT_BYTES),
        "have": states.count(FileState.HAVE),
        "filtered": sum(row.state is FileState.FILTERED and row.reason in ("only", "filter") for row in rows),
    }
