"""Boards of some threads, whose time is the test's: the job of a board, the jobs of its threads, and what was read."""

import json
import time
from collections.abc import Callable
from typing import Any

from engine_harness import LIMIT_S
from timed_scene import TimedScene

from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread
from threadreel.states import FILE_ENDED

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
    assert finished[-1]["report"]["counts"] == {name: view["files"][name] for name in ("total", *FILE_ENDED)}
    return view


def reads(board: Board) -> list[str]:
    return [entry.path.removesuffix(".json").rpartition("/")[2] for entry in board.requests("*.json", host=board.host)]


def retry(scene: TimedScene, job: str) -> None:
    """Retry a board's job, and with it parts of it."""
    scene.lives_again(*(part["id"] for part in children(scene, job)))
    scene.control("retry", job)


def run_s(scene: TimedScene, seconds: int) -> None:
    """So long passes although transfers hang: second by second, with a moment of real time for each."""
    for _ in range(seconds):
        scene.time.advance(1)
        seen = len(scene.board.requests())
        end = time.monotonic() + 0.03
        scene.until(lambda: time.monotonic() > end or len(scene.board.requests()) > seen, "a moment")  # noqa: B023


def has_ended(scene: TimedScene, *jobs: str) -> None:
    """These have ended and said so, although transfers of others hang."""
    second_by_second(scene, lambda: all(scene.events("job.finished", job) for job in jobs), f"the end of {jobs}")


def are_read(scene: TimedScene, job: str, *threads: int) -> None:
    """These threads of the board's job were read, and it knows how many files they have."""
    second_by_second(
        scene,
        lambda: {view["thread"] for view in children(scene, job) if view["files"]["total"]} >= set(threads),
        f"the plans of {threads}",
    )


def second_by_second(scene: TimedScene, condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        run_s(scene, 1)
