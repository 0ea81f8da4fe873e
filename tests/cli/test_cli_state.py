"""``threadreel settings`` and ``threadreel health``."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import is_whole, threadreel, threadreel_here
from host_process import HostProcess
from threadreel import __version__
from threadreel.settings import defaults

Capsys = pytest.CaptureFixture[str]


def shown(stdout: str) -> dict[str, Any]:
    parted = (line.split(" = ", 1) for line in stdout.splitlines())
    return {name: json.loads(value) for name, value in parted}


def test_all_settings_are_listed_with_their_values(home: Path, capsys: Capsys) -> None:
    done = threadreel_here(capsys, "settings")
    assert (done.returncode, done.stderr) == (0, "")
    assert shown(done.stdout) == defaults()
    assert not home.exists(), "to look is not to write"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("transfers_per_host", "3", 3),
        ("connect_timeout_s", "2.5", 2.5),
        ("speed_cap_bytes_per_s", "1e6", 1_000_000),
        ("user_agent", "Reader/1.0 (me)", "Reader/1.0 (me)"),
        ("user_agent", "", ""),
        ("only", "images, videos", ["images", "videos"]),
        ("only", '["other"]', ["other"]),
        ("only", "", []),
        ("start_on_click", "true", True),
        ("duplicates", "skip", "skip"),
        ("name_template", "{post} {name}{ext}", "{post} {name}{ext}"),
        ("folder_template", "{board}/{thread} {title}", "{board}/{thread} {title}"),
        ("filter", 'ext:webm -name:"two words"', 'ext:webm -name:"two words"'),
        ("filter", "", ""),
        ("log_level", "debug", "debug"),
        ("directory", "/somewhere/else", "/somewhere/else"),
        ("directory", "null", None),
        ("directory", "", None),
    ],
)
def test_a_setting_is_changed_and_kept(home: Path, capsys: Capsys, name: str, text: str, value: object) -> None:
    done = threadreel_here(capsys, "settings", name, text)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown(done.stdout) == {name: value}
    kept = json.loads((home / "settings.json").read_text("utf-8"))
    assert kept == defaults() | {name: value}
    assert type(kept[name]) is type(value)
    assert shown(threadreel_here(capsys, "settings", name).stdout) == {name: value}


def board_json(name: str, software: str) -> str:
    return json.dumps([{"name": name, "software": software, **dict.fromkeys(("page", "api", "media"), "http://a")}])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("transfers_per_host", "17", "transfers_per_host cannot be 17: How many files are fetched at once"),
        ("transfers_per_host", "many", 'transfers_per_host cannot be "many"'),
        ("transfers_per_host", "true", "transfers_per_host cannot be true"),
        ("connect_timeout_s", "NaN", "connect_timeout_s cannot be"),
        ("only", "images,sounds", "only[1] cannot be"),
        ("start_on_click", "yes", "true or false"),
        ("duplicates", "burn", "link, copy or skip"),
        ("name_template", "{nonsense}{ext}", "there is no field {nonsense}"),
        ("name_template", "{tim}", "it must end with {ext}"),
        ("folder_template", "{title}", "it must hold {thread}"),
        ("filter", "ext:png wdth:3", "there is no field wdth"),
        ("filter", "x" * 1001, "filter cannot be"),
        ("directory", "settings.py", "is a file, not a folder"),
        ("boards", '["x"]', "boards[0] cannot be"),
        ("boards", "[" * 100_000, "boards cannot be"),
        ("boards", board_json("b", "x"), "its software 'x' is not known"),
        ("boards", board_json("4chan", "4chan"), "there is already a site of that name"),
        ("colour", "red", "There is no setting 'colour'."),
    ],
    ids=lambda value: value[:30],
)
def test_a_bad_value_is_refused_with_the_place_and_nothing_changes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, name: str, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.py").write_text("", "utf-8")
    done = threadreel_here(capsys, "settings", name, text)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "settings.json").exists()


def test_a_filter_is_refused_with_a_caret_under_the_place(capsys: Capsys) -> None:
    done = threadreel_here(capsys, "settings", "filter", "name:漢字 wdth:3")
    _, text, caret, *_ = done.stderr.splitlines()
    assert (text, caret) == ("  name:漢字 wdth:3", "            ^")


def test_a_setting_that_is_not_there_names_those_that_are(capsys: Capsys) -> None:
    done = threadreel_here(capsys, "settings", "transfers")
    assert done.returncode == 2
    assert "transfers_per_host" in done.stderr


@pytest.mark.process
def test_a_relative_folder_means_the_same_from_everywhere(home: Path, tmp_path: Path, board: Board) -> None:
    (tmp_path / "here").mkdir()
    done = threadreel("settings", "directory", "my things", folder=tmp_path / "here")
    assert shown(done.stdout) == {"directory": str(tmp_path / "here" / "my things")}
    assert threadreel("settings", "boards", json.dumps([board.settings_board()])).returncode == 0
    thread = plain_thread(1)
    board.add(thread)
    assert threadreel("get", board.thread_url(thread), folder=tmp_path).returncode == 0
    assert is_whole(tmp_path / "here" / "my things", thread)
    assert not (home / "downloads").exists()


def test_a_broken_file_is_set_aside_and_said(home: Path, capsys: Capsys) -> None:
    home.mkdir()
    (home / "settings.json").write_text('{"retries": ', "utf-8")
    done = threadreel_here(capsys, "settings", "retries")
    assert (done.returncode, shown(done.stdout)) == (0, {"retries": 5})
    assert done.stderr.startswith("warning: The settings could not be read")
    assert (home / "settings.json.broken").exists()


@pytest.mark.process
@pytest.mark.usefixtures("library")
def test_health_counts_jobs_files_and_what_is_unfinished(board: Board, library: Path) -> None:
    done = threadreel("health")
    assert (done.returncode, done.stderr) == (0, "")
    ledger, unfinished, disk, versions = done.stdout.splitlines()
    assert ledger == f"ledger: {library / 'ledger.sqlite3'}: 0 jobs, 0 files"
    assert unfinished == "unfinished: 0 jobs, 0 of them running now, 0 watched"
    assert disk.startswith(f"disk: {library / 'downloads'}: ")
    assert f"threadreel {__version__}" in versions

    thread = plain_thread(2)
    board.add(thread)
    board.always(next(iter(thread.media())), faults.stall(board.gate()))
    with HostProcess() as host:
        (job,) = host.start(board.thread_url(thread))
        host.wait_until(lambda: host.is_in_state(job, "running"), "the job")
        assert "unfinished: 1 job, 1 of them running now, 0 watched" in threadreel("health").stdout
        host.process.send_signal(signal.SIGSTOP)
        (stopped,) = [line for line in threadreel("health").stdout.splitlines() if line.startswith("stopped: ")]
        assert f"process {host.process.pid} holds 1 unfinished job; `kill -CONT {host.process.pid}`" in stopped
        host.process.send_signal(signal.SIGCONT)
        host.end()
    lines = threadreel("health").stdout.splitlines()
    assert "1 job, " in lines[0]
    assert lines[1:3] == [
        "unfinished: 1 job, 0 of them running now, 0 watched",
        "  `threadreel resume` goes on with the others",
    ]
    assert threadreel("health").returncode == 0
