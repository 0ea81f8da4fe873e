"""Whatever a server does, the bytes are right or the file is not there, and no server is asked more often than it should be."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene, media_path

from board import faults
from board.faults import Fault
from board.server import Board
from board.threads import named_thread, plain_thread
from threadreel import __version__
from threadreel.demo.samples import SampleThread
from threadreel.engine.http import Http
from threadreel.engine.interruption import Interruption
from threadreel.engine.part import Part
from threadreel.engine.policy import Policy
from threadreel.errors import DiskError, HttpError

SIZE = 40_000
HTML = faults.replaced(b"<!DOCTYPE html><html><title>Not here</title></html>", "text/html")


def one_file(board: Board, size_bytes: int = SIZE, ext: str = ".png") -> tuple[SampleThread, str, bytes]:
    """A thread of one file on the board, the file's path and its bytes."""
    thread = plain_thread(1, size_bytes, kinds=[ext])
    board.add(thread)
    ((path, body),) = thread.media().items()
    return thread, path, body


def only_file(scene: Scene, job: str) -> Path:
    return scene.folder(job) / scene.files(job)[0].name


def ranges(board: Board, path: str) -> list[str | None]:
    """The Range of each request for this path."""
    return [entry.headers.get("range") for entry in board.requests(path)]


# The connection


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


# Refusals


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_costs_one_request_for_ever(board: Board, home: Path, status: int) -> None:
    thread = plain_thread(3, 5_000)
    board.add(thread)
    path = list(thread.media())[1]
    board.always(path, faults.status(status))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=2, gone=1)
        assert scene.job(job)["state"] == "completed"
        again = scene.run(thread)
        scene.expect(again, have=2, gone=1)
        assert len(board.requests(path)) == 1
        board.behave()
        scene.retry(again, thread)
        scene.expect(again, have=2, saved=1)


def test_a_file_with_two_addresses_is_gone_when_both_are(board: Board, home: Path) -> None:
    thread = named_thread(["this & that.swf"], board="f")
    board.add(thread)
    board.always("/f/*.swf", faults.status(404))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), gone=1)
        assert len({entry.path for entry in board.requests("/f/*.swf")}) == 2
        assert scene.media_requests() == 2


@pytest.mark.parametrize(
    "fault",
    [faults.status(403), faults.status(401), faults.status(451), faults.challenge(200), faults.challenge(403)],
    ids=["403", "401", "451", "challenge 200", "challenge 403"],
)
def test_a_refused_file_costs_one_request_and_holds_up_nobody(board: Board, home: Path, fault: Fault) -> None:
    thread = plain_thread(4, 5_000)
    board.add(thread)
    path = next(iter(thread.media()))
    board.always(path, fault)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=3, blocked=1)
        assert scene.job(job)["state"] == "incomplete"
        assert len(board.requests(path)) == 1
        assert scene.on_disk(".part") == []
        board.behave()
        scene.retry(job, thread)
        scene.expect(job, saved=4)
        assert scene.media_requests() == 5


def test_the_third_429_in_a_row_means_blocked(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.status(429))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, blocked=1)
        assert scene.files(job)[0].reason == "http.429"
        assert scene.media_requests() == 3


@pytest.mark.parametrize(
    ("code", "retry_after", "least_s"), [(429, timedelta(seconds=2), 0.9), (503, "1", 1.0)], ids=["date", "seconds"]
)
def test_retry_after_is_obeyed_by_the_whole_host(
    board: Board, home: Path, code: int, retry_after: Any, least_s: float
) -> None:
    thread = plain_thread(3, 5_000)
    board.add(thread)
    board.script(board.is_media, faults.status(code, retry_after), each_path=False)
    with Scene(board, home, transfers_per_host=1) as scene:
        began = time.monotonic()
        scene.expect(scene.run(thread), saved=3)
        assert time.monotonic() - began < 5
        first, second = board.requests(host=board.media_host)[:2]
        assert second.began_s - first.began_s >= least_s
        assert scene.media_requests() == 4
        assert "asks to wait" in scene.logs()


@pytest.mark.parametrize(("code", "state"), [(429, "blocked"), (503, "failed")])
def test_a_wait_longer_than_anybody_wants_is_a_refusal(board: Board, home: Path, code: int, state: str) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.status(code, retry_after=86_400))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), **{state: 1})
        assert scene.media_requests() == 1


@pytest.mark.parametrize(("fault", "requests"), [(faults.status(500), 4), (faults.status(418), 1)])
def test_an_error_that_stays_is_a_failure_with_its_reason(
    board: Board, home: Path, fault: Fault, requests: int
) -> None:
    thread, path, _ = one_file(board)
    board.always(path, fault)
    with Scene(board, home, retries=3) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == f"http.{board.requests(path)[0].status}"
        assert scene.media_requests() == requests


# Walls


