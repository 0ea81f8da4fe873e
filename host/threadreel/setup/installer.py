"""Registers the host with browsers: prepares the plan from what is on the machine, then carries it out.

One browser that refuses does not stop the others. Doing it twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from threadreel.errors import SetupError
from threadreel.setup.browsers import BROWSERS
from threadreel.setup.disk import make_folder, write_whole
from threadreel.setup.launchers import render_launcher
from threadreel.setup.locations import extension_folder, host_command, templates_folder
from threadreel.setup.machine import Machine, System
from threadreel.setup.manifests import add_ids, own_ids, render_manifests
from threadreel.setup.plan import BrowserPlan, InstallPlan, Selection, SetValue, WriteFile, plan_install
from threadreel.setup.presence import find_browser
from threadreel.setup.receipt import Receipt, load_receipt, missing_keys


class Result(StrEnum):
    """What became of one browser."""

    REGISTERED = "registered"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    KEPT = "kept"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the account: ``title`` is the browser, ``sentence`` says what was done or why not."""

    title: str
    result: Result
    sentence: str


def prepare_install(
    machine: Machine, selection: Selection, environment: Mapping[str, str] | None = None
) -> InstallPlan:
    """The plan for this machine. ``environment`` is given to the host by a launcher. Raises SetupError."""
    ids = add_ids(own_ids(extension_folder()), selection.extension_ids)
    command = host_command(machine, environment)
    launcher = None
    if command.needs_launcher:
        content = render_launcher(machine.system, machine.python, command.environment)
        launcher = WriteFile(command.path, content, mode=0o755, folder_mode=0o700)
    presences = {browser.name: find_browser(browser, machine) for browser in BROWSERS}
    manifests = render_manifests(templates_folder(), command.path, ids)
    return plan_install(machine, selection, presences, manifests, launcher)


def apply(plan: InstallPlan, machine: Machine) -> list[Outcome]:
    """Carry out the plan, one outcome per browser. Raises SetupError ``setup.denied`` where shared files cannot be."""
    receipt = load_receipt(machine.launcher_folder)
    try:
        for step in plan.shared:
            try:
                _write(step, receipt)
            except OSError as error:
                raise SetupError(
                    "setup.denied",
                    f"{step.path} cannot be written: {error.strerror or error}.",
                    "Make its folder writable, or set THREADREEL_HOME to a folder that is.",
                ) from error
        outcomes = [_register(each, machine, receipt) for each in plan.browsers]
    finally:
        failure = _save(receipt)
    return [*outcomes, *failure]


def _register(plan: BrowserPlan, machine: Machine, receipt: Receipt) -> Outcome:
    title = plan.browser.title
    if plan.skipped:
        return Outcome(title, Result.SKIPPED, plan.skipped)
    changed = False
    places = []
    for step in plan.steps:
        place = _place(step)
        try:
            changed = _perform(step, machine, receipt) or changed
        except OSError as error:
            return Outcome(title, Result.FAILED, f"{place} cannot be written: {error.strerror or error}.")
        places.append(place)
    where = " and ".join(places)
    if changed:
        return Outcome(title, Result.REGISTERED, f"registered in {where}")
    return Outcome(title, Result.UNCHANGED, f"already registered in {where}")


def _place(step: WriteFile | SetValue) -> str:
    return str(step.path.parent) if isinstance(step, WriteFile) else f"HKEY_CURRENT_USER\\{step.key}"


def _perform(step: WriteFile | SetValue, machine: Machine, receipt: Receipt) -> bool:
    """Carry out one step; whether anything changed. Raises OSError."""
    if isinstance(step, WriteFile):
        changed = _write(step, receipt)
        if machine.system is not System.WINDOWS:
            receipt.add(manifests=[step.path])
        return changed
    if machine.registry is None:
        raise OSError("this machine has no registry")
    if machine.registry.read(step.key) == step.value:
        return False
    receipt.add(keys=missing_keys(machine.registry, step.key))
    machine.registry.write(step.key, step.value)
    return True


def _write(step: WriteFile, receipt: Receipt) -> bool:
    receipt.add(folders=make_folder(step.path.parent, step.folder_mode))
    return write_whole(step.path, step.content, step.mode)


def _save(receipt: Receipt) -> list[Outcome]:
    try:
        receipt.save()
    except OSError as error:
        reason = f"{receipt.file} cannot be written: {error.strerror or error}; uninstall may leave empty folders."
        return [Outcome("Threadreel", Result.FAILED, reason)]
    return []
