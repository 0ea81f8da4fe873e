"""Engines that share a library, as many processes do: what each hears of the others' jobs, and asks of them."""

from pathlib import Path
from typing import Any

import pytest
from crowd import Crowd, awaited, newest, threads_of, until_newest
from engine_harness import LIMIT_S, Scene, stop_before

from board.listings import serve_catalog
from board.server import Board
from threadreel.engine.lifecycle import dispatch
from threadreel.engine.processes.neighbours import Neighbours
from threadreel.errors import RequestError
from threadreel.library.command_table import CommandTable
from threadreel.library.owner_table import BROWSER

# What is heard


def test_a_job_of_another_is_told_from_its_beginning_to_its_end(board: Board, crowd: Crowd, stalled: Any) -> None:
    [thread] = threads_of(board, 1)
    first, second = crowd.come(), crowd.come()
    [job] = first.start(thread)
    until_newest(second, job, state="running")
    assert newest(second, job)["files"]["total"] == 3
    stalled.set()
    first.finish(job)
    second.until(lambda: second.events("job.finished", job), "its end")
    assert second.events("job.finished", job) == first.events("job.finished", job)
    told = {file["id"]: file["state"] for event in second.events("files.changed", job) for file in event["files"]}
    assert list(told.values()) == ["saved"] * 3
    assert first.job(job) == second.job(job)


def test_a_board_is_told_with_its_threads(board: Board, crowd: Crowd, stalled: Any) -> None:
    threads = threads_of(board, 2)
    url = serve_catalog(board, *threads)
    first, second = crowd.come(), crowd.come()
    [job] = first.start(url)
    second.until(lambda: newest(second, job).get("threads") == {"total": 2, "done": 0}, "the board")
    [part, _] = [view["id"] for view in second.engine.page(None, job)[0]]
    until_newest(second, part, parent=job)
    stalled.set()
    first.finish(job)
    second.until(lambda: second.events("job.finished", job), "its end")
    assert second.events("job.finished", job) == first.events("job.finished", job)
    assert len(second.events("job.finished")) == 3


def test_an_engine_that_did_not_join_hears_nothing(board: Board, home: Path, crowd: Crowd) -> None:
    [thread] = threads_of(board, 1)
    with Scene(board, home) as alone:
        first, second = crowd.come(), crowd.come()
        [job] = first.start(thread)
        first.finish(job)
        second.until(lambda: second.events("job.finished", job), "its end")
        assert alone.events() == []


def test_a_command_hears_of_what_it_waits_for(board: Board, crowd: Crowd, stalled: Any) -> None:
    browser, command, wanted, stranger = awaited(board, crowd)
    assert [member.kind for member in command.engine.elsewhere([wanted, stranger]).values()] == [BROWSER] * 2
    stalled.set()
    command.finish(wanted)
    browser.finish(stranger)
    assert command.events("job.finished", wanted)
    assert command.events(job=stranger) == []
    assert command.engine.elsewhere([wanted]) == {}


# What is removed


def removed(scene: Scene) -> list[str]:
    """Ids of the jobs that it was told are listed no more."""
    return [job for event in scene.events("jobs.removed") for job in event["jobs"]]


def test_removed_jobs_leave_every_list_whoever_ran_them_and_each_is_told_of_once(board: Board, crowd: Crowd) -> None:
    one, other, later = threads_of(board, 3)
    first, second = crowd.come(), crowd.come()
    jobs = [*first.start(one), *second.start(other)]
    for scene in (first, second):
        scene.until(lambda scene=scene: len(scene.events("job.finished")) == 2, "both ends")  # type: ignore[misc]
    assert [view["id"] for view in second.engine.control("remove", jobs[0])] == jobs[:1]
    assert removed(second) == jobs[:1]
    first.until(lambda: removed(first) == jobs[:1], "the first to be gone")
    first.engine.control("remove", "all")
    second.until(lambda: removed(second) == jobs, "the other one to be gone")
    second.engine.ledger.run("UPDATE jobs SET directory = '/elsewhere' WHERE forgotten = 1")  # as a renaming does
    [job] = second.start(later)
    first.until(lambda: first.events("job.finished", job), "something later")
    assert removed(first) == removed(second) == jobs


