"""Catalogs and archives become listings: every thread once, in the site's order, with what the answer tells of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from threadreel.errors import SiteError
from threadreel.sites.base import Listing, PageKind, Target, ThreadRef
from threadreel.sites.fourchan import FOURCHAN
from threadreel.sites.registry import Registry

RECORDED = Path(os.environ.get("THREADREEL_RECORDED") or Path(__file__).resolve().parents[3] / "shared" / "recorded")
CATALOG = Target("4chan", PageKind.CATALOG, "https://boards.4chan.org/g/catalog", "g")
ARCHIVE = Target("4chan", PageKind.ARCHIVE, "https://boards.4chan.org/g/archive", "g")
OWN_CATALOG: list[Any] = [
    {
        "page": 1,
        "threads": [
            {"no": 10, "sticky": 1, "closed": 1, "resto": 0, "sub": "Rules", "last_modified": 1700000000},
            {
                "no": 900,
                "resto": 0,
                "sub": "Tom &amp; Jerry &#039;s",
                "last_modified": 1700009999,
                "last_replies": [{"no": 990}],
            },
        ],
    },
    {"page": 2, "threads": [{"no": 700, "resto": 0, "com": "no subject"}, {"no": 800, "resto": 0, "sticky": 0}]},
]


def read(target: Target, answer: object) -> Listing:
    return FOURCHAN.read_listing(target, answer)


def numbers(listing: Listing) -> list[int]:
    return [ref.thread for ref in listing.threads]


def test_catalog_tells_its_threads_in_its_order() -> None:
    assert read(CATALOG, OWN_CATALOG) == Listing(
        "/g/ catalog",
        (
            ThreadRef(10, "https://boards.4chan.org/g/thread/10", "Rules", 1700000000, is_sticky=True),
            ThreadRef(900, "https://boards.4chan.org/g/thread/900", "Tom & Jerry 's", 1700009999),
            ThreadRef(700, "https://boards.4chan.org/g/thread/700", ""),
            ThreadRef(800, "https://boards.4chan.org/g/thread/800", ""),
        ),
    )


def test_archive_tells_numbers_only() -> None:
    listing = read(ARCHIVE, [571958, 54195, "574342"])
    assert (numbers(listing), listing.is_archive) == ([571958, 54195, 574342], True)
    assert {(ref.subject, ref.modified, ref.is_sticky) for ref in listing.threads} == {(None, None, False)}


def test_thread_on_two_pages_is_told_once_where_it_comes_first() -> None:
    moved = [
        {"threads": [{"no": 1, "resto": 0, "sub": "a"}]},
        {"threads": [{"no": 2}, {"no": 1, "resto": 0, "sub": "b"}]},
    ]
    listing = read(CATALOG, moved)
    assert (numbers(listing), listing.threads[0].subject) == ([1, 2], "a")


@pytest.mark.parametrize("target", [CATALOG, ARCHIVE])
def test_board_without_threads_is_an_empty_listing(target: Target) -> None:
    assert read(target, []).threads == ()


def test_page_without_threads_hides_no_other() -> None:
    broken = [{"page": 1}, None, {"threads": None}, {"threads": [None, {"no": 0}, {"no": "x"}, {"no": 5}]}]
    assert numbers(read(CATALOG, broken)) == [5]


@pytest.mark.parametrize("answer", [None, {}, "x", 5, {"threads": []}, [1, 2], [[]], [{"threads": {}}]])
def test_answer_that_is_no_catalog_is_unreadable(answer: Any) -> None:
    with pytest.raises(SiteError, match="no list of threads") as caught:
        read(CATALOG, answer)
    assert (caught.value.code, bool(caught.value.hint)) == ("site.unreadable", True)


@pytest.mark.parametrize("answer", [None, {}, "x", 5, {"posts": []}, [None], [{"no": 5}], [True, 0, -1, 1.5]])
def test_answer_that_is_no_archive_is_unreadable(answer: Any) -> None:
    with pytest.raises(SiteError, match="no list of threads"):
        read(ARCHIVE, answer)


def test_board_of_the_settings_lists_its_own_addresses() -> None:
    root = "http://127.0.0.1:8765"
    registry = Registry(
        [{"name": "local", "software": "4chan", "page": f"{root}/p", "api": root, "media": f"{root}/m"}]
    )
    site, target = registry.find(f"{root}/p/g/")
    (ref,) = site.read_listing(target, [{"threads": [{"no": 5}]}]).threads
    assert site.recognise(ref.url) == Target("local", PageKind.THREAD, f"{root}/p/g/thread/5", "g", 5)


WHOLE_LISTINGS: dict[str, Any] = {
    "own": OWN_CATALOG,
    **{
        path.name: json.loads(path.read_text("utf-8"))
        for pattern in ("catalog-*.json", "threads-*.json")
        for path in sorted((RECORDED / "4chan").glob(pattern))
    },
}
WHOLE_ARCHIVES: dict[str, Any] = {
    "own": [7, 9, 8],
    **{path.name: json.loads(path.read_text("utf-8")) for path in sorted((RECORDED / "4chan").glob("archive-*.json"))},
}


@pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in WHOLE_LISTINGS.items()])
def test_whole_listing_reads_without_loss(answer: Any) -> None:
    expected = [thread for page in answer for thread in page["threads"]]
    found = read(CATALOG, answer).threads
    assert [ref.thread for ref in found] == [thread["no"] for thread in expected]
    assert [ref.modified for ref in found] == [thread.get("last_modified") for thread in expected]
    assert [ref.is_sticky for ref in found] == [bool(thread.get("sticky")) for thread in expected]
    assert [bool(ref.subject) for ref in found] == ["sub" in thread for thread in expected]
    assert [ref.subject is None for ref in found] == ["resto" not in thread for thread in expected]


@pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in WHOLE_ARCHIVES.items()])
def test_whole_archive_reads_without_loss(answer: Any) -> None:
    assert numbers(read(ARCHIVE, answer)) == answer
