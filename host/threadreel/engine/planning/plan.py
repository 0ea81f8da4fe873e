"""What to do about each attachment: have it, fetch it, leave it out. Pure: facts in, rows out.

Linking and resuming are decided when a transfer starts, by what is on disk then; the plan gives every attachment its one
deterministic name and the end states that need no request.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from threadreel.engine.planning.filters import EVERYTHING, Filter
from threadreel.library.job_table import AttachmentRow
from threadreel.library.names import PART_SUFFIX, SafeName, clean_name, fold, unique_name
from threadreel.library.reports import FILE_NAME as REPORT_NAME
from threadreel.library.templates import NameTemplate, name_fields, page_fields
from threadreel.sites.base import Attachment, Listing, PageKind, Target, ThreadAnswer, ThreadRef
from threadreel.states import FileState

#: the reason of a file that only the choice of others leaves out
SELECTION = "selection"


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
    thread: ThreadAnswer,
    *,
    known: Mapping[str, Known],
    template: NameTemplate,
    gone: Collection[str] = (),
    only: Collection[str] = (),
    filter: Filter = EVERYTHING,
    files: Collection[str] = (),
    before: Sequence[AttachmentRow] = (),
) -> list[AttachmentRow]:
    """A row for every attachment, in order, named and with its first state.

    ``known`` by key; ``gone`` the keys that an earlier run found to be gone; ``only`` the kinds to fetch (empty: all); ``before``
    the rows that the job has of other attachments. ``files`` are keys chosen one by one (empty: all): ``only`` and ``filter`` are
    not for them, nor ``filter`` for a picture that was asked for by itself.
    """
    sieve = EVERYTHING if target.kind is PageKind.FILE else filter
    namer = _Namer(target, thread, known, template, before)
    rows = []
    for index, each in enumerate(thread.attachments, len(before) + 1):
        facts = _facts(thread, each, index)
        row = AttachmentRow(
            key=each.key,
            post=each.post,
            name=namer.name(each, facts),
            ext=each.ext,
            urls=each.urls,
            size=each.size_bytes,
            md5=each.md5,
            sha256=each.sha256,
            facts=json.dumps(facts),
        )
        why_not = "only" if only and each.kind not in only else "" if sieve.admits(each, thread.subject) else "filter"
        _settle(row, each, known.get(each.key), each.key in gone, why_not)
        if files:
            _select(row, each.key in files)
        rows.append(row)
    return rows


def order_threads(listing: Listing) -> list[ThreadRef]:
    """The threads of a board, those that die first at the head: an archive's by number, a catalog's from its end. Stickies stay."""
    threads = sorted(listing.threads, key=lambda ref: ref.thread) if listing.is_archive else listing.threads[::-1]
    return sorted(threads, key=lambda ref: ref.is_sticky)


def _settle(row: AttachmentRow, each: Attachment, known: Known | None, is_gone: bool, why_not: str) -> None:
    """Give the row its first state; ``why_not`` says what leaves the attachment out, if anything."""
    if each.deleted:
        row.state = FileState.DELETED
    elif known is not None and known.presence in (Presence.THERE, Presence.CHANGED):
        row.state, row.done = FileState.HAVE, known.size_bytes
        row.got_md5, row.got_sha256 = known.md5, known.sha256
        if known.presence is Presence.CHANGED:
            row.reason, row.got_md5, row.got_sha256 = "changed", None, None
        elif known.state == FileState.DIFFERS:
            row.reason = "differs"
    elif why_not:
        row.state, row.reason = FileState.FILTERED, why_not
    elif known is not None and known.presence is Presence.REMOVED:
        row.state, row.reason = FileState.FILTERED, "removed"
    elif not each.urls:
        row.state, row.reason = FileState.FAILED, "site.no_address"
    elif is_gone:
        row.state = FileState.GONE


def _select(row: AttachmentRow, is_chosen: bool) -> None:
    """What was chosen is fetched whatever else leaves it out, and of the rest nothing."""
    if is_chosen and row.state is FileState.FILTERED and row.urls:
        row.state, row.reason = FileState.QUEUED, None
    elif not is_chosen and row.state in (FileState.QUEUED, FileState.FAILED):
        row.state, row.reason = FileState.FILTERED, SELECTION


class _Namer:
    """Gives every attachment of a thread its own name."""

    def __init__(
        self,
        target: Target,
        thread: ThreadAnswer,
        known: Mapping[str, Known],
        template: NameTemplate,
        before: Sequence[AttachmentRow],
    ) -> None:
        self._known, self._template = known, template
        self._is_page = target.kind is not PageKind.FILE
        self._folder_fields = folder_fields(target, thread.title)
        self._given: set[str] = set()
        self._taken: set[str] = {fold(REPORT_NAME)}
        for file in known.values():
            _take(self._taken, file.name)
        for row in before:
            self._give(row.name)

    def name(self, each: Attachment, facts: Mapping[str, object]) -> SafeName:
        """The name of the next attachment."""
        if each.key in self._known:  # two folders of the past may have had one name twice
            name = unique_name(SafeName(self._known[each.key].name), each.key, each.ext, self._given)
        else:
            name = unique_name(self._wanted(each, facts), each.key, each.ext, self._taken)
        self._give(name)
        return name

    def _wanted(self, each: Attachment, facts: Mapping[str, object]) -> SafeName:
        if not self._is_page:  # only its address is known: the server's own name, whatever the template
            return clean_name(each.name or each.key, ext=each.ext)
        fields = name_fields(facts, key=each.key, post=each.post, ext=each.ext, md5=each.md5)
        return self._template.render({**self._folder_fields, **fields})

    def _give(self, name: str) -> None:
        _take(self._taken, name)
        _take(self._given, name)


def _take(taken: set[str], name: str) -> None:
    taken.update((fold(name), fold(name + PART_SUFFIX)))


def _facts(thread: ThreadAnswer, each: Attachment, index: int) -> dict[str, object]:
    """What templates use and no column of the ledger has."""
    return {
        "name": each.name,
        "time": each.time,
        "width": each.width,
        "height": each.height,
        "index": index,
        "title": thread.title,
        "subject": thread.subject,
    }


def folder_fields(target: Target, title: str, time: int | None = None) -> dict[str, object]:
    """What a folder template may use. A single picture has no thread, so no title either: all of a board share a folder."""
    title = "" if target.kind is PageKind.FILE else title
    return page_fields(target.site, target.board, target.thread, title, time)
