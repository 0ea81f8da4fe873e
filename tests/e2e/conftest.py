"""Fixtures that start a scene in each browser."""

import functools
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from board.server import Board
from browsers.browser import NAMES
from browsers.display import Display
from e2e.scene import Scene, changed_copy, start_scene
from repeats import repeats


@pytest.fixture
def make_scene(tmp_path: Path, board: Board) -> Iterator[Callable[..., Scene]]:
    """Start a scene, as ``start_scene`` does, in the test's own folder; ``is_asking``: its browser asks a person."""
    opened: list[Scene] = []
    with ExitStack() as ends:

        def make(name: str, *, is_asking: bool = False, **how: Any) -> Scene:
            if is_asking and name == "chromium":  # which asks only on a screen
                how["display"] = ends.enter_context(Display())
            opened.append(ends.enter_context(start_scene(name, tmp_path, board, **how)))
            return opened[-1]

        yield make
    assert [scene.stage.host_stderr for scene in opened] == [""] * len(opened)


@pytest.fixture
def make_asking_scene(make_scene: Callable[..., Scene]) -> Callable[..., Scene]:
    """Likewise, always with a browser that asks."""
    return functools.partial(make_scene, is_asking=True)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of what both browsers have from the same code share them where time is short (see ``in_turn``)."""
    if metafunc.definition.get_closest_marker("in_turn") and repeats(len(NAMES)) < len(NAMES):
        turn = zlib.crc32(metafunc.definition.name.encode()) % len(NAMES)
        metafunc.definition.add_marker(pytest.mark.parametrize("browser_name", [NAMES[turn]]))


@pytest.fixture(params=NAMES)
def browser_name(request: pytest.FixtureRequest) -> str:
    """Each browser in turn."""
    return request.param


@pytest.fixture
def make_copy_scene(make_scene: Callable[..., Scene], browser_name: str, tmp_path: Path) -> Callable[..., Scene]:
    """Likewise, with a copy of the extension in which one JSON file is changed."""

    def make(file: str, alter: Callable[[dict[str, Any]], object], **how: Any) -> Scene:
        return make_scene(browser_name, extension=changed_copy(tmp_path / "extension", file, alter), **how)

    return make


@pytest.fixture
def scene(make_scene: Callable[..., Scene], browser_name: str) -> Scene:
    """A scene with the default settings."""
    return make_scene(browser_name)
