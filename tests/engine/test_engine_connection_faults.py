"""Connections that break, stall or trickle, and ranges that are answered wrongly: the bytes are right in the end."""

from pathlib import Path

import pytest
from engine_harness import Scene
from single_file import SIZE, one_file, only_file, ranges

from board import faults
from board.faults import Fault
from board.server import Board
from board.threads import plain_thread


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
def test_a_connection_cut_at_any_tenth_is_gone_on_with(board: Board, home: Path, reset: bool) -> None:
    thread = plain_thread(10, 50_000)
    board.add(thread)
    for tenth, path in enumerate(thread.media()):
        board.script(path, faults.cut(after=tenth * 5_000, reset=reset))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=10)
        for tenth, path in enumerate(thread.media()):
            first, second = ranges(board, path)
            assert first is None
            if not reset:  # after RST the system may have thrown away what the program had not read
                assert second == (f"bytes={tenth * 5_000}-" if tenth else None)


def test_cuts_that_never_end_are_outlived_as_long_as_there_is_progress(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board, 100_000)
    board.always(path, faults.cut(after=10_000))
    with Scene(board, home, retries=1) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert scene.media_requests() == 10


def test_cuts_without_progress_end(board: Board, home: Path) -> None:
    """Every attempt brings half of the file, the same half: no reason to go on for ever."""
    thread, path, _ = one_file(board)
    board.always(path, faults.both(faults.ignore_range(), faults.cut(after=SIZE // 2)))
    with Scene(board, home, retries=3) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == "http.unreachable"
        assert scene.job(job)["state"] == "incomplete"
        assert scene.media_requests() == 1 + 3


@pytest.mark.parametrize(
    "fault",
    [
        faults.hang_up(),
        faults.hang_up(reset=True),
        faults.chunked(),
        faults.both(faults.chunked(), faults.cut(after=9_000)),
        faults.no_content_length(),
        faults.both(faults.no_content_length(), faults.cut(after=9_000)),
        faults.content_length(+500),
        faults.status(500),
        faults.status(503),
        faults.status(429),
    ],
    ids=["FIN", "RST", "chunked", "chunked cut", "no length", "no length cut", "long", "500", "503", "429"],
)
def test_one_fault_is_mended(board: Board, home: Path, fault: Fault) -> None:
    thread = plain_thread(4, SIZE)
    board.add(thread)
    board.script(board.is_media, fault)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=4)
        assert scene.media_requests() <= 8


@pytest.mark.parametrize("size_known", [True, False], ids=["thread", "picture"])
@pytest.mark.parametrize(
    "answer",
    [
        faults.ignore_range(),
        faults.wrong_range(-300),
        faults.wrong_range(300),
        faults.no_content_range(),
        faults.unsatisfiable(),
        faults.cut(after=5_000),
    ],
    ids=["200", "206 from before", "206 from after", "206 from anywhere", "416", "cut again"],
)
def test_any_answer_to_a_range_leads_to_the_right_bytes(
    board: Board, home: Path, answer: Fault, size_known: bool
) -> None:
    thread, path, body = one_file(board)
    board.script(path, faults.cut(after=15_000), answer)
    with Scene(board, home) as scene:
        if size_known:
            job = scene.run(thread)
        else:
            (job,) = scene.start(f"http://{board.media_host}{path}")
            scene.finish(job)
        scene.expect(job, saved=1)
        assert only_file(scene, job).read_bytes() == body
        assert len(ranges(board, path)) <= 3


def test_a_range_that_lies_is_seen_through(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.cut(after=15_000), faults.lying_range(100))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert ranges(board, path) == [None, "bytes=15000-", None]


@pytest.mark.parametrize("size_known", [True, False], ids=["thread", "picture"])
def test_a_range_answered_in_pieces_is_not_whole_before_its_end(board: Board, home: Path, size_known: bool) -> None:
    thread, path, body = one_file(board)

    def short(exchange: faults.Exchange) -> None:
        if exchange.answer.status == 206:
            start = int(exchange.answer.headers["Content-Range"].split(" ")[1].split("-")[0])
            exchange.answer.body = exchange.answer.body[:10_000]
            end = start + len(exchange.answer.body) - 1
            exchange.answer.headers |= {
                "Content-Range": f"bytes {start}-{end}/{len(body)}",
                "Content-Length": str(len(exchange.answer.body)),
            }

    board.script(path, faults.cut(after=15_000), then=short)
    with Scene(board, home) as scene:
        (job,) = scene.start(thread if size_known else f"http://{board.media_host}{path}")
        scene.finish(job)
        scene.expect(job, saved=1)
        assert only_file(scene, job).read_bytes() == body
        assert ranges(board, path) == [None, "bytes=15000-", "bytes=25000-", "bytes=35000-"]


@pytest.mark.parametrize("obeys", [True, False], ids=["If-Range obeyed", "If-Range ignored"])
def test_a_file_that_changed_while_it_came_is_never_a_mixture(board: Board, home: Path, obeys: bool) -> None:
    thread, path, body = one_file(board)
    newer = body[:16] + bytes(reversed(body[16:]))
    change = faults.changed(newer) if obeys else faults.both(faults.changed(newer), faults.ignore_if_range())
    board.script(path, faults.cut(after=15_000), then=change)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, differs=1)
        assert only_file(scene, job).read_bytes() == newer
        assert board.requests(path)[1].headers["if-range"].startswith('"')


def test_a_file_that_was_wrong_while_it_began_to_come_is_right_in_the_end(board: Board, home: Path) -> None:
    thread, path, body = one_file(board)
    other = body[:16] + bytes(reversed(body[16:]))
    board.script(path, faults.both(faults.changed(other), faults.cut(after=15_000)))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)


@pytest.mark.parametrize("after", [None, 7_000], ids=["before the answer", "in the body"])
def test_a_stall_is_cut_and_gone_on_with(board: Board, home: Path, after: int | None) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.stall(board.gate(), after=after))
    with Scene(board, home, read_timeout_s=0.3) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert ranges(board, path) == [None, f"bytes={after}-" if after else None]


def test_a_trickle_makes_progress_and_is_told(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.slow(60_000))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=1)
        steps = {event["job"]["bytes"]["done"] for event in scene.events("job.update", job)}
        assert len([done for done in steps if 0 < done < SIZE]) >= 2
