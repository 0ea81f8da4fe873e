"""The demo's board is an honest one: API, pages, media, ranges, and threads worth showing."""

import base64
import gzip
import hashlib
import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from threadreel.demo.answers import Request, Resource, resource_answer
from threadreel.demo.board import SampleBoard
from threadreel.demo.page import thread_page
from threadreel.demo.samples import SampleFile, SamplePost, SampleThread, demo_threads

LIMIT_S = 5
RESOURCE = Resource(bytes(range(100)), "image/png", 1_700_000_000)


def get(**headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", "http", "127.0.0.1", "/x.png", "", named)


@pytest.fixture(scope="module")
def threads() -> tuple[SampleThread, SampleThread]:
    return demo_threads()


@pytest.fixture(scope="module")
def running(threads: tuple[SampleThread, SampleThread]) -> Iterator[SampleBoard]:
    with SampleBoard(threads) as board:
        yield board


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=10-", 10, 99),
        ("bytes=10-19", 10, 19),
        ("bytes=-5", 95, 99),
        ("bytes=90-500", 90, 99),
        ("bytes=0-0", 0, 0),
    ],
)
def test_one_range_is_answered_with_just_that(asked: str, first: int, last: int) -> None:
    answer = resource_answer(get(range=asked), RESOURCE)
    assert (answer.status, answer.body) == (206, RESOURCE.body[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/100"
    assert answer.headers["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=-", "lines=1-2", "bytes=a-b"])
def test_other_ranges_are_answered_with_the_whole(asked: str) -> None:
    assert (resource_answer(get(range=asked), RESOURCE).status, resource_answer(get(), RESOURCE).body) == (
        200,
        RESOURCE.body,
    )


def test_a_range_past_the_end_cannot_be_satisfied() -> None:
    answer = resource_answer(get(range="bytes=100-"), RESOURCE)
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */100")


@pytest.mark.parametrize(
    ("validator", "status"),
    [(RESOURCE.etag, 206), (RESOURCE.last_modified, 206), ('"other"', 200), ("Mon, 01 Jan 2001 00:00:00 GMT", 200)],
)
def test_if_range_guards_the_range(validator: str, status: int) -> None:
    assert resource_answer(get(range="bytes=5-", if_range=validator), RESOURCE).status == status


def test_validators_save_the_body() -> None:
    assert resource_answer(get(if_modified_since=RESOURCE.last_modified), RESOURCE).status == 304
    assert resource_answer(get(if_none_match=RESOURCE.etag), RESOURCE).status == 304
    # an ETag that differs goes before a date that agrees
    both = get(if_none_match='"other"', if_modified_since=RESOURCE.last_modified)
    assert resource_answer(both, RESOURCE).status == 200


def test_only_what_can_be_compressed_is() -> None:
    text = Resource(b"a" * 1000, "application/json", 1, compressible=True)
    answer = resource_answer(get(accept_encoding="gzip, deflate"), text)
    assert (answer.headers["Content-Encoding"], gzip.decompress(answer.body)) == ("gzip", text.body)
    assert "Content-Encoding" not in resource_answer(get(), text).headers
    assert "Content-Encoding" not in resource_answer(get(accept_encoding="gzip"), RESOURCE).headers


def test_every_file_of_the_api_answer_is_served_as_it_is_described(
    running: SampleBoard, threads: tuple[SampleThread, SampleThread]
) -> None:
    with requests.Session() as session:
        session.trust_env = False
        for thread in threads:
            url = f"{running.root}/{thread.board}/thread/{thread.no}.json"
            posts = session.get(url, timeout=LIMIT_S).json()["posts"]
            for post in [post for post in posts if "tim" in post]:
                media = session.get(f"{running.root}/demo/{post['tim']}{post['ext']}", timeout=LIMIT_S)
                assert len(media.content) == post["fsize"]
                assert base64.b64decode(post["md5"]) == hashlib.md5(media.content, usedforsecurity=False).digest()
                assert media.headers["Content-Type"].startswith("image/")


def test_head_tells_the_same_without_the_body(running: SampleBoard, threads: tuple[SampleThread, SampleThread]) -> None:
    path = next(iter(threads[0].media()))
    connection = http.client.HTTPConnection(urlsplit(running.root).netloc, timeout=LIMIT_S)
    try:
        for _ in range(2):  # twice on one connection: nothing of a body may follow
            connection.request("HEAD", path)
            answer = connection.getresponse()
            assert answer.read() == b""
            assert answer.headers["Content-Length"] == str(len(threads[0].media()[path]))
    finally:
        connection.close()


def test_what_is_not_there_is_not_found_and_nothing_is_posted(running: SampleBoard) -> None:
    for path in ("/demo/1.png", "/demo/thread/1", "/demo/thread/1.json", "/../etc/passwd", "/%2e%2e/x"):
        assert requests.get(running.root + path, timeout=LIMIT_S).status_code == 404
    assert requests.post(running.root, timeout=LIMIT_S).status_code == 501


def test_pages_lead_from_the_index_to_the_threads_and_load_nothing_from_elsewhere(
    running: SampleBoard, threads: tuple[SampleThread, SampleThread]
) -> None:
    index = requests.get(running.root, timeout=LIMIT_S).text
    for thread in threads:
        assert f'href="/demo/thread/{thread.no}"' in index
        page = requests.get(running.thread_url(thread), timeout=LIMIT_S).text
        links = re.findall(r'(?:src|href)="([^"]*)"', page)
        assert all(link.startswith(("/demo/", "#")) for link in links)
        assert len([link for link in links if link.endswith("s.jpg")]) == len(list(thread.files()))
        assert "http" not in page.replace("<!doctype html>", "")


def test_the_demo_threads_have_what_a_demo_wants_to_show(threads: tuple[SampleThread, SampleThread]) -> None:
    waves, tiles = threads
    assert (len(list(waves.files())), len(list(tiles.files()))) == (36, 24)
    names = Counter((file.filename, file.ext) for file in waves.files())
    assert max(names.values()) > 1
    assert len({file.body for file in (*waves.files(), *tiles.files())}) == 60
    assert [post["filedeleted"] for post in waves.answer()["posts"] if "filedeleted" in post] == [1]
    assert {file.ext for file in (*waves.files(), *tiles.files())} == {".png", ".gif", ".jpg"}


def test_hostile_words_stay_words() -> None:
    file = SampleFile(1, '<img src=x onerror="alert(1)">', ".png", b"x")
    thread = SampleThread("g", "<script>alert(1)</script>", (SamplePost(1, 1, "<script>alert(2)</script>", file),), 1)
    page = thread_page(thread)
    assert "<script" not in page
    assert "onerror=&quot;" in page
    assert thread.answer()["posts"][0]["filename"] == "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"


def test_the_rate_holds_for_media_alone(threads: tuple[SampleThread, SampleThread]) -> None:
    path, body = min(threads[1].media().items(), key=lambda item: len(item[1]))
    with SampleBoard(threads, rate_bytes_per_s=len(body) * 4) as slow:
        began_s = time.monotonic()
        assert requests.get(slow.root + path, timeout=LIMIT_S).content == body
        assert time.monotonic() - began_s >= 0.2
        assert requests.get(slow.thread_url(threads[0]), timeout=0.2).ok


def test_closing_ends_every_connection_and_thread(threads: tuple[SampleThread, SampleThread]) -> None:
    before, path = set(threading.enumerate()), next(iter(threads[0].media()))
    with SampleBoard(threads, rate_bytes_per_s=10) as slow:
        kept = requests.get(slow.root + path, stream=True, timeout=LIMIT_S)
        assert kept.raw.read(1)
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(slow.root, timeout=LIMIT_S)
    kept.close()
    assert set(threading.enumerate()) <= before
