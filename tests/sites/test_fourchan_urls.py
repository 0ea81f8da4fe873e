"""Which addresses the site 4chan, and boards of its software, take for what; which look-alikes they refuse."""

from __future__ import annotations

import pytest
from fourchan_addresses import BOARDS, LARGEST

from threadreel.errors import UrlError
from threadreel.sites.base import PageKind, Target
from threadreel.sites.fourchan import FOURCHAN

THREADS = [
    # address, board, thread, post
    ("https://boards.4chan.org/g/thread/123456789", "g", 123456789, None),
    ("http://boards.4chan.org/g/thread/41706090", "g", 41706090, None),
    ("https://boards.4chan.org/tg/thread/15396072/", "tg", 15396072, None),
    ("https://boards.4channel.org/tg/thread/15396072/", "tg", 15396072, None),
    ("https://boards.4channel.org/g/thread/42", "g", 42, None),
    ("https://boards.4chan.org/vr/thread/999", "vr", 999, None),
    ("https://boards.4chan.org/3/thread/561987", "3", 561987, None),
    ("https://boards.4chan.org/s4s/thread/7", "s4s", 7, None),
    ("https://boards.4chan.org/r9k/thread/7", "r9k", 7, None),
    ("https://boards.4chan.org/po/thread/7", "po", 7, None),
    (f"https://boards.4chan.org/g/thread/{LARGEST}", "g", LARGEST, None),
    # slug, query, fragment
    ("http://boards.4chan.org/g/thread/12345678/some-slug-text", "g", 12345678, None),
    ("https://boards.4chan.org/wsg/thread/247727/a-slug", "wsg", 247727, None),
    ("https://boards.4chan.org/g/thread/42/slug/more", "g", 42, None),
    ("https://boards.4chan.org/g/thread/42/slug.more", "g", 42, None),
    ("https://boards.4chan.org/g/thread/42/%E3%83%86", "g", 42, None),
    ("https://boards.4chan.org/g/thread/42?query=1", "g", 42, None),
    ("https://boards.4chan.org/g/thread/123456?page=2#post789", "g", 123456, None),
    ("https://boards.4chan.org/g/thread/12345678#p12345690", "g", 12345678, 12345690),
    ("https://boards.4channel.org/a/thread/223061883#q223061883", "a", 223061883, 223061883),
    ("http://boards.4channel.org/a/thread/184737891#q184737891", "a", 184737891, 184737891),
    ("https://boards.4chan.org/g/thread/42/slug/?x=1#q43", "g", 42, 43),
    ("https://boards.4chan.org/g/thread/42#", "g", 42, None),
    ("https://boards.4chan.org/g/thread/42#bottom", "g", 42, None),
    ("https://boards.4chan.org/g/thread/42#43", "g", 42, None),
    ("https://boards.4chan.org/g/thread/42#p0", "g", 42, None),
    (f"https://boards.4chan.org/g/thread/42#p{LARGEST + 1}", "g", 42, None),
    (f"https://boards.4chan.org/g/thread/42#p{'9' * 1500}", "g", 42, None),
    # how it is written
    ("  https://boards.4chan.org/g/thread/12345678/  ", "g", 12345678, None),
    ("boards.4chan.org/g/thread/12345678", "g", 12345678, None),
    ("boards.4chan.org:443/g/thread/12345678", "g", 12345678, None),
    ("//boards.4channel.org/qst/thread/5126311#p5126312", "qst", 5126311, 5126312),
    ("//boards.4chan.org/aco/thread/6147349#p6147349", "aco", 6147349, 6147349),
    ("//boards.4channel.org/aco/thread/6149612", "aco", 6149612, None),
    ("https://boards.4chan.org//g//thread/42", "g", 42, None),
    ("HTTPS://BOARDS.4CHAN.ORG/g/thread/42", "g", 42, None),
    ("https://boards.4chan.org:443/g/thread/42", "g", 42, None),
    ("https://boards.4chan.org:/g/thread/42", "g", 42, None),
    ("http://boards.4chan.org:80/g/thread/42", "g", 42, None),
    # hosts that still lead there
    ("https://4chan.org/g/thread/12345678", "g", 12345678, None),
    ("https://4channel.org/g/thread/12345678", "g", 12345678, None),
    ("https://www.4chan.org/g/thread/42", "g", 42, None),
    ("https://www.4channel.org/g/thread/42", "g", 42, None),
    # older forms
    ("https://boards.4chan.org/g/res/42", "g", 42, None),
    ("https://boards.4chan.org/g/res/5", "g", 5, None),
    ("https://boards.4chan.org/g/res/42.html#q43", "g", 42, 43),
    ("https://boards.4chan.org/g/imgboard.php?res=42#p43", "g", 42, 43),
    ("//boards.4chan.org/int/thread/int/130661539", "int", 130661539, None),
    ("https://boards.4chan.org/3/thread/3/561987", "3", 561987, None),
    # its API
    ("https://a.4cdn.org/g/thread/12345678.json", "g", 12345678, None),
    ("http://a.4cdn.org/g/thread/123-tail.json", "g", 123, None),
    ("https://a.4cdn.org/3/thread/123-tail.json", "3", 123, None),
    # typed by hand
    ("g/12345678", "g", 12345678, None),
    ("g/12345678#p12345690", "g", 12345678, 12345690),
    ("g/thread/12345678", "g", 12345678, None),
    (" /g/thread/12345678 ", "g", 12345678, None),
    ("/vg/thread/369649921#p369650787", "vg", 369649921, 369650787),
    ("/g/thread/41691225#p41700000", "g", 41691225, 41700000),
    ("/3/thread/561987#p562008", "3", 561987, 562008),
]

