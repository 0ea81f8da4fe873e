"""4chan's software on a board of somebody else: pages, API and media below the roots of the settings."""

from __future__ import annotations

import pytest

from threadreel.sites.address import Root, read_root
from threadreel.sites.base import PageKind
from threadreel.sites.fourchan import FourChan


def root(text: str) -> Root:
    made = read_root(text)
    assert made is not None, text
    return made


def local_board() -> FourChan:
    return FourChan.custom(
        "local",
        page=root("http://127.0.0.1:8765/boards/"),
        api=root("http://127.0.0.1:8765/api"),
        media=root("https://Media.example:443"),
    )


@pytest.mark.parametrize(
    ("url", "kind", "canonical"),
    [
        ("http://127.0.0.1:8765/boards/g/thread/5#p6", PageKind.THREAD, "http://127.0.0.1:8765/boards/g/thread/5"),
        ("127.0.0.1:8765/boards/g/thread/5", PageKind.THREAD, "http://127.0.0.1:8765/boards/g/thread/5"),
        ("http://127.0.0.1:8765/api/g/thread/5.json", PageKind.THREAD, "http://127.0.0.1:8765/boards/g/thread/5"),
        ("http://127.0.0.1:8765/boards/g/", PageKind.BOARD, "http://127.0.0.1:8765/boards/g/"),
        ("http://127.0.0.1:8765/boards/g/catalog", PageKind.CATALOG, "http://127.0.0.1:8765/boards/g/catalog"),
        ("http://127.0.0.1:8765/boards/g/archive", PageKind.ARCHIVE, "http://127.0.0.1:8765/boards/g/archive"),
        ("http://127.0.0.1:8765/boards/rules/", PageKind.BOARD, "http://127.0.0.1:8765/boards/rules/"),
        ("http://media.example/g/5.png", PageKind.FILE, "https://media.example/g/5.png"),
    ],
)
def test_custom_board_is_recognised_below_its_roots(url: str, kind: PageKind, canonical: str) -> None:
    target = local_board().recognise(url)
    assert target is not None
    assert (target.site, target.kind, target.url) == ("local", kind, canonical)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/boards/g/thread/5",
        "http://127.0.0.1:8766/boards/g/thread/5",
        "http://localhost:8765/boards/g/thread/5",
        "http://127.0.0.1:8765/g/thread/5",
        "http://127.0.0.1:8765/boards",
        "http://127.0.0.1:8765/boardsx/g/thread/5",
        "http://media.example:8080/g/5.png",
        "g/5",
        "/g/thread/5",
        "https://boards.4chan.org/g/thread/5",
    ],
)
def test_custom_board_is_not_recognised_elsewhere(url: str) -> None:
    assert local_board().recognise(url) is None


def test_custom_board_fetches_from_its_roots() -> None:
    board = local_board()
    target = board.recognise("http://127.0.0.1:8765/boards/g/thread/5")
    assert target is not None
    assert board.api_url(target) == "http://127.0.0.1:8765/api/g/thread/5.json"
    assert board.referer(target) == "http://127.0.0.1:8765/boards/g/thread/5"
    thread = board.read_thread(target, {"posts": [{"no": 5, "tim": 9, "ext": ".png"}]})
    assert thread.attachments[0].urls == ("https://media.example/g/9.png",)
    assert board.hosts == {"127.0.0.1:8765", "media.example"}
    # ports cannot be in a pattern: Firefox refuses it
    assert board.match_patterns == ("*://127.0.0.1/boards/*", "*://media.example/*")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("g/thread/5", PageKind.THREAD),
        ("g/thread/5.json", PageKind.THREAD),
        ("g/5.png", PageKind.FILE),
        ("f/a%20b.swf", PageKind.FILE),
        ("f/", PageKind.BOARD),
        ("f/catalog.json", PageKind.CATALOG),
        ("f/imgboard.php?res=5", PageKind.THREAD),
        ("g/2", PageKind.BOARD),
    ],
)
def test_custom_board_may_have_one_root_for_all(path: str, kind: PageKind) -> None:
    one = root("http://[::1]:8080")
    board = FourChan.custom("one", one, one, one)
    target = board.recognise(f"http://[::1]:8080/{path}")
    assert target is not None
    assert target.kind is kind
    assert board.match_patterns == ("*://[::1]/*",)
