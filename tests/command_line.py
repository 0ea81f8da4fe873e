"""``threadreel`` as a person runs it, and the settings under which it finds a board of the tests."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import threadreel as package
from board.server import Board
from threadreel.cli import main
from threadreel.demo.page import Thread

_LIMIT_S = 40.0

Done = subprocess.CompletedProcess[str]


def threadreel(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    limit_s: float = _LIMIT_S,
) -> Done:
    """Run one command to its end, in pipes."""
    return subprocess.run(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=limit_s,
        check=False,
        env=environment(env),
        cwd=folder,
    )


def command(*arguments: str | Path) -> list[str]:
    """The command for these arguments."""
    return [sys.executable, "-m", "threadreel.cli", *map(str, arguments)]


def threadreel_here(capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    """Run one command in this process: for what needs no more than its words."""
    capsys.readouterr()
    try:
        code = main(arguments)
    except SystemExit as error:  # argparse
        code = int(error.code or 0)
    said = capsys.readouterr()
    return subprocess.CompletedProcess(arguments, code, said.out, said.err)


def start_threadreel(*arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start one command, in pipes; used as a context manager, it is waited for."""
    return subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(env),
    )


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, in which the package is found from any folder, and ``more``."""
    return {**os.environ, "PYTHONPATH": str(Path(package.__file__).resolve().parents[1]), **(more or {})}


def write_settings(home: Path, board: Board, **values: Any) -> None:
    """The board, under its own address, is one of the settings'; ``values`` are more settings."""
    home.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"boards": [board.settings_board()], "retries": 1, **values})
    (home / "settings.json").write_text(text, "utf-8")


def picture_urls(board: Board, thread: Thread) -> list[str]:
    """The address of each file of a thread: a job that needs no API request."""
    return [f"http://{board.media_host}{path}" for path in thread.media()]


def whole_files(root: Path) -> list[str]:
    """The names of the files below a folder that are whole; may be asked while they arrive."""
    return [path.name for path in root.rglob("*.*") if path.suffix != ".part" and path.name != "report.json"]


def saved_files(root: Path) -> dict[str, bytes]:
    """Everything below a folder but reports, by name."""
    files = [path for path in root.rglob("*") if path.is_file() and path.name != "report.json"]
    return {path.name: path.read_bytes() for path in files}


def is_whole(root: Path, thread: Thread) -> bool:
    """Whether the files below ``root`` are exactly those of the thread, byte by byte."""
    return sorted(saved_files(root).values()) == sorted(thread.media().values())


def reports(root: Path) -> list[dict[str, Any]]:
    """Every report below a folder."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(root.rglob("report.json"))]
