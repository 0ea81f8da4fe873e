"""The upper half of the wiring, what moves jobs: their courses, their watches, and what people and other processes ask."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from threadreel.engine.base_wiring import BaseParts
from threadreel.engine.jobs.base_job import BaseJob
from threadreel.engine.lifecycle.board_course import BoardCourse
from threadreel.engine.lifecycle.controls import Controls
from threadreel.engine.lifecycle.inspection import Inspection
from threadreel.engine.lifecycle.starting import Starting
from threadreel.engine.lifecycle.sweeps import Sweeps
from threadreel.engine.lifecycle.thread_course import ThreadCourse
from threadreel.engine.planning.intake import Intake
from threadreel.engine.processes.membership import Membership
from threadreel.engine.transfers.disk_room import DiskRoom
from threadreel.engine.watching.following import Following
from threadreel.engine.watching.thread_watch import ThreadWatch


class JobParts:
    """``said_ended`` is called with a job of ours after everybody was told of its end, ``ended`` after one of another process."""

    def __init__(self, on: BaseParts, said_ended: Callable[[BaseJob], None], ended: Callable[[], None]) -> None:
        intake = Intake(on.jobs, on.files)
        room = DiskRoom(on.files, lambda folder: shutil.disk_usage(folder).free)
        following = Following(
            on.lanes,
            on.reporter,
            on.timers,
            on.clock,
            lambda job, ref, follow: self.starting.continue_in(job, ref, follow),
            on.runner.check,
        )
        watching = ThreadWatch(on.lanes, intake, room, on.runner, on.reporter, on.timers, on.clock, following)
        self.course = ThreadCourse(on.roster, on.lanes, intake, room, on.runner, on.reporter, watching, said_ended)
        sweeps = Sweeps(on.timers, on.runner.scheduler, self.course)
        self.boards = BoardCourse(on.roster, on.lanes, self.course, sweeps, on.reporter, said_ended)
        self.controls = Controls(on.jobs, on.roster, on.lookup, self.course, self.boards, on.reporter)
        self.membership = Membership(on, self.controls, ended)
        self.starting = Starting(
            on.roster, on.lookup, self.controls, self.boards, on.reporter, self.membership.dispatcher
        )
        self.membership.serve(self.starting)
        self.inspection = Inspection(on.roster, on.lanes, intake)
