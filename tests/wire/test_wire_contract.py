"""The contract's checks: what is refused, with which code, and what the sentence says."""

from __future__ import annotations

import json
from bisect import bisect_left
from contextlib import suppress
from importlib import resources
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadreel.errors import RequestError
from threadreel.wire import contract
from threadreel.wire.contract import ContractError, check_event, check_reply, check_request, readable_id
from threadreel.wire.frames import decode

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    ["id", "type", "job", "url", "urls", "options", "values", "cursor", "state", "protocol", "only"]
)
START: dict[str, Any] = {"id": 1, "type": "job.start", "urls": ["https://boards.4chan.org/wg/thread/1"]}


def refusal(message: object) -> RequestError:
    with pytest.raises(RequestError) as caught:
        check_request(message)
    assert caught.value.hint
    return caught.value


def outcome(message: object) -> RequestError | None:
    try:
        check_request(message)
    except RequestError as error:
        return error
    return None


@pytest.mark.parametrize("message", [None, 7, "hello", [], [{"id": 1, "type": "health"}], True])
def test_what_is_no_object_is_unreadable(message: object) -> None:
    assert refusal(message).code == "request.unreadable"


@pytest.mark.parametrize("message", [{}, {"id": 1}, {"id": 1, "type": 3}, {"id": 1, "type": None}])
def test_a_message_without_type_is_invalid(message: object) -> None:
    error = refusal(message)
    assert error.code == "request.invalid"
    assert "`type`" in error.message


@pytest.mark.parametrize("kind", ["file.chunks", "", "Hello", "job", "$defs", "../things", "job.start\n"])
def test_a_type_outside_the_contract_is_unknown_and_named(kind: str) -> None:
    error = refusal({"id": 1, "type": kind})
    assert error.code == "request.unknown"
    assert error.message == f"There is no request {kind!r}."


def test_a_name_is_quoted_in_printable_ascii_and_cut() -> None:
    assert refusal({"id": 1, "type": "x" * 40}).message == f"There is no request '{'x' * 40}'."
    assert refusal({"id": 1, "type": "x" * 41}).message == f"There is no request '{'x' * 40}...'."
    assert refusal({"id": 1, "type": "\u202e\n"}).message == r"There is no request '\u202e\n'."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"surprise": 1}, "There is no field 'surprise' in this message."),
        ({"options": {"watch": True, "dir": "/"}}, "There is no field 'dir' in options."),
        ({"urls": "https://x"}, "The field `urls` must be a list."),
        ({"urls": []}, "The field `urls` needs at least 1 of them."),
        ({"urls": ["u"] * 51}, "The field `urls` has more than 50 entries."),
        ({"urls": ["u", "u" * 2049]}, "The field `urls[1]` is longer than 2048 characters."),
        (
            {"options": {"only": ["images", "audio"]}},
            "The field `options.only[1]` must be one of images, videos, other.",
        ),
        ({"options": {"only": ["images", "images"]}}, "The field `options.only` names something twice."),
        ({"options": {"watch": 1}}, "The field `options.watch` must be true or false."),
        ({"id": -1}, "The field `id` must be at least 0."),
        ({"id": 2**53}, "The field `id` must be at most 9007199254740991."),
        ({"id": 7.0}, "The field `id` must be a whole number."),
        ({"id": True}, "The field `id` must be a whole number."),
    ],
)
def test_the_sentence_names_the_field_and_the_reason(change: dict[str, Any], sentence: str) -> None:
    error = refusal({**START, **change})
    assert (error.code, error.message) == ("request.invalid", sentence)


def test_a_missing_field_is_named() -> None:
    assert refusal({"id": 1, "type": "job.start"}).message == "The field `urls` is missing."
    assert refusal({"type": "health"}).message == "The field `id` is missing."


@pytest.mark.parametrize("job", ["", "a b", "../j", "j1\n", "j" * 65, 1, None])
def test_a_job_is_an_id_or_all(job: object) -> None:
    assert refusal({"id": 1, "type": "job.cancel", "job": job}).code == "request.invalid"


def set_values(values: dict[str, Any]) -> dict[str, Any]:
    return {"id": 1, "type": "settings.set", "values": values}


def test_no_message_sets_a_folder() -> None:
    error = refusal(set_values({"directory": "/"}))
    assert error.message == "The field `values.directory` must be null."
    check_request(set_values({"directory": None}))


BOARD = {
    "name": "My board",
    "software": "4chan",
    "page": "https://b.example",
    "api": "https://b.example:8443/api/",
    "media": "http://127.0.0.1:8080/m",
}


@pytest.mark.parametrize("name", ["b", "My board", "港", "x" * 40, "console", "a.b", "com", "COM10"])
def test_board_names_that_can_be_folders_pass(name: str) -> None:
    check_request(set_values({"boards": [{**BOARD, "name": name}]}))


