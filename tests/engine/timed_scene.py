"""A scene whose time is the test's: the engine, its ledger and the board's record go by one clock that only ``pass_*`` moves.

with TimedScene(board, home) as scene:
    (job,) = scene.start(thread, watch=True)
    scene.pass_s(300)                          # everything that happens in five minutes has happened
    scene.reads(thread)                        # when its API address was asked, in seconds since the scene began
"""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine_harness import LIMIT_S, Scene
from fake_clock import FakeClock

from board.record import Entry
from board.server import Board

#: threads that are not the engine's: all of its own rest on the clock whenever they have nothing to do
_NOT_OURS = ("MainThread", "loopback")
_LOOK_S = 0.001


class TimedScene(Scene):
    """No second passes by itself."""

    def __init__(
        self,
        board: Board,
        home: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        time: FakeClock | None = None,
        **policy: Any,
    ) -> None:
        self.time = time or FakeClock()
        self._began = self.time.monotonic()
        board.monotonic = self.time.monotonic
        # the API's margin is for real networks; without it the board sees exactly the times that the engine means
        super().__init__(board, home, settings=settings, clock=self.time.clock, **{"margin_s": 0.0, **policy})

    def pass_s(self, seconds: float) -> None:
        """So long, moment by moment: whatever is to happen at each of them has happened before the next."""
        end = self.time.monotonic() + seconds
        while True:
            self.settle()
            left = end - self.time.monotonic()
            if left <= 0:
                return
            wake = self.time.next_wake_s()
            self.time.advance(left if wake is None else min(left, max(wake, _LOOK_S)))

    def pass_until(self, condition: Callable[[], Any], what: str, within_s: float = 3600.0) -> None:
        """Until this is so."""
        end = self.time.monotonic() + within_s
        while True:
            self.settle()
            if condition():
                return
            left = end - self.time.monotonic()
            assert left > 0, f"{within_s} s passed in vain for: {what}\n{self.logs()}"
            wake = self.time.next_wake_s()
            assert wake is not None, f"nothing is going to happen, in vain for: {what}\n{self.logs()}"
            self.time.advance(min(left, max(wake, _LOOK_S)))

    def finish(self, *jobs: str) -> None:
        self.pass_until(lambda: self.engine.wait(jobs, 0), f"the end of {jobs}")

    def settle(self) -> None:
        """Everything that needs no time has happened: every thread of the engine rests, and the board has answered."""
        end, pause = time.monotonic() + LIMIT_S, threading.Event()
        while not self._is_at_rest():
            assert time.monotonic() < end, [thread.name for thread in threading.enumerate()]
            pause.wait(_LOOK_S)

    def _is_at_rest(self) -> bool:
        at_work = sum(not thread.name.startswith(_NOT_OURS) for thread in threading.enumerate())
        has_answered = all(entry.ended_s is not None for entry in self.board.requests())
        return has_answered and self.time.waiters_at_rest() == at_work

    def lives_again(self, *jobs: str) -> None:
        """Events of these ended jobs are right from here on."""
        for job in jobs:
            self._hear({"type": "retry", "job": job})

    def now_s(self) -> float:
        """Seconds since the scene began."""
        return round(self.time.monotonic() - self._began, 3)

    def reads(self, thread: Any) -> list[float]:
        """When the thread's API address was asked."""
        return [round(entry.began_s - self._began, 2) for entry in self.api_entries(thread)]

    def api_entries(self, thread: Any) -> list[Entry]:
        return self.board.requests(f"/{thread.board}/thread/{thread.no}.json")
