"""``threadreel demo``: the whole product on a sample board of its own, in a browser or in the terminal."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from threadreel.commands import download_commands
from threadreel.demo.browser import Found, find_browsers
from threadreel.errors import SetupError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

FAMILIES = ("chromium", "firefox")


def add_parser(commands: Subparsers) -> None:
    """Register the command."""
    demo = commands.add_parser(
        "demo",
        help="try it, with nothing to set up",
        description="Show a thread of generated pictures, served by this machine to itself, in a throw-away browser "
        "that has the extension: press the button, watch it land. Your own settings and downloads are not touched.",
    )
    demo.add_argument("--browser", choices=FAMILIES, help="this one, instead of the first that is found")
    demo.add_argument("--terminal", action="store_true", help="no browser: save the thread in this terminal")
    demo.add_argument("--keep", action="store_true", help="keep what was downloaded")
    demo.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the demo; the exit code of the download, 0 where a browser showed it. Raises SetupError."""
    from threadreel.demo.run import in_browser, in_terminal, sample_board, stage

    found = None if args.terminal else _choose(args.browser)
    _say("Drawing the pictures of the sample board ...")
    with stage(args.keep, _say) as made, sample_board(made.home) as url:
        if found is None:
            return in_terminal(_command_line, made, url)
        in_browser(found, made, url, _say)
    return 0


def _command_line(words: Sequence[str]) -> int:
    """What ``threadreel`` does with these words of a download command."""
    parser = argparse.ArgumentParser(prog="threadreel")
    download_commands.add_parsers(parser.add_subparsers())
    chosen = parser.parse_args(words)
    code: int = chosen.run(chosen)
    return code


def _choose(family: str | None) -> Found | None:
    """The browser to use; None: the terminal, and it has been said why."""
    search = find_browsers(os.environ)
    for reason in search.reasons:
        _say(reason)
    for found in search.found:
        if family in (None, found.family):
            return found
    if family:
        raise SetupError("setup.demo", f"No {family} that can show the demo is here.", "Leave --browser out.")
    _say("So the demo runs here, in the terminal.")
    return None


def _say(sentence: str) -> None:
    print(sentence, flush=True)
