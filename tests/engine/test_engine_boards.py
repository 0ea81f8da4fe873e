"""Boards: one job made of the jobs of its threads. What is asked of it, what becomes of it, what it costs. Time is the test's."""

import json
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from engine_harness import stop_before
from fake_clock import FakeClock
from timed_scene import TimedScene

from board import faults
from board.server import Board
from board.threads import Life, plain_thread
from threadreel.demo.samples import SampleThread
from threadreel.engine.course import Course
from threadreel.engine.roster import Roster
from threadreel.errors import FilterError, RequestError
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import FILE_ENDED, JOB_ENDED

SIZE = 2_000


def threads_on(board: Board, count: int = 4, files: int = 2, **options: Any) -> list[SampleThread]:
    """Threads on /g/, the first one the oldest: number 1000, 2000 ..."""
    made = [
        plain_thread(files, SIZE, no=1000 * number, seed=number, title=f"Thread {number}", **options)
        for number in range(1, count + 1)
    ]
    for number, thread in enumerate(made):
        board.add(SampleThread(thread.board, thread.title, thread.posts, thread.modified + number))
    return made


def catalog(board: Board) -> str:
    return f"{board.root}/g/catalog"


def children(scene: TimedScene, job: str) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        views, cursor = scene.engine.page(cursor, job)
        found += [dict(view) for view in views]
        if cursor is None:
            return found


def child(scene: TimedScene, job: str, thread: int) -> str:
    (found,) = [view["id"] for view in children(scene, job) if view["thread"] == thread]
    return str(found)


def prove(scene: TimedScene, job: str) -> dict[str, Any]:
    """An ended board's job is the sum of its threads' jobs, and each of them was told of once."""
    view, parts = scene.job(job), children(scene, job)
    assert view["children"] == [part["id"] for part in parts][:200]
    assert view["threads"] == {"total": len(parts), "done": len(parts)}
    for name in view["files"]:
        assert view["files"][name] == sum(part["files"][name] for part in parts), name
    assert view["bytes"] == {name: sum(part["bytes"][name] for part in parts) for name in ("total", "done")}
    assert sum(view["files"][state] for state in FILE_ENDED) == view["files"]["total"] == view["files"]["done"]
    finished = scene.events("job.finished", job)
    assert finished[-1]["job"] == json.loads(json.dumps(view))
    assert finished[-1]["report"]["attachments"] == []
    assert finished[-1]["report"]["counts"] == {n: c for n, c in view["files"].items() if n not in ("done", "active")}
    return view


def reads(board: Board) -> list[str]:
    return [entry.path.removesuffix(".json").rpartition("/")[2] for entry in board.requests("*.json", host=board.host)]


def retry(scene: TimedScene, job: str) -> None:
    """Retry a board's job, and with it parts of it."""
    scene.lives_again(*(part["id"] for part in children(scene, job)))
    scene.control("retry", job)


# The way of a board


def test_a_board_is_its_threads_those_first_that_die_first(board: Board, home: Path) -> None:
    threads_on(board, 4)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        assert scene.job(job)["priority"] == "low"
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=8)
        assert reads(board) == ["catalog", "1000", "2000", "3000", "4000"]
        assert [view["thread"] for view in children(scene, job)] == [1000, 2000, 3000, 4000]
        assert {view["parent"] for view in children(scene, job)} == {job}
        assert {view["priority"] for view in children(scene, job)} == {"low"}
        folders = {Path(view["directory"]) for view in children(scene, job)}
        assert len(folders) == 4
        assert {folder.parent for folder in folders} == {scene.folder(job)}
        assert all((folder / "report.json").is_file() for folder in folders)
        assert not (scene.folder(job) / "report.json").exists()
        assert Counter(event["job"]["id"] for event in scene.events("job.finished")).most_common()[0][1] == 1
        assert len(scene.events("job.finished")) == 5


def test_the_api_is_asked_once_a_second(board: Board, home: Path) -> None:
    threads_on(board, 5)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        times = [round(entry.began_s, 1) for entry in board.requests("*.json", host=board.host)]
        assert times == [0, 1, 2, 3, 4, 5]


def test_lists_have_the_board_or_its_threads_or_both(board: Board, home: Path) -> None:
    threads_on(board, 3)
    alone = plain_thread(1, SIZE, board="b", no=77)
    board.add(alone)
    with TimedScene(board, home) as scene:
        job, other = scene.start(catalog(board), alone)
        scene.finish(job, other)
        assert {view["id"] for view in scene.engine.page(None, None)[0]} == {job, other}
        assert len(scene.engine.page()[0]) == 5
        assert scene.engine.page(None, other) == ([], None)
        assert scene.engine.files(job) == []


