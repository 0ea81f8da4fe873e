"""The archives that the stores take: one for Chromium's, one for Firefox's, made from the extension's one folder.

Each holds every file of the folder but for what begins with a dot, and a manifest with only what its browsers read. The
same folder gives the same bytes on every machine, so that anybody can see that what a store serves was made from it.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadreel.errors import SetupError
from threadreel.setup.disk import make_folder, write_whole
from threadreel.setup.rows import Family

_MANIFEST = "manifest.json"
_SUFFIXES = {Family.CHROMIUM: "zip", Family.FIREFOX: "xpi"}
#: The store of each family gives the extension its id: `key` would only be refused.
_DROPPED = {
    Family.CHROMIUM: ("key", "browser_specific_settings"),
    Family.FIREFOX: ("key", "minimum_chrome_version"),
}
#: Chromium starts a service worker, Firefox an event page; each warns of the other's word.
_DROPPED_FROM_BACKGROUND = {Family.CHROMIUM: "scripts", Family.FIREFOX: "service_worker"}
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no time before
_MADE_ON_UNIX = 3
_FILE_MODE = 0o100644


@dataclass(frozen=True, slots=True)
class Archive:
    """One store's archive: the name of its file, and its bytes."""

    family: Family
    name: str
    content: bytes


def store_manifest(family: Family, manifest: dict[str, Any]) -> dict[str, Any]:
    """The extension's manifest as the store of ``family`` wants it."""
    kept = {name: value for name, value in manifest.items() if name not in _DROPPED[family]}
    background = {
        name: value for name, value in manifest["background"].items() if name != _DROPPED_FROM_BACKGROUND[family]
    }
    return kept | {"background": background}


def pack(extension: Path) -> list[Archive]:
    """Both archives of the extension in this folder. Raises SetupError ``setup.extension``."""
    try:
        files = _read(extension)
        manifest = json.loads(files[_MANIFEST])
        version = manifest["version"]
        archives = []
        for family in Family:
            rendered = json.dumps(store_manifest(family, manifest), indent=2, ensure_ascii=False) + "\n"
            content = _zip(files | {_MANIFEST: rendered.encode("utf-8")})
            archives.append(Archive(family, f"threadreel-{version}-{family}.{_SUFFIXES[family]}", content))
        return archives
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError(
            "setup.extension",
            f"The extension in {extension} cannot be packed: {error!r}.",
            "Install Threadreel again: pip install --force-reinstall threadreel",
        ) from error


def write_archives(extension: Path, folder: Path) -> list[Path]:
    """Make both archives in ``folder``, which is made where it is missing; their paths.

    Raises SetupError ``setup.extension``, and ``setup.pack`` where the folder cannot be written or is the extension's.
    """
    if folder.resolve().is_relative_to(extension.resolve()):
        raise SetupError(
            "setup.pack",
            f"{folder} is inside the extension's folder, so the archives would become part of it.",
            "Name a folder elsewhere: threadreel extension --pack DIR",
        )
    archives = pack(extension)
    try:
        make_folder(folder)
        paths = [folder / archive.name for archive in archives]
        for path, archive in zip(paths, archives, strict=True):
            write_whole(path, archive.content, 0o644)
    except OSError as error:
        raise SetupError(
            "setup.pack",
            f"The archives cannot be written to {folder}: {error.strerror or error}.",
            "Name a folder that you may write to: threadreel extension --pack DIR",
        ) from error
    return paths


def _read(extension: Path) -> dict[str, bytes]:
    """Every file that belongs to the extension, by its name in the archive."""
    files = {}
    for path in extension.rglob("*"):
        parts = path.relative_to(extension).parts
        if path.is_file() and not any(part.startswith(".") for part in parts):
            files["/".join(parts)] = path.read_bytes()
    return files


def _zip(files: dict[str, bytes]) -> bytes:
    """An archive with nothing in it that another machine or another day would make otherwise.

    Stored, not deflated: each build of zlib compresses to other bytes.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = _MADE_ON_UNIX
            entry.external_attr = _FILE_MODE << 16
            archive.writestr(entry, files[name])
    return stream.getvalue()
