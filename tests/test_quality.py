"""The checks that are no tests of behaviour, run by the same command: lint, format, types, and the extension's own tests."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NODE_ROOM = ROOT / "tests" / "extension"
LIMIT_S = 300


def run(*command: str, folder: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


def npm(script: str) -> None:
    assert shutil.which("npm"), "the extension's tests need Node.js 20 or newer with npm"
    assert (NODE_ROOM / "node_modules").is_dir(), "first: npm ci --prefix tests/extension"
    run("npm", "run", "--silent", script, folder=NODE_ROOM)


def test_lint_finds_nothing() -> None:
    run(sys.executable, "-m", "ruff", "check", "host", "tests")


def test_format_is_as_agreed() -> None:
    run(sys.executable, "-m", "ruff", "format", "--check", "host", "tests")


@pytest.mark.timeout(LIMIT_S)
def test_types_are_strict_and_right() -> None:
    run(sys.executable, "-m", "mypy")


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.parametrize("script", ["test", "types", "lint"])
def test_extension(script: str) -> None:
    npm(script)


def test_lock_file_names_no_registry() -> None:
    packages = json.loads((NODE_ROOM / "package-lock.json").read_text("utf-8"))["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