def test_an_archive_is_read_by_number(board: Board, home: Path) -> None:
    threads_on(board, 4)
    page = board.list_archive("g", 3000, 1000, 4000)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(page)
        scene.finish(job)
        assert prove(scene, job)["kind"] == "archive"
        assert reads(board) == ["archive", "1000", "3000", "4000"]


@pytest.mark.parametrize("page", ["archive", "catalog"])
def test_a_listing_that_cannot_be_read_fails_the_job(board: Board, home: Path, page: str) -> None:
    board.always("/g/catalog.json", faults.status(404))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(f"{board.root}/g/{page}")
        scene.finish(job)
        view = prove(scene, job)
        assert (view["state"], view["error"]["code"]) == ("failed", "site.unreadable")
        board.behave()
        threads_on(board, 2)
        board.list_archive("g", 1000, 2000)
        scene.pass_s(20)
        scene.control("retry", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=4)


def test_a_board_without_threads_is_complete(board: Board, home: Path) -> None:
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_thread_that_dies_in_between_is_said_and_not_fatal(board: Board, home: Path) -> None:
    threads = threads_on(board, 3)
    board.always("/g/thread/1000.json", faults.status(404))
    stub = json.dumps(Life(threads[1]).stub().answer()).encode()
    board.always("/g/thread/2000.json", faults.replaced(stub, "application/json"))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=2)
        dead = [
            event for event in scene.events("log") if event["job"] in {child(scene, job, 1000), child(scene, job, 2000)}
        ]
        assert [event["level"] for event in dead] == ["warning", "warning"]
        assert scene.job(child(scene, job, 1000))["error"]["code"] == "thread.gone"
        scene.control("retry", job)  # nothing to go on with
        assert scene.job(job)["state"] == "completed"
        assert len(scene.events("job.finished", job)) == 1


def test_threads_that_the_filter_leaves_out_are_not_read(board: Board, home: Path) -> None:
    threads_on(board, 4)
    with TimedScene(board, home) as scene:
        with pytest.raises(FilterError):
            scene.start(catalog(board), filter="subject:/(/")
        (job,) = scene.start(catalog(board), filter="subject:/thread [13]/ ext:jpg")
        scene.finish(job)
        prove(scene, job)
        assert reads(board) == ["catalog", "1000", "3000"]
        scene.expect(job, saved=2, filtered=2)
        assert "2 left out by the filter" in scene.logs()


def test_the_job_tells_how_it_comes_along(board: Board, home: Path) -> None:
    threads_on(board, 3)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=500))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        run_s(scene, 6)
        scene.until(lambda: scene.job(job)["files"]["active"] == 6, "six transfers")
        scene.until(lambda: scene.job(job)["bytes"]["done"] == 3000, "their first bytes")
        view = scene.job(job)
        assert view["threads"] == {"total": 3, "done": 0}
        assert len(view["current"]) == 6
        assert (view["bytes"]["total"], view["files"]["total"]) == (6 * SIZE, 6)
        gate.set()
        scene.finish(job)
        prove(scene, job)
        updates = [event["job"] for event in scene.events("job.update", job)]
        assert any(update["files"]["active"] for update in updates)


# More of it


def test_a_listing_is_read_again_while_the_job_runs(board: Board, home: Path) -> None:
    threads_on(board, 2)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        run_s(scene, 14)
        threads_on(board, 4)
        assert scene.start(catalog(board)) == [job]
        run_s(scene, 5)
        assert scene.job(job)["threads"] == {"total": 4, "done": 0}
        run_s(scene, 14)
        board.always("/g/catalog.json", faults.status(403))
        assert scene.start(catalog(board)) == [job]
        run_s(scene, 5)
        assert "could not be read again" in scene.logs()
        gate.set()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=8)
        assert reads(board).count("catalog") == 3
        assert len(scene.events("job.finished", job)) == 1


def run_s(scene: TimedScene, seconds: int) -> None:
    """So long passes although transfers hang: second by second, with a moment of real time for each."""
    for _ in range(seconds):
        scene.time.advance(1)
        seen = len(scene.board.requests())
        end = time.monotonic() + 0.03
        scene.until(lambda: time.monotonic() > end or len(scene.board.requests()) > seen, "a moment")  # noqa: B023


