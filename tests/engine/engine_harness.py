"""An engine in this process, on a home of its own, against a board by its own address, with waits as short as they can be.

with Scene(board, home) as scene:
    job = scene.run(thread)                    # start, wait, and prove the sums against the API answer and the disk
    scene.expect(job, saved=4, deleted=1)      # how many files ended how
"""

import contextlib
import dataclasses
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import pytest

from board.server import Board
from threadreel.demo.page import Thread
from threadreel.engine.clock import Clock
from threadreel.engine.engine import Engine
from threadreel.events import Event
from threadreel.library.answer_table import Answer, AnswerTable
from threadreel.library.job_table import AttachmentRow
from threadreel.places import Places, find_places
from threadreel.settings import SettingsFile
from threadreel.states import FILE_ENDED, FILE_ON_DISK, FileState
from threadreel.wire.contract import check_event
from waiting import wait_until

LIMIT_S = 20
_RETRY = "retry"
#: short, so that tests need not wait; the rules are the engine's own
SHORT: dict[str, Any] = {"backoff_base_s": 0.01, "backoff_cap_s": 0.05, "margin_s": 0.02}


class Scene:
    """One engine and what it told. ``policy`` and ``settings`` are changes to the defaults."""

    def __init__(
        self,
        board: Board,
        home: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        **policy: Any,
    ) -> None:
        self.board, self.home = board, home
        self.places: Places = find_places({"THREADREEL_HOME": str(home)})
        self._told = threading.Condition()
        self._events: list[tuple[float, Event]] = []
        kept = SettingsFile(self.places.settings_file)
        kept.values = {**kept.values, "boards": [board.settings_board()], **(settings or {})}
        numbers = {**SHORT, **policy}
        self.engine = Engine(
            self.places, kept, self._hear, clock, tune=lambda policy: dataclasses.replace(policy, **numbers)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the engine; everything it ever said is an event of the contract, in order."""
        self.engine.stop()
        for event in self.events():
            if event["type"] != _RETRY:
                check_event(event)
        self._check_order()

    def _hear(self, event: Event) -> None:
        with self._told:
            self._events.append((time.monotonic(), json.loads(json.dumps(event))))
            self._told.notify_all()

    # What happened

    def await_news(self, timeout_s: float) -> None:
        """Return when something is told, or after so long."""
        with self._told:
            self._told.wait(timeout_s)

    def events(self, kind: str = "", job: str = "") -> list[Event]:
        """The events so far, of this type and about this job."""
        return [event for _, event in self.timed_events(kind, job)]

    def timed_events(self, kind: str = "", job: str = "") -> list[tuple[float, Event]]:
        """Likewise, each with the monotonic second in which it was told."""
        with self._told:
            return [
                (moment, event)
                for moment, event in self._events
                if (not kind or event["type"] == kind) and (not job or job_of(event) == job)
            ]

    def logs(self) -> str:
        """Every sentence, one a line."""
        return "\n".join(event["text"] for event in self.events("log"))

    # What a user does

    def url(self, thread: Thread) -> str:
        return self.board.thread_url(thread)

    def start(self, *pages: Thread | str, **options: Any) -> list[str]:
        """The ids of the jobs for these pages."""
        urls = [page if isinstance(page, str) else self.url(page) for page in pages]
        return [job["id"] for job in self.engine.start(urls, self.engine.options(**options))]

    def has_read(self, *threads: Thread) -> None:
        """The answers for these threads are kept, as if they had just been read: their jobs need not wait for the API's pace."""
        answers = AnswerTable(self.engine.ledger)
        for thread in threads:
            ((site, target),) = self.engine.check([self.url(thread)])
            body = json.dumps(thread.answer()).encode()
            answers.keep(site.api_url(target), Answer(200, body, None, time.time()))

    def control(self, action: str, job: str, priority: str = "") -> dict[str, Any]:
        if action == _RETRY:
            self._hear({"type": _RETRY, "job": job})  # events of an ended job are right from here on
        (view,) = self.engine.control(action, job, priority)
        return dict(view)

    def finish(self, *jobs: str) -> None:
        """Wait until these jobs have ended and said so."""
        assert self.engine.wait(jobs, LIMIT_S), [self.engine.job(job) for job in jobs]

    def run(self, thread: Thread, **options: Any) -> str:
        """Start a thread's job, wait for its end, and prove its sums."""
        (job,) = self.start(thread, **options)
        self.finish(job)
        self.prove(job, thread)
        return job

    def retry(self, job: str, thread: Thread) -> None:
        self.control("retry", job)
        self.finish(job)
        self.prove(job, thread)

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        return wait_until(condition, what, LIMIT_S)

    def until_idle(self) -> None:
        """No worker has anything in hand."""
        self.until(lambda: not self.engine.health()["workers"], "workers to let go")

    # What is there

    def job(self, job: str) -> dict[str, Any]:
        return dict(self.engine.job(job))

    def files(self, job: str) -> list[AttachmentRow]:
        return self.engine.files(job)

    def file(self, job: str, name_part: str) -> AttachmentRow:
        """The one file of the job whose name holds this."""
        (found,) = [file for file in self.files(job) if name_part in file.name]
        return found

    def folder(self, job: str) -> Path:
        return Path(self.job(job)["directory"])

    def on_disk(self, suffix: str = "") -> list[str]:
        """Every file below the download root with this suffix, relative and sorted."""
        root = self.places.download_root
        return sorted(str(path.relative_to(root)) for path in root.rglob(f"*{suffix}") if path.is_file())

    def media_requests(self, path: str = "*") -> int:
        """How many requests for media the board has seen."""
        return len(self.board.requests(path, host=self.board.media_host))

    def api_requests(self) -> int:
        return len(self.board.requests("*/thread/*.json", host=self.board.host))

    # What must be true

    def expect(self, job: str, **counts: int) -> None:
        """The files of the job ended like this, and in no other way."""
        files = self.job(job)["files"]
        assert {state: files[state] for state in FILE_ENDED if files[state]} == counts, self.logs()

    def prove(self, job: str, thread: Thread) -> None:
        """An ended job's sums: every attachment of the API answer in exactly one end state, and the disk as they say."""
        view, files, media = self.job(job), self.files(job), thread.media()
        posts = [post for post in thread.answer()["posts"] if is_attachment(post)]
        counts = view["files"]
        assert counts["total"] == counts["done"] == len(posts) == len(files)
        assert sum(counts[state] for state in FILE_ENDED) == counts["total"]
        assert counts["active"] == 0
        assert {state: sum(file.state is state for file in files) for state in FILE_ENDED} == {
            state: counts[state] for state in FILE_ENDED
        }
        assert counts["through_browser"] == sum(file.reason == "browser" for file in files)
        assert len({file.key for file in files}) == len(files)
        self._prove_report(job)
        self._prove_disk(job, media)

    def _prove_report(self, job: str) -> None:
        finished = self.events("job.finished", job)[-1]
        assert finished["job"] == json.loads(json.dumps(self.job(job)))
        report = finished["report"]
        assert report["counts"] == {name: finished["job"]["files"][name] for name in ("total", *FILE_ENDED)}
        assert [entry["state"] for entry in report["attachments"]] == [file.state for file in self.files(job)]
        if self.job(job)["kind"] == "thread":
            assert json.loads((self.folder(job) / "report.json").read_text("utf-8")) == report

    def _prove_disk(self, job: str, media: Mapping[str, bytes]) -> None:
        folder = self.folder(job)
        entries = {entry["id"]: entry for entry in self.events("job.finished", job)[-1]["report"]["attachments"]}
        expected = set()
        for file in self.files(job):
            if file.state not in FILE_ON_DISK or (file.reason or "").startswith("skip"):
                continue
            expected.add(file.name)
            body = (folder / file.name).read_bytes()
            entry = entries[file.key]
            if file.state is not FileState.DIFFERS and file.reason not in {"changed", "differs"}:
                assert body == media[media_path(file)], file.name
                assert entry["md5"] == hashlib.md5(body, usedforsecurity=False).hexdigest()
            if entry["sha256"] is not None:
                assert entry["sha256"] == hashlib.sha256(body).hexdigest()
            assert entry["done"] == len(body)
        there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        if self.job(job)["state"] == "completed":
            assert not [name for name in there if name.endswith(".part")]
        assert expected <= there

    def _check_order(self) -> None:
        """The last update of a job that ended says what the end says, and nothing follows the end but a retry."""
        last: dict[str, Event] = {}
        done: dict[str, int] = {}
        for event in self.events():
            job = job_of(event)
            if job is None:
                continue
            before = last.get(job)
            if event["type"] == _RETRY:
                done[job] = 0
            elif before is not None:
                assert before["type"] != "job.finished", event
            if event["type"] == "job.finished":
                assert before is not None
                assert before["type"] == "job.update"
                assert before["job"] == event["job"]
            if event["type"] == "job.update":
                assert event["job"]["files"]["done"] >= done.get(job, 0), "files.done fell"
                done[job] = event["job"]["files"]["done"]
            last[job] = event


def job_of(event: Event) -> str | None:
    """The id of the job an event is about."""
    job: Any = event.get("job")
    return job["id"] if isinstance(job, dict) else job


def is_attachment(post: Mapping[str, Any]) -> bool:
    """Whether a post of an API answer speaks of a file, one that is gone included."""
    return any(post.get(name) for name in ("tim", "filename", "ext", "md5", "filedeleted"))


def media_path(file: AttachmentRow) -> str:
    """Where the board has the file."""
    return unquote(urlsplit(file.urls[0]).path)


@dataclasses.dataclass
class Stop:
    """A point of the program at which whoever comes there waits, until it is opened."""

    arrived: threading.Event = dataclasses.field(default_factory=threading.Event)
    open: threading.Event = dataclasses.field(default_factory=threading.Event)


@contextlib.contextmanager
def stop_before(owner: type, method: str, when: Callable[..., bool] = lambda *_: True) -> Iterator[Stop]:
    """While this lasts, calls of this method (whose arguments are like that) wait before they begin."""
    stop, original = Stop(), getattr(owner, method)

    def wait_first(*args: Any, **options: Any) -> Any:
        if when(*args):
            stop.arrived.set()
            assert stop.open.wait(LIMIT_S)
        return original(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, method, wait_first)
        try:
            yield stop
        finally:
            stop.open.set()


class ShiftedTime:
    """A wall clock that can be set forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(time=lambda: time.time() + self.ahead_s)
