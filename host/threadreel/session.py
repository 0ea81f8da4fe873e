"""One conversation with a browser: requests in, replies and events out, and an end when the browser ends it.

Every request is checked against its schema, handed to its handler, and answered once: with a result, or with the error that a
handler raised. Handlers answer at once; those that wait for somebody (``page.inspect`` for the site, ``folder.reveal`` and
``folder.choose`` for the desktop) answer later under the same id.
"""

from __future__ import annotations

import logging
import os
import platform
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadreel import __version__, desktop
from threadreel.engine.engine import Engine
from threadreel.errors import DesktopError, RequestError, ThreadreelError
from threadreel.events import Listener, log_line
from threadreel.library.reports import file_view
from threadreel.places import Places
from threadreel.sentences import SYSTEM_ERRORS, as_sentence
from threadreel.settings import SettingsFile
from threadreel.settings import check as check_settings
from threadreel.wire.contract import DOCTOR, PROTOCOL, check_request, readable_id
from threadreel.wire.feed import post_event
from threadreel.wire.frames import MAX_MESSAGE_BYTES, FrameError, decode, read_frame
from threadreel.wire.outbox import Outbox

log = logging.getLogger(__name__)

PAGE = 100
MOST_URLS = 50
EXIT_BROKEN = 2
_FEATURES = ("threads", "pictures", "resume", "duplicates", "templates", "custom-boards")
#: what the browser gives us on its way out is under 2 s: transfers first, then the last frames
STOP_ENGINE_S, STOP_OUTBOX_S = 1.0, 0.3

Request = dict[str, Any]
Result = dict[str, Any]


