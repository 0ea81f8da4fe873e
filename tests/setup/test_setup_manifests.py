"""Host manifests and extension ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from threadreel.errors import SetupError
from threadreel.setup.browsers import HOST_NAME, MANIFEST_NAME
from threadreel.setup.locations import extension_folder, templates_folder
from threadreel.setup.manifests import (
    ExtensionIds,
    add_ids,
    extension_id,
    host_manifest,
    own_ids,
    program_of,
    render_manifests,
)
from threadreel.setup.rows import Family

# a key made for this test, and the id that a Chromium showed for an unpacked extension with it
KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsgRuSnTMypH54yHQbmVTlSeckB5ZvtBp2sz5Z3VvUj83Qf2C5zbdpa8xPAMXMS0e31Jr"
    "MPLSU97vN4se/AykTxcCWmjffx3QBvYV0NgXCzKZDVUachVg+lb43HHH8aTdxV0Zs2PIZPFSO26/JIBHAk3yIh3rKhG7MVB28pziAkY5QaTzQIOM"
    "bme+5Q2gWR78X7tqRmlPh4ACKoD5V2zeIuOzXrksEWDI6alvuPqdhgzJQUIjd4J16FDXMgIzJmLDBFEEW2KTBK9JMaHVoZRSmQUrcfl0PjM+phDy"
    "XDs6e7IV8jTNd9PB8DcPja/wSuGSkYgxJyVltyjQBD1R1Iu0twIDAQAB"
)
ID = "mhfdfbmmbfladjjbonnjleechefmahfb"
IDS = ExtensionIds(chromium=(ID,), firefox=("threadreel@example.org",))


def test_the_id_is_the_one_that_chromium_derives() -> None:
    assert extension_id(KEY) == ID


def test_a_key_that_is_not_base64_is_refused() -> None:
    with pytest.raises(SetupError) as caught:
        extension_id("not base64!")
    assert caught.value.code == "setup.key"


def test_our_ids_are_read_from_the_extension() -> None:
    manifest = json.loads((extension_folder() / "manifest.json").read_text("utf-8"))
    ids = own_ids(extension_folder())
    assert ids.chromium == (extension_id(manifest["key"]),)
    assert ids.firefox == (manifest["browser_specific_settings"]["gecko"]["id"],)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"key": "AAAA"}', '{"key": 5}'])
def test_an_extension_without_its_ids_is_refused(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(SetupError) as caught:
        own_ids(tmp_path)
    assert caught.value.code == "setup.extension"
    assert str(tmp_path) in caught.value.message


def test_further_ids_go_to_their_family() -> None:
    uuid = "{12345678-90ab-cdef-1234-567890ABCDEF}"
    ids = add_ids(IDS, ["a" * 32, "fork@example.org", uuid, ID])
    assert ids.chromium == (ID, "a" * 32)
    assert ids.firefox == ("threadreel@example.org", "fork@example.org", uuid)


@pytest.mark.parametrize("text", ["", "a" * 31, "a" * 33, "z" * 32, "A" * 32, "{1234}", "a b@c", "*", "a" * 32 + "\n"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(SetupError) as caught:
        add_ids(IDS, [text])
    assert caught.value.code == "setup.extension_id"


@pytest.mark.parametrize("family", Family)
def test_a_manifest_has_what_browsers_demand(family: Family) -> None:
    manifest = json.loads(render_manifests(templates_folder(), Path("/opt/host"), IDS)[family])
    assert manifest["name"] == HOST_NAME == MANIFEST_NAME.removesuffix(".json")
    assert manifest["type"] == "stdio"
    assert manifest["description"]
    assert manifest["path"] == "/opt/host"


def test_origins_end_with_a_slash_and_each_family_has_its_own_list() -> None:
    files = render_manifests(templates_folder(), Path("/opt/host"), add_ids(IDS, ["b" * 32]))
    chromium, firefox = json.loads(files[Family.CHROMIUM]), json.loads(files[Family.FIREFOX])
    assert chromium["allowed_origins"] == [f"chrome-extension://{ID}/", f"chrome-extension://{'b' * 32}/"]
    assert firefox["allowed_extensions"] == ["threadreel@example.org"]
    assert "allowed_extensions" not in chromium
    assert "allowed_origins" not in firefox


def test_ids_of_the_template_stay() -> None:
    template = {"name": "x", "path": "", "allowed_extensions": ["store@example.org", "threadreel@example.org"]}
    manifest = host_manifest(Family.FIREFOX, template, Path("/opt/host"), IDS)
    assert manifest["allowed_extensions"] == ["threadreel@example.org", "store@example.org"]


def test_hostile_paths_survive_the_json() -> None:
    path = Path('/opt/a "b" \\ $c ü/host')
    for content in render_manifests(templates_folder(), path, IDS).values():
        assert json.loads(content)["path"] == str(path)


def test_a_path_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(SetupError) as caught:
        render_manifests(templates_folder(), Path("/opt/\udcff/host"), IDS)
    assert caught.value.code == "setup.path"


@pytest.mark.parametrize(
    ("content", "program"),
    [
        ('{"name": "io.github.threadreel.host", "path": "/x"}', Path("/x")),
        ('\ufeff{"name": "io.github.threadreel.host", "path": "/x"}', Path("/x")),
        ('{"name": "somebody.else", "path": "/x"}', None),
        ('{"name": "io.github.threadreel.host"}', None),
        ("[]", None),
        ("{", None),
    ],
)
def test_a_manifest_is_ours_by_the_name_inside(content: str, program: Path | None, tmp_path: Path) -> None:
    path = tmp_path / MANIFEST_NAME
    path.write_text(content, "utf-8")
    assert program_of(path) == program
