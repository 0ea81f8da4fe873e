"""Settings, folders and health, asked of the real host; file manager and folder chooser are small programs on its PATH."""

import json
import os
import stat
from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from host_process import HostProcess
from waiting import wait_until

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

SHELL = "#!/bin/sh\n"


def program(folder: Path, name: str, script: str) -> Path:
    """A small program that the host will find on its PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(SHELL + script, "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_settings_change_and_stay_changed(host: HostProcess, library: Path) -> None:
    before = host.result("settings.get")["settings"]
    after = host.result("settings.set", values={"transfers_per_host": 2, "log_level": "debug", "only": ["images"]})
    assert after["settings"] == before | {"transfers_per_host": 2, "log_level": "debug", "only": ["images"]}
    assert host.result("settings.get")["settings"] == after["settings"]
    assert json.loads((library / "settings.json").read_text("utf-8")) == after["settings"]


def test_what_settings_may_be_is_told_with_them(host: HostProcess) -> None:
    host.result("settings.set", values={"retries": 9, "boards": []})
    answer = host.result("settings.get")
    assert answer["settings"] == answer["defaults"] | {"retries": 9}
    assert answer["software"] == ["4chan"]
    assert [site["name"] for site in answer["sites"]] == ["4chan"]
    assert host.result("settings.set", values=answer["defaults"])["settings"] == answer["defaults"]


def test_half_good_settings_change_nothing(host: HostProcess) -> None:
    before = host.result("settings.get")
    twice = before["settings"]["boards"] * 2
    assert host.refusal("settings.set", values={"retries": 9, "boards": twice})["code"] == "settings.invalid"
    assert host.result("settings.get") == before


def test_a_new_board_is_known_at_once(host: HostProcess, board: Board) -> None:
    host.result("settings.set", values={"boards": [board.settings_board("renamed")]})
    assert [site["name"] for site in host.hello()["sites"]] == ["4chan", "renamed"]


def test_settings_that_cannot_be_written_are_refused_in_words(host: HostProcess, library: Path) -> None:
    host.hello()
    (library / "settings.json").unlink()
    (library / "settings.json").mkdir()
    error = host.refusal("settings.set", values={"retries": 2})
    assert error["code"] == "disk.denied"
    assert "settings.json" in error["message"]


def test_reveal_shows_the_folder_of_a_job(board: Board, tmp_path: Path) -> None:
    thread = plain_thread(1, title="50% off; $(rm) 'here'")
    board.add(thread)
    shown = tmp_path / "shown"
    program(
        tmp_path / "bin", "nautilus", f'echo stray; printf "%s\\n" "$@" > "{shown}.new"; mv "{shown}.new" "{shown}"\n'
    )
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "XDG_CURRENT_DESKTOP": "GNOME", "DISPLAY": ":9"}
    with HostProcess(environment=environment) as host:
        (job,) = host.start(board.thread_url(thread))
        directory = host.finished(job)[0]["job"]["directory"]
        assert host.result("folder.reveal", job=job) == {"directory": directory}
        wait_until(shown.exists, "the file manager")
        uri = shown.read_text("utf-8").split("\n")[-2]
        assert uri == Path(directory).as_uri()
        assert host.end() == 0


def test_reveal_without_a_file_manager_or_folder_says_so(board: Board, tmp_path: Path) -> None:
    thread = plain_thread(1)
    board.add(thread)
    (tmp_path / "bin").mkdir()
    with HostProcess(environment={"PATH": str(tmp_path / "bin"), "XDG_CURRENT_DESKTOP": "GNOME"}) as host:
        gate = board.gate()
        board.always("*.json", faults.stall(gate))
        (job,) = host.start(board.thread_url(thread))
        assert host.refusal("folder.reveal", job=job)["code"] == "desktop.no_folder"
        gate.set()
        host.finished(job)
        error = host.refusal("folder.reveal", job=job)
        assert error["code"] == "desktop.no_file_manager"
        assert error["hint"] == "Open the folder yourself."


def chooser(tmp_path: Path, script: str) -> dict[str, str]:
    program(tmp_path / "bin", "zenity", script)
    return {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "DISPLAY": ":9"}


def test_choose_sets_the_download_folder(library: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "my things"
    chosen.mkdir()
    with HostProcess(environment=chooser(tmp_path, f'echo "$@" > "{tmp_path}/asked"; echo "{chosen}"\n')) as host:
        answer = host.result("folder.choose")
        assert answer["directory"] == answer["settings"]["directory"] == str(chosen)
        assert host.result("settings.get")["settings"]["directory"] == str(chosen)
        assert host.result("health")["disk"]["directory"] == str(chosen)
    assert f"--filename={library}/" in (tmp_path / "asked").read_text("utf-8"), "it begins where there is a folder"


def test_choose_nothing_changes_nothing(tmp_path: Path) -> None:
    with HostProcess(environment=chooser(tmp_path, "exit 1\n")) as host:
        answer = host.result("folder.choose")
        assert answer["directory"] is None
        assert answer["settings"]["directory"] is None


def test_while_the_chooser_is_open_all_else_is_answered_and_no_second_one_opens(tmp_path: Path) -> None:
    release = tmp_path / "release"
    os.mkfifo(release)
    with HostProcess(environment=chooser(tmp_path, f'read line < "{release}"; exit 1\n')) as host:
        first = host.send("folder.choose")
        assert host.refusal("folder.choose")["code"] == "desktop.busy"
        assert host.result("health")
        release.write_text("go\n", "utf-8")
        assert host.reply(first)["type"] == "ok"


def test_choose_without_a_desktop_names_the_command_instead() -> None:
    with HostProcess(environment={"DISPLAY": "", "WAYLAND_DISPLAY": ""}) as host:
        error = host.refusal("folder.choose")
        assert error["code"] == "desktop.no_chooser"
        assert "threadreel settings directory" in error["hint"]


def test_health_during_a_download(host: HostProcess, board: Board, library: Path) -> None:
    thread = plain_thread(8)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=100))
    (job,) = host.start(board.thread_url(thread))
    board.wait_until(lambda: len(board.requests(host=board.media_host)) == 6)
    health = host.result("health")
    assert len(health["workers"]) == 6
    assert all("file 000" in worker["doing"] for worker in health["workers"])
    assert health["queues"] == {"scans": 0, "ready": 2, "delayed": 0}
    assert health["ledger"]["path"] == str(library / "ledger.sqlite3")
    assert health["ledger"]["jobs"] == 1
    assert health["disk"]["directory"] == str(library / "downloads")
    assert health["disk"]["free_bytes"] > 0
    gate.set()
    host.finished(job)
    assert host.result("health")["ledger"]["files"] == 8
