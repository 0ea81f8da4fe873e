"""The four commands as a person runs them, in a home of their own."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import pytest
from setup_fakes import snapshot

from threadreel.commands import setup_commands
from threadreel.errors import SetupError
from threadreel.setup.browsers import MANIFEST_NAME
from threadreel.setup.locations import extension_folder
from threadreel.setup.machine import System, this_machine


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux home with a Firefox that was started once."""
    folder = tmp_path / "home"
    (folder / ".mozilla/firefox/p.default").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "CHROME_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("THREADREEL_HOME", str(folder / "portable"))
    machine = dataclasses.replace(this_machine(), system=System.LINUX, registry=None)
    monkeypatch.setattr(setup_commands, "this_machine", lambda: machine)
    return folder


def test_this_machine_is_the_one_of_the_environment(home: Path) -> None:
    machine = this_machine()
    assert machine.home == home
    assert machine.launcher_folder == home / "portable" / "launcher"
    assert machine.python == Path(sys.executable)
    assert this_machine({"THREADREEL_HOME": "/x"}).launcher_folder == Path("/x/launcher")


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    setup_commands.add_parsers(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    code = args.run(args)
    assert isinstance(code, int)
    return code


@pytest.mark.process
def test_install_says_what_it_did_and_what_comes_next(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install") == 0
    done, next_step = capsys.readouterr().out.split("\n\n")
    registered, others = done.splitlines()
    assert registered == f"Firefox: registered in {home}/.mozilla/native-messaging-hosts"
    # whoever has it loaded is told nothing that is not so
    how, firefox = next_step.splitlines()
    assert how == f"If the extension is not in your browser yet, load it from {extension_folder()}"
    assert "about:debugging" in firefox
    # the count is of those that the doctor names
    run("doctor")
    [absent] = [line for line in capsys.readouterr().out.splitlines() if "Not here: " in line]
    assert others == f"{absent.count(',') + 1} other browsers are not here (threadreel doctor names them)."


def test_install_by_name_says_nothing_of_the_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "--browser", "firefox") == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"Firefox: registered in {home}/.mozilla/native-messaging-hosts",
        "",
    ]


def test_install_then_uninstall_leaves_the_home_as_it_was(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(home)
    assert run("install") == 0
    assert run("uninstall") == 0
    assert snapshot(home) == before
    assert "removed" in capsys.readouterr().out
    assert run("uninstall") == 0
    assert capsys.readouterr().out == "Nothing was registered.\n"


def test_print_shows_all_files_and_writes_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(home)
    assert run("install", "--print") == 0
    assert snapshot(home) == before
    shown = capsys.readouterr().out
    assert f"Would write {home}/.mozilla/native-messaging-hosts/{MANIFEST_NAME} (mode 644):" in shown
    assert f"Would write {home}/portable/launcher/threadreel-host.sh (mode 755):" in shown
    assert '"allowed_extensions"' in shown


def test_install_by_name_with_a_folder_and_an_id(home: Path) -> None:
    folder = home / "profile" / "NativeMessagingHosts"
    options = ["--browser", "chromium", "--manifest-dir", str(folder), "--extension-id", "c" * 32]
    assert run("install", *options) == 0
    manifest = json.loads((folder / MANIFEST_NAME).read_text())
    assert f"chrome-extension://{'c' * 32}/" in manifest["allowed_origins"]
    assert run("uninstall", "--browser", "chromium", "--manifest-dir", str(folder)) == 0
    assert not folder.exists()


def test_nothing_registered_is_exit_code_1(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".mozilla/firefox/p.default").rmdir()
    (home / ".mozilla/firefox").rmdir()
    assert run("install") == 1
    assert "threadreel install --browser NAME" in capsys.readouterr().err


def test_a_browser_that_failed_is_exit_code_1(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".mozilla/native-messaging-hosts").write_text("a file in the way")
    (home / ".config/chromium/Default").mkdir(parents=True)
    assert run("install") == 1
    streams = capsys.readouterr()
    assert streams.err.startswith("Firefox: ")
    assert "Chromium: registered" in streams.out


def test_the_limit_of_a_sandbox_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "snap/chromium").mkdir(parents=True)
    assert run("install") == 0
    assert "Chromium as a snap may not start programs" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["install", "uninstall"])
@pytest.mark.usefixtures("home")
def test_an_unknown_browser_is_refused(command: str) -> None:
    with pytest.raises(SetupError) as caught:
        run(command, "--browser", "netscape")
    assert caught.value.code == "setup.browser"


@pytest.mark.process
@pytest.mark.usefixtures("home")
def test_the_doctor_lists_findings_by_browser_and_fails_on_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "This machine"
    place = lines.index("Firefox")
    assert lines[place + 1].startswith("  problem  No host manifest at ")
    assert lines[place + 2] == "           To repair: threadreel install --browser firefox"


@pytest.mark.process
def test_the_doctor_is_content_without_a_browser(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".mozilla/firefox/p.default").rmdir()
    (home / ".mozilla/firefox").rmdir()
    assert run("doctor") == 0
    assert "No browser was found" in capsys.readouterr().out


@pytest.mark.usefixtures("home")
def test_extension_prints_the_folder_alone_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("extension") == 0
    assert capsys.readouterr().out == f"{extension_folder()}\n"


@pytest.mark.usefixtures("home")
def test_extension_tells_a_person_how_to_load_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run("extension") == 0
    shown = capsys.readouterr().out
    assert "chrome://extensions" in shown
    assert "about:debugging" in shown
