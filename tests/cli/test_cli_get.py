"""``threadreel get`` and ``resume`` in pipes: what is saved, what is said where, and the exit code."""

import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import named_thread, plain_thread
from command_line import (
    is_whole,
    picture_urls,
    reports,
    saved_files,
    threadreel,
    threadreel_here,
    write_settings,
)
from host_process import HostProcess
from threadreel.wire.contract import check_event

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

EXIT_LIMIT_S = 10.0


def media_requests(board: Board) -> list[str]:
    return [entry.path for entry in board.requests(host=board.media_host)]


def kinds_of(lines: str) -> set[str]:
    return {json.loads(line)["type"] for line in lines.splitlines()}


# What is saved, and said


def test_a_thread_is_saved_and_said_in_plain_lines(board: Board, library: Path) -> None:
    thread = plain_thread(5)
    board.add(thread)
    done = threadreel("get", board.thread_url(thread))
    assert (done.returncode, done.stderr) == (0, "")
    assert is_whole(library / "downloads", thread)
    *lines, summary = done.stdout.splitlines()
    assert sorted(lines) == sorted(f"saved: {name}" for name in saved_files(library / "downloads"))
    folder = library / "downloads" / "Threadreel" / "sample" / "g" / "1000 A plain thread"
    assert summary == f"completed: A plain thread: 5 files: 5 saved; {folder}"
    assert "\x1b" not in done.stdout


def test_a_second_run_fetches_and_changes_nothing(board: Board, library: Path) -> None:
    thread = named_thread(["a.png", "a.png", "b.jpg"])
    board.add(thread)
    assert threadreel("get", board.thread_url(thread)).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in library.rglob("*.[pj]*g")}
    board.record.clear()
    done = threadreel("get", board.thread_url(thread))
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"completed: Names: 3 files: 3 have; {next(iter(before)).parent}"]
    assert media_requests(board) == []
    assert {path: path.stat().st_mtime_ns for path in library.rglob("*.[pj]*g")} == before


def test_a_single_picture(board: Board, library: Path) -> None:
    thread = plain_thread(3)
    board.add(thread)
    done = threadreel("get", picture_urls(board, thread)[1])
    assert done.returncode == 0
    assert list(saved_files(library / "downloads").values()) == [list(thread.media().values())[1]]


def test_two_addresses_and_lines_that_say_which(board: Board, library: Path) -> None:
    thread, other = plain_thread(2, no=1000, seed="a"), plain_thread(2, no=2000, seed="b", title="Second")
    board.add(thread)
    board.add(other)
    urls = [board.thread_url(thread), board.thread_url(other), board.thread_url(thread)]
    done = threadreel("get", *urls)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line[:6] for line in lines].count("[1/2] ") == [line[:6] for line in lines].count("[2/2] ") == 3
    assert any(line.startswith("[2/2] completed: Second: 2 files: 2 saved; ") for line in lines)
    assert len(reports(library / "downloads")) == 2


def test_only_dir_name_and_folder(board: Board, tmp_path: Path, library: Path) -> None:
    thread = plain_thread(4, kinds=[".png", ".webm"], title="T")
    board.add(thread)
    done = threadreel(
        *("get", board.thread_url(thread), "--only", "images, other", "--dir", "mine"),
        *("--name", "{index} {post}{ext}", "--folder", "{board}/{thread}"),
        folder=tmp_path,
    )
    assert done.returncode == 0
    folder = tmp_path / "mine" / "Threadreel" / "g" / "1000"
    assert sorted(saved_files(folder)) == ["001 1001.png", "003 1003.png"]
    assert done.stdout.splitlines()[-1] == f"completed: T: 4 files: 2 saved, 2 filtered; {folder}"
    assert not (library / "downloads").exists()


def test_a_filter_for_this_job(board: Board, library: Path) -> None:
    thread = plain_thread(4, [5_000, 50_000])
    board.add(thread)
    done = threadreel("get", board.thread_url(thread), "--filter", "size:<10KB -name:0000", "--priority", "high")
    assert (done.returncode, done.stderr) == (0, "")
    assert [name.split()[-1] for name in saved_files(library / "downloads")] == ["0002.gif"]
    assert "4 files: 1 saved, 3 filtered; " in done.stdout.splitlines()[-1]
    assert len(media_requests(board)) == 1
    assert threadreel("get", board.thread_url(thread)).returncode == 0
    assert len(media_requests(board)) == 4, "without it, the difference is fetched"
    assert is_whole(library / "downloads", thread)


