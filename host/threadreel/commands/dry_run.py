"""``get --dry-run``: asks the site, not the media hosts, and says what would be saved where; creates nothing."""

from __future__ import annotations

import json
import queue
import sys
from collections.abc import Sequence

from rich.filesize import decimal

from threadreel.commands.narration import visible
from threadreel.engine.engine import Engine
from threadreel.engine.roster import Options
from threadreel.errors import HttpError, ThreadreelError
from threadreel.library.reports import file_view
from threadreel.sites.base import Site, Target, ThreadAnswer
from threadreel.states import FileState

#: the API lane gives up before that: retries, backoff and time-outs are its own
_ANSWER_TIMEOUT_S = 900.0


def dry_run(engine: Engine, urls: Sequence[str], options: Options, as_json: bool) -> int:
    """Print the plan for each URL; 1 when a thread could not be read. Raises UrlError before any request.

    As JSON a plan is one line: {type: "plan", url, title, directory, files: [file as in events]}.
    """
    code = 0
    for site, target in engine.check(urls):
        answer = _read(engine, site, target)
        if isinstance(answer, ThreadreelError):
            print(f"threadreel: {visible(answer.message)} {visible(answer.hint)}".rstrip(), file=sys.stderr)
            code = 1
            continue
        directory, rows = engine.preview(site, target, answer, options)
        if as_json:
            files = [file_view(row) for row in rows]
            plan = {"url": target.url, "title": answer.title, "directory": str(directory), "files": files}
            print(json.dumps({"type": "plan", **plan}))
            continue
        size_bytes = sum(row.size or 0 for row in rows if row.state is FileState.QUEUED)
        wanted = sum(row.state is FileState.QUEUED for row in rows)
        title = answer.title or target.url
        print(visible(f"{title}: {wanted} of {len(rows)} files to fetch, {decimal(size_bytes)}; {directory}"))
        for row in rows:
            print(visible(f"  {'fetch' if row.state is FileState.QUEUED else row.state}: {row.name}"))
    return code


def _read(engine: Engine, site: Site, target: Target) -> ThreadAnswer | ThreadreelError:
    answers: queue.SimpleQueue[ThreadAnswer | ThreadreelError] = queue.SimpleQueue()
    engine.read(site, target, answers.put, "high")
    try:
        return answers.get(timeout=_ANSWER_TIMEOUT_S)
    except queue.Empty:
        return HttpError("http.timeout", f"{target.url} was not read in time.", "Try again later.")
