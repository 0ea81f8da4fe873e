"""Who moves jobs along, wired: the courses of threads, their watches and those of boards, what people and other processes ask."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from threadreel.engine.boards import Boards
from threadreel.engine.community import Community
from threadreel.engine.controls import Controls
from threadreel.engine.course import Course
from threadreel.engine.following import Following
from threadreel.engine.ground import Ground
from threadreel.engine.inspection import Inspection
from threadreel.engine.intake import Intake
from threadreel.engine.room import Room
from threadreel.engine.standing import Standing
from threadreel.engine.starting import Starting
from threadreel.engine.watching import Watching


class Movers:
    """``said_ended`` is called with a job of ours after everybody was told of its end, ``ended`` after one of another process."""

    def __init__(self, on: Ground, said_ended: Callable[[Standing], None], ended: Callable[[], None]) -> None:
        intake = Intake(on.jobs, on.files)
        room = Room(on.files, lambda folder: shutil.disk_usage(folder).free)
        following = Following(
            on.lanes,
            on.reporter,
            on.timers,
            on.clock,
            lambda job, ref, follow: self.starting.continue_in(job, ref, follow),
            on.runner.check,
        )
        watching = Watching(on.lanes, intake, room, on.runner, on.reporter, on.timers, on.clock, following)
        self.course = Course(on.roster, on.lanes, intake, room, on.runner, on.reporter, watching, said_ended)
        self.boards = Boards(on.roster, on.lanes, self.course, on.reporter, said_ended)
        self.controls = Controls(on.jobs, on.roster, on.lookup, self.course, self.boards)
        self.community = Community(on, self.controls, ended)
        self.starting = Starting(
            on.roster, on.lookup, self.controls, self.boards, on.reporter, self.community.petitions
        )
        self.community.serve(self.starting)
        self.inspection = Inspection(on.roster, on.lanes, intake)
