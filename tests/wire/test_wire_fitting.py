"""Whatever is posted, what reaches the browser is within its limit and within the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from threadreel.wire.contract import check_event, check_reply
from threadreel.wire.fitting import frames_of
from threadreel.wire.frames import MAX_MESSAGE_BYTES

GOLDEN = Path(__file__).parent.parent / "golden"
FINISHED = json.loads((GOLDEN / "events" / "job.finished.json").read_text("utf-8"))
CHANGED = json.loads((GOLDEN / "events" / "files.changed.json").read_text("utf-8"))
UPDATE = json.loads((GOLDEN / "events" / "job.update.json").read_text("utf-8"))


def sent(message: dict[str, Any]) -> list[dict[str, Any]]:
    frames = frames_of(message)
    assert all(len(frame) <= 4 + MAX_MESSAGE_BYTES for frame in frames)
    return [json.loads(frame[4:]) for frame in frames]


@pytest.mark.parametrize("message", [FINISHED, CHANGED, UPDATE, {**CHANGED, "files": []}], ids=lambda m: m["type"])
def test_a_message_that_fits_is_sent_as_it_is(message: dict[str, Any]) -> None:
    assert sent(message) == [message]


def test_many_files_go_in_pieces_of_200() -> None:
    files = [{**CHANGED["files"][0], "id": str(number)} for number in range(450)]
    pieces = sent({**CHANGED, "files": files})
    assert [len(piece["files"]) for piece in pieces] == [200, 200, 50]
    assert [file for piece in pieces for file in piece["files"]] == files
    for piece in pieces:
        check_event(piece)


@pytest.mark.parametrize("count", [2000, 8000])
def test_a_large_report_goes_without_its_attachments_and_with_its_sums(count: int) -> None:
    entries = [{**FINISHED["report"]["attachments"][0], "id": str(number)} for number in range(count)]
    large = {**FINISHED, "report": {**FINISHED["report"], "attachments": entries}}
    assert sent(large) == [{**FINISHED, "report": {**FINISHED["report"], "attachments": []}}]


def test_a_reply_that_is_too_large_becomes_an_error_reply_to_the_same_request() -> None:
    (reply,) = sent({"re": 7, "type": "ok", "result": {"jobs": ["x" * MAX_MESSAGE_BYTES]}})
    check_reply(reply)
    assert (reply["re"], reply["error"]["code"]) == (7, "internal")
    assert "bytes are too many" in reply["error"]["message"]


def test_an_event_that_is_too_large_becomes_a_log_line_about_it() -> None:
    (line,) = sent({**UPDATE, "job": {**UPDATE["job"], "title": "x" * MAX_MESSAGE_BYTES}})
    check_event(line)
    assert (line["level"], line["job"]) == ("error", UPDATE["job"]["id"])
    assert "job.update" in line["text"]


def nested() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"bytes"], ids=repr)
def test_what_is_not_json_is_replaced_too(value: object) -> None:
    (reply,) = sent({"re": 7, "type": "ok", "result": {"speed": value}})
    check_reply(reply)
    (line,) = sent({"type": "files.changed", "job": "j1", "files": [{"id": value}]})
    check_event(line)
    assert line["job"] == "j1"
    (line,) = sent({**FINISHED, "report": {**FINISHED["report"], "title": value}})
    check_event(line)


def test_what_is_nested_too_deeply_is_replaced_too() -> None:
    (reply,) = sent({"re": None, "type": "ok", "result": {"deep": nested()}})
    check_reply(reply)
    assert reply["re"] is None