def test_json_is_the_events_of_the_contract_and_nothing_else(board: Board) -> None:
    thread, other = plain_thread(5, 40_000, no=1000, seed="a"), plain_thread(5, 40_000, no=2000, seed="b")
    board.add(thread)
    board.add(other)
    board.script("*.png", faults.status(404))
    done = threadreel("get", board.thread_url(thread), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        check_event(event)
    (end,) = [event for event in events if event["type"] == "job.finished"]
    assert end["report"]["counts"] == end["report"]["counts"] | {"total": 5, "saved": 4, "gone": 1}
    assert len(end["report"]["attachments"]) == 5
    with HostProcess() as host:
        host.finished(*host.start(board.thread_url(other)))
        assert kinds_of(done.stdout) == {event["type"] for event in host.events}


def test_dry_run_names_files_and_fetches_none(board: Board, library: Path) -> None:
    thread = plain_thread(3, 5_000, kinds=[".png", ".webm"])
    board.add(thread)
    arguments = ("get", board.thread_url(thread), "--dry-run", "--only", "images")
    done = threadreel(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    folder = library / "downloads" / "Threadreel" / "sample" / "g" / "1000 A plain thread"
    names = [f"{path.rsplit('/', 1)[1].split('.')[0]} file 000{at}" for at, path in enumerate(thread.media())]
    assert done.stdout.splitlines() == [
        f"A plain thread: 2 of 3 files to fetch, 10.0 kB; {folder}",
        f"  fetch: {names[0]}.png",
        f"  filtered: {names[1]}.webm",
        f"  fetch: {names[2]}.png",
    ]
    (plan,) = [json.loads(line) for line in threadreel(*arguments, "--json").stdout.splitlines()]
    assert (plan["type"], plan["directory"]) == ("plan", str(folder))
    assert [file["state"] for file in plan["files"]] == ["queued", "filtered", "queued"]
    assert media_requests(board) == []
    assert not (library / "downloads").exists()
    with closing(sqlite3.connect(library / "ledger.sqlite3")) as ledger:
        assert ledger.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_dry_run_of_a_thread_that_is_gone(board: Board) -> None:
    done = threadreel("get", f"{board.root}/g/thread/404", "--dry-run")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is gone (404)" in done.stderr


# What goes wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["get", "https://example.org/x/thread/1"], "'https://example.org/x/thread/1' is not an address of a site"),
        (["get", "{url}", "--filter", "ext:png wdth:3"], "there is no field wdth"),
        (["get", "{url}", "--filter", "name:/(/", "--dry-run"], "cannot be read at character"),
        (["get", "{url}", "--priority", "top"], "invalid choice: 'top'"),
        (["watch", "{url}", "--follow", "/(/"], "cannot be read at character"),
        (["watch", "{url}", "--follow-links", "--follow-depth", "21"], "'21' is not a number from 1 to 20"),
        (["watch", "{url}", "--follow-depth", "2"], "--follow-depth says how far to follow"),
        (["watch", "https://boards.4chan.org/g/catalog"], "A board cannot be watched; watch its threads."),
        (["get", "https://boards.4chan.org/g/catalog", "--watch"], "A board cannot be watched; watch its threads."),
        (["watch"], "the following arguments are required: URL"),
        (["get", "{url}", "nonsense"], "'nonsense' is not a web address"),
        (["get", "https://example.org/", "--dry-run"], "is not an address of a site"),
        (["get", "{url}", "--name", "{tim} {colour}{ext}"], "there is no field {colour}"),
        (["get", "{url}", "--name", "{tim}"], "it must end with {ext}"),
        (["get", "{url}", "--folder", "../{thread}"], "none of them empty, . or .."),
        (["get", "{url}", "--folder", "{thread"], "its braces do not match"),
        (["get", "{url}", "--only", "sounds"], "'sounds' is not made of images, videos, other"),
        (["get", "{url}", "--dir", ""], "it is empty"),
        (["get", "{url}", "--dir", "{home}/settings.json"], "is a file, not a folder"),
        (["get", "{url}", "--colour"], "unrecognized arguments: --colour"),
        (["get"], "the following arguments are required: URL"),
        (["fetch", "{url}"], "invalid choice: 'fetch'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_a_mistake_in_what_was_typed_is_told_before_any_request(
    board: Board, library: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    thread = plain_thread(1)
    board.add(thread)
    known = {"{url}": board.thread_url(thread), "{home}/settings.json": str(library / "settings.json")}
    done = threadreel_here(capsys, *(known.get(argument, argument) for argument in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not board.requests()


def test_a_filter_that_cannot_be_read_is_shown_with_its_place(board: Board, capsys: pytest.CaptureFixture[str]) -> None:
    done = threadreel_here(capsys, "get", f"{board.root}/g/thread/1", "--filter", "ext:png wdth:3")
    said, text, caret, hint = done.stderr.splitlines()
    assert said.startswith("threadreel: The filter cannot be read at character 9: ")
    assert (text, caret) == ("  ext:png wdth:3", "          ^")
    assert hint


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    done = threadreel_here(capsys)
    assert done.returncode == 2
    assert "get" in done.stdout
    assert "resume" in done.stdout


def test_a_file_that_is_refused_makes_the_job_incomplete(board: Board) -> None:
    thread = plain_thread(3)
    board.add(thread)
    refused = list(thread.media())[1]
    board.always(refused, faults.challenge(403))
    done = threadreel("get", board.thread_url(thread))
    assert done.returncode == 1
    *saved, summary = done.stdout.splitlines()
    assert [line.split(":")[0] for line in saved] == ["saved", "saved"]
    assert summary.startswith("incomplete: A plain thread: 3 files: 2 saved, 1 blocked; ")
    (trouble,) = done.stderr.splitlines()
    assert trouble.startswith("error: ")
    assert Path(refused).stem in trouble


def test_a_thread_that_is_gone_is_one_sentence_and_what_to_do(board: Board) -> None:
    url = f"{board.root}/g/thread/404"
    done = threadreel("get", url)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"error: The thread {url} is gone (404).",
        "  It was deleted, or has left the board. An archive may have it.",
    ]
    assert done.stdout.splitlines() == [f"failed: {url}: The thread {url} is gone (404)."]


def test_what_a_server_says_cannot_steer_the_terminal(board: Board) -> None:
    thread = plain_thread(1)
    board.add(thread)
    board.always("*.json", faults.redirect("http://evil.example/\x1b]0;title\x07"))
    done = threadreel("get", board.thread_url(thread))
    assert done.returncode == 1
    assert "evil" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


def test_nobody_listens_at_the_address(board: Board, library: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        root = f"http://127.0.0.1:{closed.getsockname()[1]}"
        entry = {"name": "dead", "software": "4chan", "page": root, "api": root, "media": root}
        write_settings(library, board, boards=[entry])
        assert threadreel("settings", "retries", "0").returncode == 0
        done = threadreel("get", f"{root}/g/thread/1", limit_s=EXIT_LIMIT_S)
    assert done.returncode == 1
    assert f"error: The connection to {root.removeprefix('http://')} failed" in done.stderr
    assert done.stdout.startswith(f"failed: {root}/g/thread/1: ")


def test_media_hosts_that_hang_up_leave_an_incomplete_job_that_a_second_run_completes(
    board: Board, library: Path
) -> None:
    thread = plain_thread(3)
    board.add(thread)
    assert threadreel("settings", "retries", "0").returncode == 0
    board.always(board.is_media, faults.hang_up())
    done = threadreel("get", board.thread_url(thread), limit_s=EXIT_LIMIT_S)
    assert done.returncode == 1
    assert done.stdout.startswith("incomplete: A plain thread: 3 files: 3 failed; ")
    assert len(done.stderr.splitlines()) == 3
    board.behave()
    assert threadreel("get", board.thread_url(thread)).returncode == 0
    assert is_whole(library / "downloads", thread)


@pytest.mark.parametrize("command", ["get", "resume", "settings", "health"])
def test_a_home_that_cannot_be_made_is_told_in_words(board: Board, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    more = {"get": [f"{board.root}/g/thread/1"], "settings": ["retries", "1"]}.get(command, [])
    done = threadreel(command, *more, env={"THREADREEL_HOME": str(tmp_path / "file" / "home")})
    assert (done.returncode, done.stdout) == (1, "")
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("threadreel: ")]
    assert str(tmp_path / "file") in said
    assert "Traceback" not in done.stderr


def test_a_download_root_that_cannot_be_made_fails_the_files_in_words(board: Board, tmp_path: Path) -> None:
    thread = plain_thread(2)
    board.add(thread)
    (tmp_path / "file").write_text("", "utf-8")
    done = threadreel("get", board.thread_url(thread), "--dir", tmp_path / "file" / "root")
    assert done.returncode == 1
    assert "failed" in done.stdout
    assert "Traceback" not in done.stderr


# Real names, proxies, certificates


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_real_names_through_a_proxy_with_either_certificate_variable(
    board: Board, library: Path, variable: str
) -> None:
    thread = plain_thread(3)
    board.add(thread)
    environment = board.environment()
    environment = {name: value for name, value in environment.items() if "CERT" not in name and "CA_" not in name}
    environment[variable] = board.environment()[variable]
    done = threadreel("get", board.real_url(thread), env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert is_whole(library / "downloads" / "Threadreel" / "4chan", thread)
    assert {entry.host for entry in board.requests()} == {"a.4cdn.org", "i.4cdn.org"}
    assert {entry.scheme for entry in board.requests()} == {"https"}
    assert not board.refused


def test_a_certificate_nobody_trusts_ends_it_at_once_with_a_sentence(board: Board) -> None:
    thread = plain_thread(1)
    board.add(thread)
    assert threadreel("settings", "retries", "5").returncode == 0
    environment = board.environment() | {"REQUESTS_CA_BUNDLE": "", "SSL_CERT_FILE": ""}
    done = threadreel("get", board.real_url(thread), env=environment, limit_s=EXIT_LIMIT_S)
    assert done.returncode == 1
    assert "error: The certificate of a.4cdn.org is not trusted" in done.stderr
    assert not board.requests()
