"""A fake machine of any system, with a fake registry, and a way to compare a folder before and after."""

from __future__ import annotations

import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from threadreel.places import Places
from threadreel.setup.browsers import BROWSERS
from threadreel.setup.machine import Machine, System
from threadreel.setup.registry import parent_key
from threadreel.setup.rows import Browser, resolve


class FakeRegistry:
    """The current user's registry in memory: keys make those above them, and a key with keys below cannot go."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.values: dict[str, str] = {}
        self.denied: set[str] = set()

    def make(self, key: str) -> None:
        while key:
            self.keys.add(key)
            key = parent_key(key)

    def read(self, key: str) -> str | None:
        self._check(key)
        return self.values.get(key)

    def has(self, key: str) -> bool:
        return key in self.keys

    def is_empty(self, key: str) -> bool:
        return key not in self.values and not any(parent_key(each) == key for each in self.keys)

    def write(self, key: str, value: str) -> None:
        self._check(key)
        self.make(key)
        self.values[key] = value

    def delete(self, key: str) -> None:
        self._check(key)
        if any(parent_key(each) == key for each in self.keys):
            raise PermissionError(13, "Access is denied")
        self.keys.remove(key)
        self.values.pop(key, None)

    def _check(self, key: str) -> None:
        if any(key.startswith(denied) for denied in self.denied):
            raise PermissionError(13, "Access is denied")

    def state(self) -> tuple[frozenset[str], dict[str, str]]:
        return frozenset(self.keys), dict(self.values)


def fake_machine(
    folder: Path, system: System = System.LINUX, environment: Mapping[str, str] | None = None, script: bool = True
) -> Machine:
    """A machine whose every folder is below ``folder``. ``script``: pip has made ``threadreel-host`` there."""
    home = folder / "home"
    python = folder / "python" / "bin" / ("python.exe" if system is System.WINDOWS else "python")
    python.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(exist_ok=True)
    if script:
        name = "threadreel-host.exe" if system is System.WINDOWS else "threadreel-host"
        write_program(python.parent / name, f"#!{sys.executable}\n")
    data = home / "our data"
    return Machine(
        system=system,
        home=home,
        environment=dict(environment or {}),
        python=python,
        places=Places(data / "settings.json", data / "ledger.sqlite3", data / "logs", home / "downloads"),
        registry=FakeRegistry() if system is System.WINDOWS else None,
    )


def registry_of(machine: Machine) -> FakeRegistry:
    assert isinstance(machine.registry, FakeRegistry)
    return machine.registry


def row(name: str) -> Browser:
    return next(browser for browser in BROWSERS if browser.name == name)


def start_browser_once(machine: Machine, name: str) -> Path:
    """Make the data folder that the browser would make, with something in it."""
    folder = resolve(row(name).places[machine.system].data[0], machine)
    (folder / "Default").mkdir(parents=True)
    return folder


def write_program(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every path below ``folder`` with its mode and bytes."""
    return {
        str(path.relative_to(folder)): (
            stat.S_IMODE(path.lstat().st_mode),
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }
