"""Files that were chosen one by one: those and no others are fetched, and more of them can be chosen while the job lives."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread
from threadreel.engine.planning.intake import PageFile
from threadreel.errors import RequestError, UrlError


@pytest.fixture
def scene(board: Board, home: Path) -> Iterator[Scene]:
    with Scene(board, home) as running:
        yield running


def keys(thread: SampleThread) -> list[str]:
    return [str(post["tim"]) for post in thread.answer()["posts"] if "tim" in post]


def page_files(scene: Scene, thread: SampleThread) -> list[str]:
    """The states of the files on the thread's page."""
    answers: list[Any] = []
    scene.engine.page_files(scene.url(thread), answers.append)
    scene.until(lambda: answers, "the files of the page")
    assert all(isinstance(file, PageFile) for file in answers[0])
    assert [file.id for file in answers[0]] == keys(thread)
    return [file.state for file in answers[0]]


def test_the_chosen_files_are_fetched_and_no_others(scene: Scene) -> None:
    thread = plain_thread(6)
    scene.board.add(thread)
    chosen = keys(thread)[1:3]
    (job,) = scene.start(thread, files=chosen)
    scene.finish(job)
    scene.expect(job, saved=2, filtered=4)
    assert {row.reason for row in scene.files(job) if row.state == "filtered"} == {"selection"}
    assert scene.media_requests() == 2
    assert page_files(scene, thread) == ["missing", "have", "have", "missing", "missing", "missing"]


def test_a_choice_is_more_than_the_filter(scene: Scene) -> None:
    thread = plain_thread(4, kinds=[".png", ".webm"])
    scene.board.add(thread)
    (job,) = scene.start(thread, files=keys(thread)[:2], only=["images"], filter="-name:0001")
    scene.finish(job)
    scene.expect(job, saved=2, filtered=2)


def test_the_rest_of_the_thread_comes_into_the_same_folder_later(scene: Scene) -> None:
    thread = plain_thread(5)
    scene.board.add(thread)
    (first,) = scene.start(thread, files=keys(thread)[:2])
    scene.finish(first)
    second = scene.run(thread)
    scene.expect(second, have=2, saved=3)
    assert scene.folder(first) == scene.folder(second)
    assert scene.media_requests() == 5


def test_more_can_be_chosen_while_the_job_runs(scene: Scene) -> None:
    thread = plain_thread(6)
    scene.board.add(thread)
    gate = scene.board.gate()
    scene.board.always(next(iter(thread.media())), faults.stall(gate, after=10))
    (job,) = scene.start(thread, files=keys(thread)[:1])
    scene.until(lambda: scene.job(job)["state"] == "running", "the job to run")
    assert scene.start(thread, files=keys(thread)[3:5]) == [job]
    gate.set()
    scene.finish(job)
    scene.expect(job, saved=3, filtered=3)


def test_the_whole_thread_can_be_asked_for_while_the_job_runs(scene: Scene) -> None:
    thread = plain_thread(6, kinds=[".png", ".webm"])
    scene.board.add(thread)
    gate = scene.board.gate()
    scene.board.always(next(iter(thread.media())), faults.stall(gate, after=10))
    (job,) = scene.start(thread, files=keys(thread)[:1], only=["images"])
    scene.until(lambda: scene.job(job)["state"] == "running", "the job to run")
    assert scene.start(thread) == [job]
    gate.set()
    scene.finish(job)
    scene.expect(job, saved=3, filtered=3)
    assert {row.reason for row in scene.files(job) if row.state == "filtered"} == {"only"}


def test_more_can_be_chosen_before_the_thread_was_read(scene: Scene) -> None:
    thread = plain_thread(6)
    scene.board.add(thread)
    gate = scene.board.gate()
    scene.board.script("*.json", faults.stall(gate, after=0))
    (job,) = scene.start(thread, files=keys(thread)[:1])
    assert scene.start(thread, files=keys(thread)[3:5]) == [job]
    gate.set()
    scene.finish(job)
    scene.expect(job, saved=3, filtered=3)


def test_more_can_be_chosen_of_a_paused_job_and_of_what_another_process_left(board: Board, home: Path) -> None:
    thread = plain_thread(6)
    board.add(thread)
    with Scene(board, home) as scene:
        gate = board.gate()
        board.always(next(iter(thread.media())), faults.stall(gate, after=10))
        (job,) = scene.start(thread, files=keys(thread)[:1])
        scene.until(lambda: scene.job(job)["state"] == "running", "the job to run")
        scene.control("pause", job)
        scene.start(thread, files=keys(thread)[1:2])
        scene.until(lambda: scene.job(job)["state"] == "running", "the job to run again")
    gate.set()
    board.behave()
    with Scene(board, home) as scene:
        assert scene.start(thread, files=keys(thread)[2:3]) == [job]
        scene.finish(job)
        scene.expect(job, saved=3, filtered=3)


def test_files_of_several_threads_or_of_a_board_are_not_chosen_one_by_one(scene: Scene) -> None:
    thread = plain_thread(2)
    scene.board.add(thread)
    for pages in ([thread, thread], [f"{scene.board.root}/g/catalog"]):
        with pytest.raises(RequestError) as caught:
            scene.start(*pages, files=["1"])
        assert caught.value.code == "request.unsupported"


def test_a_page_tells_what_is_there_what_is_new_and_what_is_missing(scene: Scene) -> None:
    grown = plain_thread(6)
    thread = replace(grown, posts=grown.posts[:-2], modified=grown.modified - 60)
    scene.board.add(thread)
    assert page_files(scene, thread) == ["missing"] * 4
    gone = list(thread.media())[1]
    scene.board.always(gone, faults.status(404))
    job = scene.start(thread)[0]
    scene.finish(job)
    scene.has_read(grown)
    assert page_files(scene, grown) == ["have", "missing", "have", "have", "new", "new"]


def test_the_files_of_what_is_no_thread_are_not_known(scene: Scene) -> None:
    with pytest.raises(RequestError) as unsupported:
        scene.engine.page_files(f"{scene.board.root}/g/catalog", print)
    assert unsupported.value.code == "request.unsupported"
    with pytest.raises(UrlError):
        scene.engine.page_files("https://example.org/", print)
    assert scene.api_requests() == 0