OTHER_PAGES = [
    ("https://boards.4chan.org/g/", PageKind.BOARD, "g"),
    ("https://boards.4chan.org/g", PageKind.BOARD, "g"),
    ("//boards.4channel.org/jp/", PageKind.BOARD, "jp"),
    ("boards.4chan.org/gd/", PageKind.BOARD, "gd"),
    ("https://boards.4channel.org/po/", PageKind.BOARD, "po"),
    ("https://boards.4channel.org/po/2", PageKind.BOARD, "po"),
    ("https://boards.4channel.org/po/10", PageKind.BOARD, "po"),
    ("https://boards.4chan.org/3/", PageKind.BOARD, "3"),
    ("https://www.4chan.org/g/", PageKind.BOARD, "g"),
    ("https://a.4cdn.org/g/threads.json", PageKind.BOARD, "g"),
    ("https://a.4cdn.org/g/2.json", PageKind.BOARD, "g"),
    ("https://boards.4chan.org/g/catalog", PageKind.CATALOG, "g"),
    ("https://boards.4chan.org/g/catalog/", PageKind.CATALOG, "g"),
    ("//boards.4channel.org/vg/catalog#s=tesog%2F", PageKind.CATALOG, "vg"),
    ("//boards.4channel.org/fit/catalog#s=sig", PageKind.CATALOG, "fit"),
    ("//boards.4chan.org/g/catalog#s=lmg%2F", PageKind.CATALOG, "g"),
    ("https://a.4cdn.org/g/catalog.json", PageKind.CATALOG, "g"),
    ("https://boards.4chan.org/vm/archive", PageKind.ARCHIVE, "vm"),
    ("https://boards.4chan.org/g/archive", PageKind.ARCHIVE, "g"),
    ("https://a.4cdn.org/g/archive.json", PageKind.ARCHIVE, "g"),
]

FILES = [
    # address, board, canonical address
    ("https://i.4cdn.org/g/1234567890.webm", "g", "https://i.4cdn.org/g/1234567890.webm"),
    ("https://i.4cdn.org/wg/1694023485631944.jpg", "wg", "https://i.4cdn.org/wg/1694023485631944.jpg"),
    ("http://i.4cdn.org/g/1399051774807.jpg?x=1#y", "g", "https://i.4cdn.org/g/1399051774807.jpg"),
    ("https://is2.4chan.org/a/1697395658490192.jpg", "a", "https://i.4cdn.org/a/1697395658490192.jpg"),
    ("https://is.4chan.org/a/1.png", "a", "https://i.4cdn.org/a/1.png"),
    ("https://is3.4chan.org/a/1.png", "a", "https://i.4cdn.org/a/1.png"),
    ("https://is12.4channel.org/a/1.png", "a", "https://i.4cdn.org/a/1.png"),
    ("//is2.4chan.org/tv/123.jpg", "tv", "https://i.4cdn.org/tv/123.jpg"),
    ("https://i.4cdn.org/g/111s.jpg", "g", "https://i.4cdn.org/g/111s.jpg"),
    ("https://i.4cdn.org/g/111m.jpg", "g", "https://i.4cdn.org/g/111m.jpg"),
    ("https://i.4cdn.org/f/Loop%20%26%20co.swf", "f", "https://i.4cdn.org/f/Loop%20%26%20co.swf"),
    ("https://i.4cdn.org/f/%e9%9f%b3.swf", "f", "https://i.4cdn.org/f/%E9%9F%B3.swf"),
    ("https://i.4cdn.org/f/音'(1)!.swf", "f", "https://i.4cdn.org/f/%E9%9F%B3'(1)!.swf"),
    ("https://i.4cdn.org/f/1234.swf", "f", "https://i.4cdn.org/f/1234.swf"),
]


def found(url: str) -> Target:
    target = FOURCHAN.recognise(url)
    assert target is not None, url
    return target


