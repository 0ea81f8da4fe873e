"""The ledger's knowledge made again from reports: true bytes are known, others not believed; nothing leads out of the folder."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from rows import attachment_row, file_row, job_row
from threadreel.library.file_table import FileRow, FileTable
from threadreel.library.folders import Folder
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.names import SafeName
from threadreel.library.rebuilding import Doubt, rebuild
from threadreel.library.reports import make_report, write_report
from threadreel.library.surveying import known_roots, root_of, survey
from threadreel.states import FileState, JobState

OPTIONS = {"only": [], "name": "{tim} {name}{ext}", "folder": "{site}/{board}/{thread} {title}"}
DATA = {"1": b"one" * 100, "2": b"two" * 200, "3": b"three" * 300}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def save_thread(root: Path, thread: int = 7, *, mode: str = "{}.png", **states: FileState) -> Path:
    """A folder as the engine leaves it: three files and their report. ``states`` by key, where it is not ``saved``."""
    job = job_row(
        url=f"https://boards.4chan.org/po/thread/{thread}", board="po", thread=thread, title="Paper", root=str(root)
    )
    folder = Folder(root, [SafeName(part) for part in ("Threadreel", "4chan", "po", f"{thread} Paper")])
    folder.create()
    rows = []
    for key, data in DATA.items():
        name = mode.format(key)
        (folder.path / name).write_bytes(data)
        state = states.get(f"k{key}", FileState.SAVED)
        rows.append(
            attachment_row(key, name=name, state=state, done=len(data), got_md5=md5(data), got_sha256=sha256(data))
        )
    write_report(folder, make_report(job, rows))
    return folder.path


def change_report(folder: Path, **changes: Any) -> None:
    """The report says something else of every attachment."""
    path = folder / "report.json"
    found = json.loads(path.read_text("utf-8"))
    for entry in found["attachments"]:
        entry.update(changes)
    path.write_text(json.dumps(found), "utf-8")


def run(ledger: Ledger, *folders: Path) -> list[str]:
    """What rebuilding says of each file, and its doubts."""
    said = []
    for finding in rebuild(ledger, survey(folders), OPTIONS):
        said.append("doubt" if isinstance(finding, Doubt) else f"{finding.file.path.name} {finding.condition}")
    return said


def known(ledger: Ledger) -> list[FileRow]:
    return FileTable(ledger).page(None, None, 1000)


def test_files_are_known_again(ledger: Ledger, root: Path) -> None:
    folder = save_thread(root, k2=FileState.DIFFERS, k3=FileState.DUPLICATE)

    assert run(ledger, root) == ["1.png ok", "2.png ok", "3.png ok"]

    files = FileTable(ledger).of_thread("4chan", "po", 7, str(root))
    assert {key: (file.path, file.state, file.md5, file.sha256) for key, file in files.items()} == {
        key: (folder / f"{key}.png", state, md5(DATA[key]), sha256(DATA[key]))
        for key, state in (("1", "saved"), ("2", "differs"), ("3", "duplicate"))
    }
    assert all(file.is_untouched() for file in files.values())


def test_the_thread_is_in_the_history_again(ledger: Ledger, root: Path) -> None:
    folder = save_thread(root, k2=FileState.FAILED)

    run(ledger, root)

    [job] = JobTable(ledger).ended(10)
    assert (job.url, job.title, job.thread) == ("https://boards.4chan.org/po/thread/7", "Paper", 7)
    assert (job.state, job.directory, job.root) == (JobState.INCOMPLETE, str(folder), str(root))
    assert job.finished == (folder / "report.json").stat().st_mtime
    assert (job.summary["files"]["total"], job.summary["files"]["saved"], job.summary["files"]["failed"]) == (3, 2, 1)


def test_doing_it_again_changes_nothing(ledger: Ledger, root: Path) -> None:
    save_thread(root)
    first = run(ledger, root)
    files, jobs = known(ledger), JobTable(ledger).ended(10)

    assert run(ledger, root) == first
    assert (known(ledger), JobTable(ledger).ended(10)) == (files, jobs)


def test_cleared_history_does_not_come_back(ledger: Ledger, root: Path) -> None:
    save_thread(root)
    run(ledger, root)
    JobTable(ledger).forget_ended()

    run(ledger, root)

    assert JobTable(ledger).count() == 0


def test_bytes_that_are_not_the_ones_are_not_believed(ledger: Ledger, root: Path) -> None:
    folder = save_thread(root)
    (folder / "1.png").write_bytes(b"somebody's work")
    (folder / "2.png").unlink()

    assert run(ledger, root) == ["1.png damaged", "2.png missing", "3.png ok"]

    files = FileTable(ledger).of_thread("4chan", "po", 7, str(root))
    assert [files[key].is_untouched() for key in "123"] == [False, False, True]
    assert files["1"].sha256 == sha256(DATA["1"])  # what was saved: so a change is seen, and a deletion respected
    assert (folder / "1.png").read_bytes() == b"somebody's work"


def test_what_the_ledger_knows_is_not_made_worse(ledger: Ledger, root: Path) -> None:
    folder = save_thread(root)
    path = folder / "1.png"
    path.write_bytes(b"fetched again since the report")
    row = file_row(path, root=str(root), board="po", thread=7, key="1", sha256=sha256(path.read_bytes()))
    FileTable(ledger).put(row)

    assert run(ledger, root)[0] == "1.png damaged"

    assert FileTable(ledger).at(path) == row


def test_a_report_with_a_wrong_md5_gives_no_duplicates(ledger: Ledger, root: Path) -> None:
    change_report(save_thread(root), md5="f" * 32)
    run(ledger, root)
    assert FileTable(ledger).with_md5("f" * 32) == []
    assert len(FileTable(ledger).with_md5(md5(DATA["1"]))) == 1


def test_a_file_without_a_hash_is_a_doubt(ledger: Ledger, root: Path) -> None:
    change_report(save_thread(root), sha256=None)
    assert run(ledger, root) == ["doubt"] * 3
    assert known(ledger) == []


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "../../../../secret.txt"])
def test_a_hostile_name_leads_nowhere(ledger: Ledger, root: Path, name: str) -> None:
    folder = save_thread(root)
    (folder.parent / "secret.txt").write_bytes(b"secret")
    change_report(folder, name=name, sha256=sha256(b"secret"))

    assert run(ledger, root) == ["doubt"]

    assert known(ledger) == []


def test_a_file_that_is_a_link_is_not_read(ledger: Ledger, root: Path, tmp_path: Path) -> None:
    folder = save_thread(root)
    (tmp_path / "secret").write_bytes(DATA["1"])
    (folder / "1.png").unlink()
    (folder / "1.png").symlink_to(tmp_path / "secret")

    assert run(ledger, root)[0] == "1.png missing"


def test_a_folder_that_is_a_link_is_not_walked(ledger: Ledger, root: Path, tmp_path: Path) -> None:
    save_thread(tmp_path / "elsewhere")
    (root / "Threadreel" / "4chan").mkdir(parents=True)
    (root / "Threadreel" / "4chan" / "po").symlink_to(tmp_path / "elsewhere" / "Threadreel" / "4chan" / "po")

    assert run(ledger, root) == []
    assert root_of(root / "Threadreel" / "4chan" / "po") is None


def test_links_in_a_circle_end(ledger: Ledger, root: Path) -> None:
    folder = save_thread(root)
    (folder / "again").symlink_to(root)
    assert len(run(ledger, root)) == 3


def test_a_report_that_cannot_be_used_is_said_and_the_others_are_taken(ledger: Ledger, root: Path) -> None:
    spoiled = save_thread(root, 1)
    (spoiled / "report.json").write_text("{")
    save_thread(root, 2)

    found = survey([root])

    assert len(found.troubles) == 1
    assert str(spoiled) in found.troubles[0]
    assert len(run(ledger, root)) == 3


def test_what_no_report_names_is_left_out_and_counted(ledger: Ledger, root: Path) -> None:
    folder = save_thread(root)
    for name in ("somebody's.txt", "4.png.part", ".hidden"):
        (folder / name).write_bytes(b"")
    (folder.parent / "1700000000000.jpg").write_bytes(b"a single picture")

    found = survey([root])

    assert found.unclaimed == 2
    assert found.size_bytes == sum(map(len, DATA.values()))
    run(ledger, root)
    assert len(known(ledger)) == 3


def test_only_what_is_below_a_folder(ledger: Ledger, root: Path) -> None:
    first, _ = save_thread(root, 1), save_thread(root, 2)

    assert run(ledger, first) == ["1.png ok", "2.png ok", "3.png ok"]

    assert {file.path.parent for file in known(ledger)} == {first}
    assert {file.root for file in known(ledger)} == {str(root)}


@pytest.mark.parametrize("below", ["", "Threadreel", "Threadreel/4chan/po", "Threadreel/4chan/po/7 Paper"])
def test_the_root_is_found_from_anywhere_inside(root: Path, below: str) -> None:
    save_thread(root)
    assert root_of(root / below) == root


def test_a_strangers_folder_has_no_root(root: Path, tmp_path: Path) -> None:
    save_thread(root)
    assert root_of(tmp_path) is None
    assert root_of(root / "Threadreel" / "nothing") is None
    assert survey([tmp_path, tmp_path / "nowhere"]).places == ()


def test_folders_named_twice_are_read_once(ledger: Ledger, root: Path) -> None:
    folder = save_thread(root)
    assert len(run(ledger, root, folder, root)) == 3


def test_every_root_that_the_ledger_heard_of(ledger: Ledger, root: Path) -> None:
    JobTable(ledger).add(job_row(root="/elsewhere"))
    save_thread(root)
    run(ledger, root)
    assert known_roots(ledger) == [Path("/elsewhere"), root]


def test_stopped_in_its_midst_it_leaves_what_it_found(ledger: Ledger, root: Path) -> None:
    for thread in range(1, 4):
        save_thread(root, thread)
    findings = rebuild(ledger, survey([root]), OPTIONS)
    next(findings)
    findings.close()
    assert 1 <= len(known(ledger)) < 9
    assert len(run(ledger, root)) == 9
    assert len(known(ledger)) == 9


def test_a_file_that_cannot_be_read_is_said(ledger: Ledger, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save_thread(root)
    really_open = os.open

    def refuse(path: Path | str, *arguments: Any, **options: Any) -> int:
        if path == folder / "1.png":
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert run(ledger, root)[0] == "1.png unreadable"
