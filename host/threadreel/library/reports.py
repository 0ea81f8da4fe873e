"""The report: every attachment of the API answer in exactly one end state. Made here, written as ``report.json``."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence

from threadreel.events import FileView, Report, ReportEntry
from threadreel.library.durability import sync_file
from threadreel.library.folders import Folder, disk_errors
from threadreel.library.job_table import AttachmentRow, JobRow
from threadreel.states import END_STATES

VERSION = 1
FILE_NAME = "report.json"


def file_view(attachment: AttachmentRow) -> FileView:
    """The attachment as the contract shows it."""
    return {
        "id": attachment.key,
        "post": attachment.post,
        "name": attachment.name,
        "url": attachment.urls[0] if attachment.urls else "",
        "state": str(attachment.state),
        "reason": attachment.reason,
        "size": attachment.size,
        "done": attachment.done,
    }


def state_counts(attachments: Sequence[AttachmentRow]) -> dict[str, int]:
    """How many there are, and how many in each end state."""
    found = Counter(attachment.state for attachment in attachments)
    return {"total": len(attachments), **{str(state): found[state] for state in END_STATES}}


def make_report(job: JobRow, attachments: Sequence[AttachmentRow]) -> Report:
    """The report of a job as it is now."""
    return {
        "version": VERSION,
        "url": job.url,
        "site": job.site,
        "board": job.board,
        "thread": job.thread,
        "title": job.title,
        "counts": state_counts(attachments),
        "attachments": [_entry(attachment) for attachment in attachments],
    }


def write_report(folder: Folder, report: Report) -> None:
    """``report.json`` in the folder holds this report, never half of one, also after a power cut. Raises DiskError."""
    with disk_errors(folder.path / FILE_NAME):
        folder.create()
        fresh = folder.path / f".report-{secrets.token_hex(6)}.new"
        try:
            with fresh.open("xb") as file:
                file.writelines(piece.encode("utf-8", "replace") for piece in _pieces(report))
            sync_file(fresh)
            fresh.replace(folder.path / FILE_NAME)
        except BaseException:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise


def _pieces(report: Report) -> Iterator[str]:
    """The report as JSON, an attachment on each line: json's own ``indent`` takes ten times as long, and memory for each word."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    yield encode({name: value for name, value in report.items() if name != "attachments"})[:-1]
    for number, entry in enumerate(report["attachments"]):
        yield (",\n " if number else ', "attachments": [\n ') + encode(entry)
    yield "\n]}\n" if report["attachments"] else ', "attachments": []}\n'


def _entry(attachment: AttachmentRow) -> ReportEntry:
    return {**file_view(attachment), "md5": attachment.got_md5, "sha256": attachment.got_sha256}
