"""What must hold for any text and any JSON a stranger sends: no surprise exceptions, stable canonical addresses."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st

from threadreel.errors import SiteError, UrlError
from threadreel.sites.base import Listing, PageKind, Site, Target, ThreadAnswer
from threadreel.sites.fourchan import FOURCHAN
from threadreel.sites.registry import Registry

ROOT = "http://127.0.0.1:8765"
BOARDS = [{"name": "local", "software": "4chan", "page": f"{ROOT}/a", "api": ROOT, "media": f"{ROOT}/m"}]
REGISTRY = Registry(BOARDS)
PAGES = ["https://boards.4chan.org", "//4channel.org", "www.4chan.org:443", f"{ROOT}/a", "ftp://boards.4chan.org"]
APIS = ["http://a.4cdn.org", "A.4CDN.org", ROOT]
MEDIA = ["https://i.4cdn.org", "//is2.4chan.org", f"{ROOT}/m", "https://i.4cdn.org.evil.test"]
PAGE_SHAPES = ["", "2", "catalog", "archive", "thread/{n}", "thread/{n}/{text}", "res/{n}.html", "imgboard.php?res={n}"]
API_SHAPES = ["thread/{n}.json", "thread/{n}-tail.json", "catalog.json", "archive.json", "threads.json", "{n}.json"]
FILE_SHAPES = ["{n}.png", "{n}s.jpg", "{text}.swf", "a%20b%26.swf", "{n}.{text}", "%{n}.swf"]


def addresses(hosts: list[str], shapes: list[str]) -> st.SearchStrategy[str]:
    """Addresses of these shapes, right and nearly right."""
    return st.builds(
        lambda host, board, shape, n, text, end: f"{host}/{board}/{shape}".format(n=n, text=text) + end,
        st.sampled_from(hosts),
        st.sampled_from(["g", "f", "3", "thread", "news", "math-tag"]),
        st.sampled_from(shapes),
        st.integers(0, 2**64),
        st.text(max_size=5),
        st.sampled_from(["", "", "/", "#p7", "#q8", "?x=1", "/../5", " "]) | st.text(max_size=5),
    )


near_addresses = addresses(PAGES, PAGE_SHAPES) | addresses(APIS, API_SHAPES) | addresses(MEDIA, FILE_SHAPES)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
COMMENTS = [
    '<a href="/g/thread/7#p7">x</a>',
    '<a href="//[/g/thread/7">',
    "https://boards.4chan.org/g/thread/7",
    "<a <a href=",
]
FIELDS = ["no", "resto", "tim", "filename", "ext", "fsize", "md5", "w", "h", "time", "sub", "com", "filedeleted"]
posts = st.dictionaries(
    st.sampled_from([*FIELDS, "spoiler", "semantic_url", "archived", "closed", "tail_id", "name", "trip"]),
    json_values | st.sampled_from([5, 1, ".png", "a&amp;b", 1700000000123456, *COMMENTS]),
)
replies = st.lists(posts | json_values, max_size=6)
answers = json_values | st.fixed_dictionaries({"posts": replies | replies.map([{"no": 5, "resto": 0}].__add__)})


def find(url: str) -> tuple[Site, Target] | UrlError:
    try:
        return REGISTRY.find(url)
    except UrlError as error:
        return error


def read(target: Target, answer: Any) -> ThreadAnswer | SiteError:
    try:
        return FOURCHAN.read_thread(target, answer)
    except SiteError as error:
        return error


def read_listing(target: Target, answer: Any) -> Listing | SiteError:
    try:
        return FOURCHAN.read_listing(target, answer)
    except SiteError as error:
        return error


@settings(deadline=None)
@given(st.text() | near_addresses)
@example("https://boards.4chan.org/g/thread/5#p6")
@example("httpſ://boards.4chan.org/g/thread/5")
@example("https://[::1/g/thread/5")
@example("https://boards.4chan.org℀/g/thread/5")
def test_any_text_is_recognised_or_refused_with_a_sentence(url: str) -> None:
    found = find(url)
    if isinstance(found, UrlError):
        assert found.code in {"url.invalid", "url.unsupported"}
        assert found.message
        assert found.hint
        assert f"{found.message}{found.hint}".isprintable()
        return
    site, target = found
    assert find(target.url) == (site, replace(target, post=None))
    assert site.name == target.site
    assert (target.thread is not None) is (target.kind is PageKind.THREAD)


@settings(deadline=None)
@given(near_addresses)
def test_whatever_is_fetched_is_on_a_host_of_the_site(url: str) -> None:
    for site in REGISTRY.sites:
        target = site.recognise(url)
        if target is not None and target.kind is PageKind.FILE:
            assert {urlsplit(found).netloc for found in site.single_file(target).urls} <= site.hosts
        elif target is not None:
            assert urlsplit(site.api_url(target)).netloc in site.hosts


@settings(deadline=None)
@given(answers, st.sampled_from(["g", "f"]))
def test_any_json_is_read_or_refused_with_a_sentence(answer: Any, board: str) -> None:
    thread = read(Target("4chan", PageKind.THREAD, f"https://boards.4chan.org/{board}/thread/5", board, 5), answer)
    if isinstance(thread, SiteError):
        assert (thread.code in {"site.unreadable", "thread.gone"}, bool(thread.hint)) == (True, True)
        return
    assert len({file.key for file in thread.attachments}) == len(thread.attachments) <= thread.posts
    for file in thread.attachments:
        assert all(url.startswith(f"https://i.4cdn.org/{board}/") and url.isascii() for url in file.urls)
        assert all(url.count("/") == 4 and not {"?", "#"} & set(url) for url in file.urls)
        assert not (file.deleted and file.urls)
    json.dumps([thread.title, thread.subject], ensure_ascii=False).encode("utf-8")
    assert 5 not in thread.links


numbers = st.integers(-2, 2**64) | st.sampled_from([5, 7, "8", "08", "1" * 19, 5.0, True, None])
listed = st.fixed_dictionaries(
    {}, optional={"no": numbers, "sub": json_values, "resto": json_values, "sticky": json_values}
)
pages = st.lists(
    json_values | st.fixed_dictionaries({"threads": st.lists(json_values | listed, max_size=5) | json_values}),
    max_size=4,
)
listings = json_values | pages | st.lists(numbers | json_values, max_size=6)


def is_number(value: object) -> bool:
    """Whether it is a thread's number, as an integer or as text."""
    if isinstance(value, str):
        return value.isascii() and value.isdecimal() and value[0] != "0" and int(value) < 2**63
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def numbers_in(answer: Any, kind: PageKind) -> set[int]:
    """Every number of a thread, found in another way than the code under test does it."""
    if kind is PageKind.ARCHIVE:
        return {int(entry) for entry in answer if is_number(entry)}
    threads = [page["threads"] for page in answer if isinstance(page, dict) and isinstance(page.get("threads"), list)]
    return {
        int(each["no"]) for page in threads for each in page if isinstance(each, dict) and is_number(each.get("no"))
    }