def test_threads_are_added_to_a_running_board(board: Board, home: Path) -> None:
    threads_on(board, 2)
    late, own = plain_thread(1, SIZE, no=9000, seed="late"), plain_thread(1, SIZE, no=9500, seed="own")
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        run_s(scene, 4)
        for thread in (late, own):
            board.add(thread)
        (alone,) = scene.start(own)
        added, left, known = scene.start(late, own, f"{board.root}/g/thread/1000", parent=job)
        assert scene.job(added)["parent"] == job
        assert (left, scene.job(left)["parent"]) == (alone, None)
        assert known == child(scene, job, 1000)
        assert "is left to the job that it has" in scene.logs()
        assert scene.job(job)["threads"] == {"total": 3, "done": 0}
        for wrong in (catalog(board), f"{board.root}/b/archive"):
            with pytest.raises(RequestError) as refused:
                scene.start(wrong, parent=job)
            assert refused.value.code == "request.unsupported"
        gate.set()
        scene.finish(job, alone)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=5)
        for parent, code in ((job, "request.unsupported"), (alone, "request.unsupported"), ("nobody", "job.unknown")):
            with pytest.raises(RequestError) as refused:
                scene.start(late, parent=parent)
            assert refused.value.code == code


def test_a_thread_that_is_asked_for_by_itself_comes_first(board: Board, home: Path) -> None:
    threads = threads_on(board, 6)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        (wanted,) = scene.start(threads[5])
        assert wanted == child(scene, job, 6000)
        assert scene.job(wanted)["priority"] == "normal"
        scene.finish(job)
        assert reads(board)[:3] == ["catalog", "6000", "1000"]
        prove(scene, job)


def test_a_thread_with_a_job_of_its_own_is_left_to_that(board: Board, home: Path) -> None:
    threads = threads_on(board, 3)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    with TimedScene(board, home) as scene:
        (own,) = scene.start(threads[1])
        run_s(scene, 2)
        (job,) = scene.start(catalog(board))
        run_s(scene, 5)
        gate.set()
        scene.finish(job, own)
        prove(scene, job)
        assert [view["thread"] for view in children(scene, job)] == [1000, 3000]
        assert "1 left to jobs of their own" in scene.logs()
        assert reads(board).count("2000") == 1


# What people ask of it


def test_what_failed_is_retried_thread_by_thread(board: Board, home: Path) -> None:
    _, second, _ = threads_on(board, 3)
    board.always("/g/thread/3000.json", faults.status(403))
    board.always(sorted(second.media())[0], faults.status(500))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        assert prove(scene, job)["state"] == "incomplete"
        scene.expect(job, saved=3, failed=1)
        board.behave()
        before = len(reads(board))
        scene.pass_s(30)
        retry(scene, job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=6)
        assert reads(board)[before:] == ["3000"]
        assert len(scene.events("job.finished", job)) == 2


def test_one_thread_is_retried_and_its_board_with_it(board: Board, home: Path) -> None:
    threads_on(board, 2)
    board.always("/g/thread/*.json", faults.status(403))
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
        assert prove(scene, job)["state"] == "incomplete"
        board.behave()
        scene.pass_s(30)
        scene.lives_again(job)
        scene.control("retry", child(scene, job, 1000))
        assert scene.job(job)["state"] == "running"
        scene.finish(job)
        scene.expect(job, saved=2)
        assert scene.job(job)["state"] == "incomplete"
        assert len(scene.events("job.finished", job)) == 2
        assert len(scene.events("job.finished", child(scene, job, 2000))) == 1


