"""Files that differ from what the API says are kept and never mixed; what is no such file at all is not saved."""

from pathlib import Path

import pytest
from engine_harness import Scene
from single_file import HTML, SIZE, one_file, only_file, ranges

from board import faults
from board.faults import Fault
from board.server import Board
from board.threads import plain_thread

# Other bytes than the API says


def test_a_file_that_is_right_past_the_cache_is_saved_after_two_requests(board: Board, home: Path) -> None:
    thread = plain_thread(4, SIZE)
    board.add(thread)
    board.always(board.is_media, faults.recompressed(unless_query=True))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=4)
        for path in thread.media():
            first, second = board.requests(path)
            assert first.query == ""
            assert second.query != ""
            assert "range" not in second.headers


@pytest.mark.parametrize("fault", [faults.recompressed(), faults.same_size_other_bytes(), faults.content_length(-500)])
def test_a_file_that_always_differs_is_kept_after_two_requests(board: Board, home: Path, fault: Fault) -> None:
    thread, path, body = one_file(board)
    board.always(path, fault)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, differs=1)
        assert scene.job(job)["state"] == "completed"
        assert scene.media_requests() == 2
        kept = only_file(scene, job).read_bytes()
        assert kept != body
        again = scene.run(thread)  # nor is it asked for again
        scene.expect(again, have=1)
        assert scene.media_requests() == 2
        for asked, ended in ((job, {"differs": 1}), (again, {"differs": 1})):
            before = scene.media_requests()
            scene.retry(asked, thread)
            scene.expect(asked, **ended)
            assert scene.media_requests() == before + 2
            assert only_file(scene, asked).read_bytes() == kept


def test_a_file_that_differed_is_replaced_by_the_right_one_on_retry(board: Board, home: Path) -> None:
    thread, path, body = one_file(board)
    board.always(path, faults.recompressed())
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, differs=1)
        board.behave()
        scene.retry(job, thread)
        scene.expect(job, saved=1)
        assert only_file(scene, job).read_bytes() == body
        assert scene.on_disk(".png") == scene.on_disk()[:1]


@pytest.mark.parametrize("fault", [faults.status(404), faults.status(403), faults.status(500), HTML, faults.hang_up()])
def test_a_kept_file_is_not_lost_to_a_server_that_misbehaves_later(board: Board, home: Path, fault: Fault) -> None:
    thread, path, body = one_file(board)
    board.always(path, faults.recompressed())
    with Scene(board, home, retries=1) as scene:
        job = scene.run(thread)
        scene.expect(job, differs=1)
        board.behave()
        board.always(path, fault)
        scene.retry(job, thread)
        scene.expect(job, differs=1)
        assert only_file(scene, job).read_bytes() == faults.recompressed_bytes(body)


@pytest.mark.parametrize(
    ("past_cache", "requests"),
    [
        (faults.status(404), 2),
        (faults.status(429, retry_after=1), 2),
        (faults.status(503), 2),
        (HTML, 2),
        (faults.empty(), 2),
        (faults.redirect("file:///etc/passwd"), 2),
        (faults.hang_up(), 3),
    ],
    ids=["404", "429", "503", "html", "empty", "redirect", "hang up"],
)
def test_a_file_that_differs_is_kept_when_nothing_is_past_the_cache(
    board: Board, home: Path, past_cache: Fault, requests: int
) -> None:
    thread, path, body = one_file(board)
    board.always(lambda request: request.path == path and request.query == "", faults.recompressed())
    board.always(lambda request: request.path == path and request.query != "", past_cache)
    with Scene(board, home, retries=1) as scene:
        job = scene.run(thread)
        scene.expect(job, differs=1)
        assert only_file(scene, job).read_bytes() == faults.recompressed_bytes(body)
        assert scene.media_requests() == requests


def test_a_cut_past_the_cache_never_makes_a_mixture(board: Board, home: Path) -> None:
    thread, path, body = one_file(board)
    board.always(lambda request: request.path == path and request.query == "", faults.recompressed())
    board.script(
        lambda request: request.path == path and request.query != "",
        faults.both(faults.recompressed(), faults.cut(after=9_000)),
        faults.both(faults.recompressed(), faults.ignore_if_range()),
    )
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, differs=1)
        assert only_file(scene, job).read_bytes() == faults.recompressed_bytes(body)
        assert ranges(board, path) == [None, None, None]


def test_a_process_that_ends_past_the_cache_leaves_no_mixture(board: Board, home: Path) -> None:
    """The part holds the whole recompressed file; the next process must not go on behind its end with other bytes."""
    thread, path, body = one_file(board)
    board.always(lambda request: request.path == path and request.query == "", faults.recompressed())
    board.script(lambda request: request.path == path and request.query != "", faults.stall(board.gate()))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        board.wait_until(lambda: len(board.requests(path)) == 2)
    board.always(path, faults.recompressed())
    with Scene(board, home) as scene:
        scene.engine.adopt()
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, differs=1)
        assert only_file(scene, job).read_bytes() == faults.recompressed_bytes(body)


# What is no such file at all


FAKES = {
    "fake.empty": faults.empty(),
    "fake.nul": faults.nul(),
    "fake.html": HTML,
    "fake.json": faults.json_body(),
    "fake.signature": faults.wrong_signature(),
    "fake.too_large": faults.replaced(b"\x89PNG\r\n\x1a\n" + bytes(SIZE + 64 * 1024)),
}


@pytest.mark.parametrize("reason", FAKES)
@pytest.mark.parametrize("ext", [".png", ".webm"])
def test_a_fake_is_asked_for_once_more_and_then_failed(board: Board, home: Path, reason: str, ext: str) -> None:
    thread, path, _ = one_file(board, ext=ext)
    board.always(path, FAKES[reason])
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.job(job)["state"] == "incomplete"
        (file,) = scene.files(job)
        assert (file.reason, file.done) == (reason, 0)
        assert [bool(entry.query) for entry in board.requests(path)] == [False, True]
        assert [Path(name).name for name in scene.on_disk()] == ["report.json"]
        board.behave()
        scene.retry(job, thread)
        scene.expect(job, saved=1)


@pytest.mark.parametrize("reason", FAKES)
def test_a_fake_from_the_cache_only_is_mended(board: Board, home: Path, reason: str) -> None:
    thread, path, _ = one_file(board)
    board.script(path, FAKES[reason])
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert [bool(entry.query) for entry in board.requests(path)] == [False, True]


def test_a_body_without_end_is_left(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.endless())
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == "fake.too_large"
        assert scene.media_requests() == 2
        assert all(name.endswith("report.json") for name in scene.on_disk())


@pytest.mark.parametrize("size_known", [True, False])
def test_a_body_of_unknown_size_is_bounded_too(board: Board, home: Path, size_known: bool) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.endless())
    with Scene(board, home, unknown_size_limit_bytes=200_000) as scene:
        (job,) = scene.start(thread if size_known else f"http://{board.media_host}{path}")
        scene.finish(job)
        assert scene.files(job)[0].reason == "fake.too_large"
