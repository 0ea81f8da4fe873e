"""Renaming what the library has: every file known and whole at every moment, nothing overwritten, and the end as planned."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filled_library import FLAT, NUMBERED, ORIGINAL, Library

from rows import attachment_row, job_row
from threadreel.library import renaming
from threadreel.library.holdings import Holdings, Page, names_in
from threadreel.library.job_table import JobTable
from threadreel.library.moving import Mover
from threadreel.library.names import PART_SUFFIX
from threadreel.library.renaming import Move
from threadreel.library.templates import FolderTemplate, NameTemplate


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    yield made
    made.ledger.close()


def test_files_get_their_new_names_everywhere(library: Library) -> None:
    library.add([("1001 cat.jpg", "cat"), ("1002 dog.jpg", "dog"), ("1003 cat.jpg", "cat")])
    plan = library.plan(ORIGINAL)
    folder = library.folder()
    expected = ["cat.jpg", "dog.jpg", "cat (1003).jpg"]
    assert plan.pairs == [
        (folder / old, folder / new)
        for old, new in zip(["1001 cat.jpg", "1002 dog.jpg", "1003 cat.jpg"], expected, strict=True)
    ]
    steps: list[Move] = []
    assert Mover(Holdings(library.ledger)).rename(plan, steps.append) == []
    assert [(step.old, step.new) for step in steps] == plan.pairs
    place = str(folder.relative_to(library.root))
    assert library.on_disk() == {
        f"{place}/cat.jpg": "1001",
        f"{place}/dog.jpg": "1002",
        f"{place}/cat (1003).jpg": "1003",
        f"{place}/report.json": "",
    }
    assert library.known() == {f"{place}/{name}": f"100{number}" for number, name in enumerate(expected, 1)}
    assert library.names() == expected
    report = json.loads((folder / "report.json").read_text())
    assert [entry["name"] for entry in report["attachments"]] == expected
    assert not library.plan(ORIGINAL).is_needed
    library.check()


def test_a_page_moves_to_its_new_folder_and_the_old_one_goes(library: Library) -> None:
    library.add([("a.jpg", "a"), ("b.jpg", "b")])
    assert library.rename(folder=FLAT) == []
    place = "Threadreel/g-1"
    assert library.on_disk() == {f"{place}/a.jpg": "1001", f"{place}/b.jpg": "1002", f"{place}/report.json": ""}
    assert [path.name for path in (library.root / "Threadreel").iterdir()] == ["g-1"]
    assert library.directory() == str(library.root / place)
    assert library.known() == {f"{place}/a.jpg": "1001", f"{place}/b.jpg": "1002"}
    library.check()


def test_what_is_not_ours_keeps_the_old_folder(library: Library) -> None:
    library.add([("a.jpg", "a")])
    (library.folder() / "notes.txt").write_text("mine")
    assert library.rename(folder=FLAT) == []
    assert (library.folder() / "notes.txt").read_text() == "mine"
    assert (library.root / "Threadreel/g-1/a.jpg").read_text() == "1001"


def test_files_change_names_with_each_other(library: Library) -> None:
    library.add(
        [("2.jpg", "1"), ("3.jpg", "2"), ("1.jpg", "3"), ("5.jpg", "4"), ("4.jpg", "5"), ("7.jpg", "6"), ("8.jpg", "7")]
    )
    plan = library.plan(ORIGINAL)
    assert len(plan.moves) == 7 + 2  # two circles, each with one that steps aside
    assert library.rename(ORIGINAL) == []
    assert [(library.folder() / f"{number}.jpg").read_text() for number in range(1, 8)] == [
        f"100{number}" for number in range(1, 8)
    ]
    assert len(library.known()) == 7
    library.check()


def test_only_the_case_changes(library: Library) -> None:
    library.add([("CAT.jpg", "Cat"), ("dog.jpg", "dog")])
    assert library.rename(ORIGINAL) == []
    assert sorted(names_in(library.folder())) == ["Cat.jpg", "dog.jpg", "report.json"]
    library.check()


def test_another_file_that_differs_in_case_is_left_alone(library: Library) -> None:
    library.add([("1001 cat.jpg", "cat"), ("DOG.jpg", "dog")])
    (library.folder() / "Cat.JPG").write_text("mine")
    assert library.rename(ORIGINAL) == []
    assert (library.folder() / "Cat.JPG").read_text() == "mine"
    assert (library.folder() / "cat (1001).jpg").read_text() == "1001"
    assert (library.folder() / "dog.jpg").read_text() == "1002"


def test_what_others_have_in_the_new_folder_is_never_overwritten(library: Library) -> None:
    library.add([("a.jpg", "a"), ("b.jpg", "b")])
    new = library.root / "Threadreel/g-1"
    new.mkdir()
    (new / "a.jpg").write_text("mine")
    (new / "b.jpg").symlink_to("nowhere")
    assert library.rename(folder=FLAT) == []
    assert (new / "a.jpg").read_text() == "mine"
    assert (new / "b.jpg").is_symlink()
    assert (new / "a (1001).jpg").read_text() == "1001"
    assert (new / "b (1002).jpg").read_text() == "1002"
    library.check()


def test_what_takes_the_name_meanwhile_is_not_overwritten_either(library: Library) -> None:
    library.add([("1001 a.jpg", "a"), ("1002 b.jpg", "b")])
    plan = library.plan(ORIGINAL)
    (library.folder() / "a.jpg").write_text("mine")
    ((stayed, why),) = Mover(Holdings(library.ledger)).rename(plan)
    assert (stayed.name, "is there already" in why) == ("1001 a.jpg", True)
    assert (library.folder() / "a.jpg").read_text() == "mine"
    assert library.names() == ["1001 a.jpg", "b.jpg"]
    assert sorted(library.known().values()) == ["1001", "1002"]
    library.check()


def test_a_page_that_is_being_downloaded_is_left_alone(library: Library) -> None:
    library.add([("1001 a.jpg", "a")])
    plan = library.plan(ORIGINAL)
    url = "https://boards.4chan.org/g/thread/1"
    JobTable(library.ledger).add(job_row(id="later", url=url, root=str(library.root), created=5000.0))
    assert library.plan(ORIGINAL).refusal == renaming.LIVING
    assert Mover(Holdings(library.ledger)).rename(plan) == [(library.folder() / "1001 a.jpg", renaming.LIVING)]
    assert library.names() == ["1001 a.jpg"]
    library.check()


def test_a_folder_with_the_report_of_another_page_is_refused(library: Library) -> None:
    library.add([("a.jpg", "a")])
    other = library.root / "Threadreel/g-1"
    other.mkdir()
    (other / "report.json").write_text("{}")
    assert library.plan(folder=FLAT).refusal == renaming.OCCUPIED
    assert library.rename(folder=FLAT) == []


def test_what_an_older_version_did_not_keep_stays_as_it_is(library: Library) -> None:
    library.add([("1001 a.jpg", "a"), ("1002 b.jpg", "b")], has_facts=False)
    plan = library.plan(ORIGINAL)
    assert (plan.kept, plan.is_needed) == (("1001 a.jpg", "1002 b.jpg"), False)
    assert [new.name for _, new in library.plan(NameTemplate("{thread}-{tim}{ext}")).pairs] == [
        "1-1001.jpg",
        "1-1002.jpg",
    ]
    assert library.plan(folder=FolderTemplate("{date} {thread}")).refusal == renaming.UNKNOWN
    assert library.rename(ORIGINAL, FLAT) == []
    assert sorted(names_in(library.root / "Threadreel/g-1")) == ["1001 a.jpg", "1002 b.jpg", "report.json"]


def test_what_is_not_on_the_disk_is_renamed_in_the_ledger_only(library: Library) -> None:
    library.add([("1001 a.jpg", "a"), ("1002 b.jpg", "b")])
    (library.folder() / "1002 b.jpg").rename(library.folder() / f"1002 b.jpg{PART_SUFFIX}")
    assert library.rename(ORIGINAL) == []
    assert sorted(names_in(library.folder())) == ["a.jpg", f"b.jpg{PART_SUFFIX}", "report.json"]
    assert library.names() == ["a.jpg", "b.jpg"]


def test_a_page_without_files_is_left_alone(library: Library) -> None:
    library.add([("1001 a.jpg", "a")])
    (library.folder() / "1001 a.jpg").unlink()
    assert library.plan(ORIGINAL).refusal == renaming.NOTHING


def test_no_link_is_followed(library: Library, tmp_path: Path) -> None:
    library.add([("1001 a.jpg", "a")])
    elsewhere = tmp_path / "elsewhere"
    library.folder().rename(elsewhere)
    library.folder().symlink_to(elsewhere)
    assert library.plan(ORIGINAL).refusal == renaming.NOTHING
    assert sorted(names_in(elsewhere)) == ["1001 a.jpg", "report.json"]


def test_files_of_several_runs_come_together(library: Library) -> None:
    library.add([("1001 a.jpg", "a")], id="older", created=10.0)
    second = library.folder().with_name("newer")
    library.save(second / "b.jpg", "1002", 1)
    table = JobTable(library.ledger)
    job = table.get("older")
    assert job is not None
    job.id, job.created, job.directory = "newer", 20.0, str(second)
    table.add(job)
    facts = [json.dumps({"name": name, "index": index}) for index, name in enumerate("ab", 1)]
    rows = [
        attachment_row("1001", name="1001 a.jpg", ext=".jpg", facts=facts[0]),
        attachment_row("1002", name="b.jpg", ext=".jpg", facts=facts[1]),
    ]
    table.plan(job, rows)
    assert library.rename(NUMBERED, FLAT) == []
    assert sorted(names_in(library.root / "Threadreel/g-1")) == ["001.jpg", "002.jpg", "report.json"]
    assert (library.names("older"), library.names("newer")) == (["001.jpg"], ["001.jpg", "002.jpg"])
    assert not library.folder().exists()
    library.check()


def test_pictures_without_a_thread_keep_the_servers_name(library: Library) -> None:
    folder = library.root / "Threadreel/4chan/g"
    library.add([("5.jpg", "")], thread=0, kind="file", directory=folder, url="https://i.4cdn.org/g/5.jpg")
    library.ledger.run("UPDATE files SET thread = NULL")
    library.ledger.run("UPDATE jobs SET thread = NULL")
    assert library.rename(ORIGINAL, FolderTemplate("{board} {thread}/{site}"), thread=None) == []
    assert (library.root / "Threadreel/g/4chan/5.jpg").is_file()


def test_pages_are_those_of_files_below_a_path(library: Library) -> None:
    library.add([("a.jpg", "a")], thread=1)
    library.add([("a.jpg", "a")], thread=2)
    holdings = Holdings(library.ledger)
    pages = [Page(str(library.root), "4chan", "g", thread) for thread in (1, 2)]
    assert holdings.pages(None) == pages
    assert holdings.pages(library.folder(2)) == pages[1:]
    assert holdings.pages(library.root / "other") == []
    library.ledger.run("DELETE FROM files")
    assert holdings.pages(None) == []
    library.ledger.run("UPDATE jobs SET finished = NULL WHERE id = 'job-2'")
    assert holdings.pages(None) == holdings.pages(library.folder(2)) == pages[1:]
    assert holdings.of(Page(str(library.root), "4chan", "g", 3)) is None


def test_a_file_that_cannot_leave_its_old_name_is_known_under_both(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where another program has it open; renaming again completes it."""
    library.add([("1001 a.jpg", "a"), ("1002 b.jpg", "b")])
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "1001 a.jpg":
            raise PermissionError(13, "it is open elsewhere", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        ((stayed, why),) = library.rename(ORIGINAL)
    assert (stayed.name, "it is open elsewhere" in why) == ("1001 a.jpg", True)
    library.check()
    assert library.rename(ORIGINAL) == []
    assert sorted(names_in(library.folder())) == ["a.jpg", "b.jpg", "report.json"]
    library.check()


def test_where_there_are_no_links_files_are_renamed(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add([("2.jpg", "1"), ("1.jpg", "2"), ("x.jpg", "y")])

    def no_links(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    assert library.rename(ORIGINAL) == []
    assert sorted(names_in(library.folder())) == ["1.jpg", "2.jpg", "report.json", "y.jpg"]
    library.check()
