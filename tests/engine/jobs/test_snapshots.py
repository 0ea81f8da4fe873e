"""What a job shows to other processes, and how often."""

from pathlib import Path
from typing import Any

from crowd import threads_of
from engine_harness import Scene

from board.server import Board
from threadreel.engine.jobs.snapshots import JobSnapshots


def test_a_snapshot_is_written_once_a_second_and_when_the_state_changes(board: Board, home: Path) -> None:
    [thread] = threads_of(board, 1)
    with Scene(board, home) as scene:
        [job] = scene.start(thread)
        scene.finish(job)
        view = scene.job(job)
        shown: list[str] = []
        snapshot = JobSnapshots(_Recorder(shown))  # type: ignore[arg-type]
        for state, now_s in (
            ("queued", 0.0),
            ("running", 0.1),
            ("running", 1.0),
            ("running", 1.1),
            ("paused", 1.2),
            ("paused", 1.3),
            ("completed", 1.4),
        ):
            snapshot.show({**view, "state": state}, now_s, 1000.0, has_ended=state == "completed")  # type: ignore[typeddict-item]
        assert shown == ["shown", "shown", "shown", "gone"]


class _Recorder:
    def __init__(self, shown: list[str]) -> None:
        self._shown = shown

    def show(self, _job: str, snapshot: dict[str, Any] | None) -> None:
        self._shown.append("gone" if snapshot is None else "shown")