def test_pause_and_resume_hold_for_all_of_it(board: Board, home: Path) -> None:
    threads_on(board, 5)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(2.5)
        assert scene.control("pause", job)["state"] == "paused"
        living = [view for view in children(scene, job) if view["state"] not in JOB_ENDED]
        assert {view["state"] for view in living} == {"paused"}
        assert len(living) == 3
        seen = len(board.requests())
        scene.pass_s(600)
        assert len(board.requests()) == seen
        scene.control("resume", living[0]["id"])
        scene.pass_s(5)
        assert scene.job(living[0]["id"])["state"] == "completed"
        assert scene.job(job)["state"] == "paused"
        scene.control("resume", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_board_paused_while_it_is_listed_is_listed_after_resume(board: Board, home: Path) -> None:
    threads_on(board, 2)
    with TimedScene(board, home) as scene:
        with stop_before(Roster, "plan_children") as stop:
            (job,) = scene.start(catalog(board))
            assert stop.arrived.wait(10)
            scene.control("pause", job)
            stop.open.set()
            scene.settle()
        assert children(scene, job) == []
        scene.control("resume", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


@pytest.mark.parametrize("after_s", [0.0, 0.5, 2.5])
def test_cancel_ends_all_of_it(board: Board, home: Path, after_s: float) -> None:
    threads_on(board, 5)
    with TimedScene(board, home) as scene:
        if after_s:
            (job,) = scene.start(catalog(board))
            scene.pass_s(after_s)
        else:
            with stop_before(Roster, "plan_children") as stop:
                (job,) = scene.start(catalog(board))
                assert stop.arrived.wait(10)
                scene.control("cancel", job)
                stop.open.set()
                scene.settle()
        view = scene.control("cancel", job) if after_s else scene.job(job)
        assert view["state"] == "cancelled"
        prove(scene, job)
        assert {view["state"] for view in children(scene, job)} <= {"cancelled", "completed"}
        seen = len(board.requests())
        scene.pass_s(60)
        assert len(board.requests()) == seen
        assert len(scene.events("job.finished", job)) == 1
        assert scene.control("cancel", job)["state"] == "cancelled"
        retry(scene, job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=10)


def test_one_thread_can_be_cancelled_by_itself(board: Board, home: Path) -> None:
    threads_on(board, 3)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        scene.control("cancel", child(scene, job, 2000))
        scene.finish(job)
        assert prove(scene, job)["state"] == "incomplete"
        assert reads(board) == ["catalog", "1000", "3000"]


def test_all_means_every_job_once(board: Board, home: Path) -> None:
    threads_on(board, 3)
    alone = plain_thread(1, SIZE, board="b", no=77)
    board.add(alone)
    with TimedScene(board, home) as scene:
        board.always("/b/*", faults.status(503, retry_after=60))
        job, other = scene.start(catalog(board), alone)
        scene.pass_s(0.5)
        board.behave()
        paused = scene.engine.control("pause", "all")
        assert {view["id"] for view in paused} == {job, other}
        assert {view["state"] for view in scene.engine.page()[0]} == {"paused"}
        scene.engine.control("resume", "all")
        scene.finish(job, other)
        scene.engine.control("retry", "all")
        assert {view["id"] for view in scene.engine.control("remove", "all")} == {job, other}
        assert scene.engine.page() == ([], None)


def test_priority_holds_for_all_of_it(board: Board, home: Path) -> None:
    threads_on(board, 3)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        assert scene.control("priority", job, "high")["priority"] == "high"
        assert {view["priority"] for view in children(scene, job)} == {"high"}
        scene.finish(job)


def test_a_removed_board_takes_its_threads_along(board: Board, home: Path) -> None:
    threads_on(board, 2)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
        assert scene.engine.control("remove", job)[0]["state"] == "running"
        assert scene.engine.control("remove", "all") == []
        assert len(children(scene, job)) == 2
        scene.finish(job)
        scene.engine.control("remove", job)
        assert scene.engine.page() == ([], None)
        with pytest.raises(RequestError):
            scene.job(job)


# What it costs


def test_an_archive_of_three_thousand_threads_is_counted_without_the_ledger(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads_on(board, 2)
    page = board.list_archive("g", *range(10_000, 13_000), 1000, 2000)
    with TimedScene(board, home) as scene:
        (job,) = scene.start(page)
        scene.pass_until(lambda: scene.job(job)["files"]["saved"] >= 2, "the first threads", 60)
        asked: list[str] = []
        for name in ("row", "rows", "settled_rows"):
            original = getattr(Ledger, name)

            def count(ledger: Ledger, query: str, *values: Any, original: Any = original) -> Any:
                asked.append(query)
                return original(ledger, query, *values)

            monkeypatch.setattr(Ledger, name, count)
        began = time.monotonic()
        for _ in range(100):
            view = scene.job(job)
        took_s = time.monotonic() - began
        assert len(asked) <= 200  # for the row that says that there is such a job
        assert took_s < 1.0
        assert view["threads"]["total"] == 3002
        assert len(view["children"]) == 200
        assert len(children(scene, job)) == 3002
        began = time.monotonic()
        assert scene.control("cancel", job)["state"] == "cancelled"
        assert time.monotonic() - began < 15
        prove(scene, job)


# Other processes


def test_the_next_process_goes_on_with_all_of_it(board: Board, home: Path) -> None:
    threads_on(board, 4)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(2.5)
        done = scene.job(job)["files"]["done"]
        assert done == 4
        ids = [view["id"] for view in children(scene, job)]
    with TimedScene(board, home, time=clock) as scene:
        assert scene.job(job)["files"]["done"] == done  # nobody runs it: as the ledger has it
        assert scene.job(job)["threads"] == {"total": 4, "done": 2}
        assert [view["id"] for view in scene.engine.adopt()] == [job]
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        assert [view["id"] for view in children(scene, job)] == ids
        assert sorted(reads(board)) == ["1000", "2000", "3000", "4000", "catalog"]
        assert len(scene.events("job.finished", job)) == 1


@pytest.mark.parametrize("find", ["child", "thread", "add"])
def test_whoever_takes_over_one_of_them_takes_over_all(board: Board, home: Path, find: str) -> None:
    threads = threads_on(board, 4)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
    with TimedScene(board, home, time=clock) as scene:
        if find == "child":
            scene.control("priority", child(scene, job, 4000), "high")
        elif find == "thread":
            scene.start(threads[3])
        else:
            scene.start(threads[3], parent=job)
        assert scene.engine.adopt() == []
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        scene.expect(job, saved=8)


def test_a_board_belongs_to_one_process(board: Board, home: Path) -> None:
    threads = threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(0.5)
        with TimedScene(board, home, time=clock) as other:
            assert other.engine.adopt() == []
            assert other.job(job)["threads"] == {"total": 3, "done": 0}
            part = child(other, job, 2000)
            for job_id in (job, part):
                with pytest.raises(RequestError) as refused:
                    other.control("pause", job_id)
                assert refused.value.code == "job.elsewhere"
            with pytest.raises(RequestError) as refused:
                other.start(threads[0], parent=job)
            assert refused.value.code == "job.elsewhere"
            assert other.start(threads[0]) == [child(other, job, 1000)]
        scene.finish(job)
        prove(scene, job)


def left_behind(home: Path, *statements: str) -> None:
    """The ledger as a process leaves it that is killed at a certain moment."""
    ledger = Ledger(home / "ledger.sqlite3")
    for statement in statements:
        ledger.run(statement)
    ledger.close()


def test_a_board_whose_threads_ended_while_nobody_was_there_ends(board: Board, home: Path) -> None:
    threads_on(board, 2)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.finish(job)
    left_behind(
        home, "UPDATE jobs SET state = 'running', finished = NULL, summary = '{}', owner = 'dead' WHERE parent IS NULL"
    )
    with TimedScene(board, home, time=clock) as scene:
        scene.engine.adopt()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        assert len(scene.events("job.finished")) == 1


def test_a_pause_that_was_cut_short_is_one(board: Board, home: Path) -> None:
    threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
    left_behind(home, "UPDATE jobs SET state = 'paused' WHERE parent IS NULL")
    with TimedScene(board, home, time=clock) as scene:
        scene.engine.adopt()
        scene.pass_s(60)
        assert {view["state"] for view in scene.engine.page()[0]} == {"paused", "completed"}
        scene.control("resume", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"


def test_a_cancel_that_was_cut_short_is_one(board: Board, home: Path) -> None:
    threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
        seen = len(board.requests())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Course, "cancel", lambda *_: None)
            scene.control("cancel", job)
        assert scene.job(job)["state"] == "running"
    with TimedScene(board, home, time=clock) as scene:
        scene.engine.adopt()
        scene.finish(job)
        assert prove(scene, job)["state"] == "cancelled"
        scene.pass_s(30)
        assert len(board.requests()) == seen


def test_a_second_look_at_the_listing_that_was_cut_short_is_taken(board: Board, home: Path) -> None:
    threads_on(board, 3)
    clock = FakeClock()
    with TimedScene(board, home, time=clock) as scene:
        (job,) = scene.start(catalog(board))
        scene.pass_s(1.5)
    left_behind(home, "UPDATE jobs SET planned = 0 WHERE parent IS NULL")
    threads_on(board, 5)
    with TimedScene(board, home, time=clock) as scene:
        clock.advance(20)
        scene.engine.adopt()
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
        assert sorted(view["thread"] for view in children(scene, job)) == [1000, 2000, 3000, 4000, 5000]


def test_children_and_plan_are_kept_together_or_not_at_all(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads_on(board, 3)
    with TimedScene(board, home) as scene:
        original = Ledger.run

        def full(ledger: Ledger, statement: str, values: Any = ()) -> int:
            if statement.startswith("INSERT INTO jobs") and "2000" in str(values):
                raise sqlite3.OperationalError("database or disk is full")
            return original(ledger, statement, values)

        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "run", full)
            (job,) = scene.start(catalog(board))
            scene.finish(job)
        assert (scene.job(job)["state"], scene.job(job)["error"]["code"]) == ("failed", "ledger.unusable")
        assert JobTable(scene.engine.ledger).children(job) == []
        scene.control("retry", job)
        scene.finish(job)
        assert prove(scene, job)["state"] == "completed"
