"""The commands that make a browser find the host: install, uninstall, doctor, extension."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadreel.setup.browsers import BROWSERS
from threadreel.setup.doctor import diagnose, is_healthy
from threadreel.setup.findings import Finding
from threadreel.setup.installer import Outcome, Result, apply, prepare_install
from threadreel.setup.locations import extension_folder
from threadreel.setup.machine import this_machine
from threadreel.setup.packing import write_archives
from threadreel.setup.plan import ABSENT, InstallPlan, Selection, WriteFile
from threadreel.setup.rows import Family
from threadreel.setup.uninstaller import uninstall as take_away

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = Any

_HOW_TO_LOAD = {
    Family.CHROMIUM: "Chrome, Chromium, Edge, Brave, Vivaldi, Opera: open chrome://extensions, switch on "
    '"Developer mode", press "Load unpacked" and choose this folder.',
    Family.FIREFOX: "Firefox, LibreWolf, Waterfox, Zen, Floorp: open about:debugging#/runtime/this-firefox, press "
    '"Load Temporary Add-on" and choose manifest.json in this folder. It stays until the browser is closed.',
}


def add_parsers(subparsers: Subparsers) -> None:
    """Add the four commands; each sets ``run`` to its function, which takes the arguments and returns an exit code."""
    names = ", ".join(browser.name for browser in BROWSERS)
    parser = subparsers.add_parser("install", help="register the host with the browsers on this machine")
    _add_selection(parser, names)
    parser.add_argument(
        "--extension-id", action="append", default=[], metavar="ID", help="let this extension start the host too"
    )
    parser.add_argument(
        "--print", dest="preview", action="store_true", help="show what would be written, write nothing"
    )
    parser.set_defaults(run=install)
    parser = subparsers.add_parser("uninstall", help="remove every trace of the registration")
    _add_selection(parser, names)
    parser.set_defaults(run=uninstall)
    parser = subparsers.add_parser("doctor", help="check each step by which a browser starts the host")
    parser.set_defaults(run=doctor)
    parser = subparsers.add_parser(
        "extension", help="print the folder of the browser extension, or pack it for the stores"
    )
    parser.add_argument(
        "--pack", type=Path, metavar="DIR", help="make the archives for the stores of Chrome and Firefox in this folder"
    )
    parser.set_defaults(run=extension)


def install(args: argparse.Namespace) -> int:
    """Register the host. Exit code 1 when a browser failed or none was registered. Raises SetupError."""
    machine = this_machine()
    plan = prepare_install(machine, Selection(tuple(args.browser), tuple(args.extension_id), args.manifest_dir))
    if args.preview:
        _print_plan(plan)
        return 0
    outcomes = apply(plan, machine)
    for outcome in outcomes:
        if outcome.result is not Result.SKIPPED or args.browser:
            _print_outcome(outcome)
    for each in plan.browsers:
        for limit in each.limits:
            print(limit)
    served = {each.browser.family for each in plan.browsers if each.steps}
    if not served:
        print(
            "No browser was registered. Start yours once so that it makes its folders, or name it: "
            "threadreel install --browser NAME",
            file=sys.stderr,
        )
        return 1
    absent = sum(each.skipped == ABSENT for each in plan.browsers)
    if absent:
        verb = "browser is" if absent == 1 else "browsers are"
        print(f"{absent} other {verb} not here (threadreel doctor names them).")
    print(f"\nIf the extension is not in your browser yet, load it from {extension_folder()}")
    for family in sorted(served):
        print(f"- {_HOW_TO_LOAD[family]}")
    return 1 if any(outcome.result is Result.FAILED for outcome in outcomes) else 0


def uninstall(args: argparse.Namespace) -> int:
    """Take the registration away. Exit code 1 when something could not be removed. Raises SetupError."""
    outcomes = take_away(this_machine(), Selection(tuple(args.browser), (), args.manifest_dir))
    for outcome in outcomes:
        _print_outcome(outcome)
    if not outcomes:
        print("Nothing was registered.")
    return 1 if any(outcome.result is Result.FAILED for outcome in outcomes) else 0


def doctor(_args: argparse.Namespace) -> int:
    """Print what the doctor finds. Exit code 1 when there is a problem."""
    findings = diagnose(this_machine())
    subject = ""
    for finding in findings:
        if finding.subject != subject:
            subject = finding.subject
            print(subject)
        _print_finding(finding)
    healthy = is_healthy(findings)
    print("No problem found." if healthy else "There are problems; each says how to repair it.")
    return 0 if healthy else 1


def extension(args: argparse.Namespace) -> int:
    """Print the extension's folder, and to a person how a browser loads it; or the archives made. Raises SetupError."""
    if args.pack is not None:
        for path in write_archives(extension_folder(), args.pack):
            print(path)
        return 0
    print(extension_folder())
    if sys.stdout.isatty():
        for how in _HOW_TO_LOAD.values():
            print(f"- {how}")
    return 0


def _add_selection(parser: argparse.ArgumentParser, names: str) -> None:
    parser.add_argument(
        "--browser", action="append", default=[], metavar="NAME", help=f"only this one, even if it is not here: {names}"
    )
    parser.add_argument(
        "--manifest-dir",
        type=Path,
        metavar="DIR",
        help="where the named browser looks for host manifests, if elsewhere",
    )


def _print_plan(plan: InstallPlan) -> None:
    steps = [*plan.shared, *(step for each in plan.browsers for step in each.steps)]
    for step in dict.fromkeys(steps):
        if isinstance(step, WriteFile):
            print(f"Would write {step.path} (mode {step.mode:o}):")
            print(step.content.decode("utf-8", "replace"))
        else:
            print(f"Would set HKEY_CURRENT_USER\\{step.key} to {step.value}")
    if not steps:
        print("Nothing would be written: no browser was found.")


def _print_outcome(outcome: Outcome) -> None:
    stream = sys.stderr if outcome.result is Result.FAILED else sys.stdout
    print(f"{outcome.title}: {outcome.sentence}", file=stream)


def _print_finding(finding: Finding) -> None:
    print(f"  {finding.level:<8} {finding.message}")
    if finding.repair:
        print(f"  {'':<8} To repair: {finding.repair}")
