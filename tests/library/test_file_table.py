"""What the library has: found by thread, path and hash; whether a file is still as it was, changed, moved away or lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from rows import file_row
from threadreel.engine.planning.intake import Intake
from threadreel.engine.planning.plan import Presence
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.sites.base import PageKind, Target

TARGET = Target("4chan", PageKind.THREAD, "https://boards.4chan.org/g/thread/1", "g", 1)


@pytest.fixture
def table(ledger: Ledger) -> FileTable:
    return FileTable(ledger)


def saved(folder: Path, name: str, data: bytes = b"abc") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_file_comes_back_as_it_went_in(table: FileTable, tmp_path: Path) -> None:
    row = file_row(saved(tmp_path, "é 界.png"), thread=None, state="differs", md5="a" * 32)
    table.put(row)
    assert table.at(row.path) == row
    assert table.at(tmp_path / "other") is None
    assert table.count() == 1


def test_the_newest_fact_about_a_path_holds(table: FileTable, tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png")
    table.put(file_row(path, saved=2.0, key="1"))
    newer = file_row(path, saved=1.0, key="2")
    table.put(newer)
    assert table.at(path) == newer
    assert table.count() == 1


def test_an_untouched_file_is_told_from_a_changed_one(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png")
    row = file_row(path)
    assert row.is_untouched()
    os.utime(path, ns=(row.mtime_ns, row.mtime_ns + 1))
    assert not row.is_untouched()
    os.utime(path, ns=(row.mtime_ns, row.mtime_ns))
    assert row.is_untouched()
    path.write_bytes(b"abcd")
    os.utime(path, ns=(row.mtime_ns, row.mtime_ns))
    assert not row.is_untouched()


def test_what_is_no_longer_a_file_is_not_untouched(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png")
    row = file_row(path)
    path.rename(tmp_path / "b.png")
    assert not row.is_untouched()
    path.symlink_to("b.png")
    assert not row.is_untouched()


def test_what_became_of_the_files_of_a_thread(ledger: Ledger, table: FileTable, tmp_path: Path) -> None:
    there, gone = tmp_path / "there", tmp_path / "gone"
    paths = {key: saved(there, f"{key}.png") for key in ("untouched", "changed", "removed", "link")}
    paths["lost"] = saved(gone, "lost.png")
    for key, path in paths.items():
        table.put(file_row(path, key=key, root=str(tmp_path)))
    paths["changed"].write_bytes(b"edited")
    paths["removed"].unlink()
    paths["link"].unlink()
    paths["link"].symlink_to(paths["untouched"])
    shutil.rmtree(gone)
    known = Intake(JobTable(ledger), table).known(TARGET, str(tmp_path))
    assert {key: file.presence for key, file in known.items()} == {
        "untouched": Presence.THERE,
        "changed": Presence.CHANGED,
        "removed": Presence.REMOVED,
        "link": Presence.REMOVED,
        "lost": Presence.LOST,
    }
    assert known["changed"].size_bytes == 6


def test_a_file_whose_part_is_there_again_was_not_deleted_by_anybody(
    ledger: Ledger, table: FileTable, tmp_path: Path
) -> None:
    path = saved(tmp_path, "100.png")
    table.put(file_row(path, root=str(tmp_path)))
    path.rename(tmp_path / "100.png.part")  # a power cut took the new name
    known = Intake(JobTable(ledger), table).known(TARGET, str(tmp_path))
    assert known["100"].presence is Presence.LOST


def test_a_thread_is_told_from_others(table: FileTable, tmp_path: Path) -> None:
    root = str(tmp_path)
    for number, (site, board, thread, where) in enumerate(
        [
            ("4chan", "g", 1, root),
            ("4chan", "g", 2, root),
            ("4chan", "a", 1, root),
            ("x", "g", 1, root),
            ("4chan", "g", 1, "/o"),
        ]
    ):
        path = saved(tmp_path, f"{number}.png")
        table.put(file_row(path, key=str(number), site=site, board=board, thread=thread, root=where))
    table.put(file_row(saved(tmp_path, "single.png"), key="single", thread=None, root=root))
    assert set(table.of_thread("4chan", "g", 1, root)) == {"0"}
    assert set(table.of_thread("4chan", "g", None, root)) == {"single"}
    assert table.of_thread("4chan", "g", 3, root) == {}


@pytest.mark.parametrize(
    ("there", "expected"), [([0, 1], 1), ([0], 0), ([1], 1), ([], 1)], ids=["both", "older", "newer", "neither"]
)
def test_of_several_paths_the_newest_that_is_there_counts(
    table: FileTable, tmp_path: Path, there: list[int], expected: int
) -> None:
    paths = [saved(tmp_path / str(number), "a.png") for number in range(2)]
    for number in (1, 0):  # the order of writing is not that of saving
        table.put(file_row(paths[number], root=str(tmp_path), saved=float(number)))
    for number in {0, 1} - set(there):
        paths[number].unlink()
    assert table.of_thread("4chan", "g", 1, str(tmp_path))["100"].path == paths[expected]


def test_the_same_bytes_are_found_newest_first(table: FileTable, tmp_path: Path) -> None:
    for number in (1, 3, 2):
        table.put(file_row(tmp_path / f"{number}.png", md5="a" * 32, saved=float(number)))
    table.put(file_row(tmp_path / "other.png", md5="b" * 32))
    assert [file.saved for file in table.with_md5("a" * 32)] == [3.0, 2.0, 1.0]
    assert table.with_md5("c" * 32) == []
