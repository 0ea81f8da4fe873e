"""``threadreel get`` and ``threadreel resume``: the engine on the command line."""

from __future__ import annotations

import argparse
import os
import queue
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from threadreel.commands.displays import Display, make_display
from threadreel.commands.dry_run import dry_run
from threadreel.engine.engine import Engine
from threadreel.engine.roster import Options
from threadreel.events import Event, JobView, Listener
from threadreel.logs import start_logging, stop_logging
from threadreel.places import find_places
from threadreel.settings import SettingsFile
from threadreel.states import JobState

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

KINDS = ("images", "videos", "other")
_TICK_S = 0.1

Events = queue.SimpleQueue[Event]


def add_parsers(commands: Subparsers) -> None:
    """Register the commands of this module."""
    get = commands.add_parser(
        "get", help="save threads", description="Save every file of the threads at these addresses."
    )
    get.add_argument("urls", nargs="+", metavar="URL", help="a thread's page, or a single picture")
    get.add_argument("--dir", type=_folder, metavar="DIR", help="download root, instead of your download folder")
    get.add_argument(
        "--only", type=_kinds, metavar="KINDS", help="images, videos, other: one or more, parted by commas"
    )
    get.add_argument("--name", metavar="TEMPLATE", help="how files are called, for instance '{post} {name}{ext}'")
    get.add_argument(
        "--folder", metavar="TEMPLATE", help="the folder of a thread, for instance '{board}/{thread} {title}'"
    )
    get.add_argument("--json", action="store_true", help="print events as JSON, one a line")
    get.add_argument("--dry-run", action="store_true", help="say what would be saved, and save nothing")
    get.set_defaults(run=_get)
    resume = commands.add_parser(
        "resume", help="go on with what is unfinished", description="Go on with every download whose process is gone."
    )
    resume.add_argument("--json", action="store_true", help="print events as JSON, one a line")
    resume.set_defaults(run=_resume)


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    if not kinds or any(kind not in KINDS for kind in kinds):
        raise argparse.ArgumentTypeError(f"{text!r} is not made of {', '.join(KINDS)}")
    return kinds


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    try:
        folder = Path(text).expanduser().absolute()
    except RuntimeError as error:  # ~nobody
        raise argparse.ArgumentTypeError(str(error)) from None
    if folder.exists() and not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{folder} is a file, not a folder")
    return folder


def _get(arguments: argparse.Namespace) -> int:
    def options(engine: Engine) -> Options:
        return engine.options(root=arguments.dir, only=arguments.only, name=arguments.name, folder=arguments.folder)

    if arguments.dry_run:
        events: Events = queue.SimpleQueue()
        display = make_display(arguments.json, is_live=False)
        with _engine(events.put) as engine:
            code = dry_run(engine, arguments.urls, options(engine), arguments.json)
        _show(events, display)
        return code
    return _follow(lambda engine: engine.start(arguments.urls, options(engine)), arguments.json)


def _resume(arguments: argparse.Namespace) -> int:
    return _follow(_adopt, arguments.json)


def _adopt(engine: Engine) -> Sequence[JobView]:
    jobs = engine.adopt()
    if not jobs:
        print("Nothing is unfinished.", file=sys.stderr)
    for job in jobs:
        if job["state"] == JobState.PAUSED:
            print(f"Left paused: `threadreel get {job['url']}` goes on with it.", file=sys.stderr)
    return [job for job in jobs if job["state"] != JobState.PAUSED]


def _follow(start: Callable[[Engine], Sequence[JobView]], as_json: bool) -> int:
    """Show the jobs that ``start`` gives until they have ended; 0 when all are completed."""
    events: Events = queue.SimpleQueue()
    display = make_display(as_json)
    try:
        with _engine(events.put) as engine:
            jobs = start(engine)
            ids = list(dict.fromkeys(job["id"] for job in jobs))
            display.begin(jobs)
            while not engine.wait(ids, _TICK_S):
                _show(events, display)
                display.tick()
            ended = [engine.job(job_id) for job_id in ids]
        _show(events, display)  # an engine that stopped has told everything
        display.end(ended)
    except KeyboardInterrupt:
        _show(events, display)
        display.close()
        print("Interrupted. `threadreel resume` goes on with what is unfinished.", file=sys.stderr)
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
