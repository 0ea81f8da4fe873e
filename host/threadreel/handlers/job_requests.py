"""Requests about jobs: start, control and watch them, list them and their files a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from threadreel.engine.engine import Engine
from threadreel.engine.lifecycle.dispatch import Dispatched
from threadreel.engine.lifecycle.lookup import EVERY_JOB
from threadreel.errors import RequestError
from threadreel.handlers.request import Handler, Later, Request, Result
from threadreel.library.reports import file_view

PAGE = 100


class JobRequests:
    """``engine`` gives the one engine, making it when a request first needs it."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self.handlers: Mapping[str, Handler] = {
            "job.start": self._start,
            "job.pause": self._control,
            "job.resume": self._control,
            "job.cancel": self._control,
            "job.retry": self._control,
            "job.remove": self._control,
            "job.priority": self._control,
            "job.watch": self._watch,
            "job.files": self._files,
            "jobs.list": self._list,
        }

    def _start(self, request: Request) -> Result | Later:
        engine = self._engine()
        return _answer(engine.ask_to_start(request["urls"], engine.options(**request.get("options", {}))))

    def _control(self, request: Request) -> Result | Later:
        action = request["type"].removeprefix("job.")
        return _answer(self._engine().ask(action, request["job"], request.get("priority", ""), request.get("file", "")))

    def _watch(self, request: Request) -> Result | Later:
        return _answer(self._engine().ask_to_watch(request["job"], request["watch"]))

    def _files(self, request: Request) -> Result:
        start, wanted = read_cursor(request.get("cursor")), request.get("state")
        rows = list(enumerate(self._engine().files(request["job"])))[start:]
        found = [(at, row) for at, row in rows if wanted in (None, row.state)]
        following = str(found[PAGE][0]) if len(found) > PAGE else None
        return {"files": [file_view(row) for _, row in found[:PAGE]], "cursor": following}

    def _list(self, request: Request) -> Result:
        if "search" in request or "state" in request:
            found, following = self._engine().history(
                request.get("search", ""), request.get("state"), request.get("cursor")
            )
            return {"jobs": found, "cursor": following}
        jobs, cursor = self._engine().page(request.get("cursor"), parent=request.get("parent", EVERY_JOB))
        return {"jobs": jobs, "cursor": cursor}


def _answer(dispatched: Dispatched) -> Result | Later:
    """At once, unless another process is asked."""
    if dispatched.is_open:
        return lambda: {"jobs": dispatched.settle()[:PAGE]}
    return {"jobs": dispatched.views[:PAGE]}


def read_cursor(cursor: str | None) -> int:
    """Where a page of files begins. RequestError ``request.invalid``."""
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit():
        raise RequestError(
            "request.invalid", "The cursor is not one that a page of files gave.", "Start from the first page."
        )
    return int(cursor)
