"""The doctor: follows each step by which a browser finds, reads and starts the host, and says where it breaks.

Browsers give one sentence for ten mistakes; here each has its own finding and the command that repairs it. Nothing is
repaired here; the last step is a real hello to the program that the manifest names.
"""

from __future__ import annotations

import platform
import shlex
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import threadreel
from threadreel.errors import SetupError
from threadreel.setup.browsers import BROWSERS, MANIFEST_NAME
from threadreel.setup.findings import Finding, Level, fine, problem, warning
from threadreel.setup.hello import browser_arguments, say_hello
from threadreel.setup.locations import extension_folder, host_command
from threadreel.setup.machine import Machine, System
from threadreel.setup.manifest_check import check_manifest
from threadreel.setup.manifests import ExtensionIds, own_ids
from threadreel.setup.plan import host_key
from threadreel.setup.presence import Presence, find_browser
from threadreel.setup.program_check import check_program, is_elsewhere
from threadreel.setup.rows import Browser, Family

MACHINE = "This machine"
_POLICY = (
    "If a browser still does not find the host, its administrator may forbid hosts of users: look for "
    "NativeMessagingUserLevelHosts, NativeMessagingBlocklist and NativeMessagingAllowlist in chrome://policy, "
    "or for webextensions.native-messaging in about:config."
)


@dataclass(slots=True)
class _Visit:
    """One run of the doctor. Hellos are kept: browsers of one family that share a manifest share the hello."""

    machine: Machine
    ids: ExtensionIds
    answer_limit_s: float
    exit_limit_s: float
    hellos: dict[tuple[Path, Family], Finding] = field(default_factory=dict)


def diagnose(machine: Machine, *, answer_limit_s: float = 5.0, exit_limit_s: float = 3.0) -> list[Finding]:
    """Everything that can be said about this machine, browser by browser, in the table's order.

    The limits hold for each hello: how long the host may take to answer, and to end after its input has ended.
    """
    findings = [*_check_python(), *_check_folders(machine)]
    try:
        ids = own_ids(extension_folder())
    except SetupError as error:
        return [*findings, problem(MACHINE, "extension", error.message, "pip install --force-reinstall threadreel")]
    visit = _Visit(machine, ids, answer_limit_s, exit_limit_s)
    known = [browser for browser in BROWSERS if machine.system in browser.places]
    presences = [(browser, find_browser(browser, machine)) for browser in known]
    if not any(presence.here for _, presence in presences):
        findings.append(
            warning(
                MACHINE,
                "browsers.none",
                "No browser was found. Start yours once so that it makes its folders, or name it.",
                "threadreel install --browser NAME",
            )
        )
    for browser, presence in presences:
        findings += [warning(browser.title, "sandbox", sandbox.limit) for sandbox in presence.sandboxes]
        if presence.here:
            findings += _check_browser(browser, presence, visit)
    absent = [browser.title for browser, presence in presences if not presence.here and not presence.sandboxes]
    if absent:
        findings.append(fine("Other browsers", "browsers.absent", f"Not here: {', '.join(absent)}."))
    if any(finding.code == "hello" for finding in findings):
        findings.append(fine("All browsers", "policy", _POLICY))
    return findings


def is_healthy(findings: list[Finding]) -> bool:
    """Whether no finding is a problem."""
    return all(finding.level is not Level.PROBLEM for finding in findings)


def _check_browser(browser: Browser, presence: Presence, visit: _Visit) -> list[Finding]:
    findings: list[Finding] = []
    if visit.machine.system is System.WINDOWS:
        paths = []
        for key in browser.places[visit.machine.system].keys:
            value = _registered(visit.machine, host_key(key))
            if isinstance(value, Finding):
                findings.append(value)
            elif value is None:
                message = f"The registry has no value HKEY_CURRENT_USER\\{host_key(key)}."
                repair = f"threadreel install --browser {browser.name}"
                findings.append(problem(browser.title, "manifest.missing", message, repair))
            else:
                paths.append(Path(value))
    else:
        paths = [folder / MANIFEST_NAME for folder in presence.folders]
    for path in dict.fromkeys(paths):
        findings += _check_registration(browser, path, visit)
    return findings