@pytest.mark.parametrize(("url", "board", "thread", "post"), THREADS)
def test_thread_address_gives_board_thread_and_post(url: str, board: str, thread: int, post: int | None) -> None:
    canonical = f"{BOARDS}/{board}/thread/{thread}"
    assert FOURCHAN.recognise(url) == Target("4chan", PageKind.THREAD, canonical, board, thread, post)


@pytest.mark.parametrize(("url", "kind", "board"), OTHER_PAGES)
def test_board_catalog_and_archive_address(url: str, kind: PageKind, board: str) -> None:
    end = "" if kind is PageKind.BOARD else kind
    assert FOURCHAN.recognise(url) == Target("4chan", kind, f"{BOARDS}/{board}/{end}", board)


@pytest.mark.parametrize(("url", "board", "canonical"), FILES)
def test_media_address(url: str, board: str, canonical: str) -> None:
    assert FOURCHAN.recognise(url) == Target("4chan", PageKind.FILE, canonical, board)


@pytest.mark.parametrize("url", [row[0] for row in (*THREADS, *OTHER_PAGES, *FILES)])
def test_canonical_address_leads_to_the_same_target(url: str) -> None:
    target = found(url)
    again = found(target.url)
    assert (again.site, again.kind, again.url, again.board, again.thread) == (
        target.site,
        target.kind,
        target.url,
        target.board,
        target.thread,
    )


def test_api_url_and_referer_of_a_thread() -> None:
    target = found("http://4channel.org/tg/res/15396072#p15396073")
    assert FOURCHAN.api_url(target) == "https://a.4cdn.org/tg/thread/15396072.json"
    assert FOURCHAN.referer(target) == "https://boards.4chan.org/tg/thread/15396072"


@pytest.mark.parametrize(
    ("page", "answer"),
    [("", "catalog.json"), ("3", "catalog.json"), ("catalog", "catalog.json"), ("archive", "archive.json")],
)
def test_api_url_of_a_listing(page: str, answer: str) -> None:
    assert FOURCHAN.api_url(found(f"{BOARDS}/g/{page}")) == f"https://a.4cdn.org/g/{answer}"


def test_api_url_of_a_file_raises() -> None:
    with pytest.raises(UrlError, match="not a page") as caught:
        FOURCHAN.api_url(found(FILES[0][0]))
    assert caught.value.code == "url.unsupported"
    assert caught.value.hint


def test_single_file_has_the_servers_name_and_the_board_as_referer() -> None:
    target = found("https://is2.4chan.org/wsg/1694023485631944.webm")
    file = FOURCHAN.single_file(target)
    assert (file.key, file.name, file.ext, file.urls) == ("1694023485631944", "", ".webm", (target.url,))
    assert FOURCHAN.referer(target) == "https://boards.4chan.org/wsg/"


def test_single_thumbnail_is_a_file_of_its_own() -> None:
    file = FOURCHAN.single_file(found("https://i.4cdn.org/g/111s.jpg"))
    assert (file.key, file.ext, file.urls) == ("111s", ".jpg", ("https://i.4cdn.org/g/111s.jpg",))


def test_single_flash_has_its_original_name_and_a_key_of_its_own() -> None:
    one = FOURCHAN.single_file(found("https://i.4cdn.org/f/..%2F%22Loop%22.swf"))
    other = FOURCHAN.single_file(found("https://i.4cdn.org/f/Loop.swf"))
    assert (one.name, one.ext, one.urls) == ('../"Loop"', ".swf", ("https://i.4cdn.org/f/..%2F%22Loop%22.swf",))
    assert one.key != other.key
    assert one.key.replace("-", "").isalnum()


def test_single_file_of_a_thread_raises() -> None:
    with pytest.raises(UrlError) as caught:
        FOURCHAN.single_file(found(THREADS[0][0]))
    assert caught.value.code == "url.unsupported"


def test_hosts_are_those_of_api_and_media_only() -> None:
    mirrors = {f"is{n}.{domain}" for n in ("", "2", "3") for domain in ("4chan.org", "4channel.org")}
    assert {"a.4cdn.org", "i.4cdn.org"} | mirrors == FOURCHAN.hosts


def test_match_patterns_cover_pages_and_media() -> None:
    wanted = {f"*://{host}/*" for host in ("boards.4chan.org", "boards.4channel.org", "i.4cdn.org", "is2.4chan.org")}
    assert wanted <= set(FOURCHAN.match_patterns)
    assert "*://a.4cdn.org/*" not in FOURCHAN.match_patterns


def test_asked_once_a_second() -> None:
    assert (FOURCHAN.name, FOURCHAN.software, FOURCHAN.api_interval_s) == ("4chan", "4chan", 1.0)
