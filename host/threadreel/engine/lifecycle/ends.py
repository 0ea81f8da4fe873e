"""Waiting for jobs to end, wherever they run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from threadreel.engine.reporter import Reporter


class Ends:
    """``has_any``: for each place where jobs may live, whether one of these does, or not everybody was told of its end."""

    def __init__(self, reporter: Reporter, *has_any: Callable[[Collection[str]], bool]) -> None:
        self._reporter, self._has_any = reporter, has_any
        self._ended = threading.Condition()

    def note(self) -> None:
        """A job ended, and everybody was told: those who wait look again."""
        with self._ended:
            self._ended.notify_all()

    def wait(self, job_ids: Collection[str], timeout_s: float) -> bool:
        """Whether within the limit these jobs have ended, and their last events were told."""
        end = time.monotonic() + timeout_s
        with self._ended:
            have_ended = self._ended.wait_for(lambda: not any(has_any(job_ids) for has_any in self._has_any), timeout_s)
        return have_ended and self._reporter.wait_told(max(0.0, end - time.monotonic()))
