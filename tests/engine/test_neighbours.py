"""Engines that share a library, as many processes do: what each hears of the others' jobs, and who goes on with what is left."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene

from board import faults
from board.listings import serve_catalog
from board.server import Board
from board.threads import plain_thread
from rows import attachment_row, job_row
from threadreel.demo.samples import SampleThread
from threadreel.engine.finishing import Finishing
from threadreel.engine.roster import Roster
from threadreel.engine.showing import Showing
from threadreel.library.command_table import CommandTable
from threadreel.library.job_table import AttachmentRow, JobRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.library.live_table import LiveTable
from threadreel.library.owner_table import BROWSER, COMMAND
from threadreel.states import FileState, JobState


class Crowd:
    """Engines on one library, each as if it were a process of its own."""

    def __init__(self, board: Board, home: Path, stack: ExitStack) -> None:
        self._board, self._home, self._stack = board, home, stack

    def come(self, kind: str = BROWSER, label: str = "", **settings: Any) -> Scene:
        """One more, which takes part: a browser hears of everything, a command of what it follows."""
        scene = self._stack.enter_context(Scene(self._board, self._home, settings=settings))
        assert scene.engine.join(kind, label, everything=kind == BROWSER)
        return scene


@pytest.fixture
def crowd(board: Board, home: Path) -> Iterator[Crowd]:
    with ExitStack() as stack:
        yield Crowd(board, home, stack)


@pytest.fixture
def stalled(board: Board) -> Any:
    """No file arrives until this is set."""
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    return gate


def threads_of(board: Board, count: int, files: int = 3) -> list[SampleThread]:
    threads = [plain_thread(files, 2_000, no=1000 * n, seed=n, title=f"Thread {n}") for n in range(1, count + 1)]
    for thread in threads:
        board.add(thread)
    return threads


def newest(scene: Scene, job: str) -> dict[str, Any]:
    updates = [event["job"] for event in scene.events("job.update", job)]
    return updates[-1] if updates else {}


def until_newest(scene: Scene, job: str, **values: Any) -> None:
    scene.until(lambda: values.items() <= newest(scene, job).items(), f"{values} of {job}")


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
    assert set(told.values()) <= {"saved"}
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
    one, other = threads_of(board, 2)
    browser, command = crowd.come(), crowd.come(COMMAND)
    [wanted] = browser.start(one)
    [stranger] = browser.start(other)
    assert not command.engine.wait([wanted], 0.0)
    until_newest(command, wanted, state="running")
    assert [member.kind for member in command.engine.elsewhere([wanted, stranger]).values()] == [BROWSER] * 2
    stalled.set()
    command.finish(wanted)
    browser.finish(stranger)
    assert command.events("job.finished", wanted)
    assert command.events(job=stranger) == []
    assert command.engine.elsewhere([wanted]) == {}


# Who goes on


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
    one, other = threads_of(board, 2)
    browser, command = crowd.come(), crowd.come(COMMAND)
    [wanted] = browser.start(one)
    [stranger] = browser.start(other)
    assert not command.engine.wait([wanted], 0.0)
    until_newest(command, wanted, state="running")
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


@pytest.mark.usefixtures("stalled")
def test_all_jobs_wherever_they_run_are_asked_at_once(board: Board, crowd: Crowd) -> None:
    one, other = threads_of(board, 2)
    first, second = crowd.come(), crowd.come()
    [theirs] = first.start(one)
    [mine] = second.start(other)
    until_newest(second, theirs, state="running")
    second.until(lambda: second.job(mine)["state"] == "running", "the other one")
    petition = second.engine.ask("pause", "all")
    assert [view["id"] for view in petition.views] == [mine]
    assert {view["id"]: view["state"] for view in petition.settle()} == {mine: "paused", theirs: "paused"}


# What a finisher goes on with

OPEN = attachment_row("1", state=FileState.QUEUED)
DONE = attachment_row("2", state=FileState.SAVED)


@pytest.mark.parametrize(
    ("finishing", "row", "files", "is_wanted"),
    [
        (Finishing(True, False), {}, [OPEN], True),
        (Finishing(True, False), {"planned": False}, [], True),
        (Finishing(True, True), {"state": JobState.PAUSED}, [OPEN], False),
        (Finishing(True, False), {"watching": True}, [OPEN, DONE], True),
        (Finishing(True, False), {"watching": True}, [DONE], False),
        (Finishing(True, False), {"watching": True, "planned": False}, [], True),
        (Finishing(True, True), {"watching": True}, [DONE], True),
        (Finishing(False, True), {"watching": True}, [DONE], True),
        (Finishing(False, True), {}, [OPEN], False),
    ],
)
def test_what_a_finisher_wants(
    tmp_path: Path, finishing: Finishing, row: dict[str, Any], files: list[AttachmentRow], is_wanted: bool
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    table = JobTable(ledger)
    job: JobRow = job_row(**{"planned": True, "state": JobState.RUNNING, **row})
    table.add(job)
    table.plan(job, files)
    assert finishing.wants(job, table) is is_wanted
    ledger.close()


# What a job shows


def test_a_snapshot_is_written_once_a_second_and_when_the_state_changes(board: Board, home: Path) -> None:
    [thread] = threads_of(board, 1)
    with Scene(board, home) as scene:
        [job] = scene.start(thread)
        scene.finish(job)
        view = scene.job(job)
        shown: list[str] = []
        showing = Showing(_Recorder(shown))  # type: ignore[arg-type]
        for state, now_s in (
            ("queued", 0.0),
            ("running", 0.1),
            ("running", 1.0),
            ("running", 1.1),
            ("paused", 1.2),
            ("paused", 1.3),
            ("completed", 1.4),
        ):
            showing.show({**view, "state": state}, now_s, 1000.0)  # type: ignore[typeddict-item]
        assert shown == ["shown", "shown", "shown", "gone"]


class _Recorder:
    def __init__(self, shown: list[str]) -> None:
        self._shown = shown

    def show(self, _job: str, snapshot: dict[str, Any] | None) -> None:
        self._shown.append("gone" if snapshot is None else "shown")
