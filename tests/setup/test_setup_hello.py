"""A hello to small real programs that speak frames, well and badly."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

import pytest
from setup_fakes import write_program

from threadreel.errors import SetupError
from threadreel.setup.hello import browser_arguments, say_hello
from threadreel.setup.manifests import ExtensionIds
from threadreel.setup.rows import Family

pytestmark = pytest.mark.process

GOOD = """
send({"type": "log", "level": "info", "text": "an event first", "job": None, "dropped": 0})
request = receive()
send({"re": request["id"], "type": "ok", "result": {"protocol": 1, "version": "9.9"}})
assert receive() is None
"""


def make_host(folder: Path, body: str) -> Path:
    """A program that a browser could start: ``send`` and ``receive`` are frames on standard output and input."""
    head = f"""\
        #!{sys.executable}
        import json, os, pathlib, struct, sys
        def send(message):
            body = json.dumps(message).encode()
            os.write(1, struct.pack("=I", len(body)) + body)
        def receive():
            head = os.read(0, 4)
            return json.loads(os.read(0, struct.unpack("=I", head)[0])) if head else None
        """
    return write_program(folder / "host", textwrap.dedent(head) + textwrap.dedent(body))


def fail(program: Path, answer_limit_s: float = 10.0, exit_limit_s: float = 10.0) -> SetupError:
    with pytest.raises(SetupError) as caught:
        say_hello(program, (), {}, answer_limit_s=answer_limit_s, exit_limit_s=exit_limit_s)
    return caught.value


def test_a_good_host_says_its_version_and_ends(tmp_path: Path) -> None:
    hello = say_hello(make_host(tmp_path, GOOD), (), {}, answer_limit_s=10.0)
    assert hello.version == "9.9"
    assert 0 < hello.seconds < 10


def test_the_host_gets_a_hello_as_an_extension_would_send_it(tmp_path: Path) -> None:
    body = """
    request = receive()
    assert sys.argv[1:] == ["chrome-extension://x/"], sys.argv
    assert os.getcwd() == os.path.dirname(os.path.realpath(__file__))
    assert set(request) == {"id", "type", "protocol", "extension", "browser"}, request
    assert (request["type"], request["protocol"]) == ("hello", 1)
    assert len(request["browser"]) <= 64
    send({"re": request["id"], "type": "ok", "result": {"version": "1"}})
    """
    assert say_hello(make_host(tmp_path, body), ("chrome-extension://x/",), {}, answer_limit_s=10.0).version == "1"


def test_what_only_a_terminal_has_is_not_passed_on(tmp_path: Path) -> None:
    body = """
    request = receive()
    names = sorted(name for name in os.environ if name in ("THREADREEL_HOME", "PYTHONPATH", "KEPT"))
    send({"re": request["id"], "type": "ok", "result": {"version": " ".join(names)}})
    """
    environment = {"THREADREEL_HOME": "/x", "PYTHONPATH": "/y", "KEPT": "z"}
    assert say_hello(make_host(tmp_path, body), (), environment, answer_limit_s=10.0).version == "KEPT"


def test_text_on_standard_output_is_recognised(tmp_path: Path) -> None:
    error = fail(make_host(tmp_path, 'print("Traceback (most recent call last)", flush=True)\nreceive()'))
    assert error.code == "setup.hello_text"
    assert "'Trac'" in error.message


def test_an_exit_before_the_answer_comes_with_the_last_words(tmp_path: Path) -> None:
    error = fail(make_host(tmp_path, 'print("one", file=sys.stderr)\nsys.exit("no ledger here")'))
    assert error.code == "setup.hello_ended"
    assert "no ledger here" in error.message
    assert "one" not in error.message


def test_exit_code_3_after_a_good_answer_is_a_fault(tmp_path: Path) -> None:
    error = fail(make_host(tmp_path, GOOD + "\nsys.exit(3)"))
    assert error.code == "setup.hello_exit"
    assert "exit code 3" in error.message


def test_a_host_that_hangs_is_given_up(tmp_path: Path) -> None:
    error = fail(make_host(tmp_path, "while receive(): pass"), answer_limit_s=0.5)
    assert error.code == "setup.hello_silent"


def test_a_host_that_does_not_end_with_its_input_is_ended(tmp_path: Path) -> None:
    body = GOOD + '\npathlib.Path("pid").write_text(str(os.getpid()))\nimport signal\nwhile True: signal.pause()'
    error = fail(make_host(tmp_path, body), exit_limit_s=0.5)
    assert error.code == "setup.hello_stays"
    assert "0.5 s" in error.message
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_events_without_end_are_no_answer(tmp_path: Path) -> None:
    error = fail(make_host(tmp_path, 'while True: send({"type": "log"})'), answer_limit_s=0.5)
    assert error.code == "setup.hello_silent"


@pytest.mark.parametrize(
    "data", [b"\\0\\0\\0\\0", b"\\5\\0\\0\\0ab", b"\\1\\0", b"\\2\\0\\0\\0{{", b"\\xff\\xff\\xff\\xff"]
)
def test_what_is_no_frame_of_json_is_recognised(data: bytes, tmp_path: Path) -> None:
    error = fail(make_host(tmp_path, f'receive()\nos.write(1, b"{data.decode()}")'))
    assert error.code == "setup.hello_broken"


@pytest.mark.parametrize(
    "reply", ['{"re": 1, "type": "error", "error": {"code": "x", "message": "Other times."}}', '{"re": 1}']
)
def test_a_refusal_is_passed_on(reply: str, tmp_path: Path) -> None:
    error = fail(make_host(tmp_path, f"receive()\nsend(json.loads('{reply}'))\nreceive()"))
    assert error.code == "setup.hello_refused"
    assert ("Other times." in error.message) == ("Other" in reply)


def test_a_program_that_cannot_start_is_recognised(tmp_path: Path) -> None:
    assert fail(tmp_path / "missing").code == "setup.hello_start"
    assert fail(write_program(tmp_path / "host", "#!/nowhere/python\n")).code == "setup.hello_start"


def test_each_family_has_its_arguments() -> None:
    ids = ExtensionIds(chromium=("a" * 32, "b" * 32), firefox=("x@y",))
    assert browser_arguments(Family.CHROMIUM, Path("/m.json"), ids) == (f"chrome-extension://{'a' * 32}/",)
    assert browser_arguments(Family.FIREFOX, Path("/m.json"), ids) == ("/m.json", "x@y")
