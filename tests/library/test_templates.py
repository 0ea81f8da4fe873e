"""Templates: refused with a reason when they are wrong, and legal in what they render whatever a stranger typed."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pathvalidate import validate_filename

from repeats import repeats
from threadreel.errors import TemplateError
from threadreel.library.names import FILE_NAME_BYTES, FOLDER_NAME_BYTES, PART_SUFFIX
from threadreel.library.templates import FOLDER_FIELDS, NAME_FIELDS, FolderTemplate, NameTemplate

FIELDS: dict[str, Any] = {
    "site": "4chan",
    "board": "g",
    "thread": 42,
    "title": "Desktop thread",
    "date": "2026-01-31",
    "tim": "1750000000000001",
    "post": 43,
    "name": "image",
    "ext": ".png",
    "md5": "0" * 32,
    "width": 640,
    "height": 480,
    "index": "001",
}

hostile = st.one_of(
    st.none(),
    st.integers(),
    st.text(max_size=200),
    st.sampled_from(
        ["..", ".", "/", "../..", "C:\\", "CON", "a" * 400, "界" * 200, "{tim}", "{{", "%s", "\x00", "\ud800", " "]
    ),
)
hostile_fields = st.fixed_dictionaries(dict.fromkeys(FIELDS, hostile))


def pieces_of(fields: tuple[str, ...]) -> st.SearchStrategy[str]:
    literal = st.text(st.characters(exclude_characters="{}/\\"), max_size=8)
    return st.one_of(
        literal, st.sampled_from(["{{", "}}", " ", ".", "-"]), st.sampled_from(fields).map("{{{}}}".format)
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "1 to 200 characters"),
        (" " * 3, "1 to 200 characters"),
        ("x" * 200 + "{ext}", "1 to 200 characters"),
        ("{name", "braces do not match"),
        ("name}{ext}", "braces do not match"),
        ("{na{me}}{ext}", "braces do not match"),
        ("{}{ext}", "no field {}"),
        ("{0}{ext}", "no field {0}"),
        ("{Name}{ext}", "no field {Name}"),
        ("{name.__class__}{ext}", "no field {name.__class__}"),
        ("{name[0]}{ext}", "no field {name[0]}"),
        ("{subject}{ext}", "no field {subject}"),
        ("{post:05}{ext}", "{post} cannot carry a format"),
        ("{name!r}{ext}", "{name} cannot carry a format"),
        ("{name:{width}}{ext}", "{name} cannot carry a format"),
        ("{name}", "must end with {ext}"),
        ("{ext}{name}", "must end with {ext}"),
        ("{ext}{ext}", "must end with {ext}, once"),
        ("{ext:}{ext}", "must end with {ext}, once"),
        ("{name}{ext} ", "must end with {ext}"),
        ("{name}{{ext}}", "must end with {ext}"),
        ("{board}/{name}{ext}", "cannot hold a slash"),
        ("..\\{name}{ext}", "cannot hold a slash"),
    ],
)
def test_a_wrong_name_template_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(TemplateError) as caught:
        NameTemplate(text)
    assert caught.value.code == "template.invalid"
    assert caught.value.message.startswith(f"The name template {text[:80]!r} cannot be used: ")
    assert why in caught.value.message
    assert "{tim} {name}{ext}" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{board}", "must hold {thread}"),
        ("{board}/{title}", "must hold {thread}"),
        ("{{thread}}", "must hold {thread}"),
        ("{board}/{thread", "braces do not match"),
        ("{thread}/{name}", "no field {name}"),
        ("{thread}/{tim}", "no field {tim}"),
        ("{thread:08}", "{thread} cannot carry a format"),
        ("/{thread}", "single slashes"),
        ("{thread}/", "single slashes"),
        ("{board}//{thread}", "single slashes"),
        ("../{thread}", "single slashes"),
        ("{board}/../{thread}", "single slashes"),
        ("{board}/ . /{thread}", "single slashes"),
        ("{board}\\{thread}", "single slashes"),
        ("C:\\{thread}", "single slashes"),
    ],
)
def test_a_wrong_folder_template_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(TemplateError) as caught:
        FolderTemplate(text)
    assert caught.value.code == "template.invalid"
    assert caught.value.message.startswith(f"The folder template {text[:80]!r} cannot be used: ")
    assert why in caught.value.message
    assert "{site}/{board}/{thread} {title}" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{tim} {name}{ext}", "1750000000000001 image.png"),
        ("{ext}", "_.png"),
        ("{{{name}}}{ext}", "{image}.png"),
        ("{{ext}}{ext}", "{ext}.png"),
        ("{index} {post} {date} {width}x{height}{ext}", "001 43 2026-01-31 640x480.png"),
        ("{site}:{board}:{thread} {title} {md5}{ext}", "4chan_g_42 Desktop thread " + "0" * 32 + ".png"),
    ],
)
def test_a_name_template_is_filled_in(text: str, name: str) -> None:
    assert NameTemplate(text).render(FIELDS) == name


def test_what_the_answer_lacks_is_left_empty() -> None:
    assert NameTemplate("{tim} {name} {width}{ext}").render({"tim": "7", "name": None, "ext": ".png"}) == "7.png"
    assert NameTemplate("{name}{ext}").render({}) == "_"


def test_a_field_is_text_and_never_a_template() -> None:
    fields = {**FIELDS, "name": "{tim} {ext} {{", "title": "{thread}/{board}"}
    assert NameTemplate("{name}{ext}").render(fields) == "{tim} {ext} {{.png"
    assert FolderTemplate("{thread} {title}").render(fields) == ("42 {thread}_{board}",)


@pytest.mark.parametrize(
    ("text", "components"),
    [
        ("{site}/{board}/{thread} {title}", ("4chan", "g", "42 Desktop thread")),
        ("{board} {thread}", ("g 42",)),
        ("saved/{date}/{thread}", ("saved", "2026-01-31", "42")),
        ("{{{thread}}}", ("{42}",)),
    ],
)
def test_a_folder_template_is_filled_in(text: str, components: tuple[str, ...]) -> None:
    assert FolderTemplate(text).render(FIELDS) == components


def test_a_component_without_any_of_its_fields_is_left_out() -> None:
    fields = {"site": "4chan", "board": "g", "thread": None, "title": ""}
    assert FolderTemplate("{site}/{board}/{thread} {title}").render(fields) == ("4chan", "g")
    assert FolderTemplate("mine/{board}/({thread} - {title})").render(fields) == ("mine", "g")


@pytest.mark.parametrize(
    "text",
    [
        "{thread} {title}",
        "{title} {thread}",
        "{title} ({thread})",
        "{title}{thread}{title}",
        "{site} {title} - {thread}",
    ],
)
@pytest.mark.parametrize("title", ["x" * 500, "界" * 200, "Z" + "\u0335" * 300, "." * 300, "👨‍👩‍👧‍👦" * 40])
def test_threads_of_one_long_title_never_share_a_folder(text: str, title: str) -> None:
    folders = {FolderTemplate(text).render({**FIELDS, "title": title, "thread": thread}) for thread in range(30)}
    assert len(folders) == 30


@settings(max_examples=repeats(300), deadline=None, database=None)
@given(st.lists(pieces_of(NAME_FIELDS), max_size=8), hostile_fields)
@example(["{name}"], dict.fromkeys(FIELDS, ""))
def test_any_name_is_legal(pieces: list[str], fields: dict[str, Any]) -> None:
    text = "".join(pieces) + "{ext}"
    assume("{ext}" not in pieces and len(text) <= 200)
    name = NameTemplate(text).render(fields)
    validate_filename(name + PART_SUFFIX, platform="universal")
    assert len(name.encode()) <= FILE_NAME_BYTES
    assert name == NameTemplate(text).render(fields)


@settings(max_examples=repeats(300), deadline=None, database=None)
@given(st.lists(st.lists(pieces_of(FOLDER_FIELDS), max_size=5), min_size=1, max_size=4), hostile_fields)
def test_any_folder_is_legal_and_inside(parts: list[list[str]], fields: dict[str, Any]) -> None:
    text = "/".join(["".join(part) for part in parts] + ["{thread}"])
    assume(len(text) <= 200 and all("".join(part).strip() not in {"", ".", ".."} for part in parts))
    components = FolderTemplate(text).render(fields)
    for component in components:
        validate_filename(component, platform="universal")
        assert len(component.encode()) <= FOLDER_NAME_BYTES
        assert PurePosixPath(component).parts == PureWindowsPath(component).parts == (component,)
    root = Path("/downloads")
    assert root.joinpath(*components).resolve().is_relative_to(root)
