"""The house rules, held by reading the imports: rooms know only what is below them, and each heavy thing has one door."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from rows import HOST, child_command

PACKAGE = HOST / "threadreel"
MOST_LINES = 300

BOTTOM = {"errors", "events", "places", "settings", "states"}
#: the rooms, and the modules beside them, that each may import; one that is not listed is imported by nobody
BELOW: dict[str, set[str]] = {
    "errors": set(),
    "states": set(),
    "events": set(),
    "places": set(),
    "settings": {"errors", "places"},
    "logs": BOTTOM,
    "sentences": BOTTOM,
    "desktop": BOTTOM,
    "sites": BOTTOM,
    "library": BOTTOM,
    "wire": BOTTOM,
    "engine": BOTTOM | {"sites", "library"},
    "handlers": BOTTOM | {"desktop", "sites", "library", "engine"},
    "session": BOTTOM | {"logs", "sentences", "sites", "library", "wire", "engine", "handlers"},
    "setup": BOTTOM | {"logs", "sentences", "wire"},
    "demo": BOTTOM | {"logs", "sentences", "desktop", "sites", "library", "wire", "engine", "setup"},
    "finisher": BOTTOM | {"library", "engine"},
    "native": BOTTOM | {"finisher", "logs", "sentences", "wire", "engine", "session"},
    "commands": BOTTOM
    | {"logs", "sentences", "desktop", "sites", "library", "wire", "engine", "finisher", "handlers", "setup", "demo"},
    "cli": BOTTOM | {"logs", "sentences", "setup", "session", "commands"},
}
#: the same inside the engine: its folders and the modules beside them, and all that each knows when it runs
ENGINE: dict[str, set[str]] = {
    "clock": set(),
    "policy": set(),
    "verify": set(),
    "shutdown": set(),
    "timers": {"clock"},
    "network": {"clock", "policy", "verify"},
    "planning": {"verify"},
    "jobs": {"clock", "network", "planning"},
    "reporter": {"timers", "jobs"},
    "browser_route": {"clock", "policy", "timers", "network", "jobs"},
    "transfers": {"clock", "policy", "verify", "timers", "network", "jobs", "reporter", "browser_route"},
    "site_api": {"clock", "policy", "network", "browser_route", "transfers"},
    "watching": {"clock", "timers", "planning", "jobs", "reporter", "transfers", "site_api"},
    "lifecycle": {"clock", "timers", "planning", "jobs", "reporter", "transfers", "site_api", "watching"},
    "health": {"clock", "timers", "transfers", "site_api", "lifecycle"},
    "base_wiring": {
        *("clock", "policy", "timers", "jobs", "reporter", "browser_route", "transfers", "site_api", "lifecycle")
    },
    "processes": {"clock", "jobs", "reporter", "lifecycle", "base_wiring"},
    "job_wiring": {"planning", "jobs", "transfers", "watching", "lifecycle", "base_wiring", "processes"},
    "engine": {
        *("clock", "policy", "shutdown", "planning", "jobs", "browser_route", "site_api", "lifecycle", "health"),
        *("base_wiring", "processes", "job_wiring"),
    },
}
#: third-party packages, and the only modules that may import them
DOORS = {
    "requests": {"engine/network/proxies.py"},
    "urllib3": {"engine/network/proxies.py"},
    "filelock": {"library/owners.py"},
    "showinfm": {"desktop.py"},
    "platformdirs": {"places.py"},
    "jsonschema": {"settings.py", "wire/contract.py", "wire/explain.py"},
}
#: slow to import, so only inside the function that needs it: a browser waits for ``hello``
LAZY = {"jsonschema", "platformdirs", "requests", "showinfm", "urllib3"}


@dataclass(frozen=True)
class Import:
    """One imported module, by its whole name; ``is_lazy`` inside a function, ``is_for_types`` where only mypy sees it."""

    path: str
    line: int
    module: str
    is_lazy: bool
    is_for_types: bool

    @property
    def room(self) -> str | None:
        """What of this package is imported; None for other packages, and for the package itself."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "threadreel" and len(parts) > 1 else None

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.module}"


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def shown(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: str) -> str:
    first = path.split("/")[0]
    return first.removesuffix(".py")


@cache
def imports() -> list[Import]:
    return [found for path in modules() for found in _imports_in(path)]


def _imports_in(path: Path) -> Iterator[Import]:
    def walk(node: ast.AST, is_lazy: bool, is_for_types: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(shown(path), node.lineno, alias.name, is_lazy, is_for_types)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(path)}:{node.lineno}: a relative import"
            for alias in node.names:
                yield Import(
                    shown(path), node.lineno, _whole_name(node.module or "", alias.name), is_lazy, is_for_types
                )
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        is_guard = isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        for child in ast.iter_child_nodes(node):
            yield from walk(child, is_lazy or is_function, is_for_types or is_guard)

    yield from walk(ast.parse(path.read_text("utf-8")), False, False)


def _whole_name(module: str, name: str) -> str:
    """``from threadreel import events`` imports a module, ``from threadreel import __version__`` a name of the package."""
    whole = Path(HOST, *module.split("."), name)
    return f"{module}.{name}" if whole.is_dir() or whole.with_suffix(".py").is_file() else module


