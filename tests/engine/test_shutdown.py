"""The end: in a fixed order, each part within its deadline, and whatever hangs, the ledger is clean and knows what was shown."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from engine_harness import Scene, stop_before

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import write_settings
from host_process import EXIT_LIMIT_S, HostProcess
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.planning.intake import Intake
from threadreel.engine.shutdown import Part, shut_down
from threadreel.errors import RequestError
from threadreel.events import Event
from threadreel.library.folders import Folder
from threadreel.states import FILE_ENDED
from waiting import wait_until

LIMIT_S = 1.0
#: what a busy machine may take on top before a test calls a deadline broken
SLACK_S = 0.4
GUARD_S = 20


# The order and the deadlines


def test_parts_stop_in_order_and_the_log_says_how(caplog: pytest.LogCaptureFixture) -> None:
    stopped: list[str] = []

    def part(name: str, has_ended: bool) -> Part:
        def stop(_limit_s: float) -> bool:
            stopped.append(name)
            return has_ended

        return Part(name, 0.25, stop)

    with caplog.at_level(logging.INFO):
        assert shut_down([part("first", True), part("second", False), part("third", True)], 5) == ["second"]
    assert stopped == ["first", "second", "third"]
    told = [record.getMessage().partition(" after ")[0] for record in caplog.records]
    assert told == ["stop: first ended", "stop: second left behind", "stop: third ended"]


def test_time_that_one_part_does_not_need_is_there_for_the_next() -> None:
    limits: list[float] = []

    def stop(limit_s: float) -> bool:
        limits.append(limit_s)
        return True

    shut_down([Part("first", 0.25, stop), Part("second", 0.25, stop), Part("third", 0.5, stop)], 8)
    assert limits == pytest.approx([2, 4, 8], abs=0.5)


def test_a_part_that_hangs_is_left_behind_and_the_next_has_its_time() -> None:
    release, stopped = threading.Event(), []
    began = time.monotonic()
    try:
        left = shut_down(
            [
                Part("hangs", 0.2, lambda _: release.wait(GUARD_S)),
                Part("next", 0.2, stopped.append),
            ],
            0.5,
        )
    finally:
        release.set()
    assert left == ["hangs"]
    assert 0.1 <= time.monotonic() - began < 0.5 + SLACK_S
    assert stopped == pytest.approx([0.1], abs=0.1)


def test_a_part_that_fails_is_logged_and_the_next_stops(caplog: pytest.LogCaptureFixture) -> None:
    stopped: list[float] = []
    parts = [
        Part("fails", 0.5, lambda _: bool([][0])),
        Part("next", 0.5, stopped.append),
    ]
    assert shut_down(parts, 5) == []
    assert "stop: fails failed" in caplog.text
    assert len(stopped) == 1


# An engine of which one part hangs


class Hang:
    """Whoever comes here stays, until the test is over."""

    def __init__(self) -> None:
        self.begun, self.release = threading.Event(), threading.Event()

    def __call__(self, *_: object) -> None:
        self.begun.set()
        self.release.wait(GUARD_S)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Somebody is here."""
        try:
            assert self.begun.wait(GUARD_S)
            yield
        finally:
            self.release.set()


@contextmanager
def reads_cannot_be_cut(scene: Scene, _gate: threading.Event) -> Iterator[None]:
    """A scan and some transfers wait for a server, and nothing but that can end it."""
    set_it = Interruption.set

    def set_without_cut(interruption: Interruption) -> None:
        interruption._cut = None
        set_it(interruption)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Interruption, "set", set_without_cut)
        scene.start(SECOND)
        scene.until(lambda: scene.api_requests() == 2, "the second scan")
        yield


@contextmanager
def scan_hangs(scene: Scene, _gate: threading.Event) -> Iterator[None]:
    """A plan looks at a disk that does not answer."""
    with stop_before(Intake, "plan") as stop:
        scene.has_read(SECOND)
        scene.start(SECOND)
        assert stop.arrived.wait(GUARD_S)
        yield


@contextmanager
def disk_hangs(_scene: Scene, gate: threading.Event) -> Iterator[None]:
    """A file gets its name, and the job's lock is held, on a disk that does not answer."""
    with stop_before(Folder, "publish") as stop:
        gate.set()
        assert stop.arrived.wait(GUARD_S)
        yield


@contextmanager
def timer_hangs(scene: Scene, _gate: threading.Event) -> Iterator[None]:
    hang = Hang()
    scene.engine._timers.after("hangs", 0, hang)
    with hang.held():
        yield


@contextmanager
def listener_hangs(scene: Scene, _gate: threading.Event) -> Iterator[None]:
    hang = Hang()
    scene.engine._reporter._listener = hang
    with hang.held():
        yield


@contextmanager
def ledger_is_busy(scene: Scene, _gate: threading.Event) -> Iterator[None]:
    """Somebody else writes to the ledger, and does not come to an end."""
    with busy(scene.places.ledger_file):
        yield