@settings(deadline=None)
@given(listings, st.sampled_from([PageKind.CATALOG, PageKind.BOARD, PageKind.ARCHIVE]))
@example([], PageKind.CATALOG)
@example([{"threads": [{"no": 5}, {"no": 7, "sub": "\ud800&#1114112;"}, {"no": 5}]}], PageKind.BOARD)
@example([5, "7", 5, None, 0], PageKind.ARCHIVE)
def test_any_json_is_a_listing_that_lost_no_thread_or_refused(answer: Any, kind: PageKind) -> None:
    listing = read_listing(Target("4chan", kind, "https://boards.4chan.org/g/", "g"), answer)
    if isinstance(listing, SiteError):
        assert (listing.code, bool(listing.hint)) == ("site.unreadable", True)
        assert not isinstance(answer, list) or not numbers_in(answer, kind)
        return
    found = [ref.thread for ref in listing.threads]
    assert set(found) == numbers_in(answer, kind)
    assert len(set(found)) == len(found)
    assert listing.is_archive is (kind is PageKind.ARCHIVE)
    for ref in listing.threads:
        target = FOURCHAN.recognise(ref.url)
        assert target is not None
        assert (target.kind, target.thread, target.url) == (PageKind.THREAD, ref.thread, ref.url)
        json.dumps(ref.subject, ensure_ascii=False).encode("utf-8")
