"""What may be chosen for a download on the command line, and how the engine calls it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threadreel.errors import RequestError

KINDS = ("images", "videos", "other")
PRIORITIES = ("critical", "high", "normal", "low", "background")
_DEPTHS = range(1, 21)
_FILTER_EXAMPLE = "'ext:webm size:<4MB -spoiler'"


def add_choices(parser: argparse.ArgumentParser) -> None:
    """What ``get`` and ``watch`` share."""
    parser.add_argument("--dir", type=_folder, metavar="DIR", help="download root, instead of your download folder")
    parser.add_argument(
        "--only", type=_kinds, metavar="KINDS", help="images, videos, other: one or more, parted by commas"
    )
    parser.add_argument("--filter", metavar="TERMS", help=f"what files must be like, for instance {_FILTER_EXAMPLE}")
    parser.add_argument("--name", metavar="TEMPLATE", help="how files are called, for instance '{post} {name}{ext}'")
    parser.add_argument(
        "--folder", metavar="TEMPLATE", help="the folder of a thread, for instance '{board}/{thread} {title}'"
    )
    parser.add_argument("--priority", choices=PRIORITIES, help="what is served before what")
    parser.add_argument("--json", action="store_true", help="print events as JSON, one a line")
    parser.add_argument("--dry-run", action="store_true", help="say what would be saved, and save nothing")


def add_following(parser: argparse.ArgumentParser) -> None:
    """What becomes of a watch whose thread has ended."""
    parser.add_argument(
        "--follow",
        metavar="PATTERN",
        help="then watch the newest later thread whose subject holds this text, or matches /this pattern/",
    )
    parser.add_argument("--follow-links", action="store_true", help="then watch a thread that its last posts link to")
    parser.add_argument("--follow-depth", type=_depth, metavar="N", help="how many threads in a row, from 1 to 20 (5)")


def joined(words: Sequence[str]) -> list[str]:
    """The words of a command line in which ``--filter -spoiler`` is one: argparse would take the term for an option."""
    found: list[str] = []
    for word in words:
        if found and found[-1] == "--filter" and word.startswith("-") and not word.startswith("--"):
            found[-1] = f"--filter={word}"
        else:
            found.append(word)
    return found


def chosen_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Keywords of ``Engine.options``; None where the settings decide."""
    return {
        "root": arguments.dir,
        "only": arguments.only,
        "filter": arguments.filter,
        "name": arguments.name,
        "folder": arguments.folder,
        "priority": arguments.priority,
        "watch": arguments.watch or None,
        "follow": _follow(arguments),
    }


def _follow(arguments: argparse.Namespace) -> dict[str, Any] | None:
    if not hasattr(arguments, "follow"):
        return None
    if arguments.follow is None and not arguments.follow_links:
        if arguments.follow_depth is not None:
            raise RequestError(
                "request.unsupported",
                "--follow-depth says how far to follow, but nothing says into which threads.",
                "Add --follow PATTERN or --follow-links.",
            )
        return None
    chosen = {"subject": arguments.follow, "links": arguments.follow_links or None, "depth": arguments.follow_depth}
    return {name: value for name, value in chosen.items() if value is not None}


def _depth(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) not in _DEPTHS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 20")
    return int(text)


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    if not kinds or any(kind not in KINDS for kind in kinds):
        raise argparse.ArgumentTypeError(f"{text!r} is not made of {', '.join(KINDS)}")
    return kinds


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    try:
        folder = Path(text).expanduser().absolute()
    except RuntimeError as error:  # ~nobody
        raise argparse.ArgumentTypeError(str(error)) from None
    if folder.exists() and not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{folder} is a file, not a folder")
    return folder