def test_every_room_is_known() -> None:
    assert {room_of(shown(path)) for path in modules()} - {"__init__", "__main__"} == set(BELOW)


@pytest.mark.parametrize("room", sorted(BELOW))
def test_a_room_imports_only_what_is_below_it(room: str) -> None:
    allowed = BELOW[room] | ({room} if (PACKAGE / room).is_dir() else set())
    up = [found for found in imports() if room_of(found.path) == room and found.room and found.room not in allowed]
    assert [str(found) for found in up] == []


@pytest.mark.parametrize("table", [BELOW, ENGINE], ids=["rooms", "engine"])
def test_the_rooms_can_be_put_in_order(table: dict[str, set[str]]) -> None:
    placed: set[str] = set()
    while placed != set(table):
        ready = {room for room, below in table.items() if below <= placed} - placed
        assert ready, f"these import each other: {sorted(set(table) - placed)}"
        placed |= ready


def test_every_part_of_the_engine_is_known() -> None:
    parts = {path.removeprefix("engine/") for path in map(shown, modules()) if path.startswith("engine/")}
    assert {room_of(part) for part in parts} - {"__init__"} == set(ENGINE)


@pytest.mark.parametrize("part", sorted(ENGINE))
def test_a_part_of_the_engine_knows_those_below_it_and_no_others(part: str) -> None:
    """Neither more than the table says nor less: a table that allows what nobody does would hold nothing."""
    known = {
        found.module.split(".")[2]
        for found in imports()
        if room_of(found.path.removeprefix("engine/")) == part
        and found.path.startswith("engine/")
        and found.module.startswith("threadreel.engine.")
        and not found.is_for_types
    }
    assert known - {part} == ENGINE[part]


def test_a_folder_of_the_engine_imports_nothing_by_itself() -> None:
    """So that whoever needs one module of it, for ``hello`` or in a test, loads that one."""
    folders = {shown(path) for path in (PACKAGE / "engine").rglob("__init__.py")}
    assert len(folders) > 1
    assert [str(found) for found in imports() if found.path in folders] == []


def test_wire_and_engine_do_not_know_each_other() -> None:
    pairs = {(room_of(found.path), found.room) for found in imports()}
    assert not {("wire", "engine"), ("engine", "wire"), ("wire", "session"), ("engine", "session")} & pairs
    assert not {("wire", "handlers"), ("handlers", "wire")} & pairs
    assert not {(room, other) for room in ("sites", "library") for other in ("engine", "wire", "setup")} & pairs
    assert not {("sites", "library"), ("library", "sites"), ("setup", "engine"), ("wire", "settings")} & pairs


def test_modules_import_each_other_in_one_direction() -> None:
    """Also inside a room, also lazily: what mypy alone sees does not count."""
    graph: dict[str, set[str]] = {}
    for path in modules():
        name = ".".join(("threadreel", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        own = {
            found.module for found in imports() if found.path == shown(path) and not found.is_for_types and found.room
        }
        graph[name] = own
    done: set[str] = set()
    while left := {name for name in graph if name not in done}:
        free = {name for name in left if not (graph[name] & graph.keys()) - done}
        assert free, f"a circle among {sorted(left)}"
        done |= free


def test_each_package_comes_in_by_its_door() -> None:
    strangers = [
        str(found)
        for found in imports()
        for package, doors in DOORS.items()
        if found.module.split(".")[0] == package and found.path not in doors
    ]
    assert strangers == []


def test_what_is_slow_to_import_is_imported_where_it_is_needed() -> None:
    eager = [
        str(found)
        for found in imports()
        if found.module.split(".")[0] in LAZY and not (found.is_lazy or found.is_for_types)
    ]
    assert eager == []


@pytest.mark.process
def test_the_host_starts_without_the_heavy_packages(tmp_path: Path) -> None:
    heavy = {
        "requests",
        "urllib3",
        "jsonschema",
        "rich",
        "showinfm",
        "platformdirs",
        "ssl",
        "threadreel.engine.network.http",
    }
    program = (
        "from threadreel import native, session, logs, settings, places\n"
        "from threadreel.engine.engine import Engine\n"
        "from threadreel.wire import frames, outbox, stdio\n"
        "found = places.find_places({'THREADREEL_HOME': sys.argv[1]})\n"
        "Engine(found, settings.SettingsFile(found.settings_file), print).stop()\n"
        f"print(sorted(set(sys.modules) & {heavy!r}))"
    )
    done = subprocess.run(child_command(program, tmp_path), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_only_commands_print() -> None:
    printing = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                printing.append(shown(path))
    assert {path for path in printing if path != "cli.py" and not path.startswith("commands/")} == set()


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "globals", "misc", "shared", "tools"}
    assert [
        shown(path) for path in modules() if drawers & {part.removesuffix(".py") for part in Path(shown(path)).parts}
    ] == []


def test_no_module_is_longer_than_a_responsibility() -> None:
    lengths = {shown(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [shown(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []
