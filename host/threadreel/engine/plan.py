"""What to do about each attachment: have it, fetch it, leave it out. Pure: facts in, rows out.

Linking and resuming are decided when a transfer starts, by what is on disk then; the plan gives every attachment its one
deterministic name and the end states that need no request.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from threadreel.library.job_table import AttachmentRow
from threadreel.library.names import PART_SUFFIX, SafeName, clean_name, fold, unique_name
from threadreel.library.reports import FILE_NAME as REPORT_NAME
from threadreel.library.templates import NameTemplate
from threadreel.sites.base import Attachment, PageKind, Target
from threadreel.states import FileState


class Presence(Enum):
    """What became of a file that the ledger says we saved."""

    THERE = "there"
    CHANGED = "changed"  # there, but somebody changed it: theirs now, never overwritten
    DAMAGED = "damaged"  # there, but cut short, empty or zeros: nobody's work, to be fetched again
    REMOVED = "removed"  # deleted from a folder that is still there: on purpose
    LOST = "lost"  # its folder is gone too


@dataclass(frozen=True, slots=True)
class Known:
    """A file of this thread that the library has or had."""

    name: str
    state: str
    size_bytes: int
    md5: str
    sha256: str
    presence: Presence


def plan_thread(
    target: Target,
    title: str,
    attachments: Sequence[Attachment],
    *,
    known: Mapping[str, Known],
    gone: Collection[str],
    only: Collection[str],
    template: NameTemplate,
) -> list[AttachmentRow]:
    """A row for every attachment, in order, named and with its first state.

    ``known`` by key; ``gone`` the keys that an earlier run found to be gone; ``only`` the kinds to fetch (empty: all).
    """
    names = _names(target, title, attachments, known, template)
    return [
        _row(each, name, known.get(each.key), each.key in gone, only)
        for each, name in zip(attachments, names, strict=True)
    ]


def _row(each: Attachment, name: SafeName, known: Known | None, is_gone: bool, only: Collection[str]) -> AttachmentRow:
    row = AttachmentRow(
        key=each.key,
        post=each.post,
        name=name,
        ext=each.ext,
        urls=each.urls,
        size=each.size_bytes,
        md5=each.md5,
        sha256=each.sha256,
    )
    if each.deleted:
        row.state = FileState.DELETED
    elif known is not None and known.presence in (Presence.THERE, Presence.CHANGED):
        row.state, row.done = FileState.HAVE, known.size_bytes
        row.got_md5, row.got_sha256 = known.md5, known.sha256
        if known.presence is Presence.CHANGED:
            row.reason, row.got_md5, row.got_sha256 = "changed", None, None
        elif known.state == FileState.DIFFERS:
            row.reason = "differs"
    elif only and each.kind not in only:
        row.state, row.reason = FileState.FILTERED, "only"
    elif known is not None and known.presence is Presence.REMOVED:
        row.state, row.reason = FileState.FILTERED, "removed"
    elif not each.urls:
        row.state, row.reason = FileState.FAILED, "site.no_address"
    elif is_gone:
        row.state = FileState.GONE
    return row


def _names(
    target: Target, title: str, attachments: Iterable[Attachment], known: Mapping[str, Known], template: NameTemplate
) -> list[SafeName]:
    taken: set[str] = {fold(REPORT_NAME)}
    for file in known.values():
        _take(taken, file.name)
    names: list[SafeName] = []
    given: set[str] = set()
    for index, each in enumerate(attachments, 1):
        if each.key in known:  # two folders of the past may have had one name twice
            name = unique_name(SafeName(known[each.key].name), each.key, each.ext, given)
        else:
            name = unique_name(_wanted(target, title, each, index, template), each.key, each.ext, taken)
        for names_so_far in (taken, given):
            _take(names_so_far, name)
        names.append(name)
    return names


def _wanted(target: Target, title: str, each: Attachment, index: int, template: NameTemplate) -> SafeName:
    if target.kind is PageKind.FILE:  # only its address is known: the server's own name, whatever the template
        return clean_name(each.name or each.key, ext=each.ext)
    return template.render(_fields(target, title, each, index))


def _take(taken: set[str], name: str) -> None:
    taken.update((fold(name), fold(name + PART_SUFFIX)))


def _fields(target: Target, title: str, each: Attachment, index: int) -> dict[str, object]:
    return {
        **folder_fields(target, title),
        "tim": each.key,
        "post": each.post,
        "name": each.name,
        "ext": each.ext,
        "md5": each.md5,
        "width": each.width,
        "height": each.height,
        "index": f"{index:03}",
        "date": _date(each.time),
    }


def folder_fields(target: Target, title: str, time: int | None = None) -> dict[str, object]:
    """What a folder template may use. A single picture has no thread, so no title either: all of a board share a folder."""
    return {
        "site": target.site,
        "board": target.board,
        "thread": target.thread,
        "title": "" if target.kind is PageKind.FILE else title,
        "date": _date(time),
    }


def _date(time: int | None) -> str:
    if time is None:
        return ""
    try:
        return datetime.datetime.fromtimestamp(time, datetime.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
