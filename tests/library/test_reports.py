"""The report: every attachment in one state, sums that agree, and a file that is never half written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rows import attachment_row, job_row
from threadreel.errors import DiskError
from threadreel.library.folders import Folder
from threadreel.library.names import SafeName
from threadreel.library.reports import file_view, make_report, state_counts, write_report
from threadreel.states import END_STATES, FileState


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "root", [SafeName("4chan"), SafeName("42")])


def one_of_each() -> list[Any]:
    return [attachment_row(str(number), state=state) for number, state in enumerate(END_STATES)]


def test_a_file_is_shown_as_the_contract_says() -> None:
    row = attachment_row("7", post=9, name="n.png", state=FileState.FAILED, reason="http.500", size=None, done=12)
    assert file_view(row) == {
        "id": "7",
        "post": 9,
        "name": "n.png",
        "url": "https://i.4cdn.org/g/7.png",
        "state": "failed",
        "reason": "http.500",
        "size": None,
        "done": 12,
    }
    assert type(file_view(row)["state"]) is str
    assert file_view(attachment_row("7", urls=()))["url"] == ""


def test_counts_add_up() -> None:
    counts = state_counts([*one_of_each(), attachment_row("x", state=FileState.SAVED)])
    assert counts == {"total": 11, **{str(state): 1 for state in END_STATES}, "saved": 2}
    assert counts["total"] == sum(counts[state] for state in END_STATES)
    assert state_counts([]) == {"total": 0, **{str(state): 0 for state in END_STATES}}


def test_a_report_proves_each_attachment() -> None:
    job = job_row(title="Tom & Jerry's", thread=None)
    saved = attachment_row("1", state=FileState.SAVED, md5="a" * 32, got_md5="b" * 32, got_sha256="c" * 64)
    report = make_report(job, [saved, attachment_row("2", state=FileState.GONE)])
    assert {name: value for name, value in report.items() if name not in {"counts", "attachments"}} == {
        "version": 1,
        "url": job.url,
        "site": "4chan",
        "board": "g",
        "thread": None,
        "title": "Tom & Jerry's",
    }
    first, second = report["attachments"]
    assert (first["id"], first["md5"], first["sha256"]) == ("1", "b" * 32, "c" * 64)
    assert (second["id"], second["md5"], second["sha256"]) == ("2", None, None)
    assert json.loads(json.dumps(report)) == report


def test_it_is_written_whole_beside_the_files(folder: Folder) -> None:
    for title in ("first 界", "second, \ud83d as no encoding has it"):
        write_report(folder, make_report(job_row(title=title), one_of_each()))
    assert [path.name for path in folder.path.iterdir()] == ["report.json"]
    found = json.loads((folder.path / "report.json").read_text("utf-8"))
    assert found["title"] == "second, ? as no encoding has it"
    assert len(found["attachments"]) == 10


def test_a_report_that_cannot_be_written_leaves_the_old_one(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    write_report(folder, make_report(job_row(title="old"), []))
    before = (folder.path / "report.json").read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(DiskError) as caught:
            write_report(folder, make_report(job_row(title="new"), []))
    assert caught.value.code == "disk.full"
    assert [path.name for path in folder.path.iterdir()] == ["report.json"]
    assert (folder.path / "report.json").read_bytes() == before


def test_a_link_under_its_name_is_replaced_not_followed(folder: Folder, tmp_path: Path) -> None:
    folder.create()
    target = tmp_path / "precious"
    target.write_bytes(b"mine")
    (folder.path / "report.json").symlink_to(target)
    write_report(folder, make_report(job_row(), []))
    assert target.read_bytes() == b"mine"
    assert not (folder.path / "report.json").is_symlink()


@pytest.mark.parametrize("blocker", ["root", "root/4chan", "root/4chan/42/report.json/x"])
def test_what_is_in_the_way_is_a_disk_error(folder: Folder, tmp_path: Path, blocker: str) -> None:
    (tmp_path / blocker).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / blocker).write_bytes(b"mine")
    with pytest.raises(DiskError) as caught:
        write_report(folder, make_report(job_row(), []))
    assert caught.value.code == "disk.denied"
    assert (tmp_path / blocker).read_bytes() == b"mine"
