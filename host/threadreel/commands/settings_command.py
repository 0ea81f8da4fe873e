"""``threadreel settings``: what is set."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadreel.errors import SettingsError
from threadreel.places import find_places
from threadreel.settings import SettingsFile, check, defaults

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(commands: Subparsers) -> None:
    """Register the command of this module."""
    settings = commands.add_parser("settings", help="show or change settings")
    settings.add_argument("name", nargs="?", metavar="NAME", help="one setting")
    settings.add_argument(
        "value", nargs="?", metavar="VALUE", help="its new value: text, a number, true, false, or JSON"
    )
    settings.set_defaults(run=_settings)


def _settings(arguments: argparse.Namespace) -> int:
    file = SettingsFile(find_places(os.environ).settings_file)
    for warning in file.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if arguments.name is None:
        for name, value in file.values.items():
            print(f"{name} = {_shown(value)}")
        return 0
    if arguments.name not in file.values:
        raise SettingsError(
            "settings.invalid", f"There is no setting {arguments.name!r}.", f"There are: {', '.join(file.values)}."
        )
    if arguments.value is not None:
        _change(file, arguments.name, _parsed(arguments.name, arguments.value))
    print(f"{arguments.name} = {_shown(file.values[arguments.name])}")
    return 0


def _change(file: SettingsFile, name: str, value: Any) -> None:
    """Keep a value that its schema, and for boards, filter and templates their readers, accept."""
    from threadreel.engine.planning.filters import Filter
    from threadreel.library.templates import FolderTemplate, NameTemplate
    from threadreel.sites.registry import Registry

    check({name: value})
    readers = {"name_template": NameTemplate, "folder_template": FolderTemplate, "boards": Registry, "filter": Filter}
    if name in readers:
        readers[name](value)
    if name == "directory" and value is not None and Path(value).exists() and not Path(value).is_dir():
        raise SettingsError("settings.invalid", f"{value} is a file, not a folder.", "Name a folder.")
    file.change({name: value})


def _parsed(name: str, text: str) -> Any:
    """The value as JSON where the setting is not text; a folder becomes absolute, so that it means the same everywhere."""
    if name == "directory":
        return None if text in ("", "null") else _absolute(text)
    if isinstance(defaults()[name], str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return [part.strip() for part in text.split(",") if part.strip()] if name == "only" else text


def _absolute(text: str) -> str:
    try:
        return str(Path(text).expanduser().absolute())
    except RuntimeError as error:  # ~nobody
        raise SettingsError("settings.invalid", f"{text} leads nowhere: {error}", "Write the whole path.") from None


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
