"""The plan: one name and one first state for every attachment, from facts alone."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel.engine.planning.filters import Filter
from threadreel.engine.planning.plan import Known, Presence, folder_fields, order_threads, plan_thread
from threadreel.library.job_table import AttachmentRow
from threadreel.library.names import PART_SUFFIX, fold
from threadreel.library.templates import NameTemplate
from threadreel.sites.base import Attachment, Listing, PageKind, Target, ThreadAnswer, ThreadRef
from threadreel.states import FILE_ENDED, FileState

TARGET = Target("4chan", PageKind.THREAD, "https://boards.4chan.org/g/thread/42", "g", 42)
PICTURE = Target("4chan", PageKind.FILE, "https://i.4cdn.org/g/1750000000000001.png", "g", None)
DEFAULT = NameTemplate("{tim} {name}{ext}")
ORIGINAL = NameTemplate("{name}{ext}")


def attachment(key: str = "1", **changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "key": key,
        "post": 43,
        "name": "image",
        "ext": ".jpg",
        "urls": (f"https://i.4cdn.org/g/{key}.jpg",),
        "size_bytes": 1000,
        "md5": "a" * 32,
    }
    return Attachment(**{**values, **changes})


def known_file(name: str = "1 image.jpg", presence: Presence = Presence.THERE, state: str = "saved") -> Known:
    return Known(name, state, 900, "b" * 32, "c" * 64, presence)


def plan(
    *attachments: Attachment,
    target: Target = TARGET,
    known: Mapping[str, Known] | None = None,
    gone: Collection[str] = (),
    only: Collection[str] = (),
    template: NameTemplate = DEFAULT,
    wanted: str = "",
    files: Collection[str] = (),
    before: Sequence[AttachmentRow] = (),
) -> list[AttachmentRow]:
    thread = ThreadAnswer("Title", attachments, len(attachments), subject="Daily cats")
    chosen = Filter(wanted)
    return plan_thread(
        target,
        thread,
        known=known or {},
        gone=gone,
        only=only,
        template=template,
        filter=chosen,
        files=files,
        before=before,
    )


def facts(row: AttachmentRow) -> tuple[FileState, str | None]:
    return row.state, row.reason


def test_a_row_says_what_the_site_says() -> None:
    (row,) = plan(attachment("17", sha256="d" * 64))
    assert row == AttachmentRow(
        key="17",
        post=43,
        name="17 image.jpg",
        ext=".jpg",
        urls=("https://i.4cdn.org/g/17.jpg",),
        size=1000,
        md5="a" * 32,
        sha256="d" * 64,
        facts=row.facts,
    )


def test_a_row_keeps_what_templates_use_and_no_column_has() -> None:
    rows = plan(attachment("17"), attachment("18", name="é\ud800", time=1_700_000_000, width=8, height=6))
    assert json.loads(rows[1].facts) == {
        "name": "é\ud800",
        "time": 1_700_000_000,
        "width": 8,
        "height": 6,
        "index": 2,
        "title": "Title",
        "subject": "Daily cats",
    }
    assert rows[1].facts.isascii()


def test_there_is_a_row_for_each_in_order() -> None:
    assert [row.key for row in plan(*map(attachment, ["3", "1", "2"]))] == ["3", "1", "2"]
    assert plan() == []


@pytest.mark.parametrize(
    ("changes", "facts_known", "gone", "only", "expected"),
    [
        ({}, None, (), (), (FileState.QUEUED, None)),
        ({"deleted": True}, None, (), (), (FileState.DELETED, None)),
        ({"deleted": True, "urls": ()}, None, ("1",), ("videos",), (FileState.DELETED, None)),
        ({"urls": ()}, None, (), (), (FileState.FAILED, "site.no_address")),
        ({}, None, ("1",), (), (FileState.GONE, None)),
        ({}, None, ("2",), (), (FileState.QUEUED, None)),
        ({}, None, (), ("images",), (FileState.QUEUED, None)),
        ({}, None, (), ("videos", "other"), (FileState.FILTERED, "only")),
        ({"ext": ".webm"}, None, (), ("videos",), (FileState.QUEUED, None)),
        ({"ext": ".pdf"}, None, (), ("videos",), (FileState.FILTERED, "only")),
        ({}, None, ("1",), ("videos",), (FileState.FILTERED, "only")),
        ({}, known_file(), (), (), (FileState.HAVE, None)),
        ({}, known_file(), ("1",), ("videos",), (FileState.HAVE, None)),
        ({"urls": ()}, known_file(), (), (), (FileState.HAVE, None)),
        ({}, known_file(state="differs"), (), (), (FileState.HAVE, "differs")),
        ({}, known_file(state="duplicate"), (), (), (FileState.HAVE, None)),
        ({}, known_file(presence=Presence.CHANGED), (), (), (FileState.HAVE, "changed")),
        ({}, known_file(presence=Presence.REMOVED), (), (), (FileState.FILTERED, "removed")),
        ({}, known_file(presence=Presence.REMOVED), (), ("videos",), (FileState.FILTERED, "only")),
        ({}, known_file(presence=Presence.LOST), (), (), (FileState.QUEUED, None)),
        ({}, known_file(presence=Presence.LOST), ("1",), (), (FileState.GONE, None)),
    ],
)
def test_the_first_state_follows_from_the_facts(
    changes: dict[str, Any],
    facts_known: Known | None,
    gone: Collection[str],
    only: Collection[str],
    expected: tuple[FileState, str | None],
) -> None:
    known = {"1": facts_known} if facts_known else {}
    (row,) = plan(attachment(**changes), known=known, gone=gone, only=only)
    assert facts(row) == expected


@pytest.mark.parametrize(
    ("wanted", "changes", "facts_known", "only", "expected"),
    [
        ("size:>1KB", {}, None, (), (FileState.FILTERED, "filter")),
        ("size:>=1KB", {}, None, (), (FileState.QUEUED, None)),
        ("subject:cats", {}, None, (), (FileState.QUEUED, None)),
        ("-subject:cats", {}, None, (), (FileState.FILTERED, "filter")),
        ("size:>1KB", {"deleted": True}, None, (), (FileState.DELETED, None)),
        ("size:>1KB", {}, known_file(), (), (FileState.HAVE, None)),
        ("size:>1KB", {}, known_file(presence=Presence.REMOVED), (), (FileState.FILTERED, "filter")),
        ("size:>=1KB", {}, known_file(presence=Presence.REMOVED), (), (FileState.FILTERED, "removed")),
        ("size:>1KB", {}, None, ("videos",), (FileState.FILTERED, "only")),
        ("size:>1KB", {"urls": ()}, None, (), (FileState.FILTERED, "filter")),
    ],
)
def test_the_filter_leaves_out_what_is_not_here_yet(
    wanted: str,
    changes: dict[str, Any],
    facts_known: Known | None,
    only: Collection[str],
    expected: tuple[FileState, str | None],
) -> None:
    known = {"1": facts_known} if facts_known else {}
    (row,) = plan(attachment(**changes), known=known, only=only, wanted=wanted)
    assert facts(row) == expected


def test_without_the_filter_just_what_it_left_out_is_fetched() -> None:
    thread = [attachment("1"), attachment("2", ext=".webm"), attachment("3", ext=".webm", size_bytes=10**7)]
    first = plan(*thread, wanted="ext:webm size:<4MB")
    assert [row.state for row in first] == [FileState.FILTERED, FileState.QUEUED, FileState.FILTERED]
    known = everything_saved([row for row in first if row.state is FileState.QUEUED])
    second = plan(*thread, known=known)
    assert [row.state for row in second] == [FileState.QUEUED, FileState.HAVE, FileState.QUEUED]
    assert [row.name for row in second] == [row.name for row in first]


def test_a_picture_asked_for_by_itself_is_not_filtered() -> None:
    (row,) = plan(attachment(), target=PICTURE, wanted="name:cat ext:webm")
    assert facts(row) == (FileState.QUEUED, None)


def test_what_is_there_brings_its_size_and_hashes() -> None:
    (row,) = plan(attachment(), known={"1": known_file()})
    assert (row.done, row.got_md5, row.got_sha256) == (900, "b" * 32, "c" * 64)
    assert (row.size, row.md5) == (1000, "a" * 32)


def test_what_somebody_changed_has_no_hashes_of_ours() -> None:
    (row,) = plan(attachment(), known={"1": known_file(presence=Presence.CHANGED)})
    assert (row.done, row.got_md5, row.got_sha256) == (900, None, None)


def test_what_was_not_fetched_has_nothing() -> None:
    for presence in (Presence.REMOVED, Presence.LOST):
        (row,) = plan(attachment(), known={"1": known_file(presence=presence)})
        assert (row.done, row.got_md5) == (0, None)


# Names


def test_files_of_one_name_are_told_apart_by_their_keys() -> None:
    rows = plan(
        *(attachment(key, name=name) for key, name in zip("123", ("image", "IMAGE", "image"), strict=True)),
        template=ORIGINAL,
    )
    assert [row.name for row in rows] == ["image.jpg", "IMAGE (2).jpg", "image (3).jpg"]


def test_no_file_is_called_like_the_report_or_anothers_part() -> None:
    rows = plan(
        attachment("1", name="Report", ext=".JSON"),
        attachment("2", name="a", ext=""),
        attachment("3", name="a", ext=".part"),
        attachment("4", name="b", ext=".part"),
        attachment("5", name="b", ext=""),
        template=ORIGINAL,
    )
    assert [row.name for row in rows] == ["Report (1).JSON", "a", "a (3).part", "b.part", "b (5)"]


def test_a_known_file_keeps_its_name_and_nobody_else_gets_it() -> None:
    known = {"2": known_file("image.jpg")}
    rows = plan(attachment("1"), attachment("2", name="renamed"), attachment("3"), known=known, template=ORIGINAL)
    assert [row.name for row in rows] == ["image (1).jpg", "image.jpg", "image (3).jpg"]


@pytest.mark.parametrize("presence", list(Presence))
def test_a_name_once_given_stays_taken(presence: Presence) -> None:
    """Also when the site no longer shows its file, or the user deleted it: it was somebody else's."""
    known = {"9": known_file("image.jpg", presence)}
    assert [row.name for row in plan(attachment("1"), known=known, template=ORIGINAL)] == ["image (1).jpg"]


