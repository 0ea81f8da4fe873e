"""The desktop, played by small programs on PATH: what a person chose, closed, or never had."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

from rows import child_command
from threadreel import desktop
from threadreel.desktop import choose, open_media, reveal
from threadreel.errors import DesktopError
from waiting import wait_until


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(programs: Path) -> dict[str, str]:
    return {"PATH": str(programs), "DISPLAY": ":99"}


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize("chooser", ["zenity", "kdialog"])
@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_the_chosen_folder_comes_back(tmp_path: Path, programs: Path, chooser: str, variable: str) -> None:
    chosen = tmp_path / "my 界 folder"
    chosen.mkdir()
    program(programs, chooser, f"echo '{chosen}'")
    assert choose(tmp_path, {"PATH": str(programs), variable: "x"}) == chosen


def test_it_begins_where_downloads_go_and_asks_for_a_folder(
    tmp_path: Path, programs: Path, environment: dict[str, str]
) -> None:
    start = tmp_path / "it's; $(here)"
    program(programs, "zenity", f"printf '%s\\n' \"$@\" > {tmp_path}/arguments; exit 1")
    assert choose(start, environment) is None
    arguments = (tmp_path / "arguments").read_text("utf-8").splitlines()
    assert arguments == [
        "--file-selection",
        "--directory",
        "--title=Threadreel: where should downloads go?",
        f"--filename={start}/",
    ]


@pytest.mark.parametrize(
    "body", ["exit 1", "exit 0", "echo; exit 0", "echo /no/such/folder; exit 0", "echo $0; exit 0"]
)
def test_who_closes_the_window_chose_nothing(
    tmp_path: Path, programs: Path, environment: dict[str, str], body: str
) -> None:
    program(programs, "zenity", body)
    program(programs, "kdialog", "echo /")
    assert choose(tmp_path, environment) is None


def test_a_chooser_that_does_not_work_gives_way_to_the_next(
    tmp_path: Path, programs: Path, environment: dict[str, str]
) -> None:
    program(programs, "zenity", "exit 255")
    program(programs, "kdialog", f"echo '{tmp_path}'")
    assert choose(tmp_path, environment) == tmp_path
    (programs / "zenity").write_bytes(b"\x7fELF no program")
    assert choose(tmp_path, environment) == tmp_path


def test_a_window_that_is_left_open_is_closed_in_the_end(
    tmp_path: Path, programs: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop, "CHOOSE_TIMEOUT_S", 0.2)
    program(programs, "zenity", "exec /bin/sleep 60")
    program(programs, "kdialog", "echo /")
    assert choose(tmp_path, environment) is None


@pytest.mark.parametrize("case", ["no display", "no chooser", "broken chooser"])
def test_without_a_chooser_the_command_is_named(tmp_path: Path, programs: Path, case: str) -> None:
    environment = {"PATH": str(programs), "DISPLAY": "" if case == "no display" else ":99"}
    if case == "no display":
        program(programs, "zenity", "echo /")
    elif case == "broken chooser":
        program(programs, "zenity", "exit 3")
    with pytest.raises(DesktopError) as caught:
        choose(tmp_path, environment)
    assert caught.value.code == "desktop.no_chooser"
    assert "threadreel settings directory" in caught.value.hint


def test_nothing_a_chooser_says_is_heard_and_it_gets_no_input(tmp_path: Path, programs: Path) -> None:
    """In the native host both streams are the browser's."""
    program(programs, "zenity", f"echo noise >&2; read line && echo / || echo '{tmp_path}'")
    code = "from pathlib import Path\nfrom threadreel.desktop import choose\nimport os\nchoose(Path('/'), os.environ)"
    environment = {"PATH": f"{programs}", "DISPLAY": ":99"}
    done = subprocess.run(
        child_command(code), input=b"frames", capture_output=True, env=environment, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_on_windows_a_path_is_never_program_text(
    tmp_path: Path, programs: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = tmp_path / "'; Remove-Item C:\\ #"
    program(programs, "powershell", f"printf '%s\\n' \"$@\" > {tmp_path}/arguments; printf '%s' \"$THREADREEL_START\"")
    start.mkdir()
    monkeypatch.setattr(desktop, "sys", SimpleNamespace(platform="win32"))
    assert choose(start, environment) == start
    text = (tmp_path / "arguments").read_text("utf-8")
    assert "Remove-Item" not in text
    assert "$env:THREADREEL_START" in text


def test_on_macos_the_system_asks(
    tmp_path: Path, programs: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "osascript", f"echo '{tmp_path}/'")
    monkeypatch.setattr(desktop, "sys", SimpleNamespace(platform="darwin"))
    assert choose(tmp_path, environment) == tmp_path


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_folder_that_is_not_there_cannot_be_shown(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "folder"
    if kind == "file":
        folder.write_bytes(b"")
    with pytest.raises(DesktopError) as caught:
        reveal(folder)
    assert caught.value.code == "desktop.no_folder"
    assert str(folder) in caught.value.message


REVEAL = (
    "from pathlib import Path\n"
    "from threadreel.desktop import reveal\n"
    "from threadreel.errors import DesktopError\n"
    "try:\n"
    "    reveal(Path(sys.argv[1]))\n"
    "except DesktopError as error:\n"
    "    print(error.code)"
)


@pytest.mark.process
@pytest.mark.parametrize("name", ["plain", "two words", "it's $(touch x); & 界", '"quoted"'])
def test_the_file_manager_of_the_desktop_shows_the_folder(tmp_path: Path, programs: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    program(programs, "pcmanfm", f"printf '%s\\n' \"$@\" > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/arguments")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "DISPLAY": ":99", "XDG_CURRENT_DESKTOP": "LXDE", "HOME": str(tmp_path)}
    done = subprocess.run(
        child_command(REVEAL, folder), capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    assert done.stdout == ""
    wait_until((tmp_path / "arguments").exists, "the file manager to be started")
    (shown,) = (tmp_path / "arguments").read_text("utf-8").splitlines()
    assert unquote(urlsplit(shown).path) == str(folder)


@pytest.mark.process
def test_without_a_file_manager_it_says_so(tmp_path: Path, programs: Path) -> None:
    environment = {"PATH": str(programs), "XDG_CURRENT_DESKTOP": "XFCE", "HOME": str(tmp_path)}
    done = subprocess.run(
        child_command(REVEAL, tmp_path), capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    assert done.stdout == "desktop.no_file_manager\n"


@pytest.mark.parametrize("name", ["1 a.jpg", "1 b.WEBM", "1 it's; $(here).png"])
def test_a_picture_or_video_is_opened_by_the_systems_own_program(
    tmp_path: Path, programs: Path, environment: dict[str, str], name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(b"x")
    program(
        programs, "xdg-open", f'printf %s "$1" > {tmp_path}/opened.part; mv {tmp_path}/opened.part {tmp_path}/opened'
    )
    environment["PATH"] += os.pathsep + os.environ["PATH"]
    open_media(file, environment)
    wait_until(lambda: (tmp_path / "opened").exists(), "the program")
    assert (tmp_path / "opened").read_text("utf-8") == str(file)


@pytest.mark.parametrize("name", ["a.exe", "a.jpg.desktop", "a.html", "a.svg", "a.swf", "a.pdf", "a", "a.sh"])
def test_what_a_system_might_run_is_never_opened(
    tmp_path: Path, programs: Path, environment: dict[str, str], name: str
) -> None:
    program(programs, "xdg-open", f"touch {tmp_path}/opened")
    with pytest.raises(DesktopError) as refused:
        open_media(tmp_path / name, environment)
    assert refused.value.code == "desktop.not_opened"


def test_a_desktop_without_an_opener_says_so(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(DesktopError) as refused:
        open_media(tmp_path / "a.jpg", environment)
    assert refused.value.code == "desktop.no_opener"
