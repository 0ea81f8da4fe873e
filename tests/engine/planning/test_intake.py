"""From an answer to rows: the library's part in it, later answers of the same thread, and the preview of a plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rows import file_row, job_row
from threadreel.engine.planning.intake import Intake
from threadreel.errors import FilterError
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.sites.base import Attachment, PageKind, Target, ThreadAnswer
from threadreel.states import FileState

TARGET = Target("4chan", PageKind.THREAD, "https://boards.4chan.org/g/thread/1", "g", 1)


@pytest.fixture
def intake(ledger: Ledger) -> Intake:
    return Intake(JobTable(ledger), FileTable(ledger))


def job(root: Path, **options: Any) -> JobRow:
    plain = {"only": [], "name": "{name}{ext}", "folder": "{site}/{board}/{thread} {title}"}
    return job_row(root=str(root), options={**plain, **options})


def attachment(number: int, **changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "key": str(number),
        "post": number,
        "name": "image",
        "ext": ".jpg",
        "urls": (f"https://i.4cdn.org/g/{number}.jpg",),
        "size_bytes": 1000,
    }
    return Attachment(**{**values, **changes})


def thread(*attachments: Attachment) -> ThreadAnswer:
    return ThreadAnswer("Cats", attachments, len(attachments), subject="Daily cats")


def test_later_files_get_rows_of_their_own_beside_the_old_ones(intake: Intake, tmp_path: Path) -> None:
    row = job(tmp_path, filter="-ext:webm")
    _, existing = intake.plan(row, TARGET, thread(attachment(1), attachment(2)))
    later = thread(attachment(1), attachment(2), attachment(3), attachment(4, ext=".webm"), attachment(5, deleted=True))
    more = intake.more(row, TARGET, later, existing)
    assert [(each.key, each.name, each.state, each.reason) for each in more.new] == [
        ("3", "image (3).jpg", FileState.QUEUED, "new"),
        ("4", "image.webm", FileState.FILTERED, "filter"),
        ("5", "image (5).jpg", FileState.DELETED, None),
    ]
    assert json.loads(more.new[0].facts)["index"] == 3
    assert more.deleted == []
    again = intake.more(row, TARGET, later, [*existing, *more.new])
    assert (again.new, again.deleted) == ([], [])


def test_a_later_file_that_the_library_has_is_not_fetched_again(intake: Intake, ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "old" / "kept.jpg"
    path.parent.mkdir()
    path.write_bytes(b"x" * 1000)
    FileTable(ledger).put(file_row(path, root=str(tmp_path), key="2"))
    row = job(tmp_path)
    _, existing = intake.plan(row, TARGET, thread(attachment(1)))
    (new,) = intake.more(row, TARGET, thread(attachment(1), attachment(2)), existing).new
    assert (new.name, new.state, new.reason) == ("kept.jpg", FileState.HAVE, None)


def test_a_file_deleted_between_two_answers_is_told_by_its_key(intake: Intake, tmp_path: Path) -> None:
    row = job(tmp_path)
    _, existing = intake.plan(row, TARGET, thread(attachment(1), attachment(2)))
    gone = attachment(2, key="post-2", name="", ext="", urls=(), deleted=True)
    more = intake.more(row, TARGET, thread(attachment(1), gone), existing)
    assert (more.new, more.deleted) == ([], ["2"])


def test_a_preview_shows_where_files_would_go_and_what_they_would_be_called(intake: Intake, tmp_path: Path) -> None:
    row = job(tmp_path, name="{index} {name}{ext}", folder="{board}/{thread}", filter="size:>=1KB", only=["images"])
    files = [attachment(number, size_bytes=1000 - (number == 2)) for number in range(1, 15)]
    clip = attachment(15, ext=".webm", size_bytes=10**6)
    shown = intake.preview(row, TARGET, thread(replace(files[0], deleted=True), *files[1:], clip))
    assert shown.directory == "Threadreel/g/1"
    assert shown.names == [f"{number:03} image.jpg" for number in range(3, 13)]
    assert shown.files == {
        "total": 15,
        "images": 13,
        "videos": 1,
        "other": 0,
        "bytes": 12_000,
        "have": 0,
        "filtered": 2,
    }
    assert not any(tmp_path.glob("Threadreel*"))


def test_a_preview_of_a_filter_that_cannot_be_read_says_where(intake: Intake, tmp_path: Path) -> None:
    with pytest.raises(FilterError, match="at character 1: "):
        intake.preview(job(tmp_path, filter="wdth:5"), TARGET, thread())


def test_a_job_from_before_there_were_filters_has_none(intake: Intake, tmp_path: Path) -> None:
    _, rows = intake.plan(job(tmp_path), TARGET, thread(attachment(1)))
    assert [row.state for row in rows] == [FileState.QUEUED]