def test_a_removed_board_leaves_with_its_threads(board: Board, crowd: Crowd) -> None:
    url = serve_catalog(board, *threads_of(board, 2))
    first, second = crowd.come(), crowd.come()
    [job] = first.start(url)
    second.until(lambda: second.events("job.finished", job), "its end")
    parts = [view["id"] for view in first.engine.page(None, job)[0]]
    assert [view["id"] for view in first.engine.control("remove", job)] == [job]
    for scene in (first, second):
        scene.until(lambda scene=scene: removed(scene), "that it is gone")  # type: ignore[misc]
        assert sorted(removed(scene)) == sorted([job, *parts])


def test_a_living_job_is_neither_removed_nor_said_to_be(board: Board, crowd: Crowd, stalled: Any) -> None:
    [thread] = threads_of(board, 1)
    first, second = crowd.come(), crowd.come()
    [job] = first.start(thread)
    until_newest(second, job, state="running")
    second.engine.control("remove", job)
    second.engine.control("remove", "all")
    stalled.set()
    second.until(lambda: second.events("job.finished", job), "its end")
    assert removed(first) == removed(second) == []


# What is asked


@pytest.mark.usefixtures("stalled")
def test_a_command_of_a_later_version_does_no_harm(board: Board, crowd: Crowd) -> None:
    [thread] = threads_of(board, 1)
    first, second = crowd.come(), crowd.come()
    [job] = first.start(thread)
    commands = CommandTable(second.engine.ledger)
    number = commands.ask(job, "juggle", {"balls": 3}, 1.0)
    second.until(lambda: not commands.are_waiting([number]), "it to be put away")
    assert second.engine.ask("pause", job).settle()[0]["state"] == "paused"
    assert first.job(job)["state"] == "paused"


def test_threads_are_added_to_the_board_of_another(board: Board, crowd: Crowd, stalled: Any) -> None:
    one, two, late, own, last = threads_of(board, 5)
    first, second = crowd.come(), crowd.come()
    [job] = first.start(serve_catalog(board, one, two))
    first.until(lambda: first.job(job)["threads"]["total"] == 2, "its threads")
    [alone] = second.start(own)
    options = second.engine.options(parent=job, priority="high")
    dispatched = second.engine.ask_to_start([second.url(thread) for thread in (late, own, one)], options)
    assert dispatched.views == []
    added, left, known = dispatched.settle()
    assert (added["thread"], added["parent"], added["priority"]) == (late.no, job, "high")
    assert (left["id"], left["parent"]) == (alone, None)
    assert (known["thread"], known["parent"]) == (one.no, job)
    assert first.engine.page(None, job)[0][-1]["id"] == added["id"], "it runs where the board does"
    with pytest.raises(RequestError, match="can be added"):
        first.engine.ask_to_start([first.url(last)], first.engine.options(parent=alone))
    stalled.set()
    first.finish(job)
    second.until(lambda: second.events("job.finished", job), "its end")
    assert second.job(job)["threads"] == {"total": 3, "done": 3}
    with pytest.raises(RequestError, match="can be added"):
        second.engine.ask_to_start([second.url(last)], second.engine.options(parent=job))


@pytest.mark.usefixtures("stalled")
def test_who_does_not_answer_is_asked_for_no_thread_any_more(
    board: Board, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, late = threads_of(board, 2)
    first, second = crowd.come(), crowd.come()
    [job] = first.start(serve_catalog(board, one))
    first.until(lambda: first.job(job)["threads"]["total"] == 1, "its thread")
    monkeypatch.setattr(dispatch, "WAIT_S", 0.0)
    with stop_before(Neighbours, "_obey") as stop:
        asked = second.engine.ask_to_start([second.url(late)], second.engine.options(parent=job))
        assert stop.arrived.wait(LIMIT_S)
        with pytest.raises(RequestError) as refused:
            asked.settle()
        assert refused.value.code == "job.elsewhere"
    monkeypatch.undo()
    assert second.engine.ask("pause", job).settle()[0]["state"] == "paused"
    assert first.job(job)["threads"] == {"total": 1, "done": 0}


@pytest.mark.usefixtures("stalled")
def test_all_jobs_wherever_they_run_are_asked_at_once(board: Board, crowd: Crowd) -> None:
    one, other = threads_of(board, 2)
    first, second = crowd.come(), crowd.come()
    [theirs] = first.start(one)
    [mine] = second.start(other)
    until_newest(second, theirs, state="running")
    second.until(lambda: second.job(mine)["state"] == "running", "the other one")
    dispatched = second.engine.ask("pause", "all")
    assert [view["id"] for view in dispatched.views] == [mine]
    assert {view["id"]: view["state"] for view in dispatched.settle()} == {mine: "paused", theirs: "paused"}
