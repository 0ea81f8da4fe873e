"""The board under real names through its proxy, what it records, and the threads it is given."""

import base64
import hashlib
import threading

import pytest
import requests

from board import faults
from board.record import Entry
from board.server import Board
from board.threads import hard_thread, named_thread, plain_thread, recorded_threads, thread_from_recorded

LIMIT_S = 5


@pytest.fixture
def reached(board: Board, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The board, and an environment in which everything goes to it."""
    for name, value in board.environment().items():
        monkeypatch.setenv(name, value)
    return board


def test_real_names_are_reached_over_verified_https_and_http(reached: Board) -> None:
    thread = plain_thread(2)
    reached.add(thread)
    for scheme in ("https", "http"):
        answer = requests.get(f"{scheme}://a.4cdn.org/g/thread/{thread.no}.json", timeout=LIMIT_S)
        assert answer.json() == thread.answer()
    for path, body in thread.media().items():
        assert requests.get(f"https://i.4cdn.org{path}", timeout=LIMIT_S).content == body
    assert "A plain thread" in requests.get(reached.real_url(thread), timeout=LIMIT_S).text
    assert [(e.scheme, e.host) for e in reached.requests("*.json")] == [("https", "a.4cdn.org"), ("http", "a.4cdn.org")]
    assert reached.refused == []


def test_other_names_are_refused_and_remembered(reached: Board) -> None:
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://evil.example/", timeout=LIMIT_S)
    assert requests.get("http://i.4cdn.org.evil.example/", timeout=LIMIT_S).status_code == 403
    assert reached.refused == ["evil.example:443", "i.4cdn.org.evil.example:80"]


def test_a_reset_passes_through_the_proxy(reached: Board) -> None:
    thread = plain_thread(1, 100_000)
    reached.add(thread)
    reached.always(reached.is_media, faults.cut(50_000, reset=True))
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(f"https://i.4cdn.org{next(iter(thread.media()))}", timeout=LIMIT_S)


def test_faults_reach_real_names_too(reached: Board) -> None:
    thread = plain_thread(1)
    reached.add(thread)
    reached.script(reached.is_media, faults.status(503))
    url = f"https://i.4cdn.org{next(iter(thread.media()))}"
    assert [requests.get(url, timeout=LIMIT_S).status_code for _ in range(2)] == [503, 200]


def test_a_host_that_is_not_ours_is_misdirected(board: Board) -> None:
    answer = requests.get(f"http://{board.host}/", headers={"Host": "elsewhere.example"}, timeout=LIMIT_S)
    assert answer.status_code == 421


def test_the_api_knows_when_nothing_has_changed(board: Board) -> None:
    thread = plain_thread(1)
    board.add(thread)
    url = f"http://{board.host}/g/thread/{thread.no}.json"
    first = requests.get(url, timeout=LIMIT_S)
    assert first.headers["Content-Encoding"] == "gzip"
    again = requests.get(url, headers={"If-Modified-Since": first.headers["Last-Modified"]}, timeout=LIMIT_S)
    assert (again.status_code, again.content) == (304, b"")
    board.add(plain_thread(3))
    assert requests.get(url, timeout=LIMIT_S).json()["posts"][0]["images"] == 3


def test_the_record_tells_everything_about_a_request(board: Board) -> None:
    thread = plain_thread(1, 5000)
    board.add(thread)
    path = next(iter(thread.media()))
    requests.get(f"http://{board.media_host}{path}?past=cache", headers={"X-Name": "value"}, timeout=LIMIT_S)
    (entry,) = board.wait_until(lambda: [entry for entry in board.requests() if entry.ended_s])
    assert (entry.method, entry.host, entry.target) == ("GET", board.media_host, f"{path}?past=cache")
    assert (entry.status, entry.body_bytes, entry.headers["x-name"]) == (200, 5000, "value")
    assert entry.began_s <= entry.ended_s


def test_connections_and_requests_at_once_are_counted_by_host(board: Board) -> None:
    thread = plain_thread(4)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    asking = [
        threading.Thread(target=requests.get, args=[f"http://{board.media_host}{path}"], kwargs={"timeout": LIMIT_S})
        for path in thread.media()
    ]
    for one in asking:
        one.start()
    board.wait_until(lambda: len(board.requests()) == 4)
    assert (board.record.open_connections(board.media_host), board.record.most_requests(board.media_host)) == (4, 4)
    gate.set()
    for one in asking:
        one.join(LIMIT_S)
    board.wait_until(lambda: board.record.open_connections(board.media_host) == 0)
    assert board.record.most_connections(board.media_host) == 4
    assert board.record.most_connections(board.host) == 0


def test_wait_until_gives_up_with_words(board: Board) -> None:
    nothing: list[Entry] = []
    with pytest.raises(AssertionError, match="in vain for: a miracle"):
        board.wait_until(lambda: nothing, "a miracle", timeout_s=0.05)


def test_plain_threads_have_different_files_of_exact_size() -> None:
    thread = plain_thread(12, [100, 5000, 70_000])
    bodies = list(thread.media().values())
    assert [len(body) for body in bodies] == [100, 5000, 70_000] * 4
    assert len(set(bodies)) == 12


def test_named_threads_give_equal_names_to_different_files() -> None:
    thread = named_thread(["a.png", "a.png", ".jpg"])
    posts = thread.answer()["posts"][1:]
    assert [(post["filename"], post["ext"]) for post in posts] == [("a", ".png"), ("a", ".png"), ("", ".jpg")]
    assert len({post["md5"] for post in posts}) == 3


def test_the_hard_thread_has_150_different_files_and_one_deleted() -> None:
    posts = hard_thread().answer()["posts"]
    files = [post for post in posts if "tim" in post]
    assert len(files) == len({post["md5"] for post in files}) == len({post["tim"] for post in files}) == 150
    assert [post for post in posts if "filedeleted" in post] == [posts[-1]]
    assert posts[0]["images"] == 151


@pytest.mark.parametrize("path", recorded_threads(), ids=lambda path: path.stem)
def test_recorded_threads_keep_their_shape_and_get_matching_bytes(path, board: Board) -> None:
    thread = thread_from_recorded(path)
    board.add(thread)
    answer = requests.get(f"http://{board.host}/g/thread/{thread.no}.json", timeout=LIMIT_S).json()
    files = [post for post in answer["posts"] if "tim" in post and "filedeleted" not in post]
    assert len({post["tim"] for post in files}) == len(thread.media()) == len(files)
    for post in files:
        body = thread.media()[f"/g/{post['tim']}{post['ext']}"]
        assert post["fsize"] == len(body)
        assert base64.b64decode(post["md5"]) == hashlib.md5(body, usedforsecurity=False).digest()
