"""Launchers: what they hold, and on a system with a shell, what they really do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from setup_fakes import fake_machine, write_program

import threadreel
from threadreel.errors import SetupError
from threadreel.setup.launchers import is_launcher, launched_interpreter, render_launcher, write_launcher
from threadreel.setup.locations import console_script, host_command, import_environment
from threadreel.setup.machine import System

HOSTILE = "a b'c\"d$e `f` %g& ü\\ @PYTHON@"
_STUB = (
    "import json, os, sys\n"
    "def main():\n"
    "    print(json.dumps({'argv': sys.argv[1:], 'environment': dict(os.environ), 'path': sys.path}))\n"
    "    return 7\n"
)


@pytest.fixture
def stub_package(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH in which ``threadreel.native`` tells how it was started."""
    package = tmp_path / HOSTILE / "packages"
    (package / "threadreel").mkdir(parents=True)
    (package / "threadreel" / "__init__.py").write_text("")
    (package / "threadreel" / "native.py").write_text(_STUB)
    return package


@pytest.fixture
def hostile_python(tmp_path: Path) -> Path:
    """An interpreter whose path needs quoting."""
    folder = tmp_path / HOSTILE / "bin"
    folder.mkdir(parents=True)
    return write_program(folder / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')


@pytest.mark.process
def test_a_launcher_passes_arguments_and_environment_exactly(
    tmp_path: Path, stub_package: Path, hostile_python: Path
) -> None:
    environment = {"PYTHONPATH": str(stub_package), "THREADREEL_HOME": f"/x/{HOSTILE}\nline", "EMPTY": ""}
    arguments = ["chrome-extension://abc/", "", "two words", HOSTILE, "--flag=*", "-h"]
    launcher = write_launcher(tmp_path / HOSTILE / "launcher", hostile_python, environment, System.LINUX)
    run = subprocess.run(
        [launcher, *arguments], env={"PATH": "/nowhere"}, cwd=tmp_path, capture_output=True, timeout=30, check=False
    )
    assert run.returncode == 7, run.stderr
    seen = json.loads(run.stdout)
    assert seen["argv"] == arguments
    assert {name: seen["environment"][name] for name in environment} == environment


@pytest.mark.process
def test_a_module_in_the_working_folder_is_not_imported(tmp_path: Path, stub_package: Path) -> None:
    trap = tmp_path / "trap"
    (trap / "threadreel").mkdir(parents=True)
    (trap / "threadreel" / "__init__.py").write_text("raise SystemExit('trapped')")
    launcher = write_launcher(tmp_path / "l", Path(sys.executable), {"PYTHONPATH": str(stub_package)}, System.LINUX)
    run = subprocess.run([launcher], env={}, cwd=trap, capture_output=True, timeout=30, check=False)
    assert run.returncode == 7, run.stderr
    assert str(trap) not in json.loads(run.stdout)["path"]


def test_a_launcher_may_be_run_and_its_folder_is_private(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path / "new" / "folder", Path("/opt/python"), {}, System.LINUX)
    assert launcher == tmp_path / "new" / "folder" / "threadreel-host.sh"
    assert launcher.stat().st_mode & 0o777 == 0o755
    assert launcher.parent.stat().st_mode & 0o777 == 0o700
    assert is_launcher(launcher)


def test_the_interpreter_is_made_absolute_but_not_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "python").symlink_to("/usr/bin/true")
    content = render_launcher(System.LINUX, Path("python"), {}).decode()
    assert launched_interpreter(content) == tmp_path / "python"


@pytest.mark.parametrize("system", [System.LINUX, System.WINDOWS])
def test_the_interpreter_can_be_read_back(system: System) -> None:
    python = Path("/opt/100% wide & ü/python")
    assert launched_interpreter(render_launcher(system, python, {"A": "exec b"}).decode()) == python


def test_a_batch_file_quotes_for_cmd() -> None:
    environment = {"THREADREEL_HOME": 'C:\\Users\\A & B\\100%\\(x)^y"z', "PYTHONPATH": "C:\\p"}
    lines = render_launcher(System.WINDOWS, Path("/Program Files/A&B/50%/python.exe"), environment).decode()
    assert 'set ^"THREADREEL_HOME=C:\\Users\\A ^& B\\100%%\\^(x^)^^y^"z^"\r\n' in lines
    assert lines.endswith(
        '"/Program Files/A&B/50%%/python.exe" -P -c '
        '"import sys; from threadreel.native import main; sys.exit(main())" %*\r\n'
    )
    assert "\n" not in lines.replace("\r\n", "")
    assert lines.startswith("@echo off\r\n")


@pytest.mark.parametrize(
    ("system", "python", "environment"),
    [
        (System.LINUX, "/p", {"A B": "x"}),
        (System.LINUX, "/p", {"A": "x\0y"}),
        (System.LINUX, "/p", {"": "x"}),
        (System.WINDOWS, "/p", {"A": "x\ny"}),
        (System.WINDOWS, "/p", {"A": "x\ry"}),
        (System.WINDOWS, '/p"q', {}),
    ],
)
def test_what_a_shell_cannot_hold_is_refused(system: System, python: str, environment: dict[str, str]) -> None:
    with pytest.raises(SetupError) as caught:
        render_launcher(system, Path(python), environment)
    assert caught.value.code == "setup.launcher"


def test_a_script_of_somebody_else_is_not_ours(tmp_path: Path) -> None:
    assert not is_launcher(write_program(tmp_path / "threadreel-host.sh", "#!/bin/sh\n"))
    assert not is_launcher(tmp_path / "missing" / "threadreel-host.sh")


def test_the_console_script_is_used_as_it_is(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path)
    command = host_command(machine)
    assert command.path == machine.python.parent / "threadreel-host"
    assert not command.needs_launcher


@pytest.mark.parametrize("folder", [".", "Scripts"])
def test_on_windows_the_console_script_is_an_exe(folder: str, tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, System.WINDOWS, script=False)
    assert console_script(machine) is None
    place = machine.python.parent / folder
    place.mkdir(exist_ok=True)
    write_program(place / "threadreel-host.exe", "MZ")
    assert console_script(machine) == place / "threadreel-host.exe"


def test_a_launcher_is_needed_without_a_console_script(tmp_path: Path) -> None:
    machine = fake_machine(tmp_path, script=False)
    command = host_command(machine)
    assert command.needs_launcher
    assert command.path == machine.launcher_folder / "threadreel-host.sh"


def test_threadreel_home_needs_a_launcher_that_repeats_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = host_command(fake_machine(tmp_path, environment={"THREADREEL_HOME": "portable"}))
    assert command.needs_launcher
    assert command.environment == {"THREADREEL_HOME": str(tmp_path / "portable")}


def test_further_environment_needs_a_launcher(tmp_path: Path) -> None:
    command = host_command(fake_machine(tmp_path), {"SSL_CERT_FILE": "/x"})
    assert command.needs_launcher
    assert command.environment == {"SSL_CERT_FILE": "/x"}


@pytest.mark.process
def test_the_import_environment_finds_this_package() -> None:
    environment = {"PATH": os.environ.get("PATH", ""), **import_environment()}
    program = "import threadreel; print(threadreel.__version__)"
    run = subprocess.run(
        [sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert run.stdout.strip() == threadreel.__version__
