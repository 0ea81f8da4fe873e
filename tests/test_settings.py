"""Settings: defaults that hold, wrong values refused one by one, a broken file never fatal, and no change lost."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from repeats import repeats
from threadreel.errors import DiskError, SettingsError
from threadreel.settings import SettingsFile, check, defaults, is_surely_valid, schema

BOARD = {
    "name": "local",
    "software": "4chan",
    "page": "http://127.0.0.1:8000",
    "api": "http://127.0.0.1:8001",
    "media": "http://127.0.0.1:8002/m",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def test_without_a_file_the_defaults_hold_and_nothing_is_written(path: Path) -> None:
    file = SettingsFile(path)
    assert file.values == defaults()
    assert file.warnings == []
    assert not path.parent.exists()
    assert defaults() == {
        "directory": None,
        "transfers_per_host": 6,
        "connect_timeout_s": 10,
        "read_timeout_s": 30,
        "retries": 5,
        "speed_cap_bytes_per_s": 0,
        "user_agent": "",
        "only": [],
        "filter": "",
        "duplicates": "link",
        "name_template": "{tim} {name}{ext}",
        "folder_template": "{site}/{board}/{thread} {title}",
        "start_on_click": False,
        "boards": [],
        "finish_after_close": False,
        "watch_after_close": False,
        "log_level": "info",
    }


GOOD = [
    ("directory", None),
    ("directory", "/downloads/界 é"),
    ("transfers_per_host", 1),
    ("transfers_per_host", 16),
    ("connect_timeout_s", 0.5 + 0.5),
    ("read_timeout_s", 600),
    ("retries", 0),
    ("speed_cap_bytes_per_s", 10**12),
    ("user_agent", "Mozilla/5.0 (X11)"),
    ("only", ["images", "videos", "other"]),
    ("filter", ""),
    ("filter", "ext:webm size:<4MB -spoiler"),
    ("filter", "x" * 1000),
    ("duplicates", "skip"),
    ("name_template", "{name}{ext}"),
    ("folder_template", "{thread}"),
    ("start_on_click", True),
    ("boards", [BOARD]),
    ("finish_after_close", True),
    ("watch_after_close", True),
    ("log_level", "debug"),
]
BAD = [
    ("directory", ""),
    ("directory", 7),
    ("directory", "downloads"),
    ("directory", "../downloads"),
    ("directory", "~/downloads"),
    ("directory", "/a\0b"),
    ("directory", "/\ud83d"),
    ("transfers_per_host", 0),
    ("transfers_per_host", 17),
    ("transfers_per_host", 2.5),
    ("transfers_per_host", True),
    ("transfers_per_host", "6"),
    ("transfers_per_host", None),
    ("connect_timeout_s", 0),
    ("connect_timeout_s", float("nan")),
    ("connect_timeout_s", float("inf")),
    ("read_timeout_s", 601),
    ("retries", 21),
    ("speed_cap_bytes_per_s", -1),
    ("speed_cap_bytes_per_s", 10**400),
    ("user_agent", "two\r\nHeader: lines"),
    ("user_agent", "界"),
    ("user_agent", "x" * 257),
    ("only", "images"),
    ("only", ["pictures"]),
    ("only", ["images", "images"]),
    ("filter", None),
    ("filter", ["ext:webm"]),
    ("filter", "x" * 1001),
    ("filter", "name:\ud83d"),
    ("duplicates", "delete"),
    ("name_template", ""),
    ("name_template", "x" * 201),
    ("name_template", "\ud83d{ext}"),
    ("start_on_click", 1),
    ("finish_after_close", "yes"),
    ("watch_after_close", 0),
    ("boards", BOARD),
    ("boards", [{**BOARD, "name": "CON"}]),
    ("boards", [{**BOARD, "api": "ftp://x"}]),
    ("boards", [{**BOARD, "more": 1}]),
    ("boards", [{"name": "local"}]),
    ("log_level", "trace"),
    ("no_such_setting", 1),
    ("x" * 5000, 1),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_good_value_is_kept(path: Path, name: str, value: Any) -> None:
    file = SettingsFile(path)
    assert file.change({name: value}) == {**defaults(), name: value}
    again = SettingsFile(path)
    assert again.values == file.values == {**defaults(), name: value}
    assert again.warnings == []


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_refused_and_named(path: Path, name: str, value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        check({name: value})
    error = caught.value
    assert error.code == "settings.invalid"
    assert name[:50] in error.message
    assert len(error.message) < 800
    assert error.message.endswith(".")
    assert "threadreel settings" in error.hint
    file = SettingsFile(path)
    with pytest.raises(SettingsError):
        file.change({"retries": 1, name: value})
    assert file.values == defaults()
    assert not path.exists()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, value in BAD if value not in (10**400,)])
def test_a_bad_value_in_the_file_falls_back_alone(path: Path, name: str, value: Any) -> None:
    write(path, {"retries": 1, name: value} if name != "retries" else {"log_level": "error", name: value})
    file = SettingsFile(path)
    assert file.values == {**defaults(), **({"log_level": "error"} if name == "retries" else {"retries": 1})}
    assert len(file.warnings) == 1
    assert name[:50] in file.warnings[0]
    assert path.exists()


def test_a_message_says_which_value_and_what_it_may_be() -> None:
    with pytest.raises(SettingsError, match=r"transfers_per_host cannot be 99: .* from 1 to 16"):
        check({"transfers_per_host": 99})
    with pytest.raises(
        SettingsError, match=r"boards\[0\]\['api'\] cannot be \"ftp://x\": The address under which its API is"
    ):
        check({"boards": [{**BOARD, "api": "ftp://x"}]})
    with pytest.raises(SettingsError, match=r"There is no setting \"retrys\"; there are .*\bretries\b"):
        check({"retrys": 1})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"retries": 1',
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b'{"retries": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda content: ascii(content[:10]),
)
def test_a_file_that_makes_no_sense_is_set_aside(path: Path, content: bytes) -> None:
    write(path, content)
    file = SettingsFile(path)
    assert file.values == defaults()
    assert len(file.warnings) == 1
    assert str(path) in file.warnings[0]
    assert not path.exists()
    assert path.with_name("settings.json.broken").read_bytes() == content
    file.change({"retries": 2})
    assert SettingsFile(path).values == {**defaults(), "retries": 2}


def test_a_file_of_an_editor_that_marks_utf_8_is_read(path: Path) -> None:
    write(path, b'\xef\xbb\xbf{"retries": 3}')
    file = SettingsFile(path)
    assert (file.values["retries"], file.warnings) == (3, [])


def test_a_file_that_cannot_be_opened_now_is_not_moved_away(path: Path) -> None:
    path.mkdir(parents=True)
    file = SettingsFile(path)
    assert file.values == defaults()
    assert len(file.warnings) == 1
    assert path.is_dir()


@hypothesis_settings(max_examples=repeats(100), deadline=None, database=None)
@given(
    st.dictionaries(
        st.sampled_from(list(defaults())) | st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
            max_leaves=4,
        ),
        max_size=5,
    )
)
def test_whatever_a_file_holds_the_values_are_whole_and_valid(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("any") / "settings.json"
    write(path, content)
    file = SettingsFile(path)
    assert set(file.values) == set(defaults())
    check(file.values)


@pytest.mark.parametrize("name", ["transfers_per_host", "retries", "speed_cap_bytes_per_s"])
def test_a_whole_number_is_one_however_it_was_written(path: Path, name: str) -> None:
    file = SettingsFile(path)
    assert type(file.change({name: 8.0})[name]) is int
    write(path, {name: 8.0})
    assert type(SettingsFile(path).values[name]) is int


def test_changes_of_two_processes_are_both_kept(path: Path) -> None:
    one, two = SettingsFile(path), SettingsFile(path)
    one.change({"retries": 1})
    assert two.change({"log_level": "error"}) == {**defaults(), "retries": 1, "log_level": "error"}
    assert two.values["retries"] == 1
    assert SettingsFile(path).values == {**defaults(), "retries": 1, "log_level": "error"}


def test_a_reader_never_sees_half_a_file(path: Path) -> None:
    file = SettingsFile(path)
    file.change({"retries": 0})
    stop = threading.Event()

    def change() -> None:
        numbers = iter(range(10**9))
        while not stop.is_set():
            file.change({"boards": [{**BOARD, "name": f"b{number}"} for number in range(next(numbers) % 50)]})

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(100):
            assert SettingsFile(path).warnings == []
    finally:
        stop.set()
        thread.join(30)
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_written_is_said_and_changes_nothing(path: Path) -> None:
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_bytes(b"a file where the folder should be")
    file = SettingsFile(path)
    with pytest.raises(DiskError) as caught:
        file.change({"retries": 1})
    assert caught.value.code == "disk.denied"
    assert str(path) in caught.value.message
    assert file.values == defaults()


def test_settings_are_for_this_user_only(path: Path) -> None:
    SettingsFile(path).change({"retries": 1})
    assert path.parent.stat().st_mode & 0o077 == 0


_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("images"))
_BOARDS = st.fixed_dictionaries(
    {name: st.one_of(st.just(value), _SCALARS) for name, value in BOARD.items()},
    optional={"more": _SCALARS},
)
_VALUES = st.one_of(_SCALARS, st.lists(st.one_of(_SCALARS, _BOARDS), max_size=4))


@hypothesis_settings(max_examples=repeats(1_000))
@given(st.sampled_from(sorted(defaults())), _VALUES)
def test_what_is_valid_at_a_glance_is_valid(name: str, value: Any) -> None:
    rule = schema()["properties"][name]
    assert not is_surely_valid(rule, value) or Draft202012Validator(rule).is_valid(value)


@pytest.mark.parametrize("name", sorted(defaults()))
def test_defaults_and_an_ordinary_board_are_valid_at_a_glance(name: str) -> None:
    assert is_surely_valid(schema()["properties"][name], [BOARD] if name == "boards" else defaults()[name])


def test_what_no_keyword_known_at_a_glance_speaks_for_is_in_doubt() -> None:
    assert not is_surely_valid({"type": "integer", "multipleOf": 2}, 4)
    assert not is_surely_valid({"type": "object", "additionalProperties": False}, {})
    assert not is_surely_valid({"minimum": 1}, float("nan"))