@pytest.mark.parametrize(
    "name",
    [
        *("", "x" * 41, ".", "..", ".x", "x.", "x ", " x", "a/b", "a\\b", "a:b", "a?b"),
        *("CON", "nul.txt", "Com1", "lpt².x"),
        *("a\nb", "b\n", "a\0b", "\u202eexe", "a\u200bb", "\ud800"),
    ],
)
def test_board_names_that_cannot_be_folders_are_refused(name: str) -> None:
    assert "values.boards[0].name" in refusal(set_values({"boards": [{**BOARD, "name": name}]})).message


@pytest.mark.parametrize(
    "root",
    [
        *("", "board.example", "ftp://b.example", "file:///etc", "https://", " https://b.example"),
        *("https://a b", "https://me:pw@b.example", "https://b.example\\@c", "https://b.example\n"),
        *("https://b.example/?q", "https://b.example/#f"),
    ],
)
def test_board_roots_are_plain_http_addresses(root: str) -> None:
    assert "values.boards[0].api" in refusal(set_values({"boards": [{**BOARD, "api": root}]})).message


@pytest.mark.parametrize("user_agent", ["a\r\nX: y", "a\n", "é", " a", "a ", "x" * 257])
def test_a_user_agent_is_one_line_of_ascii(user_agent: str) -> None:
    assert "values.user_agent" in refusal(set_values({"user_agent": user_agent})).message


def test_text_that_is_not_unicode_is_refused() -> None:
    error = refusal(decode(b'{"id":1,"type":"page.inspect","url":"https://x/\\ud800"}'))
    assert (error.code, error.message) == ("request.invalid", "A text in the message is not valid Unicode.")


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def is_readable(depth: int) -> bool:
    with suppress(RequestError):
        decode(nested(depth))
        return True
    return False


@pytest.mark.parametrize("field", ["urls", "options", "id", "surprise"])
def test_the_deepest_nesting_that_can_be_read_is_refused_like_anything_else(field: str) -> None:
    deepest = bisect_left(range(100_000), True, key=lambda depth: not is_readable(depth + 1))
    assert deepest > 100
    for depth in (3, deepest // 2, deepest):
        deep = decode(nested(depth))
        assert refusal({**START, field: deep}).code == "request.invalid"
        assert refusal({**START, "options": {"only": [deep, deep]}}).code == "request.invalid"


def test_a_sentence_stays_short_whatever_is_sent() -> None:
    for message in (
        {"id": 1, "type": "x" * 100_000},
        {"id": 1, "type": "\u202e" * 100_000},
        {**START, "k" * 100_000: 1},
        {**START, "urls": ["u" * 100_000]},
        {**START, "options": {"priority": "p" * 100_000}},
    ):
        assert len(refusal(message).message) <= 160


@UNHURRIED
@given(st.dictionaries(FIELDS | st.text(), JSON_VALUES), st.sampled_from(["", *contract.request_types()]))
def test_any_object_is_a_request_or_refused_with_a_documented_code(message: dict[str, Any], kind: str) -> None:
    if kind:
        message["type"] = kind
    error = outcome(message)
    if error is not None:
        assert error.code in {"request.invalid", "request.unknown"}
        assert len(error.message) <= 160
        error.message.encode("utf-8")


@UNHURRIED
@given(st.binary(max_size=80).map(lambda noise: b'{"id":1,"type":"job.start","urls":[' + noise + b"]}"))
def test_any_bytes_are_a_request_or_refused(body: bytes) -> None:
    try:
        message = decode(body)
    except RequestError:
        return
    error = outcome(message)
    assert error is None or error.code == "request.invalid"


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"id": 0}, 0),
        ({"id": 2**53 - 1, "type": 3}, 2**53 - 1),
        ({"id": 2**53}, None),
        ({"id": -1}, None),
        ({"id": True}, None),
        ({"id": 1.0}, None),
        ({"id": "1"}, None),
        ({}, None),
        ([1], None),
        (None, None),
    ],
)
def test_an_id_is_readable_only_when_a_reply_can_carry_it(message: object, found: int | None) -> None:
    assert readable_id(message) == found


@pytest.mark.parametrize(
    "reply",
    [
        None,
        {},
        {"re": 1, "type": "ok"},
        {"re": None, "type": "ok", "result": {}},
        {"re": 1, "type": "ok", "result": {}, "more": 1},
        {"re": 1, "type": "error", "error": {"code": "internal", "message": "x"}},
        {"re": 1, "type": "error", "error": {"code": "No Code", "message": "x", "hint": ""}},
        {"re": 1, "type": "ok", "result": {"directory": 7}},
    ],
)
def test_replies_outside_the_contract_are_noticed(reply: object) -> None:
    with pytest.raises(ContractError):
        check_reply(reply, "folder.reveal")


@pytest.mark.parametrize("event", [None, {}, {"type": "job.start"}, {"type": "log", "text": "x"}, {"type": ["log"]}])
def test_events_outside_the_contract_are_noticed(event: object) -> None:
    with pytest.raises(ContractError):
        check_event(event)


def test_every_request_has_a_result() -> None:
    results = json.loads((resources.files("threadreel") / "wire/schemas/results.json").read_text("utf-8"))
    assert tuple(results["$defs"]) == contract.request_types()
