"""Fixtures that start a scene in each browser."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from board.server import REAL_NAMES, Board
from browsers.browser import NAMES, open_browser
from browsers.stage import Stage
from e2e.scene import Scene


@pytest.fixture
def make_scene(tmp_path: Path, board: Board) -> Iterator[Callable[..., Scene]]:
    """Start a scene: ``settings`` go into the host's settings file; without ``register`` the host is not there.

    Scenes of one test share a home: they are two browsers of one person.
    """
    opened: list[Scene] = []

    def make(name: str, *, register: bool = True, settings: dict[str, Any] | None = None) -> Scene:
        home, folder = tmp_path / "home", tmp_path / f"browser-{len(opened)}"
        home.mkdir(exist_ok=True)
        folder.mkdir()
        if settings:
            (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        environment = board.environment() | {"THREADREEL_HOME": str(home)}
        stage = Stage(folder, REAL_NAMES, board.http_port, board.https_port, environment)
        opened.append(Scene(board, open_browser(name, stage, register=register), stage, home))
        return opened[-1]

    yield make
    for scene in opened:
        scene.browser.close()
        assert scene.stage.host_stderr == ""


@pytest.fixture(params=NAMES)
def browser_name(request: pytest.FixtureRequest) -> str:
    """Each browser in turn."""
    return request.param


@pytest.fixture
def scene(make_scene: Callable[..., Scene], browser_name: str) -> Scene:
    """A scene with the default settings."""
    return make_scene(browser_name)
