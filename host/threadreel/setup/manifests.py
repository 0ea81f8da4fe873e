"""Host manifests: the JSON by which a browser knows our program and the extensions that may start it.

Templates hold what is fixed, and the ids that the stores assign; the ids of the extension itself come from its own
manifest: Firefox's is written there, Chromium's follows from its public key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadreel.errors import SetupError
from threadreel.setup.browsers import HOST_NAME
from threadreel.setup.rows import Family

#: the key of a host manifest that lists who may start the host
ALLOWED = {Family.CHROMIUM: "allowed_origins", Family.FIREFOX: "allowed_extensions"}

_CHROMIUM_ID = re.compile(r"[a-p]{32}")
_FIREFOX_ID = re.compile(
    r"[A-Za-z0-9._-]*@[A-Za-z0-9._-]+|\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}"
)  # the pattern of Firefox's own schema (extensions/schemas/manifest.json, FirefoxSpecificProperties)


@dataclass(frozen=True, slots=True)
class ExtensionIds:
    """The extensions that may start the host; the first of each family is our own."""

    chromium: tuple[str, ...]
    firefox: tuple[str, ...]


def extension_id(key: str) -> str:
    """The id that a Chromium gives an extension with this ``key`` (base64 of a DER public key): 32 letters a-p.

    The first 16 bytes of its SHA-256, each hex digit 0-f written as a-p (crx_file/id_util.cc). Raises SetupError
    ``setup.key``.
    """
    try:
        der = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SetupError("setup.key", "The extension's key is not base64.", "Install Threadreel again.") from error
    digits = hashlib.sha256(der).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digits)


def own_ids(extension_folder: Path) -> ExtensionIds:
    """Our extension's ids, read from its manifest. Raises SetupError ``setup.extension``."""
    path = extension_folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
        key = manifest["key"]
        gecko = manifest["browser_specific_settings"]["gecko"]["id"]
        return ExtensionIds(chromium=(extension_id(key),), firefox=(str(gecko),))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            "setup.extension",
            f"The extension's manifest {path} cannot be used.",
            "Install Threadreel again: pip install --force-reinstall threadreel",
        ) from error


def add_ids(ids: ExtensionIds, extra: Iterable[str]) -> ExtensionIds:
    """``ids`` and the further ones that a person names. Raises SetupError ``setup.extension_id``."""
    chromium, firefox = list(ids.chromium), list(ids.firefox)
    for each in extra:
        if _CHROMIUM_ID.fullmatch(each):
            chromium.append(each)
        elif _FIREFOX_ID.fullmatch(each):
            firefox.append(each)
        else:
            raise SetupError(
                "setup.extension_id",
                f'"{each}" is not an extension id.',
                "A Chromium id is 32 letters from a to p; a Firefox id looks like name@place or {uuid}.",
            )
    return ExtensionIds(tuple(dict.fromkeys(chromium)), tuple(dict.fromkeys(firefox)))


def allowed_entries(family: Family, ids: ExtensionIds) -> list[str]:
    """How a manifest of ``family`` lists ``ids``. Chromium wants origins, and refuses one without the last slash."""
    if family is Family.CHROMIUM:
        return [f"chrome-extension://{each}/" for each in ids.chromium]
    return list(ids.firefox)


def host_manifest(family: Family, template: Mapping[str, Any], host: Path, ids: ExtensionIds) -> dict[str, Any]:
    """The manifest of ``family``: the template with the program's path and all ids."""
    listed = [*allowed_entries(family, ids), *template[ALLOWED[family]]]
    return {**template, "path": str(host), ALLOWED[family]: list(dict.fromkeys(listed))}


def render_manifests(templates_folder: Path, host: Path, ids: ExtensionIds) -> dict[Family, bytes]:
    """The manifest file of each family. Raises SetupError ``setup.path`` for a path that no browser could read."""
    try:
        str(host).encode("utf-8")
    except UnicodeEncodeError as error:
        raise SetupError(
            "setup.path",
            f"The path {str(host)!r} is not valid Unicode, so no browser can read it.",
            "Install Threadreel in a folder with another name.",
        ) from error
    files = {}
    for family in Family:
        template = json.loads((templates_folder / f"{family}.json").read_text("utf-8"))
        manifest = host_manifest(family, template, host, ids)
        files[family] = (json.dumps(manifest, indent=2) + "\n").encode("ascii")
    return files


def program_of(manifest: Path) -> Path | None:
    """The program that a manifest of ours names; None where the file is not ours. Raises OSError."""
    try:
        content = json.loads(manifest.read_bytes().decode("utf-8-sig"))
        return Path(content["path"]) if content["name"] == HOST_NAME else None
    except (ValueError, KeyError, TypeError):
        return None
