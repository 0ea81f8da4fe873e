"""The machine that is set up: its system, home, environment, interpreter, folders and registry, all in one value.

Everything in ``setup`` asks this value and never the real machine, so the rows of every operating system are tested
on any of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from threadreel.places import Places, find_places
from threadreel.setup.registry import Registry, users_registry


class System(StrEnum):
    """The operating systems that the table of browsers tells apart."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class Machine:
    """What setup knows about the machine. ``registry`` is there on Windows only; ``python`` runs the host."""

    system: System
    home: Path
    environment: Mapping[str, str]
    python: Path
    places: Places
    registry: Registry | None = None

    @property
    def launcher_folder(self) -> Path:
        """The one folder for files of setup's own: launcher, Windows manifests, receipt."""
        return self.places.ledger_file.parent / "launcher"


def this_system() -> System:
    """The system that this process runs on; the BSDs keep their browsers' folders as Linux does."""
    return {"win32": System.WINDOWS, "darwin": System.MACOS}.get(sys.platform, System.LINUX)


def this_machine(environment: Mapping[str, str] | None = None) -> Machine:
    """The real machine, with this process's environment unless another is given."""
    environment = dict(os.environ if environment is None else environment)
    return Machine(
        system=this_system(),
        home=Path.home(),
        environment=environment,
        python=Path(sys.executable).absolute(),  # not resolved: a virtual environment's link must stay one
        places=find_places(environment),
        registry=users_registry(),
    )
