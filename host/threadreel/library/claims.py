"""Reading ``report.json`` as what it is, a file that anybody may have written: a claim counts only where it has the right shape.

A claim names a file of the report's own folder, nothing else: a name that could lead anywhere is refused. Nothing here believes
a claim; ``rebuilding`` holds it against the bytes.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadreel.library.names import PART_SUFFIX
from threadreel.library.reports import FILE_NAME, VERSION
from threadreel.states import FILE_ON_DISK, FILE_WITHOUT_BYTES, FileState

#: ours have 400 bytes for each file; a thread has some thousands at most
_LARGEST_BYTES = 64 * 1024 * 1024
#: the ledger holds no larger one
LARGEST_NUMBER = 2**63 - 1
_MOST_CHARS = 4096
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_TEXTS = ("url", "site", "board", "title")
_HEX = {"md5": re.compile(r"[0-9a-f]{32}"), "sha256": re.compile(r"[0-9a-f]{64}")}


class NoReport(Exception):
    """Why a file is no report that can be used; a sentence without its end."""


@dataclass(frozen=True, slots=True)
class FileClaim:
    """What a report says of one file of its folder. ``state`` as in the ledger's files: saved, differs or duplicate."""

    key: str
    name: str
    state: str
    size: int
    md5: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ReportClaim:
    """What a report says of a thread: ``files`` that should be in its folder, ``counts`` by end state of all its attachments.

    ``kept_bytes`` were there, ``owed_bytes`` with those that were missing; ``refused`` attachments make no sense.
    """

    url: str
    site: str
    board: str
    thread: int | None
    title: str
    files: tuple[FileClaim, ...]
    counts: Mapping[FileState, int]
    kept_bytes: int
    owed_bytes: int
    refused: int


def read_report(path: Path) -> ReportClaim:
    """The claims of this file, which may be a link to anywhere: that is not followed. Raises NoReport, OSError."""
    handle = os.open(path, _READ_FLAGS)
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise NoReport("it is no file")
        if facts.st_size > _LARGEST_BYTES:
            raise NoReport(f"it has {facts.st_size} bytes")
        data = file.read(_LARGEST_BYTES + 1)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise NoReport("it is not JSON") from None
    return _report_claim(found)


def _report_claim(found: Any) -> ReportClaim:
    if not isinstance(found, dict) or not isinstance(found.get("attachments"), list):
        raise NoReport("it is no report")
    if found.get("version") != VERSION:
        raise NoReport(f"it is not of version {VERSION}, the only one known here")
    texts: dict[str, Any] = {name: found.get(name) for name in _TEXTS}
    if not all(map(_is_text, texts.values())) or not texts["url"] or not texts["site"]:
        raise NoReport("it does not say which thread it is about")
    thread = found.get("thread")
    if thread is not None and not _is_number(thread):
        raise NoReport("its thread is no number")
    counts: dict[FileState, int] = {}
    files: dict[str, FileClaim] = {}
    kept_bytes = owed_bytes = refused = 0
    for each in found["attachments"]:
        try:
            state, claim = _file_claim(each)
        except NoReport:
            refused += 1
            continue
        counts[state] = counts.get(state, 0) + 1
        kept_bytes += each["done"] if state in FILE_ON_DISK else 0
        owed_bytes += _owed_bytes(each, state)
        if claim is not None:
            files.setdefault(claim.name, claim)
    return ReportClaim(
        url=texts["url"],
        site=texts["site"],
        board=texts["board"],
        title=texts["title"],
        thread=thread,
        files=tuple(files.values()),
        counts=counts,
        kept_bytes=kept_bytes,
        owed_bytes=min(owed_bytes, LARGEST_NUMBER),
        refused=refused,
    )


def _owed_bytes(each: Mapping[str, Any], state: FileState) -> int:
    if state in FILE_WITHOUT_BYTES:
        return 0
    return int(each["done"] if state in FILE_ON_DISK else each["size"] or 0)


def _file_claim(each: Any) -> tuple[FileState, FileClaim | None]:
    """The attachment's state, and what it claims to have on disk under its name (None: nothing). Raises NoReport."""
    if not isinstance(each, dict) or not _is_text(each.get("id")) or not each["id"]:
        raise NoReport("it is no attachment")
    try:
        state = FileState(str(each.get("state")))
    except ValueError:
        raise NoReport("it has no state") from None
    if not _is_number(each.get("done")) or not (each.get("size") is None or _is_number(each["size"])):
        raise NoReport("its sizes are none")
    is_skipped = state is FileState.DUPLICATE and each.get("reason") is not None  # it never had a name here
    if state not in FILE_ON_DISK or is_skipped:
        return state, None
    hashes = {kind: each.get(kind) for kind in _HEX}
    if not all(value is None or (_is_text(value) and _HEX[kind].fullmatch(value)) for kind, value in hashes.items()):
        raise NoReport("its hashes are none")
    if not is_plain_name(each.get("name")):
        raise NoReport("it names no file")
    kept = state
    if state is FileState.HAVE:
        kept = FileState.DIFFERS if each.get("reason") == FileState.DIFFERS else FileState.SAVED
    return state, FileClaim(each["id"], each["name"], str(kept), each["done"], hashes["md5"], hashes["sha256"])


def is_plain_name(name: object) -> bool:
    """Whether this can be nothing but the name of a file that Threadreel saved: it leads nowhere."""
    if not _is_text(name) or not isinstance(name, str) or _NO_NAME.search(name):
        return False
    is_ours = name != FILE_NAME and not name.endswith(PART_SUFFIX)
    return is_ours and 0 < len(name.encode()) <= 255 and not name.startswith(".") and Path(name).name == name


def _is_text(value: object) -> bool:
    """Text that the ledger can hold: no half of a surrogate pair, no end to be written."""
    if not isinstance(value, str) or len(value) > _MOST_CHARS:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER
