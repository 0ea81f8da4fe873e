"""What a job left behind by another process may be trusted with: that process may have been killed, or the machine with it, and
nobody can tell. ``library.durability`` says what is certain then; here is what is not.
"""

from __future__ import annotations

from collections.abc import Iterable

from threadreel.library.folders import Folder, regular_file
from threadreel.library.job_table import AttachmentRow
from threadreel.library.names import SafeName
from threadreel.states import FILE_ON_DISK, FileState

#: the reason of a file that came to a watched thread after its first read: it is marked so for ever
NEW = "new"


def distrust_parts(attachments: Iterable[AttachmentRow]) -> None:
    """A part that no hash can check is not gone on with: what was last written to it may be missing in its midst."""
    for each in attachments:
        if each.md5 is None and each.sha256 is None:
            each.validator = None  # without one the file is asked for from its start


def take_stock(folder: Folder, attachments: Iterable[AttachmentRow]) -> None:
    """The rows of a job that has not ended are as the folder shows: what was on its way is queued, and so is what lost its name."""
    for each in attachments:
        if each.state is FileState.ACTIVE or _has_lost_its_name(folder, each):
            each.state, each.reason = FileState.QUEUED, each.reason if each.reason == NEW else None
        if each.state is FileState.QUEUED:
            part = regular_file(folder.part(SafeName(each.name)))
            each.done = part.st_size if part else 0


def _has_lost_its_name(folder: Folder, each: AttachmentRow) -> bool:
    """Whether the row outlived the name that it speaks of. Not what a person deleted: the part would not have come back.

    A duplicate that a person deleted meanwhile looks like one whose link was lost. It is linked again, which costs nothing.
    """
    if each.state not in FILE_ON_DISK or regular_file(folder.file(SafeName(each.name))) is not None:
        return False
    if each.state is FileState.DUPLICATE:
        return each.reason is None  # else it was skipped, and never had a name here
    return regular_file(folder.part(SafeName(each.name))) is not None