def test_one_name_from_two_folders_of_the_past_is_not_given_twice() -> None:
    known = {key: known_file("image.jpg", Presence.LOST) for key in "12"}
    assert [row.name for row in plan(*map(attachment, "12"), known=known)] == ["image.jpg", "image (2).jpg"]


def test_a_single_picture_keeps_the_servers_name_whatever_the_template() -> None:
    (row,) = plan(attachment("1750000000000001", name=""), target=PICTURE, template=NameTemplate("{index}{ext}"))
    assert row.name == "1750000000000001.jpg"
    (flash,) = plan(attachment("f-abc", name="a/b", ext=".swf"), target=PICTURE, template=DEFAULT)
    assert flash.name == "a_b.swf"


def test_a_name_may_be_made_of_everything_the_site_says() -> None:
    template = NameTemplate("{site} {board} {thread} {title} {date} {tim} {post} {md5} {width} {height} {index}{ext}")
    rows = plan(
        attachment("1"), attachment("7", width=640, height=480, time=1_700_000_000, md5=None), template=template
    )
    assert rows[1].name == "4chan g 42 Title 2023-11-14 7 43 640 480 002.jpg"


@pytest.mark.parametrize("time", [None, 10**18, -(10**18), 2**63])
def test_a_time_that_is_none_leaves_the_date_empty(time: int | None) -> None:
    assert folder_fields(TARGET, "Title", time)["date"] == ""
    (row,) = plan(attachment(time=time), template=NameTemplate("{date}x{ext}"))
    assert row.name == "x.jpg"