class Session:
    """The conversation. ``make_engine`` is called with the listener when a request first needs the engine."""

    def __init__(
        self,
        outbox: Outbox,
        places: Places,
        settings: SettingsFile,
        make_engine: Callable[[Listener], Engine],
        environment: Mapping[str, str],
    ) -> None:
        self._outbox, self._places, self._settings = outbox, places, settings
        self._make_engine, self._environment = make_engine, environment
        self._made: Engine | None = None
        self._making = threading.Lock()  # one engine, whoever needs it first
        self._choosing = threading.Lock()  # held while a folder chooser is open
        self._handlers: dict[str, Callable[[Request], Result]] = {
            "hello": self._hello,
            "job.start": self._start,
            "job.pause": self._control,
            "job.resume": self._control,
            "job.cancel": self._control,
            "job.retry": self._control,
            "job.remove": self._control,
            "job.priority": self._control,
            "job.files": self._files,
            "jobs.list": self._list,
            "settings.get": self._get_settings,
            "settings.set": self._set_settings,
            "health": self._health,
        }
        #: these answer later, from a thread of their own
        self._desktop_handlers: dict[str, Callable[[Request], Result]] = {
            "folder.reveal": self._reveal,
            "folder.choose": self._choose,
        }

    def serve(self, read: Callable[[int], bytes]) -> int:
        """Answer until the stream ends; the exit code: 0 for a clean end, 2 for a broken frame."""
        try:
            while (body := read_frame(read)) is not None:
                self._answer(body)
        except FrameError as error:
            log.error("broken frame: %s", error)
            self._outbox.post(log_line("error", f"{error.message} {error.hint}"))
            return EXIT_BROKEN
        except OSError as error:
            log.info("standard input ended: %s", error)
        return 0

    def close(self) -> None:
        """Stop the engine, then write what is left to say, each within its limit."""
        with self._making:
            made = self._made
        if made is not None:
            made.stop(STOP_ENGINE_S)
        log.info("stop: outbox %s", "empty" if self._outbox.close(STOP_OUTBOX_S) else "given up")

    def _answer(self, body: bytes) -> None:
        with self._refusing(None):
            message = decode(body)
            request_id = readable_id(message)
            with self._refusing(request_id):
                _check(message)
                assert isinstance(message, dict)  # check_request has seen to it
                self._handle(message)

    def _handle(self, request: Request) -> None:
        kind = request["type"]
        if kind == "page.inspect":
            self._inspect(request)
        elif kind in self._desktop_handlers:
            threading.Thread(target=self._handle_later, args=(request,), name=kind, daemon=True).start()
        else:
            self._accept(request["id"], self._handlers[kind](request))
            if kind == "hello" and request["browser"] != DOCTOR:
                self._adopt()  # after the answer: nobody waits for it

    def _handle_later(self, request: Request) -> None:
        with self._refusing(request["id"]):
            self._accept(request["id"], self._desktop_handlers[request["type"]](request))

    @contextmanager
    def _refusing(self, request_id: int | None) -> Iterator[None]:
        """What is raised inside is the answer."""
        try:
            yield
        except ThreadreelError as error:
            self._refuse(request_id, error)
        except SYSTEM_ERRORS as error:
            log.exception("the system refused a request")
            self._refuse(request_id, as_sentence(error))
        except Exception as error:  # the host's entry: one bad request must not end the conversation
            log.exception("a request failed")
            message = f"The request failed: {error!r}."
            self._refuse(request_id, ThreadreelError("internal", message, "Please report this."))

    def _accept(self, request_id: int, result: Result) -> None:
        self._outbox.post({"re": request_id, "type": "ok", "result": result})

    def _refuse(self, request_id: int | None, error: ThreadreelError) -> None:
        log.info("request %s refused: %s: %s", request_id, error.code, error)
        self._outbox.post({"re": request_id, "type": "error", "error": error.as_json()})

    @property
    def _engine(self) -> Engine:
        with self._making:
            if self._made is None:
                self._made = self._make_engine(lambda event: post_event(self._outbox, event))
            return self._made

    # One handler for each request

    def _hello(self, request: Request) -> Result:
        if request["protocol"] != PROTOCOL:
            raise RequestError(
                "protocol.unsupported",
                f"The extension speaks protocol {request['protocol']}, this host (Threadreel {__version__}) speaks {PROTOCOL}.",
                "Upgrade the older one; the host with: pip install --upgrade threadreel",
            )
        log.info("hello from extension %r in %r", request["extension"], request["browser"])
        engine = self._engine
        jobs, cursor = engine.page()
        return {
            "protocol": PROTOCOL,
            "version": __version__,
            "sites": [
                {"name": site.name, "software": site.software, "patterns": list(site.match_patterns)}
                for site in engine.sites
            ],
            "capabilities": [*self._handlers, "page.inspect", *self._desktop_handlers, *_FEATURES],
            "limits": {"message_bytes": MAX_MESSAGE_BYTES, "urls": MOST_URLS, "page": PAGE},
            "jobs": jobs,
            "cursor": cursor,
            "settings": self._settings.values,
        }

    def _adopt(self) -> None:
        try:
            self._engine.adopt()
        except Exception as error:  # hello is answered already: this is nobody's reply
            log.exception("unfinished jobs were not taken up")
            self._outbox.post(log_line("error", f"Unfinished downloads could not be taken up: {error}"))

    def _inspect(self, request: Request) -> None:
        def answer(found: Result | ThreadreelError) -> None:
            if isinstance(found, ThreadreelError):
                self._refuse(request["id"], found)
            else:
                self._accept(request["id"], found)

        self._engine.inspect(request["url"], answer)

    def _start(self, request: Request) -> Result:
        options = request.get("options", {})
        if options.get("watch"):
            raise RequestError(
                "request.unsupported",
                "This version does not watch threads.",
                "Start the thread again when it has grown: only what is new is fetched.",
            )
        chosen = self._engine.options(only=options.get("only"), priority=options.get("priority"))
        return {"jobs": self._engine.start(request["urls"], chosen)}

    def _control(self, request: Request) -> Result:
        action = request["type"].removeprefix("job.")
        return {"jobs": self._engine.control(action, request["job"], request.get("priority", ""))[:PAGE]}

    def _files(self, request: Request) -> Result:
        start, wanted = _read_cursor(request.get("cursor")), request.get("state")
        rows = list(enumerate(self._engine.files(request["job"])))[start:]
        found = [(at, row) for at, row in rows if wanted in (None, row.state)]
        following = str(found[PAGE][0]) if len(found) > PAGE else None
        return {"files": [file_view(row) for _, row in found[:PAGE]], "cursor": following}

    def _list(self, request: Request) -> Result:
        jobs, cursor = self._engine.page(request.get("cursor"))
        return {"jobs": jobs, "cursor": cursor}

    def _reveal(self, request: Request) -> Result:
        directory = self._engine.job(request["job"])["directory"]
        if not directory:
            raise DesktopError("desktop.no_folder", "This job has no folder yet.", "Wait until its thread was read.")
        desktop.reveal(Path(directory))
        return {"directory": directory}

    def _choose(self, _request: Request) -> Result:
        if not self._choosing.acquire(blocking=False):
            raise DesktopError("desktop.busy", "The folder chooser is open already.", "Look for its window.")
        try:
            chosen = desktop.choose(self._download_root(), self._environment)
        finally:
            self._choosing.release()
        if chosen is None:
            return {"directory": None, "settings": self._settings.values}
        return {"directory": str(chosen), "settings": self._engine.change_settings({"directory": str(chosen)})}

    def _get_settings(self, _request: Request) -> Result:
        return {"settings": self._settings.values}

    def _set_settings(self, request: Request) -> Result:
        values = self._engine.change_settings(request["values"])
        logging.getLogger("threadreel").setLevel(values["log_level"].upper())
        return {"settings": values}

    def _health(self, _request: Request) -> Result:
        return {**self._engine.health(), **machine_health(self._download_root())}

    def _download_root(self) -> Path:
        return Path(self._settings.values["directory"] or self._places.download_root)


def machine_health(root: Path) -> dict[str, Any]:
    """``disk`` and ``versions`` of the health report; ``free_bytes`` of the nearest folder that is there."""
    there = next((folder for folder in (root, *root.parents) if folder.is_dir()), Path(os.sep))
    return {
        "disk": {"directory": str(root), "free_bytes": shutil.disk_usage(there).free},
        "versions": {"threadreel": __version__, "python": platform.python_version(), "platform": platform.platform()},
    }


def _check(message: object) -> None:
    """A request of the contract; a setting that cannot be so is said in the words that the command line uses."""
    try:
        check_request(message)
    except RequestError as error:
        if error.code == "request.invalid" and isinstance(message, dict) and message.get("type") == "settings.set":
            values = message.get("values")
            if isinstance(values, dict):
                check_settings({name: value for name, value in values.items() if name != "directory"})
        raise


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit():
        raise RequestError(
            "request.invalid", "The cursor is not one that a page of files gave.", "Start from the first page."
        )
    return int(cursor)
