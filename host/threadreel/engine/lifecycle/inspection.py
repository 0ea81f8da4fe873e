"""Looking at a page before anything of it is fetched: what it holds, what a job with certain options would do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from threadreel.engine.lifecycle.options import Options
from threadreel.engine.lifecycle.roster import Roster
from threadreel.engine.lifecycle.thread_course import file_thread
from threadreel.engine.planning.intake import Intake, PageFile
from threadreel.engine.site_api.lanes import Lanes, Receiver
from threadreel.engine.site_api.reading import Reading
from threadreel.errors import RequestError, ThreadreelError
from threadreel.library.job_table import AttachmentRow
from threadreel.sites.base import Listing, PageKind, Site, Target, ThreadAnswer

#: takes the result of ``page.inspect``, or why there is none
Answer = Callable[[dict[str, Any] | ThreadreelError], None]
#: takes the files of a thread's page, or why they are not known
AnswerFiles = Callable[[list[PageFile] | ThreadreelError], None]
_NO_FILES = dict.fromkeys(("total", "images", "videos", "other", "bytes", "have", "filtered"), 0)


class Inspection:
    """Answers questions about pages; keeps and creates nothing but the answers of the API."""

    def __init__(self, roster: Roster, lanes: Lanes, intake: Intake) -> None:
        self._roster, self._lanes, self._intake = roster, lanes, intake

    def inspect(self, site: Site, target: Target, options: Options, answer: Answer) -> None:
        """Hand ``answer`` the result of ``page.inspect``."""

        def tell(found: Reading | ThreadreelError) -> None:
            answer(found if isinstance(found, ThreadreelError) else self._result(site, target, options, found))

        self.read(site, target, tell, "critical")

    def files(self, site: Site, target: Target, options: Options, answer: AnswerFiles) -> None:
        """Hand ``answer`` what the library has of a thread's files. RequestError ``request.unsupported`` for another page."""
        if target.kind is not PageKind.THREAD:
            what = f"{target.url} is no thread, so it is not known which files belong to it."
            raise RequestError("request.unsupported", what, "Open a thread.")

        def tell(found: Reading | ThreadreelError) -> None:
            if isinstance(found, ThreadreelError):
                answer(found)
                return
            assert isinstance(found, ThreadAnswer)  # a thread was asked for
            answer(self._intake.shown(self._roster.draft(site, target, options), target, found))

        self.read(site, target, tell, "high")

    def preview(
        self, site: Site, target: Target, thread: ThreadAnswer, options: Options
    ) -> tuple[Path, list[AttachmentRow]]:
        """The plan that a job of these options would have."""
        return self._intake.plan(self._roster.draft(site, target, options), target, thread)

    def read(self, site: Site, target: Target, receive: Receiver, priority: str) -> None:
        """Have a page's answer read, at the site's pace, and handed over; a picture needs none."""
        if target.kind is PageKind.FILE:
            receive(file_thread(site, target))
        else:
            self._lanes.read(site, target, receive, priority)

    def _result(self, site: Site, target: Target, options: Options, found: Reading) -> dict[str, Any]:
        result: dict[str, Any] = {
            "site": site.name,
            "kind": str(target.kind),
            "board": target.board,
            "thread": target.thread,
            "title": found.title,
            "files": _NO_FILES,
            "threads": None,
            "preview": None,
        }
        if isinstance(found, Listing):
            return {**result, "threads": len(found.threads)}
        shown = self._intake.preview(self._roster.draft(site, target, options), target, found)
        result["files"] = shown.files
        if target.kind is PageKind.THREAD:
            result["preview"] = {"directory": shown.directory, "names": shown.names}
        return result