@contextmanager
def busy(ledger_file: Path) -> Iterator[None]:
    """A transaction that lasts."""
    with closing(sqlite3.connect(ledger_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


SECOND = plain_thread(1, no=2000)
#: what hangs, and the parts that are left behind for it
HANGS: dict[str, tuple[Callable[[Scene, threading.Event], AbstractContextManager[None]], set[str]]] = {
    "reads": (reads_cannot_be_cut, {"scans", "transfers"}),
    "scan": (scan_hangs, {"scans"}),
    "disk": (disk_hangs, {"transfers"}),
    "timer": (timer_hangs, {"timers"}),
    "listener": (listener_hangs, {"timers", "reporter"}),
    "ledger": (ledger_is_busy, {"ledger"}),
}
#: whether these wait for what hangs depends on what they were just doing: they tell of the job, or of nothing
TELLERS = {"timers", "reporter"}


def shown_ends(events: list[Event]) -> dict[str, str]:
    """The end state of each file that was told to have one."""
    files = [file for event in events if event["type"] == "files.changed" for file in event["files"]]
    return {file["id"]: file["state"] for file in files if file["state"] in FILE_ENDED}


def check_ledger(path: Path, shown: dict[str, str]) -> None:
    """It is sound, and knows all that was shown."""
    with closing(sqlite3.connect(path)) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert ledger.execute("PRAGMA foreign_key_check").fetchall() == []
        kept = dict(ledger.execute("SELECT key, state FROM attachments").fetchall())
    assert {key: kept[key] for key in shown} == shown


@pytest.mark.parametrize("what", HANGS)
def test_whatever_hangs_the_deadline_holds_and_the_ledger_knows_what_was_shown(
    board: Board, home: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    thread, gate = plain_thread(6, 5_000), board.gate()
    board.add(thread)
    board.add(SECOND)
    whole, begun = list(thread.media())[:3], list(thread.media())[3:]
    board.script(lambda request: request.path in begun, faults.stall(gate, after=1_000))
    board.script(f"*/{SECOND.no}.json", faults.stall(gate))
    hangs, left_behind = HANGS[what]
    others = set(threading.enumerate())
    first = Scene(board, home)
    (job,) = first.start(thread)
    first.until(lambda: len(shown_ends(first.events())) == 3, "three files that are shown to be saved")
    with hangs(first, gate), caplog.at_level(logging.INFO):
        began = time.monotonic()
        first.engine.stop(LIMIT_S)
        took_s = time.monotonic() - began
        check_ledger(first.places.ledger_file, shown_ends(first.events()))
    assert took_s < LIMIT_S + SLACK_S
    told = [record.getMessage() for record in caplog.records if record.message.startswith("stop: ")]
    left = {line.split()[1] for line in told if "left behind" in line}
    assert left_behind <= left <= left_behind | TELLERS
    gate.set()
    wait_until(lambda: not left_threads(others), "those that hung to end")
    check_ledger(first.places.ledger_file, shown_ends(first.events()))
    assert first.events("job.finished") == []
    with Scene(board, home) as second:
        second.engine.adopt()
        second.finish(job)
        second.prove(job, thread)
        counts = second.job(job)["files"]  # a file that got its name after the ledger was closed is found on disk
        assert (counts["saved"] + counts["have"], counts["saved"] >= 3) == (6, True)
    assert [len(board.requests(path)) for path in whole] == [1, 1, 1]


def left_threads(others: set[threading.Thread]) -> list[str]:
    """Threads of the engine that are still there."""
    kinds = ("scan-", "transfer-", "stop-", "timers")
    return [each.name for each in set(threading.enumerate()) - others if each.name.startswith(kinds)]


def test_nothing_is_accepted_once_the_end_has_begun(board: Board, home: Path) -> None:
    thread = plain_thread(1)
    board.add(thread)
    with Scene(board, home) as scene:
        scene.engine.stop(LIMIT_S)
        for ask in (
            lambda: scene.start(thread),
            scene.engine.adopt,
            lambda: scene.engine.control("retry", "all"),
        ):
            with pytest.raises(RequestError) as caught:
                ask()
            assert caught.value.code == "request.stopping"


# The host


@pytest.mark.process
def test_the_host_leaves_in_time_when_everything_hangs(board: Board, home: Path) -> None:
    """The browser closes the port and reads no more, no server answers, and another process holds the ledger."""
    thread, gate = plain_thread(6, 5_000), board.gate()
    board.add(thread)
    board.add(SECOND)
    write_settings(home, board)
    whole, begun = list(thread.media())[:3], list(thread.media())[3:]
    board.script(lambda request: request.path in begun, faults.stall(gate))
    board.script(f"*/{SECOND.no}.json", faults.stall(gate))
    ledger = home / "ledger.sqlite3"
    with HostProcess() as host:
        job, _ = host.start(board.thread_url(thread), board.thread_url(SECOND))
        host.wait_until(lambda: len(shown_ends(host.events)) == 3, "three files that are shown to be saved")
        board.wait_until(lambda: board.requests(f"*/{SECOND.no}.json"))
        host.stop_reading()
        with busy(ledger):
            host.close_stdin()
            host.process.wait(EXIT_LIMIT_S)
            check_ledger(ledger, shown_ends(host.events))
    log_text = (home / "logs" / "threadreel.log").read_text("utf-8")
    told = [line.partition("stop: ")[2].split(" after ")[0] for line in log_text.splitlines() if "stop: " in line]
    assert told[-1].startswith("outbox")
    assert [line.split()[0] for line in told[1:-1]] == [
        "neighbours",
        "timers",
        "scans",
        "transfers",
        "reporter",
        "backup",
        "ledger",
    ]
    assert "ledger left behind" in told
    gate.set()
    with HostProcess() as host:
        host.hello()
        (end,) = host.finished(job)
        assert end["job"]["files"]["saved"] == 6
        assert host.end() == 0
    assert [len(board.requests(path)) for path in whole] == [1, 1, 1]
