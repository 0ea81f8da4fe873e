"""Where our own parts are: extension folder, templates, and the program that a browser starts.

In a wheel extension and templates are inside the package; in a source checkout they are beside ``host/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import threadreel
from threadreel.errors import SetupError
from threadreel.setup.machine import Machine, System

_PACKAGE = Path(threadreel.__file__).absolute().parent
_CONSOLE_SCRIPT = "threadreel-host"


@dataclass(frozen=True, slots=True)
class HostCommand:
    """The program that manifests name. ``needs_launcher``: ``path`` is a launcher, to be written with
    ``environment``; otherwise it is the console script, already there."""

    path: Path
    needs_launcher: bool
    environment: Mapping[str, str] = field(default_factory=dict)


def extension_folder() -> Path:
    """The folder that a browser loads as the extension. Raises SetupError ``setup.incomplete``."""
    return _part("_extension", "extension")


def templates_folder() -> Path:
    """The folder of manifest and launcher templates. Raises SetupError ``setup.incomplete``."""
    return _part("_manifests", "manifests")


def console_script(machine: Machine) -> Path | None:
    """``threadreel-host`` as pip made it for ``machine.python``; None where there is none.

    Only beside the interpreter (and in ``Scripts`` below it, where Windows has it without a virtual environment): a
    script found anywhere else could belong to another Python.
    """
    folder = machine.python.parent
    candidates = [folder / _CONSOLE_SCRIPT]
    if machine.system is System.WINDOWS:
        candidates = [place / f"{_CONSOLE_SCRIPT}.exe" for place in (folder, folder / "Scripts")]
    return next((path for path in candidates if path.is_file()), None)


def host_command(machine: Machine, extra_environment: Mapping[str, str] | None = None) -> HostCommand:
    """What a browser must start: the console script, or a launcher where that cannot do.

    A launcher is needed when there is no console script, when ``THREADREEL_HOME`` is set (the host that a browser
    starts must use the same home), and for ``extra_environment``.
    """
    environment = dict(extra_environment or {})
    home = machine.environment.get("THREADREEL_HOME", "")
    if home:
        environment.setdefault("THREADREEL_HOME", str(Path(home).expanduser().absolute()))
    script = console_script(machine)
    if script is not None and not environment:
        return HostCommand(script, needs_launcher=False)
    return HostCommand(machine.launcher_folder / launcher_name(machine.system), True, environment)


def launcher_name(system: System) -> str:
    """The file name of a launcher; its template has the same."""
    return "threadreel-host.bat" if system is System.WINDOWS else "threadreel-host.sh"


def import_environment() -> dict[str, str]:
    """What an interpreter needs to find this package: nothing when it is installed, ``PYTHONPATH`` in a checkout."""
    root = _PACKAGE.parent
    return {} if root.name in ("site-packages", "dist-packages") else {"PYTHONPATH": str(root)}


def _part(in_wheel: str, in_checkout: str) -> Path:
    for folder in (_PACKAGE / in_wheel, _PACKAGE.parent.parent / in_checkout):
        if folder.is_dir():
            return folder
    raise SetupError(
        "setup.incomplete",
        f'This installation lacks its folder "{in_checkout}".',
        "Install Threadreel again: pip install --force-reinstall threadreel",
    )
