"""Standard streams: whatever prints, only frames reach the browser. Real processes over real pipes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import threadreel
from threadreel.wire.frames import encode, read_frame

pytestmark = pytest.mark.process

HOST = str(Path(threadreel.__file__).parent.parent)
CLAIM = "from threadreel.wire.stdio import claim; frames_in, frames_out = claim()\n"
FRAME = "from threadreel.wire.frames import encode; os.write(frames_out, encode({'id': 1}))\n"


def run(code: str, stdin: bytes = b"", closing: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run ``code`` after ``claim``; ``closing`` names descriptors that are closed before the interpreter starts."""
    script = f"import os, subprocess, sys\n{CLAIM}{code}"
    command = [sys.executable, "-c", script]
    if closing:
        close = f"import os, sys; [os.close(int(fd)) for fd in {closing!r}]; os.execv(sys.executable, {command!r})"
        command = [sys.executable, "-c", close]
    environment = {**os.environ, "PYTHONPATH": HOST}
    return subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=60, check=False)


def test_prints_of_the_host_and_of_its_children_leave_the_stream_whole() -> None:
    done = run(
        "print('stray print')\n"
        "sys.__stdout__.write('stray original stdout')\n"
        "sys.__stdout__.flush()\n"
        "os.write(1, b'stray descriptor')\n"
        "subprocess.run([sys.executable, '-c', \"print('stray child')\"], check=True)\n" + FRAME
    )
    assert done.returncode == 0, done.stderr
    stream = io.BytesIO(done.stdout)
    assert read_frame(stream.read) == b'{"id":1}'
    assert read_frame(stream.read) is None
    for stray in (b"stray print", b"stray original stdout", b"stray descriptor", b"stray child"):
        assert stray in done.stderr


def test_frames_are_read_from_the_claimed_descriptor_and_from_nowhere_else() -> None:
    done = run(
        "child = subprocess.run([sys.executable, '-c', 'import sys; print(len(sys.stdin.read()))'],"
        " stdout=subprocess.PIPE, check=True)\n"
        "seen = (sys.stdin.read(), os.read(0, 10), child.stdout.strip(), os.read(frames_in, 100))\n"
        "os.write(frames_out, repr(seen).encode())\n",
        stdin=b"frame bytes \r\n\x1a",
    )
    assert done.stdout == b"('', b'', b'0', b'frame bytes \\r\\n\\x1a')"


def test_claimed_descriptors_are_not_inherited() -> None:
    done = run("os.write(frames_out, repr([os.get_inheritable(fd) for fd in (frames_in, frames_out, 1)]).encode())")
    assert done.stdout == b"[False, False, True]"


def test_closed_standard_error_is_no_obstacle() -> None:
    done = run("print('stray'); sys.stderr.write('stray')\n" + FRAME, closing="2")
    assert done.returncode == 0
    assert done.stdout == encode({"id": 1})
    assert done.stderr == b""


def test_closed_standard_streams_end_the_conversation_at_once() -> None:
    done = run("print('read', os.read(frames_in, 10), min(frames_in, frames_out) > 2, file=sys.stderr)", closing="01")
    assert done.returncode == 0
    assert done.stderr == b"read b'' True\n"


def test_claiming_imports_nothing_else() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules)\n"
        "import threadreel.wire.stdio\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, HOST], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["__future__", "threadreel", "threadreel.wire", "threadreel.wire.stdio"]
