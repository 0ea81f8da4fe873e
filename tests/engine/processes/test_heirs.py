"""Engines that share a library, as many processes do: who goes on with the jobs that one of them leaves behind."""

from typing import Any

import pytest
from crowd import Crowd, awaited, newest, threads_of, until_newest

from board.listings import serve_catalog
from board.server import Board
from threadreel.engine.lifecycle.roster import Roster
from threadreel.library.live_table import LiveTable


def test_what_one_leaves_behind_another_goes_on_with_and_a_board_as_a_whole(
    board: Board, crowd: Crowd, stalled: Any
) -> None:
    threads = threads_of(board, 3)
    url = serve_catalog(board, *threads[1:])
    first, second = crowd.come(), crowd.come()
    [thread_job] = first.start(threads[0])
    [board_job] = first.start(url)
    until_newest(second, thread_job, state="running")
    second.until(lambda: newest(second, board_job).get("threads"), "the board")
    first.close()
    stalled.set()
    second.until(lambda: second.events("job.finished", board_job), "the end of the board")
    second.finish(thread_job, board_job)
    for job in (thread_job, board_job):
        assert second.job(job)["state"] == "completed"
    assert "Going on with Thread 1." in second.logs()


def test_several_that_are_left_share_nothing_one_of_them_goes_on(board: Board, crowd: Crowd, stalled: Any) -> None:
    [thread] = threads_of(board, 1)
    first, *heirs = (crowd.come() for _ in range(4))
    [job] = first.start(thread)
    for heir in heirs:
        until_newest(heir, job, state="running")
    first.close()
    heirs[0].until(lambda: any("Going on" in heir.logs() for heir in heirs), "an heir")
    stalled.set()
    for heir in heirs:
        heir.until(lambda heir=heir: heir.events("job.finished", job), "the end")  # type: ignore[misc]
    assert ["Going on" in heir.logs() for heir in heirs].count(True) == 1


def test_a_command_goes_on_with_what_it_waits_for_and_with_nothing_else(
    board: Board, crowd: Crowd, stalled: Any
) -> None:
    browser, command, wanted, stranger = awaited(board, crowd)
    browser.until(lambda: browser.job(stranger)["state"] == "running", "the other one")
    browser.close()
    stalled.set()
    command.finish(wanted)
    assert command.job(wanted)["state"] == "completed"
    assert command.job(stranger)["state"] == "running"
    assert [view["id"] for view in command.engine.adopt()] == [stranger]
    command.finish(stranger)


def test_what_nobody_here_can_go_on_with_is_tried_once(
    board: Board, crowd: Crowd, stalled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board that is in the settings of one browser alone."""
    [thread] = threads_of(board, 1)
    first, second = crowd.come(), crowd.come(boards=[])
    [job] = first.start(thread)
    until_newest(second, job, state="running")
    tries = counted(monkeypatch, Roster, "adopt")
    first.close()
    second.until(lambda: tries, "the first try")
    looks = counted(monkeypatch, LiveTable, "version")
    second.until(lambda: len(looks) > 10, "more looks than two roll calls are apart")
    assert len(tries) == 1
    assert second.job(job)["state"] == "running"
    stalled.set()
    crowd.come()
    second.until(lambda: second.events("job.finished", job), "its end where it can be fetched")


def counted(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> list[None]:
    """One more for each call of this method."""
    calls: list[None] = []
    original = getattr(owner, method)

    def count(*args: Any) -> Any:
        calls.append(None)
        return original(*args)

    monkeypatch.setattr(owner, method, count)
    return calls
