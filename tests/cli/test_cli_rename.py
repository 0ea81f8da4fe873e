"""``threadreel rename``: first a look, then a question, then every file under its new name, and known there."""

from pathlib import Path

import pytest
from terminal import Terminal

from board import faults
from board.server import Board
from board.threads import plain_thread
from command_line import command, is_whole, reports, saved_files, threadreel, threadreel_here, whole_files
from host_process import HostProcess
from threadreel.demo.samples import SampleThread
from waiting import wait_until

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

NEW = ("--name", "{post}{ext}", "--folder", "{board}/{thread}")


@pytest.fixture
def thread(board: Board, library: Path) -> SampleThread:
    """A thread of which everything is saved."""
    made = plain_thread(7, title="T")
    board.add(made)
    assert threadreel("get", board.thread_url(made)).returncode == 0
    assert is_whole(library / "downloads", made)
    return made


def tree(library: Path) -> Path:
    return library / "downloads" / "Threadreel"


@pytest.mark.usefixtures("thread")
def test_dry_run_shows_everything_and_changes_nothing(library: Path) -> None:
    before = saved_files(tree(library))
    done = threadreel("rename", *NEW, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    old, new, *names, total = done.stdout.splitlines()
    assert (old, new) == (str(tree(library) / "sample/g/1000 T"), f"  becomes {tree(library) / 'g/1000'}")
    assert names == [f"  {name} -> {1001 + at}{Path(name).suffix}" for at, name in enumerate(sorted(before))]
    assert total == "7 files of 1 thread would be renamed."
    assert saved_files(tree(library)) == before


def test_with_yes_it_is_done_and_a_second_run_has_nothing_to_do(
    board: Board, library: Path, thread: SampleThread
) -> None:
    done = threadreel("rename", *NEW, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "  ... and 2 more" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "7 files of 1 thread renamed."
    folder = tree(library) / "g" / "1000"
    assert sorted(saved_files(folder)) == sorted(saved_files(tree(library)))
    assert {Path(name).stem for name in saved_files(folder)} == {str(1001 + at) for at in range(7)}
    assert is_whole(folder, thread)
    assert not (tree(library) / "sample").exists()
    (report,) = reports(tree(library))
    assert sorted(file["name"] for file in report["attachments"]) == sorted(saved_files(folder))
    assert threadreel("rename", *NEW, "--yes").stdout == "Nothing has to be renamed.\n"
    assert threadreel("verify").stdout == "verified 7 files: 7 ok\n"

    board.record.clear()
    done = threadreel("get", board.thread_url(thread))
    assert "7 files: 7 have; " in done.stdout
    assert not board.requests(host=board.media_host)


@pytest.mark.usefixtures("thread")
def test_without_templates_it_is_those_of_the_settings(library: Path) -> None:
    assert threadreel("rename", "--yes").stdout == "Nothing has to be renamed.\n"
    assert threadreel("settings", "name_template", "{index}{ext}").returncode == 0
    assert threadreel("rename", "--yes").returncode == 0
    assert sorted(Path(name).stem for name in saved_files(tree(library))) == [f"{at:03}" for at in range(1, 8)]


@pytest.mark.usefixtures("thread")
def test_nobody_to_ask_is_no_yes(library: Path) -> None:
    before = saved_files(tree(library))
    done = threadreel("rename", *NEW)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert saved_files(tree(library)) == before


@pytest.mark.usefixtures("thread")
@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_a_person_is_asked(library: Path, answer: str, code: int) -> None:
    with Terminal(command("rename", *NEW), 200) as terminal:
        terminal.until(lambda screen: screen.endswith("7 files of 1 thread to rename.\nGo on? [y/N]"), "the question")
        terminal.type(f"{answer}\n")
        assert terminal.end() == code
    assert (tree(library) / "g" / "1000").exists() == (code == 0)


def test_what_is_being_downloaded_stays(board: Board, library: Path) -> None:
    thread = plain_thread(3, title="T")
    board.add(thread)
    board.always(list(thread.media())[1], faults.stall(board.gate()))
    with HostProcess() as host:
        host.start(board.thread_url(thread))
        wait_until(lambda: len(whole_files(library / "downloads")) == 2, "two whole files")
        done = threadreel("rename", *NEW, "--yes")
    assert done.returncode == 1
    assert done.stderr == f"stays: {tree(library) / 'sample/g/1000 T'}: it is being downloaded\n"
    assert (tree(library) / "sample" / "g" / "1000 T").exists()


@pytest.mark.usefixtures("thread")
def test_a_folder_of_which_nothing_is_known(tmp_path: Path) -> None:
    done = threadreel("rename", tmp_path / "elsewhere", "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing that Threadreel saved is below" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "{colour}{ext}"], "there is no field {colour}"),
        (["--folder", "{title}"], "it must hold {thread}"),
        (["--yes", "--dry-run"], "not allowed with argument"),
    ],
)
def test_a_mistake_in_what_was_typed(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    done = threadreel_here(capsys, "rename", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
