"""A real hello to a host program, as a browser would say it: start, one request, one answer, end of input, exit.

Used by the doctor. Every wait has a limit, and the program is gone afterwards whatever it did.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import threadreel
from threadreel.errors import SetupError, ThreadreelError
from threadreel.setup.manifests import ExtensionIds
from threadreel.setup.rows import Family
from threadreel.wire.contract import DOCTOR, PROTOCOL
from threadreel.wire.frames import MAX_MESSAGE_BYTES, decode, encode, read_frame

_REQUEST_ID = 1
#: variables of a terminal that the host of a browser would not have
_TERMINAL_ONLY = frozenset({"THREADREEL_HOME", "PYTHONPATH", "PYTHONHOME"})


@dataclass(frozen=True, slots=True)
class Hello:
    """A good answer: the host's version, and how long it took from a cold start."""

    version: str
    seconds: float


def browser_arguments(family: Family, manifest: Path, ids: ExtensionIds) -> tuple[str, ...]:
    """The arguments that a browser of ``family`` gives a host."""
    if family is Family.CHROMIUM:
        return (f"chrome-extension://{ids.chromium[0]}/",)
    return (str(manifest), ids.firefox[0])


def say_hello(
    program: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    answer_limit_s: float = 5.0,
    exit_limit_s: float = 3.0,
) -> Hello:
    """Start ``program`` and exchange one hello; then it must end by itself with exit code 0.

    ``environment`` is this process's, less what only a terminal has. Raises SetupError with the code of what went
    wrong: ``setup.hello_start``, ``_text``, ``_broken``, ``_ended``, ``_silent``, ``_refused``, ``_stays``, ``_exit``.
    """
    with tempfile.TemporaryFile() as stderr:
        started = time.monotonic()
        process = _start(program, arguments, environment, stderr)
        listener = _Listener(process)
        try:
            version = _ask(process, listener, started + answer_limit_s)
            seconds = time.monotonic() - started
            _end(process, exit_limit_s)
        except SetupError as error:
            _kill(process)
            raise SetupError(error.code, error.message + _last_words(stderr)) from error
        finally:
            _kill(process)
            listener.close()
    return Hello(version, seconds)


class _Listener:
    """Reads frames in a thread of its own, so that waiting has a limit. Events are dropped, and read on until the end:
    a host whose pipe is full could not exit."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._stream = process.stdout
        self.first_bytes = b""
        self.replies: queue.SimpleQueue[dict[str, Any] | SetupError] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="doctor-hello", daemon=True)
        self._thread.start()

    def _read(self, size: int) -> bytes:
        data = os.read(self._stream.fileno(), size)
        if len(self.first_bytes) < 4:
            self.first_bytes += data[: 4 - len(self.first_bytes)]
        return data

    def _listen(self) -> None:
        with suppress(OSError):
            try:
                while (body := read_frame(self._read, MAX_MESSAGE_BYTES)) is not None:
                    message = decode(body)
                    if isinstance(message, dict) and message.get("re") == _REQUEST_ID:
                        self.replies.put(message)
            except ThreadreelError as error:
                self.replies.put(_bad_stream(self.first_bytes, error))
        self.replies.put(SetupError("setup.hello_ended", "It ended without an answer."))

    def close(self) -> None:
        """Let go of the pipe once the thread has; a grandchild that keeps it open keeps only a daemon thread."""
        self._thread.join(1.0)
        if not self._thread.is_alive():
            self._stream.close()


def _start(
    program: Path, arguments: Sequence[str], environment: Mapping[str, str], stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    no_window: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows only, as both families start a batch file
    try:
        return subprocess.Popen(
            [str(program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            cwd=program.parent,
            env={name: value for name, value in environment.items() if name not in _TERMINAL_ONLY},
            start_new_session=True,
            creationflags=no_window,
        )
    except OSError as error:
        raise SetupError("setup.hello_start", f"It cannot be started: {error.strerror or error}.") from error


def _ask(process: subprocess.Popen[bytes], listener: _Listener, deadline: float) -> str:
    """Send the hello and return the version that answers."""
    assert process.stdin is not None
    request = {
        "id": _REQUEST_ID,
        "type": "hello",
        "protocol": PROTOCOL,
        "extension": threadreel.__version__,
        "browser": DOCTOR,
    }
    with suppress(OSError):  # it has ended already: the listener knows
        process.stdin.write(encode(request))
    try:
        reply = listener.replies.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise SetupError("setup.hello_silent", "It did not answer in time.") from None
    if isinstance(reply, SetupError):
        raise reply
    return _version(reply)


def _bad_stream(first_bytes: bytes, error: ThreadreelError) -> SetupError:
    """A wrong length is nearly always text: ``Trac`` is the head of a traceback, ``WARN`` of a log line."""
    if first_bytes and all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in first_bytes):
        text = first_bytes.decode("ascii")
        return SetupError("setup.hello_text", f"It prints text where only messages may be, beginning with {text!r}.")
    return SetupError("setup.hello_broken", f"Its answer is not a message: {error.message}")


def _version(reply: Mapping[str, Any]) -> str:
    result = reply.get("result")
    if reply.get("type") == "ok" and isinstance(result, dict):
        return str(result.get("version"))
    error = reply.get("error")
    reason = error.get("message", "") if isinstance(error, dict) else ""
    raise SetupError("setup.hello_refused", f"It refused the hello: {reason or 'no reason given'}")


def _end(process: subprocess.Popen[bytes], exit_limit_s: float) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    try:
        code = process.wait(exit_limit_s)
    except subprocess.TimeoutExpired:
        raise SetupError("setup.hello_stays", f"It still runs {exit_limit_s:g} s after its input ended.") from None
    if code != 0:
        raise SetupError("setup.hello_exit", f"It answered, but ended with exit code {code}.")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the program if it still runs and, where there are sessions, whatever it started."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(stderr: IO[bytes]) -> str:
    """The last line of the program's standard error, for the account."""
    stderr.seek(0)
    lines = stderr.read().decode("utf-8", "replace").strip().splitlines()
    return f' Its last words: "{lines[-1].strip()[:200]}"' if lines else ""
