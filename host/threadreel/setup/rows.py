"""What one row of the table of browsers is, and how its anchored folders become folders of a machine.

Folders of the table begin with an anchor, which ``resolve`` replaces:

    {home}       the user's home
    {config}     $XDG_CONFIG_HOME or ~/.config
    {chromium}   the same, or $CHROME_CONFIG_HOME, which every Chromium on Linux obeys (chrome_paths_linux.cc)
    {support}    ~/Library/Application Support
    {local}      %LOCALAPPDATA%
    {roaming}    %APPDATA%
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from threadreel.setup.machine import Machine, System


class Family(StrEnum):
    """The two kinds of host manifest."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A packaging that fences the browser in. ``folder`` is there once it was started; ``limit`` is one sentence."""

    kind: str
    folder: str
    reaches_host: bool
    limit: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One browser on one system.

    ``data``: its own data folders; one of them being there means the browser is. ``manifests``: folders in which it
    looks for hosts. ``own_manifests``: such folders too, used only where the folder above is there already, because
    making that one could move the browser's profiles. ``keys``: registry keys that hold hosts. ``data_keys``: keys
    that the browser itself makes.
    """

    data: tuple[str, ...]
    manifests: tuple[str, ...] = ()
    own_manifests: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    data_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Browser:
    """A row: ``name`` as ``--browser`` takes it, ``title`` for people, its places per system, its sandboxes (Linux)."""

    name: str
    title: str
    family: Family
    places: dict[System, Whereabouts]
    sandboxes: tuple[Sandbox, ...] = ()


def resolve(folder: str, machine: Machine) -> Path:
    """An anchored folder of the table on this machine."""
    config = _absolute(machine, "XDG_CONFIG_HOME", machine.home / ".config")
    anchors = {
        "home": machine.home,
        "config": config,
        "chromium": _absolute(machine, "CHROME_CONFIG_HOME", config),
        "support": machine.home / "Library" / "Application Support",
        "local": _absolute(machine, "LOCALAPPDATA", machine.home / "AppData" / "Local"),
        "roaming": _absolute(machine, "APPDATA", machine.home / "AppData" / "Roaming"),
    }
    return Path(folder.format_map(anchors))


def _absolute(machine: Machine, variable: str, otherwise: Path) -> Path:
    """The folder that ``variable`` names; a relative one counts as unset, as the XDG specification says."""
    value = Path(machine.environment.get(variable, ""))
    return value if value.is_absolute() else otherwise
