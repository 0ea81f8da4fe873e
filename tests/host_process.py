"""The real host as a browser has it: a process behind two pipes, started with a browser's arguments, every frame checked.

with HostProcess() as host:
    host.hello()
    job = host.result("job.start", urls=[url])["jobs"][0]
    host.finished(job["id"])
"""

import base64
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import command_line
from threadreel.errors import ThreadreelError
from threadreel.wire.contract import check_event, check_reply
from threadreel.wire.frames import decode, encode, read_frame

CHROMIUM = ("chrome-extension://abcdefghijklmnopabcdefghijklmnop/",)
FIREFOX = ("/home/me/.mozilla/native-messaging-hosts/io.github.threadreel.host.json", "threadreel@threadreel.github.io")
#: what Chromium leaves a host between closing its pipes and killing it is 2 s
EXIT_LIMIT_S = 1.5
_REPLY_LIMIT_S = 15.0
#: how soon the reader notices that nobody wants it any more
_LOOK_S = 0.05
#: no window opens on the desk of whoever runs the tests
_NO_DESKTOP = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}

Message = dict[str, Any]


class HostProcess:
    """One conversation. ``events`` and ``replies`` hold what came so far; waiting for more has a limit."""

    def __init__(
        self,
        arguments: tuple[str, ...] = CHROMIUM,
        environment: Mapping[str, str] | None = None,
        browser: str = "Test 1",
    ) -> None:
        self._browser = browser
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "threadreel.native", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=0,
            env={**command_line.environment(_NO_DESKTOP), **(environment or {})},
        )
        self.events: list[Message] = []
        self.replies: dict[int | None, Message] = {}
        self.largest_frame_bytes = 0
        self._asked: dict[int, str] = {}
        self._ids = itertools.count(1)
        self._sending = threading.Lock()  # frames longer than the pipe takes at once do not mix
        self._changed = threading.Condition()
        self._failure: Exception | None = None
        self._is_listening = True
        self._may_read = threading.Event()
        self._may_read.set()
        self._reader = threading.Thread(target=self._listen, name="host-reader", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._is_listening = False
        self._may_read.set()
        self._reader.join(5)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self._stderr.close()

    # What an extension says

    def send(self, kind: str, **fields: Any) -> int:
        """Send a request; its id."""
        request_id = next(self._ids)
        self._asked[request_id] = kind
        self.send_bytes(encode({"id": request_id, "type": kind, **fields}))
        return request_id

    def send_bytes(self, data: bytes) -> None:
        """Write these bytes as they are."""
        assert self.process.stdin is not None
        with self._sending:
            self.process.stdin.write(data)

    def send_message(self, message: object) -> None:
        """Frame anything that JSON can say, the envelope included."""
        self.send_body(json.dumps(message).encode())

    def send_body(self, body: bytes) -> None:
        """Frame these bytes, JSON or not."""
        self.send_bytes(len(body).to_bytes(4, sys.byteorder) + body)

    def reply(self, request_id: int | None, timeout_s: float = _REPLY_LIMIT_S) -> Message:
        """The reply to a request, once it is here; it is taken away."""
        self.wait_until(lambda: request_id in self.replies, f"the reply to {request_id}", timeout_s)
        return self.replies.pop(request_id)

    def result(self, kind: str, **fields: Any) -> Message:
        """Ask, and give the result of an ok reply."""
        reply = self.reply(self.send(kind, **fields))
        assert reply["type"] == "ok", reply
        result: Message = reply["result"]
        return result

    def refusal(self, kind: str, **fields: Any) -> Message:
        """Ask, and give the error of a refusal."""
        reply = self.reply(self.send(kind, **fields))
        assert reply["type"] == "error", reply
        error: Message = reply["error"]
        return error

    def hello(self, protocol: int = 1, **more: Any) -> Message:
        """Say hello as an extension does."""
        return self.result("hello", protocol=protocol, extension="0.1.0", browser=self._browser, **more)

    def start(self, *urls: str, **options: Any) -> list[str]:
        """Start downloads; the ids of their jobs."""
        jobs = self.result("job.start", urls=list(urls), **({"options": options} if options else {}))["jobs"]
        return [job["id"] for job in jobs]

    # What it hears

    def wait_until(self, condition: Callable[[], object], what: str, timeout_s: float = _REPLY_LIMIT_S) -> None:
        """Return once the condition is true; looked at after every message. Fails when the stream is broken or over."""
        with self._changed:
            self._changed.wait_for(lambda: condition() or self._failure is not None, timeout_s)
            if condition():
                return
            if self._failure is not None:
                raise AssertionError(f"waited for {what}: {self._failure!r}\n{self.last_words()}") from self._failure
            told = [event.get("text") or event["type"] for event in self.events[-20:]]
            raise AssertionError(f"waited {timeout_s} s in vain for {what}\n{told}\n{self.last_words()}")

    def event(self, matches: Callable[[Message], object], what: str = "an event") -> Message:
        """The first event so far, or to come, that matches."""
        self.wait_until(lambda: any(matches(event) for event in self.events), what)
        return next(event for event in self.events if matches(event))

    def needed(self, number: int = 0) -> Message:
        """The first, second ... ``file.needed``."""

        def found() -> list[Message]:
            return [event for event in self.events if event["type"] == "file.needed"]

        self.wait_until(lambda: len(found()) > number, f"file.needed {number}")
        return found()[number]

    def chunk(self, needed: Message, offset: int, data: bytes, **fields: Any) -> int:
        """Send a piece of what is needed; the request's id."""
        text = base64.b64encode(data).decode()
        return self.send("file.chunk", job=needed["job"], file=needed["file"], offset=offset, data=text, **fields)

    def wake(self) -> None:
        """Who waits looks again."""
        with self._changed:
            self._changed.notify_all()

    def finished(self, *job_ids: str, timeout_s: float = _REPLY_LIMIT_S) -> list[Message]:
        """The ``job.finished`` of these jobs, in this order."""

        def found(job_id: str) -> list[Message]:
            return [event for event in self.events if event["type"] == "job.finished" and event["job"]["id"] == job_id]

        self.wait_until(lambda: all(found(job_id) for job_id in job_ids), f"the end of {job_ids}", timeout_s)
        return [found(job_id)[-1] for job_id in job_ids]

    def is_in_state(self, job_id: str, state: str) -> bool:
        """Whether the last word about this job is that state."""
        views = [event["job"] for event in self.events if event["type"] in ("job.update", "job.finished")]
        states = [job["state"] for job in views if job["id"] == job_id]
        return states[-1:] == [state]

    def stop_reading(self) -> None:
        """Take no more frames from the pipe than the one that is being read."""
        self._may_read.clear()

    def read_on(self) -> None:
        """Read again."""
        self._may_read.set()

    # How it ends

    def close_stdin(self) -> None:
        """Close the port, as a browser does first of all."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def close_stdout(self) -> None:
        """Read no more, ever: what the host writes from now on finds nobody."""
        self._is_listening = False
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait(self, timeout_s: float = EXIT_LIMIT_S) -> int:
        """The exit code; fails when the process has not ended within the limit. All it said has been read then."""
        code = self.process.wait(timeout_s)
        self._reader.join(5)
        return code

    def end(self) -> int:
        """Close the port and give the exit code."""
        self.close_stdin()
        return self.wait()

    def kill(self) -> None:
        """End it without a word of warning."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> None:
        """Ask it to end, as Firefox does after 3 s."""
        self.process.send_signal(signal.SIGTERM)

    def last_words(self) -> str:
        """What it wrote to standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")

    def _listen(self) -> None:
        try:
            while (body := read_frame(self._read)) is not None:
                self.largest_frame_bytes = max(self.largest_frame_bytes, len(body))
                self._take(decode(body))
            self._fail(EOFError("the host has closed its output"))
        except (AssertionError, EOFError, OSError, ThreadreelError) as error:
            self._fail(error)

    def _read(self, size: int) -> bytes:
        assert self.process.stdout is not None
        while self._is_listening:
            self._may_read.wait()
            if select.select([self.process.stdout], [], [], _LOOK_S)[0]:
                return os.read(self.process.stdout.fileno(), size)
        raise EOFError("nobody listens any more")

    def _take(self, message: object) -> None:
        assert isinstance(message, dict), message
        if "re" in message:
            check_reply(message, self._asked.get(message["re"]))
        else:
            check_event(message)
        with self._changed:
            if "re" in message:
                assert message["re"] not in self.replies, f"a second reply: {message}"
                self.replies[message["re"]] = message
            else:
                self.events.append(message)
            self._changed.notify_all()

    def _fail(self, error: Exception) -> None:
        with self._changed:
            self._failure = error
            self._changed.notify_all()


def part_sizes(home: Path) -> dict[str, int]:
    """The bytes of each file that has begun and is not whole, by ``tim``."""
    sizes = {}
    for part in (home / "downloads").rglob("*.part"):
        with suppress(FileNotFoundError):  # whole in this moment
            sizes[part.name.split()[0]] = part.stat().st_size
    return sizes
