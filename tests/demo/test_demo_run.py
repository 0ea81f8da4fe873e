"""The demo itself: in the terminal and in real browsers; every file lands, and nothing is left of it."""

import hashlib
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from browsers.devtools import DevTools, SessionPage
from threadreel import cli
from threadreel.commands import demo_command
from threadreel.demo import run
from threadreel.demo.browser import Found, Search
from threadreel.demo.launch import RunningBrowser, launch
from threadreel.errors import SetupError
from threadreel.setup.locations import extension_folder
from threadreel.setup.manifests import own_ids
from threadreel.setup.rows import Family
from waiting import wait_until


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its folder."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def at_full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A board that nobody needs to watch."""
    at_rate = run.sample_board
    monkeypatch.setattr(run, "sample_board", lambda home: at_rate(home, rate_bytes_per_s=0))


@pytest.mark.usefixtures("at_full_speed")
def test_in_the_terminal_the_thread_is_saved_and_everything_removed(
    temporary_folder: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = dict(os.environ)
    assert cli.main(["demo", "--terminal"]) == 0
    told = capsys.readouterr().out
    assert "36 saved, 1 deleted" in told
    assert "removed" in told
    assert list(temporary_folder.iterdir()) == []
    assert dict(os.environ) == before
    assert not home.exists()


@pytest.mark.usefixtures("at_full_speed")
def test_what_is_kept_is_what_the_report_says(temporary_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--terminal", "--keep"]) == 0
    (report,) = temporary_folder.rglob("report.json")
    attachments = json.loads(report.read_text())["attachments"]
    saved = [attachment for attachment in attachments if attachment["state"] == "saved"]
    assert len(saved) == 36
    for attachment in saved:
        body = (report.parent / attachment["name"]).read_bytes()
        assert hashlib.md5(body, usedforsecurity=False).hexdigest() == attachment["md5"]
    assert str(report.parent.parents[1]) in capsys.readouterr().out


@pytest.mark.usefixtures("at_full_speed")
def test_without_a_display_the_terminal_is_used_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert cli.main(["demo"]) == 0
    told = capsys.readouterr().out
    assert "no display" in told
    assert "36 saved" in told


def test_a_browser_that_is_not_here_is_an_error_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_command, "find_browsers", lambda _: Search((), ("Chrome is here, but.",)))
    assert cli.main(["demo", "--browser", "firefox"]) == 1
    assert "No firefox that can show the demo is here." in capsys.readouterr().err


def test_a_browser_that_ends_at_once_is_an_error_and_leaves_nothing(temporary_folder: Path) -> None:
    broken = Found(Family.FIREFOX, Path(shutil.which("false") or "false"))
    with pytest.raises(SetupError, match="could not be made ready"), run.stage(False, print) as made:
        run.in_browser(broken, made, "http://127.0.0.1:1/", print)
    assert list(temporary_folder.iterdir()) == []


def _program(*commands: str) -> Path:
    found = next(filter(None, map(shutil.which, commands)), None)
    assert found, f"none of {', '.join(commands)} is installed"
    return Path(found)


class Demo:
    """The demo in a browser, in a thread. What it said is in ``told``; ``end`` is what a person does to the window."""

    def __init__(self, found: Found, *arguments: str) -> None:
        self.told: list[str] = []
        self._start = found, arguments
        self._thread = threading.Thread(target=self._run)
        self._patch = pytest.MonkeyPatch()

    def _run(self) -> None:
        found, arguments = self._start
        with run.stage(False, self.told.append) as self.made, run.sample_board(self.made.home, 0) as self.url:
            run.in_browser(found, self.made, self.url, self.told.append, arguments)

    def _launch(self, *arguments: Any) -> RunningBrowser:
        self.browser = launch(*arguments)
        return self.browser

    def __enter__(self) -> "Demo":
        self._patch.setattr(run, "launch", self._launch)
        self._thread.start()
        wait_until(lambda: len(self.told) > 1 or not self._thread.is_alive(), "the browser to be started", timeout_s=40)
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()
        self.browser.close()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.mark.browser
def test_in_chromium_one_press_lands_the_thread(temporary_folder: Path) -> None:
    found = Found(Family.CHROMIUM, _program("chromium"))
    with Demo(found, "--headless=new", "--remote-debugging-port=0") as demo:
        port_file = demo.made.profile / "DevToolsActivePort"
        port = wait_until(lambda: port_file.exists() and port_file.read_text().split("\n")[0], "the port")
        devtools = DevTools(f"127.0.0.1:{port}")
        title = "Wallpapers made of waves"
        wait_until(lambda: any(t["title"] == title for t in devtools.targets()), "the thread to be shown")
        popup = SessionPage(devtools.open_popup(own_ids(extension_folder()).chromium[0], "popup/popup.html", demo.url))
        popup.click("@download")
        popup.wait_for('@job[data-state="completed"]')
        wait_until(lambda: any("36 saved, 1 deleted" in line for line in demo.told), "the terminal to say so")
        devtools.browser.call("Browser.close")
        devtools.close()
        wait_until(lambda: "removed" in demo.told[-1], "the demo to end with its browser")
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.browser
def test_in_firefox_the_extension_is_loaded_and_has_found_the_host(temporary_folder: Path) -> None:
    found = Found(Family.FIREFOX, _program("firefox-esr", "firefox"))
    with Demo(found, "--headless") as demo:
        logs = demo.made.home / "logs"
        started = "threadreel@threadreel.github.io"
        wait_until(lambda: any(started in log.read_text() for log in logs.glob("*")), "the host", timeout_s=20)
        wait_until((demo.made.home / "ledger.sqlite3").exists, "its ledger")
    assert list(temporary_folder.iterdir()) == []
