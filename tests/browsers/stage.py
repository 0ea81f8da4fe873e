"""What a browser of the tests is started with: a throw-away folder, the extension, the board behind the real names, a host.

The host is registered in the throw-away profile through a launcher that sets its environment and notes its process id.
"""

import base64
import hashlib
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from board.certificates import Certificate

ROOT = Path(__file__).resolve().parents[2]
HOST_NAME = "io.github.threadreel.host"
HOST_COMMAND = (sys.executable, "-m", "threadreel.native")


@dataclass(frozen=True, slots=True)
class Stage:
    """``folder`` is empty and the browser's own. Ports are where plain HTTP and HTTPS of ``names`` are really served."""

    folder: Path
    names: Sequence[str]
    http_port: int
    https_port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = HOST_COMMAND
    extension: Path = ROOT / "extension"
    #: what the browser itself is given, and with it whatever it starts; ``environment`` is the launcher's alone
    inherited: Mapping[str, str] = field(default_factory=dict)
    #: Firefox has the extension for good, packed as from a shop; else until it ends, which takes along what it was allowed
    is_lasting: bool = False
    #: the board's, to be trusted; without it any certificate is taken, and the browser warns of the site
    certificate: Certificate | None = None

    @property
    def manifest(self) -> dict[str, Any]:
        """The extension's manifest."""
        return json.loads((self.extension / "manifest.json").read_text(encoding="utf-8"))

    @property
    def popup_path(self) -> str:
        """The page of the toolbar button, below the extension's root."""
        return self.manifest["action"]["default_popup"]

    @property
    def chromium_id(self) -> str:
        """The id Chromium derives from the manifest's key: hex digits of its SHA-256, written with the letters a to p."""
        digest = hashlib.sha256(base64.b64decode(self.manifest["key"])).hexdigest()[:32]
        return "".join(chr(ord("a") + int(digit, 16)) for digit in digest)

    @property
    def gecko_id(self) -> str:
        """The id Firefox takes from the manifest."""
        return self.manifest["browser_specific_settings"]["gecko"]["id"]

    @property
    def home(self) -> Path:
        """HOME of the browser."""
        return self.folder / "home"

    @property
    def host_stderr(self) -> str:
        """What every host of this stage has written to stderr."""
        file = self.folder / "host.stderr"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def host_pids(self) -> list[int]:
        """The process id of every host the browser has started, oldest first; the early ones may have ended."""
        file = self.folder / "host.pids"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def register_host(self, directory: Path, allowed: Mapping[str, Sequence[str]]) -> None:
        """Write the host's manifest into ``directory``; ``allowed`` names the extension as this browser family does."""
        launcher = self.folder / "launcher.sh"
        inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        variables = {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT / "host"), *inherited]))}
        lines = [f"export {name}={shlex.quote(value)}" for name, value in (variables | dict(self.environment)).items()]
        pids, stderr = (shlex.quote(str(self.folder / name)) for name in ("host.pids", "host.stderr"))
        command = f'exec {shlex.join(self.command)} "$@" 2>>{stderr}'
        launcher.write_text("\n".join(["#!/bin/sh", *lines, f"echo $$ >>{pids}", command, ""]), encoding="utf-8")
        launcher.chmod(0o755)
        directory.mkdir(parents=True, exist_ok=True)
        manifest = {"name": HOST_NAME, "description": "test", "path": str(launcher), "type": "stdio"} | dict(allowed)
        (directory / f"{HOST_NAME}.json").write_text(json.dumps(manifest), encoding="utf-8")
