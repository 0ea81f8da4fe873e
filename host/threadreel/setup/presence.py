"""Which browsers are on a machine, and the folders in which each would look for our manifest now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from threadreel.setup.browsers import MANIFEST_NAME
from threadreel.setup.machine import Machine, System
from threadreel.setup.rows import Browser, Sandbox, resolve


@dataclass(frozen=True, slots=True)
class Presence:
    """``known``: this system has such a browser at all. ``here``: it is on this machine in a form that can start a
    host. ``folders``: its manifest folders that may be used. ``sandboxes``: its fenced installations found."""

    known: bool
    here: bool
    folders: tuple[Path, ...] = ()
    sandboxes: tuple[Sandbox, ...] = ()


def find_browser(browser: Browser, machine: Machine) -> Presence:
    """Look for one browser: its data folders, its registry keys, its sandboxes."""
    place = browser.places.get(machine.system)
    if place is None:
        return Presence(known=False, here=False)
    sandboxes: tuple[Sandbox, ...] = ()
    if machine.system is System.LINUX:
        sandboxes = tuple(each for each in browser.sandboxes if _is_there(resolve(each.folder, machine)))
    for_manifests = {PurePath(folder).name for folder in (*place.manifests, *place.own_manifests)}
    here = (
        any(_is_used(resolve(folder, machine), for_manifests) for folder in place.data)
        or any(machine.registry is not None and _has(machine, key) for key in place.data_keys)
        or any(each.reaches_host for each in sandboxes)
    )
    own = (resolve(folder, machine) for folder in place.own_manifests)
    folders = (
        *(resolve(folder, machine) for folder in place.manifests),
        *(folder for folder in own if _is_there(folder.parent)),
    )
    return Presence(known=True, here=here, folders=folders, sandboxes=sandboxes)


def _is_used(folder: Path, for_manifests: set[str]) -> bool:
    """Whether a browser lives in ``folder``: what an installer made for manifests alone does not count, unless it was ours,
    which found a browser there.
    """
    try:
        names = {entry.name for entry in folder.iterdir()}
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # there, but closed to us: the attempt to write will say so
    return not names <= for_manifests or not names or any((folder / name / MANIFEST_NAME).exists() for name in names)


def _is_there(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:  # a folder above it is closed to us
        return True


def _has(machine: Machine, key: str) -> bool:
    try:
        return machine.registry is not None and machine.registry.has(key)
    except OSError:
        return True
