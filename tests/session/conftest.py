"""A home whose settings name the board, and a host that lives in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from board.certificates import Certificate
from board.server import Board
from command_line import write_settings
from host_process import HostProcess


@pytest.fixture
def library(home: Path, board: Board) -> Path:
    """THREADREEL_HOME, with the board in its settings."""
    write_settings(home, board)
    return home


@pytest.fixture
def host(library: Path) -> Iterator[HostProcess]:
    """A running host; killed at the end if it still runs."""
    with HostProcess(environment={"THREADREEL_HOME": str(library)}) as running:
        yield running


@pytest.fixture
def fetching_host(library: Path) -> Iterator[HostProcess]:
    """A running host whose browser may fetch for it from everywhere; it ends well."""
    with HostProcess(environment={"THREADREEL_HOME": str(library)}) as running:
        running.hello(fetches=True)
        yield running
        assert running.end() == 0


@pytest.fixture(scope="module")
def patient_host(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[HostProcess]:
    """One host for all refusals of a module, with a home of its own; real names lead to a board without threads."""
    folder = tmp_path_factory.mktemp("patient")
    with Board(folder, certificate=certificate) as board:
        environment = board.environment() | {"THREADREEL_HOME": str(folder / "home")}
        with HostProcess(environment=environment) as running:
            yield running
            assert running.end() == 0
