"""The receipt: which folders and registry keys setup made, so that uninstall removes those and no others.

A small JSON file in the launcher folder. It also remembers manifests outside the table's folders. A receipt that
cannot be read counts as empty: then nothing but our own files is removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from threadreel.setup.disk import make_folder, remove_if_empty, write_whole
from threadreel.setup.registry import Registry, parent_key

_FILE_NAME = "installed.json"


@dataclass(slots=True)
class Receipt:
    """What was made, in the order of making (outer before inner)."""

    file: Path
    folders: list[Path] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    manifests: list[Path] = field(default_factory=list)

    def add(self, folders: Iterable[Path] = (), keys: Iterable[str] = (), manifests: Iterable[Path] = ()) -> None:
        """Remember more; what is known already is kept once."""
        self.folders = list(dict.fromkeys([*self.folders, *folders]))
        self.keys = list(dict.fromkeys([*self.keys, *keys]))
        self.manifests = list(dict.fromkeys([*self.manifests, *manifests]))

    def save(self) -> None:
        """Write the receipt; one that says nothing has no file. Raises OSError."""
        if not (self.folders or self.keys or self.manifests):
            self.file.unlink(missing_ok=True)
            return
        self.add(folders=make_folder(self.file.parent, mode=0o700))
        content = {
            "version": 1,
            "folders": [str(folder) for folder in self.folders],
            "keys": self.keys,
            "manifests": [str(path) for path in self.manifests],
        }
        write_whole(self.file, (json.dumps(content, indent=2) + "\n").encode("ascii"), mode=0o600)

    def clear(self, registry: Registry | None) -> None:
        """Remove the receipt, and of what it names all that is empty now; what is left stays named. Raises OSError."""
        self.file.unlink(missing_ok=True)
        self.keys = [key for key in reversed(self.keys) if not _remove_key(registry, key)][::-1]
        self.folders = [folder for folder in reversed(self.folders) if not remove_if_empty(folder)][::-1]
        self.manifests = [path for path in self.manifests if path.exists()]


def load_receipt(folder: Path) -> Receipt:
    """The receipt in ``folder``, empty where there is none that can be read."""
    receipt = Receipt(folder / _FILE_NAME)
    try:
        content = json.loads(receipt.file.read_text("utf-8"))
        receipt.add(
            folders=[Path(text) for text in content["folders"]],
            keys=[str(key) for key in content["keys"]],
            manifests=[Path(text) for text in content["manifests"]],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Receipt(receipt.file)
    return receipt


def missing_keys(registry: Registry, key: str) -> list[str]:
    """``key`` and those above it that are not there yet, outermost first. Raises OSError."""
    missing: list[str] = []
    while key and not registry.has(key):
        missing.insert(0, key)
        key = parent_key(key)
    return missing


def _remove_key(registry: Registry | None, key: str) -> bool:
    """Remove ``key`` if it is empty; whether it is gone now."""
    if registry is None or not registry.has(key):
        return True
    if not registry.is_empty(key):
        return False
    registry.delete(key)
    return True
