"""Within the limits of a small machine: 64 file descriptors are enough for everything at once."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import hard_thread
from command_line import environment, write_settings
from threadreel.engine.transfers.workers import affordable_workers

DESCRIPTORS = 64
#: the command line, in a process that may open so many files
CHILD = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({DESCRIPTORS}, {DESCRIPTORS}))
from threadreel.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.process
def test_64_file_descriptors_are_enough_for_16_transfers_at_once(board: Board, home: Path) -> None:
    thread = hard_thread()
    board.add(thread)
    # every body waits until sixteen are on their way, each with its part open
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=100))
    write_settings(home, board, transfers_per_host=16)
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, "get", board.thread_url(thread)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment({"THREADREEL_HOME": str(home)}),
    ) as child:
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 16)
        gate.set()
        said, complaints = child.communicate(timeout=40)
    assert child.returncode == 0, said + complaints
    assert "150 saved, 1 deleted" in said + complaints
    assert "Too many open files" not in (home / "logs" / "threadreel.log").read_text("utf-8") + said + complaints
    assert len(board.requests(host=board.media_host)) == 150


@pytest.mark.parametrize(
    ("limit", "wanted", "workers"),
    [(64, 32, 16), (64, 4, 4), (40, 32, 8), (10, 32, 1), (256, 32, 32), (resource.RLIM_INFINITY, 32, 32)],
)
def test_there_are_no_more_workers_than_files_may_be_open(
    limit: int, wanted: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, resource.RLIM_INFINITY))
    assert affordable_workers(wanted) == workers
