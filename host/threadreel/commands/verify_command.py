"""``threadreel verify``: reads the library again and says what is missing or damaged."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from threadreel.commands.library_path import library_path
from threadreel.commands.narration import visible
from threadreel.library.verification import TROUBLE, Condition, Finding, verify
from threadreel.places import find_places

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_EXIT_TROUBLE, _EXIT_USAGE = 1, 2
_HINT = (
    "To have them again: delete what is damaged, run `threadreel get URL` for the thread, then press Retry in the popup, which "
    "also fetches what was deleted."
)


def add_parser(commands: Subparsers) -> None:
    """Register the command of this module."""
    parser = commands.add_parser(
        "verify",
        help="read saved files again and say what is missing or damaged",
        description="Read every saved file again and compare it with what was saved. Nothing is changed.",
    )
    parser.add_argument("dir", nargs="?", type=library_path, metavar="DIR", help="only what is below this folder")
    parser.add_argument("--json", action="store_true", help="print each trouble and the sums as JSON, one a line")
    parser.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    from threadreel.library.file_table import FileTable
    from threadreel.library.ledger import Ledger

    ledger = Ledger(find_places(os.environ).ledger_file, may_begin_anew=False)
    try:
        files = FileTable(ledger)
        total, total_bytes = files.extent(arguments.dir)
        if not total and arguments.dir is not None:
            print(f"threadreel: Nothing that Threadreel saved is below {visible(str(arguments.dir))}.", file=sys.stderr)
            print("  `threadreel settings directory` shows where downloads go.", file=sys.stderr)
            return _EXIT_USAGE
        counts: Counter[Condition] = Counter()
        with (
            contextlib.closing(verify(files, arguments.dir)) as findings,
            display(arguments.json, total_bytes) as show,
        ):
            for finding in findings:
                counts[finding.condition] += 1
                show.finding(finding)
    finally:
        ledger.close()
    _sum_up(counts, arguments.json)
    return _EXIT_TROUBLE if any(counts[condition] for condition in TROUBLE) else 0


def _sum_up(counts: Counter[Condition], as_json: bool) -> None:
    if as_json:
        sums = {str(condition): counts[condition] for condition in Condition}
        print(json.dumps({"files": counts.total(), **sums}))
        return
    parts = [f"{counts[condition]} {condition}" for condition in Condition if counts[condition]]
    files = f"{counts.total()} file" + ("" if counts.total() == 1 else "s")
    print(f"verified {files}: {', '.join(parts)}" if parts else f"verified {files}")
    if counts[Condition.MISSING] or counts[Condition.DAMAGED]:
        print(_HINT, file=sys.stderr)


class _Display(Protocol):
    def finding(self, finding: Finding) -> None:
        """This file has been read."""


@contextlib.contextmanager
def display(as_json: bool, total_bytes: int, doing: str = "Verifying") -> Iterator[_Display]:
    """Shows findings: as JSON, with a bar on a terminal, else as plain lines."""
    if as_json or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        yield _Lines(as_json)
        return
    from threadreel.commands.verify_bar import VerifyBar

    bar = VerifyBar(total_bytes, doing)
    try:  # from before it is there: an interruption may come while the cursor is already hidden
        bar.start()
        yield bar
    finally:
        bar.stop()


class _Lines:
    """A line for each file that is not as it was saved."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def finding(self, finding: Finding) -> None:
        """One line, or none."""
        if finding.condition is Condition.OK:
            return
        if self._as_json:
            entry = {
                "state": str(finding.condition),
                "path": str(finding.file.path),
                "size": finding.file.size,
                "sha256": finding.file.sha256,
                "detail": finding.detail or None,
            }
            print(json.dumps(entry), flush=True)
        else:
            print(visible(str(finding)), flush=True)
