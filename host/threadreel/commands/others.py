"""What a command says about other processes: that they run its downloads instead of it, and whether they go on when it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from threadreel.commands.narration import counted, visible
from threadreel.engine.engine import Engine
from threadreel.events import JobView
from threadreel.library.owner_table import Member

#: of a command that was interrupted
LEFT_TO_RESUME = "Interrupted. `threadreel resume` goes on with what is unfinished."


def say_who_runs(engine: Engine, jobs: Sequence[JobView]) -> None:
    """A line on standard error for each of these jobs that another process runs."""
    members = engine.elsewhere([job["id"] for job in jobs])
    for job in jobs:
        if job["id"] in members:
            text = (
                f"{job['title'] or job['url']} is downloaded by {members[job['id']]} already; this shows how it goes."
            )
            print(visible(text), file=sys.stderr)


def nothing_to_resume(engine: Engine) -> str:
    """Why there is nothing."""
    members = engine.elsewhere()
    if not members:
        return "Nothing is unfinished."
    verb = "is" if len(members) == 1 else "are"
    return visible(
        f"Nothing is left to resume: {counted(len(members), 'download')} {verb} run by {_names(members.values())}."
    )


def who_goes_on(engine: Engine, job_ids: Sequence[str]) -> str:
    """What becomes of these unfinished jobs when this process is interrupted."""
    members = engine.elsewhere(job_ids)
    browsers = engine.browsers()
    if members and len(members) == len(job_ids):
        return visible(f"Interrupted. {_names(members.values())} goes on with it.")
    if browsers:
        return visible(f"Interrupted. {_names(browsers[:1])} goes on with what is unfinished.")
    return LEFT_TO_RESUME


def _names(members: Iterable[Member]) -> str:
    return ", ".join(dict.fromkeys(map(str, members)))
