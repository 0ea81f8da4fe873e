"""What must hold for any text and any JSON a stranger sends: no surprise exceptions, stable canonical addresses."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st

from threadreel.errors import SiteError, UrlError
from threadreel.sites.base import PageKind, Site, Target, ThreadAnswer
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
FIELDS = ["no", "resto", "tim", "filename", "ext", "fsize", "md5", "w", "h", "time", "sub", "com", "filedeleted"]
posts = st.dictionaries(
    st.sampled_from([*FIELDS, "spoiler", "semantic_url", "archived", "closed", "tail_id"]),
    json_values | st.sampled_from([5, 1, ".png", "a&amp;b", 1700000000123456]),
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
        elif target is not None and target.kind is PageKind.THREAD:
            assert urlsplit(site.api_url(target)).netloc in site.hosts


@settings(deadline=None)
@given(answers, st.sampled_from(["g", "f"]))
def test_any_json_is_read_or_refused_with_a_sentence(answer: Any, board: str) -> None:
    thread = read(Target("4chan", PageKind.THREAD, f"https://boards.4chan.org/{board}/thread/5", board, 5), answer)
    if isinstance(thread, SiteError):
        assert (thread.code, bool(thread.hint)) == ("site.unreadable", True)
        return
    assert len({file.key for file in thread.attachments}) == len(thread.attachments) <= thread.posts
    for file in thread.attachments:
        assert all(url.startswith(f"https://i.4cdn.org/{board}/") and url.isascii() for url in file.urls)
        assert all(url.count("/") == 4 and not {"?", "#"} & set(url) for url in file.urls)
        assert not (file.deleted and file.urls)
    json.dumps(thread.title, ensure_ascii=False).encode("utf-8")
