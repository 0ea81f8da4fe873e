"""The log file: rotating, never on the streams, and never a reason to stop."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rows import child_command
from threadreel import logs
from threadreel.logs import start_logging, stop_logging
from threadreel.places import Places, find_places

log = logging.getLogger("threadreel.test")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return find_places({"THREADREEL_HOME": str(tmp_path / "home")})


@pytest.fixture(autouse=True)
def logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    logger = logging.getLogger("threadreel")
    level, propagate = logger.level, logger.propagate
    monkeypatch.setattr(logging, "raiseExceptions", True)
    yield
    stop_logging()
    logger.setLevel(level)
    logger.propagate = propagate


def lines(places: Places) -> list[str]:
    return (places.log_folder / "threadreel.log").read_text("utf-8").splitlines()


def test_from_its_level_on_lines_are_written(places: Places) -> None:
    start_logging(places, "warning")
    log.info("quiet")
    log.warning("界 %s", "loud")
    stop_logging()
    (line,) = lines(places)
    assert line.endswith("threadreel.test: 界 loud")
    assert " WARNING " in line


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_every_level_of_the_settings_is_one(places: Places, level: str) -> None:
    start_logging(places, level)
    for each in ("debug", "info", "warning", "error"):
        getattr(log, each)(each)
    stop_logging()
    written = [line.rpartition(" ")[2] for line in lines(places)]
    assert written[0] == level
    assert written[-1] == "error"


def test_starting_again_writes_each_line_once(places: Places) -> None:
    start_logging(places, "info")
    start_logging(places, "info")
    log.info("once")
    stop_logging()
    stop_logging()
    assert len(lines(places)) == 1


def test_what_no_encoding_has_is_logged_all_the_same(places: Places) -> None:
    start_logging(places, "info")
    log.info("title \ud83d and more")
    stop_logging()
    assert lines(places)[0].endswith("title \\ud83d and more")


def test_the_file_rotates(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 2000)
    start_logging(places, "info")
    for number in range(200):
        log.info("line %d", number)
    stop_logging()
    files = sorted(places.log_folder.iterdir())
    assert [file.name for file in files] == [
        "threadreel.log",
        "threadreel.log.1",
        "threadreel.log.2",
        "threadreel.log.3",
    ]
    assert all(file.stat().st_size <= 2000 for file in files)
    assert lines(places)[-1].endswith("line 199")


def test_nothing_is_made_before_there_is_something_to_say(places: Places) -> None:
    start_logging(places, "info")
    stop_logging()
    assert not (places.log_folder / "threadreel.log").exists()


@pytest.mark.parametrize("blocker", ["home", "home/logs", "home/logs/threadreel.log/x"])
def test_a_folder_that_refuses_is_no_trouble(places: Places, tmp_path: Path, blocker: str) -> None:
    (tmp_path / blocker).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / blocker).write_bytes(b"mine")
    start_logging(places, "info")
    log.error("nobody hears")
    stop_logging()
    assert (tmp_path / blocker).read_bytes() == b"mine"


@pytest.mark.process
def test_no_line_reaches_a_stream_whatever_happens(tmp_path: Path) -> None:
    program = (
        "import logging\n"
        "from threadreel.logs import start_logging\n"
        "from threadreel.places import find_places\n"
        "places = find_places({'THREADREEL_HOME': sys.argv[1]})\n"
        "start_logging(places, 'debug')\n"
        "log = logging.getLogger('threadreel.x')\n"
        "log.error('fine')\n"
        "log.error('%d', 'not a number')\n"
        "(places.log_folder / 'threadreel.log').unlink()\n"
        "logging.getLogger('threadreel').handlers[0].close()\n"
        "places.log_folder.rmdir()\n"
        "log.error('nowhere to go')"
    )
    done = subprocess.run(child_command(program, tmp_path), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
