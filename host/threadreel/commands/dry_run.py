"""``get --dry-run``: asks the site, not the media hosts, and says what would be saved where; creates nothing."""

from __future__ import annotations

import json
import queue
import sys
from collections.abc import Sequence

from rich.filesize import decimal

from threadreel.commands.narration import counted, visible
from threadreel.engine.engine import Engine
from threadreel.engine.lifecycle.options import Options
from threadreel.engine.planning.filters import Filter
from threadreel.engine.planning.plan import order_threads
from threadreel.errors import HttpError, ThreadreelError
from threadreel.library.reports import file_view
from threadreel.sites.base import Listing, Site, Target, ThreadAnswer
from threadreel.states import FileState

#: the API lane gives up before that: retries, backoff and time-outs are its own
_ANSWER_TIMEOUT_S = 900.0

_Answer = ThreadAnswer | Listing | ThreadreelError


def dry_run(engine: Engine, urls: Sequence[str], options: Options, as_json: bool) -> int:
    """Print the plan for each URL; 1 when a page could not be read. Raises UrlError before any request.

    As JSON a plan is one line: {type: "plan", url, title, directory, files: [file as in events]} of a thread, and of a board
    {type: "plan", url, title, directory, threads: [{thread, url, subject, state: queued or filtered}]}.
    """
    code = 0
    for site, target in engine.check(urls):
        answer = _read(engine, site, target)
        if isinstance(answer, ThreadreelError):
            print(f"threadreel: {visible(answer.message)} {visible(answer.hint)}".rstrip(), file=sys.stderr)
            code = 1
        elif isinstance(answer, Listing):
            _print_listing(target, answer, options, as_json)
        else:
            _print_thread(engine, site, target, answer, options, as_json)
    return code


def _print_thread(
    engine: Engine, site: Site, target: Target, answer: ThreadAnswer, options: Options, as_json: bool
) -> None:
    directory, rows = engine.preview(site, target, answer, options)
    if as_json:
        files = [file_view(row) for row in rows]
        _print_plan(target, answer.title, str(directory), files=files)
        return
    size_bytes = sum(row.size or 0 for row in rows if row.state is FileState.QUEUED)
    wanted = sum(row.state is FileState.QUEUED for row in rows)
    title = answer.title or target.url
    print(visible(f"{title}: {wanted} of {counted(len(rows), 'file')} to fetch, {decimal(size_bytes)}; {directory}"))
    for row in rows:
        print(visible(f"  {'fetch' if row.state is FileState.QUEUED else row.state}: {row.name}"))


def _print_listing(target: Target, listing: Listing, options: Options, as_json: bool) -> None:
    """The threads in the order in which they would be read; what they hold is only known then."""
    wanted = Filter(options.filter)
    refs = [(ref, wanted.admits_thread(ref.subject)) for ref in order_threads(listing)]
    if as_json:
        threads = [
            {
                "thread": ref.thread,
                "url": ref.url,
                "subject": ref.subject,
                "state": "queued" if is_wanted else "filtered",
            }
            for ref, is_wanted in refs
        ]
        _print_plan(target, listing.title, str(options.root), threads=threads)
        return
    count = sum(is_wanted for _, is_wanted in refs)
    print(visible(f"{listing.title or target.url}: {count} of {counted(len(refs), 'thread')} to read; {options.root}"))
    for ref, is_wanted in refs:
        print(visible(f"  {'read' if is_wanted else 'filtered'}: {ref.thread} {ref.subject or ''}".rstrip()))


def _print_plan(target: Target, title: str, directory: str, **what: object) -> None:
    print(json.dumps({"type": "plan", "url": target.url, "title": title, "directory": directory, **what}))


def _read(engine: Engine, site: Site, target: Target) -> _Answer:
    answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
    engine.read(site, target, answers.put, "high")
    try:
        return answers.get(timeout=_ANSWER_TIMEOUT_S)
    except queue.Empty:
        return HttpError("http.timeout", f"{target.url} was not read in time.", "Try again later.")