def test_a_redirect_inside_the_site_is_followed(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.redirect(f"http://{board.host}{{path}}"))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert [entry.host for entry in board.requests(path)] == [board.media_host, board.host]


def test_a_redirect_with_a_body_without_end_is_followed_at_once(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.both(faults.redirect("{path}"), faults.endless()))
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=1)
        assert scene.media_requests() == 2


@pytest.mark.parametrize(
    "place",
    [
        lambda board: f"http://{board.stranger}/x.png",
        lambda board: f"//{board.stranger}/x.png",
        lambda board: f"http://localhost:{board.http_port}/x.png",
        lambda board: f"http://user@{board.host}/x.png",
        lambda _: "file:///etc/passwd",
        lambda _: "ftp://127.0.0.1/x.png",
        lambda _: "http://[",
        lambda _: "http://127.0.0.1:99999/x.png",
    ],
)
def test_a_redirect_out_of_the_site_is_refused_without_a_request(
    board: Board, home: Path, place: Callable[[Board], str]
) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.redirect(place(board).replace("{", "{{")))
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == "http.redirect"
        assert [entry.path for entry in board.requests(host=board.media_host)] == [path]
        assert board.requests(host=board.stranger) == []
        assert board.requests("/x.png") == []


def test_redirects_in_a_circle_end(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.always(path, faults.redirect("{path}"))
    with Scene(board, home, redirects=3) as scene:
        scene.expect(scene.run(thread), failed=1)
        assert scene.media_requests() == 4


def test_requests_say_who_asks_for_what_and_whence(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    board.script(path, faults.cut(after=10_000))
    with Scene(board, home) as scene:
        scene.run(thread)
        for entry in board.requests():
            assert entry.headers["user-agent"] == f"Threadreel/{__version__}"
        for entry in board.requests(path):
            assert entry.headers["referer"] == board.thread_url(thread)
            assert entry.headers["accept-encoding"] == "identity"
    board.record.clear()


def test_the_user_agent_is_the_users_to_set(board: Board, home: Path) -> None:
    thread, _, _ = one_file(board)
    with Scene(board, home) as scene:
        scene.engine.change_settings({"user_agent": "Somebody/1"})
        scene.run(thread)
        assert {entry.headers["user-agent"] for entry in board.requests()} == {"Somebody/1"}


# TLS and proxies: the board under its real names


def test_a_thread_lands_over_tls_and_a_proxy(board: Board, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in board.environment().items():
        monkeypatch.setenv(name, value)
    thread = plain_thread(4, SIZE)
    board.add(thread)
    for index, path in enumerate(thread.media()):
        board.script(path, faults.cut(after=7_000, reset=bool(index % 2)))
    with Scene(board, home) as scene:
        (job,) = scene.start(board.real_url(thread))
        scene.finish(job)
        scene.prove(job, thread)
        scene.expect(job, saved=4)
        assert board.refused == []
        assert {entry.scheme for entry in board.requests()} == {"https"}


def test_a_certificate_nobody_vouches_for_is_refused_at_once(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in board.environment().items():
        if "PROXY" in name.upper():
            monkeypatch.setenv(name, value)
    thread, _, _ = one_file(board)
    with Scene(board, home) as scene:
        (job,) = scene.start(board.real_url(thread))
        scene.finish(job)
        error = scene.job(job)["error"]
        assert (scene.job(job)["state"], error["code"]) == ("failed", "http.tls")
        assert board.requests() == []


def test_a_broken_tls_connection_is_no_bad_certificate(board: Board) -> None:
    host = board.host  # speaks no TLS
    http = Http(lambda: Policy(user_agent="Test"))
    try:
        with pytest.raises(HttpError) as caught:
            http.get(f"https://{host}/", {}, frozenset({host}), Interruption())
        assert caught.value.code == "http.unreachable"
    finally:
        http.close()


# The disk


def test_a_full_disk_fails_clearly_and_is_gone_on_with_after_room_was_made(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, path, _ = one_file(board, 300_000)
    write = Part.append

    def until_full(part: Part, data: bytes) -> None:
        if part.size_bytes + len(data) > 200_000:
            raise DiskError("disk.full", "The disk is full.", "Make room, then retry.")
        write(part, data)

    board.always(path, faults.slow(3_000_000))
    with Scene(board, home) as scene:
        with monkeypatch.context() as patch:
            patch.setattr(Part, "append", until_full)
            job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == "disk.full"
        assert "The disk is full. Make room, then retry." in scene.logs()
        kept = scene.files(job)[0].done
        assert 0 < kept <= 200_000
        scene.retry(job, thread)
        scene.expect(job, saved=1)
        assert ranges(board, path) == [None, f"bytes={kept}-"]


def test_media_paths_are_those_of_the_board(board: Board, home: Path) -> None:
    thread, path, _ = one_file(board)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        assert [media_path(file) for file in scene.files(job)] == [path]
