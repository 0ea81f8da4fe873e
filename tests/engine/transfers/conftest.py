"""Waiting lines, each as a process of its own; all of a test have one ledger and one time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from line_harness import HandTime, Line


@pytest.fixture
def make_line(tmp_path: Path) -> Iterator[Callable[..., Line]]:
    made: list[Line] = []
    time = HandTime()

    def make(slots: int = 100) -> Line:
        made.append(Line(tmp_path, slots, f"process-{len(made)}", time))
        return made[-1]

    yield make
    for line in made:
        line.ledger.close()


@pytest.fixture
def line(make_line: Callable[..., Line]) -> Line:
    return make_line()
