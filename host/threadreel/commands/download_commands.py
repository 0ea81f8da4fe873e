"""``threadreel get``, ``watch`` and ``resume``: the engine on the command line."""

from __future__ import annotations

import argparse
import os
import queue
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from threadreel.commands.displays import Display, make_display
from threadreel.commands.download_options import add_choices, add_following, chosen_options
from threadreel.commands.narration import is_child
from threadreel.commands.others import LEFT_TO_RESUME, nothing_to_resume, say_who_runs, who_goes_on
from threadreel.engine.engine import Engine
from threadreel.engine.lifecycle.options import Options
from threadreel.events import Event, JobView, Listener
from threadreel.library.owner_table import COMMAND
from threadreel.logs import start_logging, stop_logging
from threadreel.places import find_places
from threadreel.settings import SettingsFile
from threadreel.states import JobState

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_TICK_S = 0.1

Events = queue.SimpleQueue[Event]


def add_parsers(commands: Subparsers) -> None:
    """Register the commands of this module."""
    get = commands.add_parser(
        "get", help="save threads", description="Save every file of the threads at these addresses."
    )
    get.add_argument("urls", nargs="+", metavar="URL", help="a thread's page, a board's, or a single picture")
    add_choices(get)
    get.add_argument("--watch", action="store_true", help="go on until the thread is archived or gone")
    get.set_defaults(run=_get)
    watch = commands.add_parser(
        "watch",
        help="save threads, and what is new in them, until they are archived or gone",
        description="Save every file of the threads at these addresses, and look again for what is new until they are "
        "archived or gone: 10 seconds after something new, later and later while there is nothing, every 5 minutes at "
        "most. Interrupted, `threadreel resume` goes on with it.",
    )
    watch.add_argument("urls", nargs="+", metavar="URL", help="a thread's page")
    add_choices(watch)
    add_following(watch)
    watch.set_defaults(run=_get, watch=True)
    resume = commands.add_parser(
        "resume", help="go on with what is unfinished", description="Go on with every download whose process is gone."
    )
    resume.add_argument("--json", action="store_true", help="print events as JSON, one a line")
    resume.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)  # see threadreel.finisher
    resume.set_defaults(run=_resume)


def _get(arguments: argparse.Namespace) -> int:
    def options(engine: Engine) -> Options:
        return engine.options(**chosen_options(arguments))

    if arguments.dry_run:
        from threadreel.commands.dry_run import dry_run

        events: Events = queue.SimpleQueue()
        display = make_display(arguments.json, is_live=False)
        with _engine(events.put) as engine:
            code = dry_run(engine, arguments.urls, options(engine), arguments.json)
        _show(events, display)
        return code
    return _follow(lambda engine: engine.start(arguments.urls, options(engine)), arguments.json)


def _resume(arguments: argparse.Namespace) -> int:
    if arguments.detached:
        from threadreel.commands.finisher_run import finish

        return finish()
    return _follow(_adopt, arguments.json)


def _adopt(engine: Engine) -> Sequence[JobView]:
    jobs = engine.adopt()
    if not jobs:
        print(nothing_to_resume(engine), file=sys.stderr)
    for job in _whole(jobs):
        if job["state"] == JobState.PAUSED:
            print(f"Left paused: `threadreel get {job['url']}` goes on with it.", file=sys.stderr)
    return [job for job in jobs if job["state"] != JobState.PAUSED]


def _whole(jobs: Sequence[JobView]) -> list[JobView]:
    """Each job once, without those that another one of them is made of."""
    by_id = {job["id"]: job for job in jobs}
    return [job for job in by_id.values() if not is_child(job, by_id)]


def _follow(start: Callable[[Engine], Sequence[JobView]], as_json: bool) -> int:
    """Show the jobs that ``start`` gives until they have ended; 0 when all are completed."""
    events: Events = queue.SimpleQueue()
    display = make_display(as_json)
    interrupted = LEFT_TO_RESUME
    try:
        with _engine(events.put) as engine:
            engine.join(COMMAND, "threadreel", everything=False)
            jobs = start(engine)
            ids = [job["id"] for job in _whole(jobs)]
            ended: list[JobView] = []
            try:
                say_who_runs(engine, _whole(jobs))
                display.begin(jobs)
                while ids:
                    while not engine.wait(ids, _TICK_S):
                        _show(events, display)
                        display.tick()
                    ended.extend(map(engine.job, ids))
                    ids = [found for job_id in ids if (found := engine.successor(job_id)) is not None]
            except KeyboardInterrupt:
                interrupted = who_goes_on(engine, ids)
                raise
        _show(events, display)  # an engine that stopped has told everything
        display.end(ended)
    except KeyboardInterrupt:
        _show(events, display)
        display.close()
        print(interrupted, file=sys.stderr)
        raise
    finally:
        display.close()
    return 0 if all(job["state"] == JobState.COMPLETED for job in ended) else 1


def _show(events: Events, display: Display) -> None:
    while not events.empty():
        display.show(events.get_nowait())


@contextmanager
def _engine(listener: Listener) -> Iterator[Engine]:
    """An engine, stopped in order whatever happens."""
    places = find_places(os.environ)
    settings = SettingsFile(places.settings_file)
    start_logging(places, settings.values["log_level"])
    try:
        engine = Engine(places, settings, listener)
        try:
            yield engine
        finally:
            engine.stop()
    finally:
        stop_logging()
