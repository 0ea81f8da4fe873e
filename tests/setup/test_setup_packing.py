"""The stores' archives: what is in them, that they never differ, and that Firefox's own linter has nothing to say."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from threadreel.commands import setup_commands
from threadreel.errors import SetupError
from threadreel.setup.locations import extension_folder, templates_folder
from threadreel.setup.packing import pack, store_manifest, write_archives
from threadreel.setup.rows import Family

WEB_EXT = Path(__file__).parents[1] / "extension" / "node_modules" / ".bin" / "web-ext"
#: Android has no native messaging, and the extension is not for it
EXPECTED_FINDINGS = {"KEY_FIREFOX_ANDROID_UNSUPPORTED_BY_MIN_VERSION"}
STORE = templates_folder() / "store"


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    """A copy of the extension to add things to."""
    return Path(shutil.copytree(extension_folder(), tmp_path / "extension"))


def contents(family: Family, folder: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(next(each.content for each in pack(folder) if each.family is family)))


def manifest_of(family: Family, folder: Path) -> dict[str, Any]:
    manifest = json.loads(contents(family, folder).read("manifest.json"))
    assert isinstance(manifest, dict)
    return manifest


def own_manifest() -> dict[str, Any]:
    manifest = json.loads((extension_folder() / "manifest.json").read_bytes())
    assert isinstance(manifest, dict)
    return manifest


def messages() -> dict[str, str]:
    found = json.loads((extension_folder() / "_locales" / "en" / "messages.json").read_bytes())
    return {name: entry["message"] for name, entry in found.items()}


@pytest.mark.parametrize("family", list(Family))
def test_every_file_is_in_it_but_those_with_a_dot(family: Family, extension: Path) -> None:
    wanted = {path.relative_to(extension).as_posix() for path in extension.rglob("*") if path.is_file()}
    (extension / ".DS_Store").write_bytes(b"left by a file manager")
    (extension / "popup" / ".popup.js.swp").write_bytes(b"left by an editor")
    (extension / ".git").mkdir()
    (extension / ".git" / "config").write_text("left by a tool")
    archive = contents(family, extension)
    assert set(archive.namelist()) == wanted
    for name in wanted - {"manifest.json"}:
        assert archive.read(name) == (extension / name).read_bytes()


def test_chromium_gets_no_key_and_nothing_of_firefox(extension: Path) -> None:
    own = own_manifest()
    manifest = manifest_of(Family.CHROMIUM, extension)
    assert own.keys() - manifest.keys() == {"key", "browser_specific_settings"}
    assert manifest["background"] == {"service_worker": "background/main.js", "type": "module"}
    assert {name: manifest[name] for name in manifest if name != "background"}.items() <= own.items()


def test_firefox_gets_no_key_and_nothing_of_chromium(extension: Path) -> None:
    own = own_manifest()
    manifest = manifest_of(Family.FIREFOX, extension)
    assert own.keys() - manifest.keys() == {"key", "minimum_chrome_version"}
    assert manifest["background"] == {"scripts": ["background/main.js"], "type": "module"}
    assert manifest["browser_specific_settings"] == own["browser_specific_settings"]


def test_the_folders_own_manifest_is_left_as_it_is() -> None:
    own = own_manifest()
    before = json.dumps(own)
    for family in Family:
        store_manifest(family, own)
    assert json.dumps(own) == before


def test_the_same_files_give_the_same_bytes_whatever_their_dates_modes_and_order(
    extension: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for path in sorted((path for path in extension.rglob("*") if path.is_file()), reverse=True):
        copy = other / path.relative_to(extension)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
        os.utime(copy, (1_000_000_000, 1_000_000_000))
    assert pack(other) == pack(extension)


@pytest.mark.parametrize("family", list(Family))
def test_nothing_in_it_tells_of_this_machine(family: Family, extension: Path) -> None:
    entries = contents(family, extension).infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, stat.filemode(entry.external_attr >> 16)) for entry in entries} == {(3, "-rw-r--r--")}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}


def test_the_command_prints_the_archives_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "store"
    parser = argparse.ArgumentParser()
    setup_commands.add_parsers(parser.add_subparsers(required=True))
    args = parser.parse_args(["extension", "--pack", str(folder)])
    assert args.run(args) == 0
    version = own_manifest()["version"]
    made = [folder / f"threadreel-{version}-chromium.zip", folder / f"threadreel-{version}-firefox.xpi"]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in made]
    assert [path.read_bytes() for path in made] == [archive.content for archive in pack(extension_folder())]
    assert args.run(args) == 0
    assert sorted(folder.iterdir()) == made


def test_archives_are_never_put_into_the_extension_itself(extension: Path) -> None:
    before = sorted(extension.rglob("*"))
    for folder in (extension, extension / "store", extension / "popup" / ".." / "store"):
        with pytest.raises(SetupError) as caught:
            write_archives(extension, folder)
        assert caught.value.code == "setup.pack"
    assert sorted(extension.rglob("*")) == before


def test_a_folder_that_cannot_be_made_is_said(extension: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match="cannot be written") as caught:
        write_archives(extension, tmp_path / "file")
    assert (caught.value.code, "--pack DIR" in caught.value.hint) == ("setup.pack", True)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"version": "1"}'])
def test_a_folder_that_is_no_extension_is_said(content: str | None, extension: Path) -> None:
    (extension / "manifest.json").unlink()
    if content is not None:
        (extension / "manifest.json").write_text(content)
    with pytest.raises(SetupError, match="cannot be packed") as caught:
        pack(extension)
    assert caught.value.code == "setup.extension"


@pytest.mark.process
def test_the_linter_of_the_firefox_store_has_nothing_to_say(tmp_path: Path) -> None:
    assert WEB_EXT.exists(), "first: npm ci --prefix tests/extension"
    archive = write_archives(extension_folder(), tmp_path)[1]
    command = [str(WEB_EXT), "lint", "--source-dir", str(archive), "--output", "json", "--no-config-discovery"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    report = json.loads(done.stdout)
    assert report["metadata"]["version"] == own_manifest()["version"]
    findings = [*report["errors"], *report["warnings"], *report["notices"]]
    assert {each["code"]: each["message"] for each in findings if each["code"] not in EXPECTED_FINDINGS} == {}


def test_every_size_of_icon_that_the_stores_ask_for_is_there(extension: Path) -> None:
    for family in Family:
        manifest = manifest_of(family, extension)
        archive = contents(family, extension)
        assert set(manifest["icons"]) == {"16", "32", "48", "96", "128"}
        for size, name in manifest["icons"].items():
            header = archive.read(name)[:24]
            assert (header[:8], int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (
                b"\x89PNG\r\n\x1a\n",
                int(size),
                int(size),
            )


def test_the_listing_says_what_the_extension_says() -> None:
    listing = (STORE / "listing.md").read_text("utf-8")
    fields = dict(re.findall(r"^## (.+)\n\n(.+)$", listing, re.MULTILINE))
    assert fields["Name"] == messages()["extension_name"]
    assert fields["Summary"] == messages()["extension_description"]
    assert len(fields["Summary"]) <= 132
    assert "4chan" not in fields["Name"]


def test_every_permission_and_every_kind_of_data_is_explained_to_the_stores() -> None:
    manifest = own_manifest()
    privacy = (STORE / "privacy.md").read_text("utf-8")
    explained = set(re.findall(r"^- `([^`]+)`: .+", privacy, re.MULTILINE))
    data = manifest["browser_specific_settings"]["gecko"]["data_collection_permissions"]
    asked = {"permissions", "optional_permissions", "host_permissions", "optional_host_permissions"} & manifest.keys()
    named = {each for key in asked for each in manifest[key]} | {each for group in data.values() for each in group}
    assert explained == named
