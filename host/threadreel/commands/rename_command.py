"""``threadreel rename``: what the library has gets the names and folders that templates make, after a look at what would change."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from threadreel.commands.library_path import library_path
from threadreel.commands.narration import counted, visible
from threadreel.errors import DiskError
from threadreel.places import find_places
from threadreel.settings import SettingsFile

if TYPE_CHECKING:
    from threadreel.library.holdings import Holdings, Page
    from threadreel.library.renaming import Renaming
    from threadreel.library.templates import FolderTemplate, NameTemplate

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_EXIT_TROUBLE, _EXIT_USAGE = 1, 2
#: names of a thread that are shown before a question
_SHOWN_NAMES = 5


def add_parser(commands: Subparsers) -> None:
    """Register the command of this module."""
    rename = commands.add_parser(
        "rename",
        help="give saved files other names and folders",
        description="Move what was saved to the names and folders of other templates; without --name and --folder, to those "
        "of the settings. Shows first what would change, and asks. No file is replaced, and what is being downloaded stays.",
    )
    rename.add_argument(
        "where", nargs="?", type=library_path, metavar="WHERE", help="only threads of this folder or below"
    )
    rename.add_argument("--name", metavar="TEMPLATE", help="how files are called, for instance '{post} {name}{ext}'")
    rename.add_argument("--folder", metavar="TEMPLATE", help="the folder of a thread, for instance '{board}/{thread}'")
    how = rename.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="show all that would change, and change nothing")
    how.add_argument("--yes", action="store_true", help="do not ask")
    rename.set_defaults(run=_rename)


def _rename(arguments: argparse.Namespace) -> int:
    from threadreel.library.holdings import Holdings
    from threadreel.library.ledger import Ledger

    places = find_places(os.environ)
    templates = _templates(arguments, SettingsFile(places.settings_file))
    ledger = Ledger(places.ledger_file, may_begin_anew=False)
    try:
        holdings = Holdings(ledger)
        pages = holdings.pages(arguments.where)
        if not pages and arguments.where is not None:
            print(
                f"threadreel: Nothing that Threadreel saved is below {visible(str(arguments.where))}.", file=sys.stderr
            )
            print("  `threadreel settings directory` shows where downloads go.", file=sys.stderr)
            return _EXIT_USAGE
        plans = [plan for page in pages if (plan := _plan(holdings, page, *templates)) is not None]
        wanted = [plan for plan in plans if plan[1].is_needed]
        shown = None if arguments.dry_run else _SHOWN_NAMES
        stay = sum([_print_plan(renaming, shown) for _, renaming in plans])
        if not wanted:
            print("Nothing has to be renamed.")
        elif arguments.dry_run:
            print(_sum(wanted, "would be renamed"))
        elif arguments.yes or _is_agreed(wanted):
            stay += _do(holdings, wanted, templates)
        else:
            return _EXIT_TROUBLE if sys.stdin.isatty() else _EXIT_USAGE
        return _EXIT_TROUBLE if stay else 0
    finally:
        ledger.close()


_Templates = tuple["NameTemplate | None", "FolderTemplate | None"]
_Plan = tuple["Page", "Renaming"]


def _templates(arguments: argparse.Namespace, settings: SettingsFile) -> _Templates:
    """Those that were given, alone; else those of the settings. Raises TemplateError."""
    from threadreel.library.templates import FolderTemplate, NameTemplate

    name, folder = arguments.name, arguments.folder
    if name is None and folder is None:
        name, folder = settings.values["name_template"], settings.values["folder_template"]
    return None if name is None else NameTemplate(name), None if folder is None else FolderTemplate(folder)


def _plan(holdings: Holdings, page: Page, name: NameTemplate | None, folder: FolderTemplate | None) -> _Plan | None:
    """What is to be done for a page; None when the ledger does not know its files by their posts, or none of them is there."""
    from threadreel.library.holdings import names_in
    from threadreel.library.renaming import NOTHING, plan_renaming

    holding = holdings.of(page)
    if holding is None:
        return None
    renaming = plan_renaming(holding, name, folder, names_in)
    return None if renaming.refusal == NOTHING else (page, renaming)


def _print_plan(renaming: Renaming, most_names: int | None) -> bool:
    """Show what becomes of a thread; whether some of it stays as it is although the templates say otherwise."""
    folder = Path(renaming.holding.job.directory)
    if renaming.refusal:
        print(visible(f"stays: {folder}: {renaming.refusal}"), file=sys.stderr)
        return True
    if renaming.is_needed:
        print(visible(str(folder)))
        if renaming.directory != folder:
            print(visible(f"  becomes {renaming.directory}"))
        changed = [(old.name, new.name) for old, new in renaming.pairs if old.name != new.name]
        for old, new in changed[:most_names]:
            print(visible(f"  {old} -> {new}"))
        if most_names is not None and len(changed) > most_names:
            print(f"  ... and {len(changed) - most_names} more")
    for name in renaming.kept:
        print(
            visible(f"stays: {folder / name}: what the template needs was not kept when it was saved"), file=sys.stderr
        )
    return bool(renaming.kept)


def _sum(plans: Sequence[_Plan], what: str) -> str:
    files = sum(len(renaming.pairs) for _, renaming in plans)
    return f"{counted(files, 'file')} of {counted(len(plans), 'thread')} {what}."


def _is_agreed(plans: Sequence[_Plan]) -> bool:
    print(_sum(plans, "to rename"))
    if not sys.stdin.isatty():
        print("threadreel: Nobody can be asked here.\n  Add --yes to do it, or --dry-run to look.", file=sys.stderr)
        return False
    try:
        is_agreed = input("Go on? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        is_agreed = False
    if not is_agreed:
        print("Nothing was changed.")
    return is_agreed


def _do(holdings: Holdings, plans: Sequence[_Plan], templates: _Templates) -> int:
    """Rename page after page, each as it is by then; how many files and threads stayed where they were."""
    from threadreel.library.moving import Mover

    mover = Mover(holdings)
    done: list[_Plan] = []
    stay = 0
    for page, _ in plans:
        plan = _plan(holdings, page, *templates)
        if plan is None or plan[1].refusal:
            stay += plan is not None and _print_plan(plan[1], 0)
            continue
        try:
            left = mover.rename(plan[1])
        except DiskError as error:
            print(f"threadreel: {visible(error.message)} {visible(error.hint)}".rstrip(), file=sys.stderr)
            stay += 1
            continue
        except KeyboardInterrupt:
            print("Interrupted. Nothing is lost; the same command goes on with it.", file=sys.stderr)
            raise
        for path, why in left:
            print(visible(f"stays: {path}: {why}"), file=sys.stderr)
        stay += len(left)
        done.append(plan)
    print(_sum(done, "renamed"))
    return stay
