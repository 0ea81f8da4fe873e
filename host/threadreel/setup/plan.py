"""What an installation would do, decided before anything is done: ``--print`` shows the same plan that is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from threadreel.errors import SetupError
from threadreel.setup.browsers import HOST_NAME, MANIFEST_NAME, select_browsers
from threadreel.setup.machine import Machine, System
from threadreel.setup.presence import Presence
from threadreel.setup.rows import Browser, Family

#: why a browser gets nothing that is not on this machine
ABSENT = "not here"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person asked for: browsers by name (none: all that are here), further extension ids, one folder."""

    names: tuple[str, ...] = ()
    extension_ids: tuple[str, ...] = ()
    manifest_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class WriteFile:
    """One file. ``folder_mode`` is for folders that have to be made for it."""

    path: Path
    content: bytes
    mode: int = 0o644
    folder_mode: int = 0o755


@dataclass(frozen=True, slots=True)
class SetValue:
    """The default value of one key of the current user's registry."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class BrowserPlan:
    """What one browser gets. ``skipped`` says why it gets nothing; ``limits`` are sentences on its sandboxes."""

    browser: Browser
    steps: tuple[WriteFile | SetValue, ...] = ()
    skipped: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """``shared`` comes first: files that several browsers need. It is empty when no browser gets anything."""

    shared: tuple[WriteFile, ...]
    browsers: tuple[BrowserPlan, ...]


def plan_install(
    machine: Machine,
    selection: Selection,
    presences: Mapping[str, Presence],
    manifests: Mapping[Family, bytes],
    launcher: WriteFile | None,
) -> InstallPlan:
    """Decide what is written where; nothing is touched.

    ``presences`` has one entry for each row of the table, by name. A browser is skipped unless it is here, asked for
    by name, or given a folder. Raises SetupError ``setup.browser`` for an unknown name and ``setup.manifest_folder``
    for a folder that comes without its browser.
    """
    check_selection(selection)
    plans = []
    for browser in select_browsers(selection.names):
        presence = presences[browser.name]
        limits = tuple(sandbox.limit for sandbox in presence.sandboxes)
        reason = _reason_to_skip(presence, selection)
        steps = () if reason else _steps(browser, machine, selection, presence, manifests[browser.family])
        plans.append(BrowserPlan(browser, steps, reason, limits))
    served = {plan.browser.family for plan in plans if plan.steps}
    shared = [launcher] if launcher is not None and served else []
    if machine.system is System.WINDOWS:
        for family in sorted(served):
            shared.append(WriteFile(windows_manifest(machine, family, selection), manifests[family], folder_mode=0o700))
    return InstallPlan(tuple(shared), tuple(plans))


def check_selection(selection: Selection) -> None:
    """Raise SetupError unless the names are known and a manifest folder belongs to exactly one family."""
    families = {browser.family for browser in select_browsers(selection.names)}
    if selection.manifest_folder is not None and (not selection.names or len(families) > 1):
        raise SetupError(
            "setup.manifest_folder",
            "A manifest folder belongs to one browser, or to several of one family.",
            "Say which: --browser NAME --manifest-dir DIR",
        )


def windows_manifest(machine: Machine, family: Family, selection: Selection | None = None) -> Path:
    """The one file of ``family`` to which all its registry values point."""
    if selection is not None and selection.manifest_folder is not None:
        return selection.manifest_folder.absolute() / MANIFEST_NAME
    return machine.launcher_folder / family / MANIFEST_NAME


def host_key(key: str) -> str:
    """Our key below a browser's key of native messaging hosts."""
    return f"{key}\\{HOST_NAME}"


def _reason_to_skip(presence: Presence, selection: Selection) -> str:
    if not presence.known:
        return "has no place of its own on this system"
    if presence.here or selection.names:
        return ""
    return "cannot start programs from its sandbox" if presence.sandboxes else ABSENT


def _steps(
    browser: Browser, machine: Machine, selection: Selection, presence: Presence, manifest: bytes
) -> tuple[WriteFile | SetValue, ...]:
    if machine.system is System.WINDOWS:
        value = str(windows_manifest(machine, browser.family, selection))
        return tuple(SetValue(host_key(key), value) for key in browser.places[machine.system].keys)
    folders = presence.folders
    if selection.manifest_folder is not None:
        folders = (selection.manifest_folder.absolute(),)
    return tuple(WriteFile(folder / MANIFEST_NAME, manifest) for folder in folders)
