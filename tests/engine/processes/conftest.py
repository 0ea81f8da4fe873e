"""A crowd of engines on one library, and a board whose files come when the test says so."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from crowd import Crowd

from board import faults
from board.server import Board


@pytest.fixture
def crowd(board: Board, home: Path) -> Iterator[Crowd]:
    with ExitStack() as stack:
        yield Crowd(board, home, stack)


@pytest.fixture
def stalled(board: Board) -> Any:
    """No file arrives until this is set."""
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    return gate
