"""The person's desktop: show a folder in the file manager, ask for a folder in a window of the system's own.

Children never get the frames' streams: those are not inherited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from threadreel.errors import DesktopError

#: how long a person may look at the chooser
CHOOSE_TIMEOUT_S = 600.0
_TITLE = "Threadreel: where should downloads go?"
_START_VARIABLE = "THREADREEL_START"


def reveal(folder: Path) -> None:
    """The file manager shows this folder. Raises DesktopError when there is none, or no such folder."""
    if not folder.is_dir():
        raise DesktopError(
            "desktop.no_folder", f"{folder} is not there.", "Was it moved? Start the job again to fetch it anew."
        )
    try:
        from showinfm.showinfm import show_in_file_manager, valid_file_manager  # looks at the desktop while imported

        manager = valid_file_manager()
        if not manager or shutil.which(manager) is None:
            raise NotImplementedError("none was found")
        show_in_file_manager(str(folder), open_not_select_directory=True, file_manager=manager)
    except (OSError, ImportError, NotImplementedError, AssertionError, LookupError, ValueError) as error:
        raise DesktopError(
            "desktop.no_file_manager", f"No file manager could open {folder}: {error}.", "Open the folder yourself."
        ) from error


def choose(start: Path, environment: Mapping[str, str]) -> Path | None:
    """The folder the person chose, None when they chose none. Raises DesktopError where there is no chooser."""
    for program, *arguments in _choosers(start, environment):
        found = shutil.which(program, path=environment.get("PATH"))
        if found is None:
            continue
        try:
            done = subprocess.run(
                [found, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=CHOOSE_TIMEOUT_S,
                check=False,
                env={**environment, _START_VARIABLE: str(start)},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except subprocess.TimeoutExpired:
            return None
        except OSError:
            continue
        chosen = os.fsdecode(done.stdout).strip("\r\n")
        if done.returncode == 0 and chosen and Path(chosen).is_dir():
            return Path(chosen)
        if done.returncode in (0, 1):  # closed or cancelled
            return None
    raise DesktopError(
        "desktop.no_chooser",
        "There is no folder chooser on this desktop.",
        "Set the folder in a terminal: threadreel settings directory PATH",
    )


def _choosers(start: Path, environment: Mapping[str, str]) -> Sequence[Sequence[str]]:
    if sys.platform == "win32":
        script = (  # all after -Command is program text: a path does not belong there
            "Add-Type -AssemblyName System.Windows.Forms;"
            f"$d = New-Object System.Windows.Forms.FolderBrowserDialog; $d.Description = '{_TITLE}';"
            f"$d.SelectedPath = $env:{_START_VARIABLE};"
            "[Console]::OutputEncoding = [Text.Encoding]::UTF8;"
            "if ($d.ShowDialog() -eq 'OK') { $d.SelectedPath } else { exit 1 }"
        )
        return [["powershell", "-NoProfile", "-STA", "-Command", script]]
    if sys.platform == "darwin":
        return [["osascript", "-e", f'POSIX path of (choose folder with prompt "{_TITLE}")']]
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        return []
    return [
        ["zenity", "--file-selection", "--directory", f"--title={_TITLE}", f"--filename={start}/"],
        ["kdialog", "--title", _TITLE, "--getexistingdirectory", str(start)],
    ]
