"""Which browser on this machine can show the demo, and for each that cannot, the sentence why."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from threadreel.setup.rows import Family

_COMMANDS = {
    Family.CHROMIUM: ("chromium", "chromium-browser", "ungoogled-chromium"),
    Family.FIREFOX: ("firefox", "firefox-esr", "firefox-developer-edition", "firefox-nightly"),
}
_MACOS_CHROMIUM = ("Applications/Chromium.app/Contents/MacOS/Chromium",)
_OTHERS = {
    "google-chrome": "Chrome is here, but since its version 137 it loads no extension from the command line.",
    "microsoft-edge": "Edge is here, but it is not known to load an extension from the command line.",
    "brave-browser": "Brave is here, but it is not known to load an extension from the command line.",
}
#: the head of a file that may be a wrapper script
_SCRIPT_BYTES = 4096

Which = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Found:
    """A browser for the demo."""

    family: Family
    program: Path


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, best first, and why the rest is left out."""

    found: tuple[Found, ...]
    reasons: tuple[str, ...]


def find_browsers(
    environment: Mapping[str, str],
    *,
    platform: str = sys.platform,
    which: Which = shutil.which,
    home: Path | None = None,
) -> Search:
    """The browsers that can be started with a throw-away profile which knows the host. Nothing is started."""
    reason = _no_desktop(environment, platform)
    if reason:
        return Search((), (reason,))
    reasons = [sentence for command, sentence in _OTHERS.items() if which(command)]
    found = []
    for family, program in _programs(platform, which, home or Path.home()):
        if _is_snap(program):
            reasons.append(f"{program} is a snap, which may not use a throw-away profile.")
        elif family is Family.FIREFOX and platform == "darwin":
            reasons.append("Firefox is here, but on macOS it looks for hosts in your own profile only.")
        else:
            found.append(Found(family, program))
    if not found and not reasons:
        reasons.append("Neither Chromium nor Firefox is here.")
    return Search(tuple(found), tuple(dict.fromkeys(reasons)))


def _no_desktop(environment: Mapping[str, str], platform: str) -> str:
    if platform == "win32":
        return "Browsers on Windows know hosts by the registry alone, which a demo must not touch."
    if platform != "darwin" and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return "There is no display to show a browser on."
    return ""


def _programs(platform: str, which: Which, home: Path) -> Iterator[tuple[Family, Path]]:
    if platform == "darwin":
        for root in (Path("/"), home):
            for path in (root / inside for inside in _MACOS_CHROMIUM):
                if path.is_file():
                    yield Family.CHROMIUM, path
    for family, commands in _COMMANDS.items():
        program = next(filter(None, map(which, commands)), None)
        if program:
            yield family, Path(program)


def _is_snap(program: Path) -> bool:
    """Whether a command is a snap's, or a script that starts one (as Ubuntu's packages of that name are)."""
    real = os.path.realpath(program)
    if "/snap/" in f"{program} {real}" or real.endswith("/snap"):
        return True
    try:
        with program.open("rb") as file:
            head = file.read(_SCRIPT_BYTES)
    except OSError:
        return False
    return head.startswith(b"#!") and b"/snap/" in head