def _registered(machine: Machine, key: str) -> str | Finding | None:
    try:
        return machine.registry.read(key) if machine.registry is not None else None
    except OSError as error:
        message = f"The registry key HKEY_CURRENT_USER\\{key} cannot be read: {error.strerror or error}."
        return problem(MACHINE, "manifest.unreadable", message, "threadreel install")


def _check_registration(browser: Browser, path: Path, visit: _Visit) -> list[Finding]:
    """One manifest, the program that it names, and a hello to it."""
    findings, program = check_manifest(browser, path, visit.ids)
    if program is None:
        return findings
    more, may_start = check_program(browser, program, visit.machine)
    findings += more
    if not may_start:
        return findings
    expected = host_command(visit.machine).path
    if is_elsewhere(program, expected):
        message = f"{browser.title} starts {program}; this installation would register {expected}."
        findings.append(
            warning(browser.title, "host.elsewhere", message, f"threadreel install --browser {browser.name}")
        )
    asked = (program, browser.family)
    if asked not in visit.hellos:
        visit.hellos[asked] = _hello(browser, program, path, visit)
    known = visit.hellos[asked]
    findings.append(Finding(browser.title, known.level, known.code, known.message, known.repair))
    return findings


def _hello(browser: Browser, program: Path, manifest: Path, visit: _Visit) -> Finding:
    try:
        hello = say_hello(
            program,
            browser_arguments(browser.family, manifest, visit.ids),
            visit.machine.environment,
            answer_limit_s=visit.answer_limit_s,
            exit_limit_s=visit.exit_limit_s,
        )
    except SetupError as error:
        code = error.code.removeprefix("setup.hello_")
        repair = f"{shlex.quote(str(visit.machine.python))} -m pip install --force-reinstall threadreel"
        return problem(browser.title, f"hello.{code}", f"{program} fails a hello. {error.message}", repair)
    if hello.version != threadreel.__version__:
        message = f"{program} is version {hello.version}; this is {threadreel.__version__}."
        return problem(browser.title, "hello.version", message, "threadreel install")
    return fine(browser.title, "hello", f"{program} answered a hello in {hello.seconds:.2f} s and ended as it should.")


def _check_python() -> list[Finding]:
    return [fine(MACHINE, "python", f"Python {platform.python_version()} at {sys.executable}.")]


def _check_folders(machine: Machine) -> list[Finding]:
    """Settings, ledger, log and downloads: each folder can be written, or made."""
    places = machine.places
    folders: Mapping[str, Path] = {
        "settings": places.settings_file.parent,
        "ledger": places.ledger_file.parent,
        "log": places.log_folder,
        "downloads": places.download_root,
    }
    findings = []
    for purpose, folder in folders.items():
        try:
            _try_to_write(folder)
        except OSError as error:
            message = f"The folder for {purpose}, {folder}, cannot be written: {error.strerror or error}."
            findings.append(problem(MACHINE, f"folder.{purpose}", message, _folder_repair(folder, machine)))
    if not findings:
        findings.append(fine(MACHINE, "folders", "The folders for settings, ledger, log and downloads can be written."))
    return findings


def _try_to_write(folder: Path) -> None:
    """Write a nameless file into the folder, or into the nearest one above that is there. Raises OSError."""
    nearest = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    with tempfile.TemporaryFile(dir=nearest) as stream:
        stream.write(b"x")


def _folder_repair(folder: Path, machine: Machine) -> str:
    if machine.system is System.WINDOWS:
        return f'icacls "{folder}" /grant "%USERNAME%:(OI)(CI)F"'
    return f"mkdir -p {shlex.quote(str(folder))} && chmod u+rwx {shlex.quote(str(folder))}"
