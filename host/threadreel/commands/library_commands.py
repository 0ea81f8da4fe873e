"""``threadreel history`` and ``threadreel rebuild``: what was downloaded, and the ledger's knowledge made anew from the folders."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from typing import TYPE_CHECKING

from threadreel.commands.library_path import library_path
from threadreel.commands.narration import counts_line, visible
from threadreel.places import find_places
from threadreel.states import JOB_ENDED, JobState

if TYPE_CHECKING:
    from threadreel.library.history import History
    from threadreel.library.job_table import JobRow

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_SHOWN, _MOST = 20, 1_000_000
_PAGE = 100


def add_parsers(commands: Subparsers) -> None:
    """Register the commands of this module."""
    history = commands.add_parser(
        "history",
        help="what was downloaded: search it, or clear it",
        description="Show the jobs that have ended, newest first; with words, those with all of them in title, board, address"
        " or number.",
    )
    history.add_argument("words", nargs="*", metavar="WORD", help="upper and lower case are alike")
    states = [str(state) for state in JobState if state in JOB_ENDED]
    history.add_argument("--state", choices=states, help="only jobs that ended so")
    history.add_argument(
        "--limit", type=_number, default=_SHOWN, metavar="N", help=f"show at most N (default {_SHOWN})"
    )
    history.add_argument("--json", action="store_true", help="print each job as JSON, one a line")
    history.add_argument(
        "--clear", action="store_true", help="forget these jobs, all of them; files stay, and stay known as yours"
    )
    history.set_defaults(run=_history)
    rebuild = commands.add_parser(
        "rebuild",
        help="know your files again from the reports beside them",
        description="Read every report below the download folder, and every file it names, and take into the ledger what is"
        " true. Nothing on the disk is changed; may be run at any time, again, and stopped.",
    )
    rebuild.add_argument("dir", nargs="?", type=library_path, metavar="DIR", help="only what is below this folder")
    rebuild.add_argument("--json", action="store_true", help="print each trouble and the sums as JSON, one a line")
    rebuild.set_defaults(run=_rebuild)


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_MOST}")
    return int(text)


def _rebuild(arguments: argparse.Namespace) -> int:
    from threadreel.commands.rebuild_run import run

    return run(arguments.dir, as_json=arguments.json)


def _history(arguments: argparse.Namespace) -> int:
    from threadreel.library.history import History
    from threadreel.library.ledger import Ledger

    ledger = Ledger(find_places(os.environ).ledger_file, may_begin_anew=False)
    try:
        history = History(ledger)
        state = JobState(arguments.state) if arguments.state else None
        if arguments.clear:
            _clear(history, arguments.words, state, as_json=arguments.json)
        else:
            _show(history, arguments.words, state, arguments.limit, as_json=arguments.json)
    finally:
        ledger.close()
    return 0


def _clear(history: History, words: list[str], state: JobState | None, *, as_json: bool) -> None:
    count = history.clear(words, state)
    jobs = f"{count} job" + ("" if count == 1 else "s")
    print(json.dumps({"cleared": count}) if as_json else f"cleared {jobs}; the files stay, and stay known")


def _show(history: History, words: list[str], state: JobState | None, limit: int, *, as_json: bool) -> None:
    cursor, left = None, limit
    while left:
        rows, cursor = history.page(words, state, cursor, min(left, _PAGE))
        for row in rows:
            print(_json(row) if as_json else _line(row))
        left -= len(rows)
        if cursor is None:
            break
    if cursor is not None and not as_json:
        count = history.count(words, state)
        print(f"{limit} of {count} jobs; --limit {count} shows all", file=sys.stderr)
    if left == limit and not as_json:
        print("no job that has ended" + (" has these words" if words else ""), file=sys.stderr)


def _json(row: JobRow) -> str:
    from threadreel.engine.jobs.tally import job_view

    return json.dumps(job_view(row, row.summary))


def _line(row: JobRow) -> str:
    """When it ended and how, which thread, what came of it and where it is."""
    ended = datetime.datetime.fromtimestamp(row.finished or 0.0, datetime.UTC).astimezone()
    number = "" if row.thread is None else f"/{row.thread}"
    came = row.error["message"] if row.error else counts_line(row.summary["files"]) if row.summary else ""
    parts = [f"{ended:%Y-%m-%d %H:%M}  {row.state:<10}  {row.site}/{row.board}{number}  {row.title or row.url}"]
    parts += [part for part in (came, row.directory) if part]
    return visible("; ".join(parts))
