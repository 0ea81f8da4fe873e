"""Takes the host's registration away again: from every folder and key of the table, also of browsers since removed.

Only a file that says our name inside is removed. What several browsers share goes with the last one that needs it,
and of the folders and keys only those that the receipt says we made, once they are empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from threadreel.setup.browsers import BROWSERS, HOST_NAME, MANIFEST_NAME, select_browsers
from threadreel.setup.installer import Outcome, Result
from threadreel.setup.launchers import is_launcher
from threadreel.setup.locations import launcher_name
from threadreel.setup.machine import Machine, System
from threadreel.setup.manifests import program_of
from threadreel.setup.plan import Selection, check_selection, host_key, windows_manifest
from threadreel.setup.receipt import load_receipt
from threadreel.setup.rows import Browser, Family, resolve


@dataclass(slots=True)
class _Sweep:
    """What has been found on the way: shared files that may have lost their last user, and the account."""

    shared: set[Path] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)

    def note(self, title: str, result: Result, sentence: str) -> None:
        self.outcomes.append(Outcome(title, result, sentence))


def uninstall(machine: Machine, selection: Selection) -> list[Outcome]:
    """Remove what install made for the selected browsers (none named: everything). Empty when nothing was there.

    Raises SetupError for an unknown browser name or a manifest folder without its browser.
    """
    check_selection(selection)
    sweep = _Sweep(shared={machine.launcher_folder / launcher_name(machine.system)})
    if machine.system is System.WINDOWS:
        sweep.shared |= {windows_manifest(machine, family) for family in Family}
    for browser in select_browsers(selection.names):
        for path in _manifest_paths(browser, machine, selection):
            _remove_manifest(browser.title, path, sweep)
        for key in _keys(browser, machine):
            _remove_value(browser.title, host_key(key), machine, sweep)
    if not selection.names:
        for path in load_receipt(machine.launcher_folder).manifests:
            _remove_manifest("Elsewhere", path, sweep)
    needed = set(_needed(machine))
    folders = {machine.launcher_folder} | {path.parent for path in sweep.shared if path.name != MANIFEST_NAME}
    for path in sorted(sweep.shared - needed):
        _remove_shared(path, sweep)
    for folder in sorted(folders):
        _clear_receipt(folder, machine, sweep, forget=not needed)
    return sweep.outcomes


def _manifest_paths(browser: Browser, machine: Machine, selection: Selection) -> Iterator[Path]:
    place = browser.places.get(machine.system)
    if selection.manifest_folder is not None:
        yield selection.manifest_folder.absolute() / MANIFEST_NAME
    elif place is not None:
        for folder in (*place.manifests, *place.own_manifests):
            yield resolve(folder, machine) / MANIFEST_NAME


def _keys(browser: Browser, machine: Machine) -> tuple[str, ...]:
    place = browser.places.get(machine.system)
    return place.keys if place is not None and machine.registry is not None else ()


def _remove_manifest(title: str, path: Path, sweep: _Sweep) -> None:
    try:
        if not path.is_file():
            return
        program = program_of(path)
        if program is None:
            sweep.note(title, Result.KEPT, f"left {path} alone: it does not name {HOST_NAME}")
            return
        path.unlink()
        if is_launcher(program):
            sweep.shared.add(program)
    except OSError as error:
        sweep.note(title, Result.FAILED, f"{path} cannot be removed: {error.strerror or error}.")
    else:
        sweep.note(title, Result.REMOVED, f"removed {path}")


def _remove_value(title: str, key: str, machine: Machine, sweep: _Sweep) -> None:
    if machine.registry is None:
        return
    try:
        value = machine.registry.read(key)
        if not machine.registry.has(key):
            return
        machine.registry.delete(key)
        manifest = Path(value or "")
        program = program_of(manifest) if manifest.is_file() else None
        if program is not None:
            sweep.shared.add(manifest)
            if is_launcher(program):
                sweep.shared.add(program)
    except OSError as error:
        sweep.note(title, Result.FAILED, f"HKEY_CURRENT_USER\\{key} cannot be removed: {error.strerror or error}.")
    else:
        sweep.note(title, Result.REMOVED, f"removed HKEY_CURRENT_USER\\{key}")


def _remove_shared(path: Path, sweep: _Sweep) -> None:
    try:
        if not path.is_file():
            return
        if path.name == MANIFEST_NAME and program_of(path) is None:
            sweep.note("Threadreel", Result.KEPT, f"left {path} alone: it does not name {HOST_NAME}")
            return
        if path.name != MANIFEST_NAME and not is_launcher(path):
            sweep.note("Threadreel", Result.KEPT, f"left {path} alone: it is not a launcher of ours")
            return
        path.unlink()
    except OSError as error:
        sweep.note("Threadreel", Result.FAILED, f"{path} cannot be removed: {error.strerror or error}.")
    else:
        sweep.note("Threadreel", Result.REMOVED, f"removed {path}")


def _clear_receipt(folder: Path, machine: Machine, sweep: _Sweep, forget: bool) -> None:
    """Remove the empty folders and keys that ``folder``'s receipt names; keep the rest of it unless ``forget``."""
    receipt = load_receipt(folder)
    try:
        receipt.clear(machine.registry)
        if not forget:
            receipt.save()
    except OSError as error:
        sweep.note("Threadreel", Result.FAILED, f"{receipt.file} cannot be removed: {error.strerror or error}.")


def _needed(machine: Machine) -> Iterator[Path]:
    """The shared files that manifests and registry values still point to."""
    receipt = load_receipt(machine.launcher_folder)
    manifests = [*receipt.manifests]
    for browser in BROWSERS:
        manifests += _manifest_paths(browser, machine, Selection())
        for key in _keys(browser, machine):
            value = _read_quietly(machine, host_key(key))
            if value:
                manifests.append(Path(value))
                yield Path(value)
    for path in manifests:
        program = _program_quietly(path)
        if program is not None:
            yield program


def _read_quietly(machine: Machine, key: str) -> str | None:
    try:
        return machine.registry.read(key) if machine.registry is not None else None
    except OSError:
        return None


def _program_quietly(manifest: Path) -> Path | None:
    try:
        return program_of(manifest) if manifest.is_file() else None
    except OSError:
        return None
