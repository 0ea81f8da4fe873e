"""Every request of the contract, asked of the real host: answers of the agreed shape, refusals that say why."""

import json
from pathlib import Path
from typing import Any

import pytest

from board.server import Board
from host_process import HostProcess
from threadreel.handlers.job_requests import PAGE
from threadreel.session import MOST_URLS
from threadreel.wire.contract import check_reply, request_types

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

GOLDEN = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent.parent / "golden" / "requests").glob("*.json"))
}

THREAD = "https://boards.4chan.org/g/thread/1"
CATALOG = "https://boards.4chan.org/g/catalog"
FOLLOW = {"watch": True, "follow": {"subject": "/(/"}}


# hello


def test_hello_tells_what_the_host_can_do(host: HostProcess, board: Board) -> None:
    hello = host.hello()
    served = set(hello["capabilities"])
    assert set(request_types()) <= served
    assert {"boards", "watch", "follow", "filters", "preview"} <= served
    assert hello["limits"] == {"message_bytes": 1_048_576, "urls": MOST_URLS, "page": PAGE}
    assert [site["name"] for site in hello["sites"]] == ["4chan", "sample"]
    assert "*://boards.4chan.org/*" in hello["sites"][0]["patterns"]
    assert hello["settings"]["boards"] == [board.settings_board()]
    assert (hello["jobs"], hello["cursor"]) == ([], None)


def test_another_protocol_is_refused_with_ours(host: HostProcess) -> None:
    error = host.refusal("hello", protocol=2, extension="9.0", browser="Future 1")
    assert error["code"] == "protocol.unsupported"
    assert "protocol 2" in error["message"]
    assert "speaks 1" in error["message"]
    assert error["hint"]
    assert host.hello()["protocol"] == 1


# What cannot be read


@pytest.mark.parametrize("kind", GOLDEN)
def test_golden_request_is_answered_or_refused_in_words(patient_host: HostProcess, kind: str) -> None:
    patient_host.send_message(GOLDEN[kind] | {"id": 0})
    reply = patient_host.reply(0)
    if reply["type"] == "error":
        assert reply["error"]["code"] != "internal"
        assert reply["error"]["message"].endswith(".")
    else:
        check_reply(reply, kind)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "job.erase", "job": "j1"}, "request.unknown"),
        ({"type": "file.chunks", "file": "a", "offset": 0, "data": ""}, "request.unknown"),
        ({"type": "health", "path": "/etc/passwd"}, "request.invalid"),
        ({"type": "job.start", "urls": "https://boards.4chan.org/g/thread/1"}, "request.invalid"),
        ({"type": "job.start", "urls": []}, "request.invalid"),
        ({"type": "job.start", "urls": ["x"] * (MOST_URLS + 1)}, "request.invalid"),
        ({"type": "job.start", "urls": ["x"], "options": {"only": ["sounds"]}}, "request.invalid"),
        ({"type": "job.pause", "job": "../../x"}, "request.invalid"),
        ({"type": "settings.set", "values": {"directory": "/tmp"}}, "request.invalid"),
        ({"type": "settings.set", "values": {"colour": "red"}}, "settings.invalid"),
        ({"type": "settings.set", "values": {"transfers_per_host": 17}}, "settings.invalid"),
        ({"type": "settings.set", "values": {"transfers_per_host": 4.5}}, "settings.invalid"),
        ({"type": "settings.set", "values": {"name_template": "{x}{ext}"}}, "template.invalid"),
        ({"type": "job.files", "job": "j1", "cursor": "²"}, "request.invalid"),
        ({"type": "jobs.list", "cursor": "yesterday"}, "request.invalid"),
        ({"type": "job.files", "job": "j1"}, "job.unknown"),
        ({"type": "job.pause", "job": "j1"}, "job.unknown"),
        ({"type": "folder.reveal", "job": "j1"}, "job.unknown"),
        ({"type": "job.watch", "job": "j1", "watch": True}, "job.unknown"),
        ({"type": "job.watch", "job": "all", "watch": True}, "job.unknown"),
        ({"type": "jobs.list", "parent": "../x"}, "request.invalid"),
        ({"type": "settings.set", "values": {"filter": "wdth:>3"}}, "filter.invalid"),
        ({"type": "settings.set", "values": {"filter": "x" * 1001}}, "settings.invalid"),
        ({"type": "job.start", "urls": [THREAD], "options": {"filter": "size:huge"}}, "filter.invalid"),
        ({"type": "job.start", "urls": [THREAD], "options": {"parent": "j1"}}, "job.unknown"),
        ({"type": "job.start", "urls": [THREAD], "options": FOLLOW}, "filter.invalid"),
        ({"type": "job.start", "urls": [CATALOG], "options": {"watch": True}}, "request.unsupported"),
        ({"type": "page.inspect", "url": THREAD, "options": {"filter": "name:/(/"}}, "filter.invalid"),
        ({"type": "page.inspect", "url": THREAD, "options": {"name_template": "{tim}"}}, "template.invalid"),
        ({"type": "page.inspect", "url": THREAD, "options": {"folder_template": "{title}"}}, "template.invalid"),
        ({"type": "page.inspect", "url": "no address"}, "url.invalid"),
        ({"type": "page.inspect", "url": "https://example.org/"}, "url.unsupported"),
        ({}, "request.invalid"),
        ({"type": 7}, "request.invalid"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_bad_request_is_refused_under_its_id_and_the_conversation_goes_on(
    patient_host: HostProcess, message: dict[str, Any], code: str
) -> None:
    patient_host.send_message(message | {"id": 0})
    reply = patient_host.reply(0)
    assert (reply["type"], reply["error"]["code"]) == ("error", code)
    assert reply["error"]["message"].endswith(".")
    assert patient_host.result("settings.get")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "request.unreadable"),
        (b"\xff\xfe", "request.unreadable"),
        (b'{"id": 3, "type": NaN}', "request.unreadable"),
        (b"[" * 100_000, "request.unreadable"),
        (b"[]", "request.unreadable"),
        (b"null", "request.unreadable"),
        (b'{"type": "health"}', "request.invalid"),
        (b'{"id": -1, "type": "health"}', "request.invalid"),
        (b'{"id": 1.5, "type": "health"}', "request.invalid"),
        (b'{"id": true, "type": "health"}', "request.invalid"),
        (b'{"id": "7", "type": "health"}', "request.invalid"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_has_no_readable_id_is_refused_without_one(patient_host: HostProcess, body: bytes, code: str) -> None:
    patient_host.send_body(body)
    reply = patient_host.reply(None)
    assert reply["error"]["code"] == code
    assert patient_host.result("settings.get")
