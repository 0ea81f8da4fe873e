"""From a thread as the site shows it to the plan of a job: gathers what the library knows, then asks ``plan``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from threadreel.engine.plan import Known, Presence, folder_fields, plan_thread
from threadreel.engine.verify import Digest, fake_reason
from threadreel.library.file_table import FileRow, FileTable
from threadreel.library.folders import Folder, regular_file
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.names import PART_SUFFIX, SafeName
from threadreel.library.templates import FolderTemplate, NameTemplate
from threadreel.places import TREE
from threadreel.sites.base import PageKind, Target, ThreadAnswer
from threadreel.states import FileState

_PIECE_BYTES = 1024 * 1024


class Intake:
    """Makes plans. Reads the ledger and the disk, changes neither."""

    def __init__(self, jobs: JobTable, files: FileTable) -> None:
        self._jobs, self._files = jobs, files

    def plan(self, row: JobRow, target: Target, thread: ThreadAnswer) -> tuple[Path, list[AttachmentRow]]:
        """The job's folder and a row for each attachment. Options in the job's row: ``only``, ``name``, ``folder``."""
        before = self._jobs.last(row.url, row.root)
        gone = (
            {each.key for each in self._jobs.attachments(before.id) if each.state is FileState.GONE}
            if before
            else set()
        )
        attachments = plan_thread(
            target,
            thread.title,
            thread.attachments,
            known=self.known(target, row.root),
            gone=gone,
            only=row.options["only"],
            template=NameTemplate(row.options["name"]),
        )
        return self._directory(row, before, target, thread), attachments

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


def count_kinds(thread: ThreadAnswer, known: Mapping[str, Known]) -> dict[str, int]:
    """The numbers of ``page.inspect``: deleted files are in ``total`` only."""
    living = [each for each in thread.attachments if not each.deleted]
    kinds = [str(each.kind) for each in living]
    there = (Presence.THERE, Presence.CHANGED)
    return {
        "total": len(thread.attachments),
        **{kind: kinds.count(kind) for kind in ("images", "videos", "other")},
        "bytes": sum(each.size_bytes or 0 for each in living),
        "have": sum(each.key in known and known[each.key].presence in there for each in living),
    }
