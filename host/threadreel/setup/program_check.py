"""The doctor's look at the program that a manifest names: is it there, may it run, is its interpreter there?"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from threadreel.setup.findings import Finding, fine, problem, warning
from threadreel.setup.launchers import LAUNCHER_NAMES, launched_interpreter
from threadreel.setup.machine import Machine, System
from threadreel.setup.rows import Browser

_HEAD_BYTES = 65_536
# pip's way round a shebang that is too long or has a space: line 2 is Python to Python, and exec to a shell
_PIP_EXEC = re.compile(r"^'''exec' (.+) \"\$0\" \"\$@\"$")


def check_program(browser: Browser, program: Path, machine: Machine) -> tuple[list[Finding], bool]:
    """The findings on the program, and whether it is worth starting."""
    title, repair = browser.title, f"threadreel install --browser {browser.name}"
    if not program.is_file():
        message = f"The manifest names {program}, which is not there."
        return [problem(title, "host.missing", message, repair)], False
    if machine.system is not System.WINDOWS and not os.access(program, os.X_OK):
        message = f"{program} may not be run."
        return [problem(title, "host.not_executable", message, f"chmod 755 {shlex.quote(str(program))}")], False
    try:
        with program.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        message = f"{program} cannot be read: {error.strerror or error}."
        return [problem(title, "host.unreadable", message, repair)], False
    interpreters = _interpreters(program, os.fsdecode(head))
    for interpreter in interpreters:
        if interpreter.name == "env":
            message = f"{program} finds its interpreter by PATH, which a browser started from the desktop may not have."
            return [warning(title, "host.path", message, repair)], True
        if not interpreter.is_file() or not os.access(interpreter, os.X_OK):
            message = f"{program} needs the interpreter {interpreter}, which is not there."
            return [problem(title, "host.interpreter", message, repair)], False
    return [fine(title, "host", f"{program} is there and may be run.")], True


def is_elsewhere(program: Path, expected: Path) -> bool:
    """Whether a manifest starts another installation than the one that would be registered now."""
    return os.path.normcase(program) != os.path.normcase(expected)


def _interpreters(program: Path, head: str) -> list[Path]:
    """The programs that ``program`` needs, outermost first; none for a binary."""
    found = []
    lines = head.splitlines()
    if head.startswith("#!") and lines[0][2:].strip():
        found.append(Path(lines[0][2:].split()[0]))
    if program.name in LAUNCHER_NAMES:
        inner = launched_interpreter(head)
        found += [inner] if inner is not None else []
    elif len(lines) > 1 and (match := _PIP_EXEC.match(lines[1])):
        found.append(Path(shlex.split(match[1])[0]))
    return found
