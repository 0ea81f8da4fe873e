"""One run of ``threadreel rebuild``: reads what there is to read, shows how far it is, and says what could not be vouched for."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threadreel.commands.narration import counted, visible
from threadreel.commands.verify_command import display
from threadreel.library.ledger import Ledger
from threadreel.library.owners import Owner
from threadreel.library.rebuilding import Doubt, rebuild
from threadreel.library.salvage import Salvage, open_sound, take_in
from threadreel.library.succession import put_aside_ledgers
from threadreel.library.surveying import Survey, known_roots, root_of, survey
from threadreel.library.verification import TROUBLE, Condition
from threadreel.places import Places, find_places
from threadreel.settings import SettingsFile

_EXIT_TROUBLE, _EXIT_USAGE = 1, 2


def run(below: Path | None, *, as_json: bool) -> int:
    """Rebuild what is known of one folder, or of every download root there ever was; the exit code."""
    places = find_places(os.environ)
    if below is not None and root_of(below) is None:
        print(f"threadreel: {visible(str(below))} holds no downloads of Threadreel.", file=sys.stderr)
        print("  Name a download folder, or a folder inside of its Threadreel folder.", file=sys.stderr)
        return _EXIT_USAGE
    settings = SettingsFile(places.settings_file).values
    ledger = open_sound(places.ledger_file)
    try:
        _warn(ledger.notices)
        owner = Owner(places.lock_folder)  # so that nobody puts the ledger aside meanwhile
        try:
            return _run(ledger, places, settings, below, as_json)
        finally:
            owner.release()
    finally:
        ledger.close()


def _run(ledger: Ledger, places: Places, settings: dict[str, Any], below: Path | None, as_json: bool) -> int:
    salvaged = take_in(ledger, put_aside_ledgers(places.ledger_file))
    roots = [Path(settings["directory"] or places.download_root), *known_roots(ledger)]
    found = survey([below] if below is not None else roots)
    options = {
        "only": settings["only"],
        "name": settings["name_template"],
        "folder": settings["folder_template"],
    }
    doubts = list(found.troubles)
    counts: Counter[Condition] = Counter()
    with (
        contextlib.closing(rebuild(ledger, found, options)) as findings,
        display(as_json, found.size_bytes, "Rebuilding") as show,
    ):
        for finding in findings:
            if isinstance(finding, Doubt):
                doubts.append(finding.sentence)
            else:
                counts[finding.condition] += 1
                show.finding(finding)
    _sum_up(found, salvaged, counts, doubts, as_json)
    return _EXIT_TROUBLE if doubts or any(counts[condition] for condition in TROUBLE) else 0


def _sum_up(
    found: Survey, salvaged: Sequence[Salvage], counts: Counter[Condition], doubts: Sequence[str], as_json: bool
) -> None:
    if as_json:
        sums = {str(condition): counts[condition] for condition in Condition}
        aside = [
            {"path": str(each.aside), "jobs": each.jobs, "files": each.files, "refusal": each.refusal or None}
            for each in salvaged
        ]
        whole = {"reports": len(found.places), "files": counts.total(), **sums, "left_out": found.unclaimed}
        print(json.dumps({**whole, "doubts": list(doubts), "ledgers": aside}))
        return
    for each in salvaged:
        taken = f"took in {counted(each.jobs, 'job')} and {counted(each.files, 'file')} of {each.aside}"
        print(visible(f"took in nothing of {each.aside}: {each.refusal}" if each.refusal else taken))
    parts = ", ".join(f"{counts[condition]} {condition}" for condition in Condition if counts[condition])
    files = counted(counts.total(), "file")
    print(f"rebuilt from {counted(len(found.places), 'report')}: {files}" + (f": {parts}" if parts else ""))
    if found.unclaimed:
        print(f"left out: {counted(found.unclaimed, 'file')} that no report names (single pictures have none)")
    _warn(doubts)
    if not found.places:
        print("  `threadreel settings directory` shows where downloads go.", file=sys.stderr)


def _warn(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(f"warning: {visible(sentence)}", file=sys.stderr)