def test_what_a_folder_may_be_made_of() -> None:
    expected = {"site": "4chan", "board": "g", "thread": 42, "title": "Title", "date": "1970-01-02"}
    assert folder_fields(TARGET, "Title", 86_400) == expected


def test_single_pictures_of_a_board_share_a_folder() -> None:
    assert folder_fields(PICTURE, "1750000000000001.png") == {**folder_fields(PICTURE, "another.png"), "title": ""}


def test_later_files_are_named_beside_those_the_job_has() -> None:
    before = plan(attachment("1", name="a"), attachment("2", name="b"), template=ORIGINAL)
    rows = plan(attachment("3", name="A"), attachment("4", name="c"), before=before, template=ORIGINAL)
    assert [row.name for row in rows] == ["A (3).jpg", "c.jpg"]
    (row,) = plan(attachment("3"), before=before, template=NameTemplate("{index}{ext}"))
    assert row.name == "003.jpg"
    known = {"3": known_file("a.jpg")}
    assert [row.name for row in plan(attachment("3"), before=before, known=known, template=ORIGINAL)] == ["a (3).jpg"]


# Order


def refs(*numbers: int, stickies: Collection[int] = ()) -> tuple[ThreadRef, ...]:
    return tuple(ThreadRef(number, f"https://x/{number}", is_sticky=number in stickies) for number in numbers)


def test_threads_of_a_catalog_come_from_its_end_and_stickies_last() -> None:
    listing = Listing("/g/ catalog", refs(1, 50, 9, 40, 2, stickies=(1, 9)))
    assert [ref.thread for ref in order_threads(listing)] == [2, 40, 50, 9, 1]


def test_threads_of_an_archive_come_oldest_first() -> None:
    listing = Listing("/g/ archive", refs(571958, 572866, 54195, 574342), is_archive=True)
    assert [ref.thread for ref in order_threads(listing)] == [54195, 571958, 572866, 574342]


stems = st.sampled_from(
    ["image", "IMAGE", "a", "a.part", "report", "", "CON", "e\u0301", "é", "x" * 300, "ﬁ", "fi"]
) | st.text(max_size=9)
attachments = st.lists(st.tuples(stems, st.sampled_from([".jpg", ".JPG", "", ".json", ".part"])), max_size=15)


