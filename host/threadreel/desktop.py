"""The person's desktop: show a folder or file in the file manager, open a picture, ask for a folder in the system's own window.

Children never get the frames' streams: those are not inherited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from threadreel.errors import DesktopError

#: how long a person may look at the chooser
CHOOSE_TIMEOUT_S = 600.0
_TITLE = "Threadreel: where should downloads go?"
_START_VARIABLE = "THREADREEL_START"
#: what no system takes for a program or a page
_PICTURES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".jxl"}
_PLAYED = {".webm", ".mp4", ".m4v", ".mov", ".mkv", ".mp3", ".ogg", ".opus", ".flac", ".wav", ".m4a"}
_OPENED = _PICTURES | _PLAYED


def reveal(folder: Path) -> None:
    """The file manager shows this folder. Raises DesktopError when there is none, or no such folder."""
    if not folder.is_dir():
        raise DesktopError(
            "desktop.no_folder", f"{folder} is not there.", "Was it moved? Start the job again to fetch it anew."
        )
    _show(folder, is_inside=True)


def reveal_file(file: Path) -> None:
    """The file manager shows this file in its folder. Raises DesktopError when there is none."""
    _show(file, is_inside=False)


def open_media(file: Path, environment: Mapping[str, str]) -> None:
    """The system's own program shows this picture or plays this video or sound. Raises DesktopError.

    Only what is one by its ending, which is what systems choose the program by: strangers made these files, and some systems
    would run others.
    """
    if file.suffix.lower() not in _OPENED:
        raise DesktopError(
            "desktop.not_opened",
            f"{file.name} is no picture, video or sound: such files are not opened from here.",
            "Look at it in its folder.",
        )
    try:
        if sys.platform == "win32":
            os.startfile(file)
            return
        opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open", path=environment.get("PATH"))
        if opener is None:
            raise FileNotFoundError("there is no xdg-open")
        viewer = subprocess.Popen(
            [opener, str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(environment),
        )
        # some openers last as long as the program they start
        threading.Thread(target=viewer.wait, name="viewer", daemon=True).start()
    except OSError as error:
        raise DesktopError(
            "desktop.no_opener", f"{file.name} could not be opened: {error}.", "Look at it in its folder."
        ) from error


def _show(path: Path, *, is_inside: bool) -> None:
    try:
        from showinfm.showinfm import show_in_file_manager, valid_file_manager  # looks at the desktop while imported

        manager = valid_file_manager()
        if not manager or shutil.which(manager) is None:
            raise NotImplementedError("none was found")
        show_in_file_manager(str(path), open_not_select_directory=is_inside, file_manager=manager)
    except (OSError, ImportError, NotImplementedError, AssertionError, LookupError, ValueError) as error:
        raise DesktopError(
            "desktop.no_file_manager", f"No file manager could open {path}: {error}.", "Open the folder yourself."
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
