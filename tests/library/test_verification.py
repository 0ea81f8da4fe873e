"""Reading the library again: every file is found to be what it is, and only what the ledger knows is looked at."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rows import file_row
from threadreel.library import verification
from threadreel.library.file_table import FileRow, FileTable
from threadreel.library.ledger import Ledger
from threadreel.library.verification import Condition, judge, verify

DATA = b"what was saved"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[FileTable]:
    ledger = Ledger(tmp_path / "data" / "ledger.sqlite3")
    yield FileTable(ledger)
    ledger.close()


def save(files: FileTable, path: Path, data: bytes = DATA) -> FileRow:
    """A file as the engine leaves it, and its row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    row = file_row(path, key=path.name, sha256=hashlib.sha256(data).hexdigest())
    files.put(row)
    return row


def rot(row: FileRow, data: bytes) -> None:
    """Other bytes, and the file system knows of no change."""
    row.path.write_bytes(data)
    os.utime(row.path, ns=(row.mtime_ns, row.mtime_ns))


def conditions(files: FileTable, below: Path | None = None) -> dict[str, str]:
    return {finding.file.path.name: str(finding.condition) for finding in verify(files, below)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((3, 5, "right"), Condition.OK),
        ((3, 6, "right"), Condition.OK),  # touched, or copied back from a backup
        ((3, 5, "wrong"), Condition.DAMAGED),
        ((3, 6, "wrong"), Condition.DAMAGED),
        ((2, 5, None), Condition.DAMAGED),
        ((2, 6, None), Condition.DAMAGED),
    ],
)
def test_facts_and_hash_are_the_condition(facts: tuple[int, int, str | None], expected: Condition) -> None:
    assert judge(file_row(Path("/nowhere"), size=3, mtime_ns=5, sha256="right"), *facts)[0] is expected


def test_every_file_is_what_it_is(files: FileTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("changed", "cut", "edited", "fine", "folder", "gone", "linked", "locked", "rotten", "touched")
    rows = {name: save(files, tmp_path / "g" / name) for name in names}
    save(files, tmp_path / "lost" / "with its folder").path.unlink()
    (tmp_path / "lost").rmdir()
    (tmp_path / "g" / "stranger").write_bytes(b"not ours")
    rows["changed"].path.write_bytes(b"longer than what was saved")
    rows["edited"].path.write_bytes(DATA.upper())
    os.utime(rows["edited"].path, ns=(0, rows["edited"].mtime_ns + 1))
    rot(rows["cut"], DATA[:-1])
    rot(rows["rotten"], DATA.upper())
    os.utime(rows["touched"].path, ns=(0, 0))
    for name in ("folder", "gone", "linked"):
        rows[name].path.unlink()
    rows["folder"].path.mkdir()
    rows["linked"].path.symlink_to(rows["fine"].path)
    really_open = Path.open

    def refuse(path: Path, *args: Any, **options: Any) -> Any:
        if path == rows["locked"].path:  # permissions do not bind root, as whom tests may run
            raise PermissionError(13, "Permission denied")
        return really_open(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert conditions(files) == {
        "changed": "damaged",
        "cut": "damaged",
        "edited": "damaged",
        "fine": "ok",
        "folder": "missing",
        "gone": "missing",
        "linked": "missing",
        "locked": "unreadable",
        "rotten": "damaged",
        "touched": "ok",
        "with its folder": "missing",
    }


def test_what_is_below_a_folder_is_that_and_nothing_beside_it(files: FileTable, tmp_path: Path) -> None:
    for name in ("a/1", "a/b/2", "a b/3", "a.png", "ab/4", "a0/5", "A/6"):
        save(files, tmp_path / name)
    assert sorted(conditions(files, tmp_path / "a")) == ["1", "2"]
    assert sorted(conditions(files, tmp_path / "a" / "b" / "2")) == ["2"]
    assert conditions(files, tmp_path / "nothing") == {}
    assert len(conditions(files, tmp_path)) == len(conditions(files, Path("/"))) == 7
    assert files.extent(tmp_path / "a") == (2, 2 * len(DATA))
    assert files.extent(None) == (7, 7 * len(DATA))


def test_a_ledger_of_many_pages_is_read_in_order_and_once(
    files: FileTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_PAGE", 3)
    for number in range(20):
        save(files, tmp_path / f"{number:02}")
    found = [finding.file.path.name for finding in verify(files, None)]
    assert found == [f"{number:02}" for number in range(20)]


def test_a_file_that_a_download_replaces_meanwhile_is_judged_as_it_is_now(files: FileTable, tmp_path: Path) -> None:
    names = [f"{number:02}" for number in range(20)]
    for name in names:
        save(files, tmp_path / name)
    findings = verify(files, None)
    first = next(findings)
    save(files, tmp_path / names[-1], b"newer")  # its row was read with the first page
    assert [str(finding.condition) for finding in (first, *findings)] == ["ok"] * 20


def test_a_file_that_a_renaming_moved_meanwhile_is_not_missing_where_it_was(files: FileTable, tmp_path: Path) -> None:
    rows = [save(files, tmp_path / f"{number:02}") for number in range(20)]
    findings = verify(files, None)
    first = next(findings)
    last = rows[-1]
    moved = replace(last, path=tmp_path / "renamed")
    files.put(moved)
    last.path.rename(moved.path)
    found = [first, *findings]
    assert {str(finding.condition) for finding in found} == {"ok"}
    assert last.path not in {finding.file.path for finding in found}


def test_another_file_of_the_same_bytes_does_not_stand_for_one_that_is_missing(
    files: FileTable, tmp_path: Path
) -> None:
    row = save(files, tmp_path / "lost")
    for number, change in enumerate(({"key": "7"}, {"thread": 7}, {"saved": row.saved + 1}, {"root": "/other"})):
        twin = replace(row, path=tmp_path / f"twin {number}", **change)  # type: ignore[arg-type]
        twin.path.write_bytes(DATA)
        files.put(twin)
    gone = replace(row, path=tmp_path / "gone too")
    files.put(gone)
    row.path.unlink()
    assert {name for name, found in conditions(files).items() if found == "missing"} == {"lost", "gone too"}


def test_who_has_seen_enough_waits_for_no_more(files: FileTable, tmp_path: Path) -> None:
    for number in range(50):
        save(files, tmp_path / f"{number:02}")
    read = files.page(None, None, 50)
    findings = verify(files, None)
    next(findings)
    findings.close()
    assert files.page(None, None, 50) == read
