"""A home whose settings name the board."""

from pathlib import Path

import pytest

from board.server import Board
from command_line import write_settings


@pytest.fixture
def library(home: Path, board: Board) -> Path:
    """THREADREEL_HOME, with the board in its settings."""
    write_settings(home, board)
    return home
