"""Launchers: small scripts that start the host with a fixed interpreter and environment.

A browser started from the desktop has not the shell's PATH, so the interpreter is absolute. Arguments pass through
untouched. The templates lie beside those of the manifests; what is filled in is quoted for the shell that reads it.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from threadreel.errors import SetupError
from threadreel.setup.disk import make_folder, write_whole
from threadreel.setup.locations import import_environment, launcher_name, templates_folder
from threadreel.setup.machine import System, this_system

#: the words by which uninstall knows a launcher as ours
MARKER = b"Written by Threadreel"
LAUNCHER_NAMES = frozenset(launcher_name(system) for system in System)

_PROGRAM = "import sys; from threadreel.native import main; sys.exit(main())"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CMD_SPECIAL = re.compile(r'[\^&|<>()"]')


def write_launcher(directory: Path, python: Path, environment: Mapping[str, str], system: System | None = None) -> Path:
    """Write the launcher of this system into ``directory`` (made if need be) and return its absolute path.

    ``python`` is made absolute. Raises SetupError ``setup.launcher`` for what its shell cannot hold, OSError where
    the disk refuses.
    """
    kind = system or this_system()
    path = directory.absolute() / launcher_name(kind)
    content = render_launcher(kind, python, environment)
    make_folder(path.parent, mode=0o700)
    write_whole(path, content, mode=0o755)
    return path


def render_launcher(system: System, python: Path, environment: Mapping[str, str]) -> bytes:
    """The content of a launcher. In a checkout it also sets ``PYTHONPATH``, which ``environment`` may override."""
    variables = {**import_environment(), **environment}
    for name, value in variables.items():
        if not _NAME.fullmatch(name) or "\0" in value:
            raise SetupError("setup.launcher", f"The variable {name!r} cannot be set by a launcher.")
    interpreter = str(python.absolute())
    template = (templates_folder() / launcher_name(system)).read_text("utf-8")
    if system is System.WINDOWS:
        filled = _fill(
            template,
            ENVIRONMENT="\n".join(_cmd_set(name, value) for name, value in variables.items()),
            PYTHON=_cmd_quote(interpreter),
            PROGRAM=_cmd_quote(_PROGRAM),
        )
        return filled.replace("\n", "\r\n").encode("utf-8", "surrogatepass")
    filled = _fill(
        template,
        ENVIRONMENT="\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        PYTHON=shlex.quote(interpreter),
        PROGRAM=shlex.quote(_PROGRAM),
    )
    return os.fsencode(filled)


def is_launcher(path: Path) -> bool:
    """Whether ``path`` is a launcher that we wrote. Raises OSError where it cannot be read."""
    return path.name in LAUNCHER_NAMES and path.is_file() and MARKER in path.read_bytes()[:1024]


def launched_interpreter(content: str) -> Path | None:
    """The interpreter that a launcher of ours starts; None where its text names none."""
    batch = re.search(r'^"([^"\n]+)" -P -c ', content, re.MULTILINE)
    if batch:
        return Path(batch[1].replace("%%", "%"))
    try:
        words = shlex.split(content, comments=True)
    except ValueError:
        return None
    return Path(words[words.index("exec") + 1]) if "exec" in words[:-1] else None


def _fill(template: str, **values: str) -> str:
    """One pass over the template, so that a value that looks like a placeholder stays as it is."""
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], template)


def _cmd_quote(word: str) -> str:
    """A word of a batch file's command line. Inside quotes only ``%`` is special to cmd.exe."""
    if '"' in word or "\n" in word:
        raise SetupError("setup.launcher", f"A batch file cannot hold the path {word!r}.")
    return '"' + word.replace("%", "%%") + '"'


def _cmd_set(name: str, value: str) -> str:
    """A line that sets a variable: no quote of it opens a quoted run, so each special character has its own caret."""
    if "\n" in value or "\r" in value:
        raise SetupError("setup.launcher", f"A batch file cannot hold the line break in {name}.")
    assignment = _CMD_SPECIAL.sub(r"^\g<0>", f'"{name}={value}"')
    return f"set {assignment.replace('%', '%%')}"