def thread_of(files: Sequence[tuple[str, str]]) -> list[Attachment]:
    return [attachment(str(100 + number), name=name, ext=ext) for number, (name, ext) in enumerate(files)]


def everything_saved(rows: Sequence[AttachmentRow]) -> dict[str, Known]:
    return {row.key: known_file(row.name) for row in rows}


@settings(max_examples=repeats(150), deadline=None, database=None)
@given(attachments, st.sampled_from([DEFAULT, ORIGINAL, NameTemplate("x{ext}")]))
@example([("a", ".part"), ("a", ""), ("a.part", ""), ("A", ""), ("a.part", ".part")], ORIGINAL)
def test_no_two_files_share_a_path_and_a_second_run_fetches_nothing(
    files: list[tuple[str, str]], template: NameTemplate
) -> None:
    thread = thread_of(files)
    first = plan(*thread, template=template)
    paths = [fold(row.name + end) for row in first for end in ("", PART_SUFFIX)]
    assert len(set(paths)) == len(paths)
    assert fold("report.json") not in paths
    assert plan(*thread, template=template) == first
    second = plan(*thread, known=everything_saved(first), template=template)
    assert [row.name for row in second] == [row.name for row in first]
    assert {row.state for row in second} <= {FileState.HAVE}


@settings(max_examples=repeats(80), deadline=None, database=None)
@given(attachments, attachments, st.randoms(use_true_random=False))
def test_a_thread_that_lost_and_won_files_keeps_the_names_it_gave(
    before: list[tuple[str, str]], after: list[tuple[str, str]], chance: random.Random
) -> None:
    thread = thread_of(before)
    first = plan(*thread, template=ORIGINAL)
    left = [each for each in thread if chance.random() < 0.7]
    newer = [replace(each, key=f"9{each.key}") for each in thread_of(after)]
    second = plan(*left, *newer, known=everything_saved(first), template=ORIGINAL)
    given_names = {row.key: row.name for row in first}
    assert [row.name for row in second[: len(left)]] == [given_names[each.key] for each in left]
    paths = {fold(row.name + end) for row in first for end in ("", PART_SUFFIX)}
    assert not paths & {fold(row.name + end) for row in second[len(left) :] for end in ("", PART_SUFFIX)}


@settings(max_examples=repeats(100), deadline=None, database=None)
@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.booleans(),
            st.booleans(),
            st.sampled_from([None, *Presence]),
            st.sampled_from(["saved", "differs"]),
        ),
        max_size=8,
    ),
    st.sampled_from([(), ("images",), ("videos",)]),
)
def test_every_attachment_is_queued_or_in_one_end_state(
    files: list[tuple[bool, bool, bool, Presence | None, str]], only: Any
) -> None:
    thread, known, gone = [], {}, set()
    for number, (deleted, has_url, is_gone, presence, state) in enumerate(files):
        key = str(number)
        thread.append(attachment(key, deleted=deleted, urls=("https://i.4cdn.org/g/1.jpg",) if has_url else ()))
        if presence is not None:
            known[key] = known_file(f"{key}.jpg", presence, state)
        if is_gone:
            gone.add(key)
    rows = plan(*thread, known=known, gone=gone, only=only)
    assert [row.key for row in rows] == [each.key for each in thread]
    assert all(row.state in FILE_ENDED or (row.state is FileState.QUEUED and row.urls) for row in rows)


def test_of_chosen_files_each_is_fetched_whatever_else_leaves_it_out_and_no_other() -> None:
    thread = [attachment(key) for key in "12345"]
    thread[4] = attachment("5", ext=".webm")
    known = {"1": known_file(), "2": known_file("2 image.jpg", Presence.REMOVED), "3": known_file("3 image.jpg")}
    rows = plan(*thread, known=known, only=("images",), files=("2", "5"))
    assert [facts(row) for row in rows] == [
        (FileState.HAVE, None),
        (FileState.QUEUED, None),
        (FileState.HAVE, None),
        (FileState.FILTERED, "selection"),
        (FileState.QUEUED, None),
    ]


def test_what_is_left_out_anyway_keeps_its_reason_when_others_are_chosen() -> None:
    thread = [attachment("1"), attachment("2", ext=".webm"), attachment("3", urls=()), attachment("4", deleted=True)]
    assert [facts(row) for row in plan(*thread, only=("images",), gone=("1",), files=("9",))] == [
        (FileState.GONE, None),
        (FileState.FILTERED, "only"),
        (FileState.FILTERED, "selection"),
        (FileState.DELETED, None),
    ]
