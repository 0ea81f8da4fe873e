"""Looking at a page before anything of it is fetched: counts, names as they would be, and how many threads a listing has."""

from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.errors import FilterError, TemplateError, ThreadreelError, UrlError

SIZE = 3_000
ZEROS = {"total": 0, "images": 0, "videos": 0, "other": 0, "bytes": 0, "have": 0, "filtered": 0}


def inspected(scene: Scene, url: str, **options: Any) -> Any:
    answers: list[Any] = []
    scene.engine.inspect(url, answers.append, scene.engine.options(**options) if options else None)
    scene.until(lambda: answers, "the answer")
    return answers[0]


def test_a_thread_is_previewed_with_the_options_it_would_have(board: Board, home: Path) -> None:
    thread = plain_thread(14, SIZE, kinds=[".png", ".webm"], title="A title / with a slash")
    board.add(thread)
    with Scene(board, home) as scene:
        plain = inspected(scene, scene.url(thread))
        assert (plain["kind"], plain["thread"], plain["threads"]) == ("thread", thread.no, None)
        assert plain["files"] == {**ZEROS, "total": 14, "images": 7, "videos": 7, "bytes": 14 * SIZE}
        assert len(plain["preview"]["names"]) == 10
        chosen = inspected(scene, scene.url(thread), filter="ext:webm", name="{index}{ext}", folder="{board}/{thread}")
        assert chosen["files"]["filtered"] == 7
        assert chosen["preview"]["directory"] == f"Threadreel/g/{thread.no}"
        assert chosen["preview"]["names"] == [f"{number:03}.webm" for number in range(2, 15, 2)]
        assert scene.on_disk() == []
        assert scene.engine.page() == ([], None)
        job = scene.run(thread, filter="ext:webm", name="{index}{ext}", folder="{board}/{thread}")
        assert [file.name for file in scene.files(job) if file.state == "saved"] == chosen["preview"]["names"]
        assert scene.folder(job).relative_to(scene.places.download_root).as_posix() == chosen["preview"]["directory"]
        assert scene.api_requests() == 1


def test_a_listing_says_how_many_threads_it_has(board: Board, home: Path) -> None:
    for number in (1000, 2000, 3000):
        board.add(plain_thread(1, SIZE, no=number, seed=number))
    with Scene(board, home) as scene:
        found = inspected(scene, f"{board.root}/g/catalog")
        assert found == {
            "site": "sample",
            "kind": "catalog",
            "board": "g",
            "thread": None,
            "title": "/g/ catalog",
            "files": ZEROS,
            "threads": 3,
            "preview": None,
        }


def test_a_picture_needs_no_request(board: Board, home: Path) -> None:
    with Scene(board, home) as scene:
        found = inspected(scene, f"http://{board.media_host}/g/1750000000000001.png")
        assert (found["kind"], found["files"]["total"], found["threads"], found["preview"]) == ("file", 1, None, None)
        assert board.requests() == []


def test_what_cannot_be_looked_at_is_said(board: Board, home: Path) -> None:
    board.always("*/archive.json", faults.status(404))
    with Scene(board, home) as scene:
        error = inspected(scene, f"{board.root}/g/archive")
        assert isinstance(error, ThreadreelError)
        assert error.code == "site.unreadable"
        for options, kind in (({"filter": "wdth:3"}, FilterError), ({"name": "{nothing}"}, TemplateError)):
            with pytest.raises(kind):
                inspected(scene, f"{board.root}/g/catalog", **options)
        with pytest.raises(UrlError):
            inspected(scene, "https://nobody.example/")
