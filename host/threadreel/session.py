"""One conversation with a browser: requests in, replies and events out, and an end when the browser ends it.

Every request is checked against its schema, handed to its handler, and answered once: with a result, or with the error that a
handler raised. Handlers answer at once; those that wait for somebody (``page.inspect`` for the site, ``folder.reveal`` and
``folder.choose`` for the desktop, ``file.chunk`` for the disk) answer later under the same id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from threadreel import __version__
from threadreel.engine.engine import Engine
from threadreel.engine.planning.intake import PageFile
from threadreel.errors import RequestError, ThreadreelError
from threadreel.events import Listener, log_line
from threadreel.handlers.fetch_requests import FetchRequests
from threadreel.handlers.home_requests import HomeRequests, site_views
from threadreel.handlers.job_requests import PAGE, JobRequests, read_cursor
from threadreel.handlers.page_requests import PageRequests
from threadreel.handlers.request import Handler, Later, Request, Result
from threadreel.library.owner_table import BROWSER
from threadreel.places import Places
from threadreel.sentences import SYSTEM_ERRORS, as_sentence
from threadreel.settings import SettingsFile
from threadreel.settings import check as check_settings
from threadreel.wire.contract import DOCTOR, PROTOCOL, check_request, readable_id
from threadreel.wire.feed import post_event
from threadreel.wire.frames import MAX_MESSAGE_BYTES, FrameError, decode, read_frame
from threadreel.wire.outbox import Outbox

log = logging.getLogger(__name__)

MOST_URLS = 50
#: with the longest addresses still a frame
PAGE_FILES = 400
EXIT_BROKEN = 2
_LATE = ("page.inspect", "page.files", "file.chunk")
_FEATURES = (
    "threads",
    "pictures",
    "boards",
    "watch",
    "follow",
    "filters",
    "preview",
    "resume",
    "duplicates",
    "templates",
    "custom-boards",
    "browser-fetch",
)
#: how ``page.inspect`` calls what a job's options call otherwise
_OPTION_NAMES = {"name_template": "name", "folder_template": "folder"}
#: what the browser gives us on its way out is under 2 s: transfers first, then the last frames
STOP_ENGINE_S, STOP_OUTBOX_S = 1.0, 0.3


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
        self._outbox, self._settings = outbox, settings
        self._make_engine = make_engine
        self._made: Engine | None = None
        #: whether a browser said hello, and so may have left work behind
        self.is_member = False
        self._making = threading.Lock()  # one engine, whoever needs it first
        home = HomeRequests(self._engine, places, settings, environment)
        self._fetches = FetchRequests(self._engine)
        self._handlers: Mapping[str, Handler] = {
            "hello": self._hello,
            **PageRequests(self._engine).handlers,
            **JobRequests(self._engine).handlers,
            **home.handlers,
            **self._fetches.handlers,
        }
        self._slow_handlers = home.slow_handlers

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
        elif kind == "page.files":
            self._list_page(request)
        elif kind == "file.chunk":
            self._fetches.take(request, lambda found: self._answer_later(request["id"], found))
        elif kind in self._slow_handlers:
            self._accept_later(request, lambda: self._slow_handlers[kind](request))
        else:
            result = self._handlers[kind](request)
            if callable(result):
                self._accept_later(request, result)
            else:
                self._accept(request["id"], result)
            if kind == "hello" and request["browser"] != DOCTOR:
                self._join(request["browser"])  # after the answer: nobody waits for it

    def _accept_later(self, request: Request, wait: Later) -> None:
        def run() -> None:
            with self._refusing(request["id"]):
                self._accept(request["id"], wait())

        threading.Thread(target=run, name=request["type"], daemon=True).start()

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

    def _answer_later(self, request_id: int, found: Result | ThreadreelError) -> None:
        if isinstance(found, ThreadreelError):
            self._refuse(request_id, found)
        else:
            self._accept(request_id, found)

    def _engine(self) -> Engine:
        with self._making:
            if self._made is None:
                self._made = self._make_engine(lambda event: post_event(self._outbox, event))
            return self._made

    def _hello(self, request: Request) -> Result:
        if request["protocol"] != PROTOCOL:
            raise RequestError(
                "protocol.unsupported",
                f"The extension speaks protocol {request['protocol']}, this host (Threadreel {__version__}) speaks {PROTOCOL}.",
                "Upgrade the older one; the host with: pip install --upgrade threadreel",
            )
        log.info("hello from extension %r in %r", request["extension"], request["browser"])
        engine = self._engine()
        engine.set_permissions(["<all_urls>"] if request.get("fetches") else [])
        jobs, cursor = engine.page(parent=None)
        return {
            "protocol": PROTOCOL,
            "version": __version__,
            "sites": site_views(engine.sites),
            "capabilities": [*self._handlers, *_LATE, *self._slow_handlers, *_FEATURES],
            "limits": {"message_bytes": MAX_MESSAGE_BYTES, "urls": MOST_URLS, "page": PAGE},
            "jobs": jobs,
            "cursor": cursor,
            "settings": self._settings.values,
        }

    def _join(self, browser: str) -> None:
        """From now on this browser is one of those that share the library, and goes on with what nobody does."""
        self.is_member = True
        try:
            self._engine().join(BROWSER, browser)
            self._engine().adopt()
        except Exception as error:  # hello is answered already: this is nobody's reply
            log.exception("unfinished jobs were not taken up")
            self._outbox.post(log_line("error", f"Unfinished downloads could not be taken up: {error}"))

    def _inspect(self, request: Request) -> None:
        chosen = {_OPTION_NAMES.get(name, name): value for name, value in request.get("options", {}).items()}
        engine = self._engine()
        engine.inspect(request["url"], lambda found: self._answer_later(request["id"], found), engine.options(**chosen))

    def _list_page(self, request: Request) -> None:
        start = read_cursor(request.get("cursor"))

        def answer(found: Sequence[PageFile] | ThreadreelError) -> None:
            if isinstance(found, ThreadreelError):
                self._refuse(request["id"], found)
                return
            page, end = found[start : start + PAGE_FILES], start + PAGE_FILES
            files = [{"id": file.id, "url": file.url, "state": file.state} for file in page]
            self._accept(request["id"], {"files": files, "cursor": str(end) if end < len(found) else None})

        self._engine().page_files(request["url"], answer)


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
