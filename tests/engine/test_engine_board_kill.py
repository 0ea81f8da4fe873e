"""A board's job whose process is killed at any moment: the next one goes on, nothing is fetched twice, and the sums match."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from test_engine_kill import LIMIT_S, Child, settle, unfinished

from board import faults
from board.server import Board
from board.threads import plain_thread
from repeats import repeats
from threadreel.demo.samples import SampleThread
from threadreel.library.job_table import JobRow, JobTable
from threadreel.library.ledger import Ledger
from threadreel.settings import SettingsFile
from threadreel.states import JobState

THREADS, FILES = 12, 6


@pytest.mark.process
@pytest.mark.timeout(600)
def test_a_board_killed_again_and_again_ends_whole(board: Board, home: Path) -> None:
    kills = repeats(60)
    for number in range(1, THREADS + 1):
        thread = plain_thread(FILES, 8_000, no=1000 * number, seed=number)
        board.add(SampleThread(thread.board, thread.title, thread.posts, thread.modified + number))
    board.always(board.is_media, faults.slow(60_000))
    SettingsFile(home / "settings.json").change({"boards": [board.settings_board()]})
    chance = random.Random("kill boards")
    done = finished = 0
    for round_number in range(kills + 1):
        child = Child(home, f"{board.root}/g/catalog")
        try:
            last = round_number == kills
            if not round_number:
                board.wait_until(lambda: board.requests("/g/thread/*"), timeout_s=LIMIT_S)
            child.has_ended_by_itself(LIMIT_S * 4 if last else chance.uniform(0.05, 1.2))
        finally:
            child.kill()
        views = [view for view in child.views() if view["kind"] == "catalog"]
        for view in views:
            assert view["files"]["done"] >= done, "files.done fell"
            done = view["files"]["done"]
        finished += sum(view["finished"] is not None for view in views) > 0
        child.close()
        settle(board)
        if not unfinished(home):
            break
    assert finished <= 1
    prove(board, home)


def prove(board: Board, home: Path) -> None:
    (parent,) = [row for row in rows(home) if row.parent is None]
    parts = [row for row in rows(home) if row.parent == parent.id]
    assert {row.state for row in (parent, *parts)} == {JobState.COMPLETED}
    assert sorted(row.thread or 0 for row in parts) == [1000 * number for number in range(1, THREADS + 1)]
    assert parent.summary["files"]["total"] == parent.summary["files"]["done"] == THREADS * FILES
    assert parent.summary["threads"] == {"total": THREADS, "done": THREADS}
    for report_file in home.rglob("report.json"):
        report = json.loads(report_file.read_text("utf-8"))
        assert report["counts"]["saved"] + report["counts"]["have"] == FILES
        assert len(list(report_file.parent.iterdir())) == FILES + 1
    # an answer may have been on its way when its process was killed; nothing is asked for again that was told of
    asked = Counter(entry.path for entry in board.requests("*.json"))
    assert len(asked) == THREADS + 1
    assert max(asked.values()) <= 3


def rows(home: Path) -> list[JobRow]:
    ledger = Ledger(home / "ledger.sqlite3")
    try:
        return JobTable(ledger).page(None, 1000)
    finally:
        ledger.close()
