"""The doctor's look at one host manifest: can the browser read it, and does it let our extension in?

Browsers report every one of these mistakes with the same sentence ("host not found"), so each has its own here.
Rules from Chromium's ``native_messaging_host_manifest.cc`` and Firefox's ``schemas/native_manifest.json``.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from threadreel.setup.browsers import HOST_NAME
from threadreel.setup.findings import Finding, fine, problem, warning
from threadreel.setup.manifests import ALLOWED, ExtensionIds, allowed_entries
from threadreel.setup.rows import Browser, Family


def check_manifest(browser: Browser, path: Path, ids: ExtensionIds) -> tuple[list[Finding], Path | None]:
    """The findings on one manifest file, and the program that it names (None where it names none that can be used)."""
    title, repair = browser.title, f"threadreel install --browser {browser.name}"
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return [problem(title, "manifest.missing", f"No host manifest at {path}.", repair)], None
    except OSError as error:
        message = f"The host manifest {path} cannot be read: {error.strerror or error}."
        return [problem(title, "manifest.unreadable", message, repair)], None
    findings = []
    if raw.startswith(codecs.BOM_UTF8):
        message = f"The host manifest {path} begins with a byte order mark"
        if browser.family is Family.CHROMIUM:
            findings.append(problem(title, "manifest.bom", f"{message}, which {title} refuses.", repair))
        else:
            findings.append(warning(title, "manifest.bom", f"{message}.", repair))
    try:
        manifest = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        message = f"The host manifest {path} is not JSON: {error}."
        return [*findings, problem(title, "manifest.broken", message, repair)], None
    if not isinstance(manifest, dict):
        message = f"The host manifest {path} is not a JSON object."
        return [*findings, problem(title, "manifest.broken", message, repair)], None
    for code, message in (*_name_faults(manifest, path), *_list_faults(manifest, browser.family, ids)):
        findings.append(problem(title, code, f"The host manifest {path} {message}.", repair))
    program = Path(str(manifest.get("path") or ""))
    if not program.is_absolute():
        message = f'The host manifest {path} has the path "{program}", which is not absolute.'
        return [*findings, problem(title, "manifest.path", message, repair)], None
    if not findings:
        findings.append(fine(title, "manifest", f"The host manifest {path} is in order and lets our extension in."))
    return findings, program


def _name_faults(manifest: Mapping[str, Any], path: Path) -> list[tuple[str, str]]:
    faults = []
    name = manifest.get("name")
    if name != HOST_NAME:
        faults.append(("manifest.name", f'has the name "{name}" instead of "{HOST_NAME}"'))
    if path.name != f"{HOST_NAME}.json":
        faults.append(("manifest.file_name", f'should have the file name "{HOST_NAME}.json"'))
    if manifest.get("type") != "stdio" or not manifest.get("description"):
        faults.append(("manifest.incomplete", 'lacks its description or the type "stdio"'))
    return faults


def _list_faults(manifest: Mapping[str, Any], family: Family, ids: ExtensionIds) -> list[tuple[str, str]]:
    """Our own id must be listed; in the Chromium family as an origin with its slash."""
    listed = manifest.get(ALLOWED[family])
    entries = listed if isinstance(listed, list) else []
    own = allowed_entries(family, ids)[0]
    slashless = [entry for entry in entries if family is Family.CHROMIUM and not str(entry).endswith("/")]
    if slashless:
        return [("manifest.origin", f'lists "{slashless[0]}" without the slash at its end')]
    if own not in entries:
        return [("manifest.ids", f'does not list "{own}" in {ALLOWED[family]}')]
    return []
