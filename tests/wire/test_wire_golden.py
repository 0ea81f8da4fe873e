"""Golden samples: one of each message, accepted by its schema; and every field of each request, spoilt, refused.

The extension's tests read the same files.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from threadreel import events, settings, states
from threadreel.errors import RequestError
from threadreel.wire import contract
from threadreel.wire.contract import check_event, check_reply, check_request
from threadreel.wire.frames import decode, encode

GOLDEN = Path(__file__).parent.parent / "golden"


def samples(folder: str) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((GOLDEN / folder).glob("*.json"))}


REQUESTS = samples("requests")
RESULTS = samples("results")
EVENTS = samples("events")
REPLIES = samples("replies")

OVERSIZE: dict[str, Any] = {
    "id": 2**53,
    "protocol": 65536,
    "extension": "1" * 33,
    "browser": "b" * 65,
    "retry_after": "1" * 65,
    "url": "https://boards.4chan.org/" + "u" * 2048,
    "urls": ["https://boards.4chan.org/wg/thread/1"] * 201,
    "options": {"filter": "ext:webm " * 200},
    "job": "j" * 65,
    "priority": "highest",
    "cursor": "c" * 257,
    "state": "s" * 1000,
    "values": {"transfers_per_host": 17},
    "parent": "j" * 65,
    "watch": 1,
    "fetches": 1,
    "hosts": ["*://i.4cdn.org/*"] * 201,
    "file": "f" * 257,
    "offset": 2**53,
    "data": "A" * 699_053,
    "status": 600,
    "size": 2**53,
    "end": 1,
    "error": "boredom",
    "search": "s" * 201,
}
FIELDS = [(kind, field) for kind, sample in REQUESTS.items() for field in sample if field != "type"]
WRONG: list[Any] = [None, 1.5, False, [7], {"x": 7}]
#: what is wrong elsewhere and right here
ALLOWED: dict[tuple[str, str], Any] = {
    ("jobs.list", "parent"): None,
    ("job.watch", "watch"): False,
    ("hello", "fetches"): False,
    ("file.chunk", "job"): None,
    ("file.chunk", "end"): False,
}
SPOILT = [
    (kind, field, wrong)
    for kind, field in FIELDS
    for wrong in WRONG
    if (kind, field) not in ALLOWED or wrong is not ALLOWED[kind, field]
]


def schema(name: str) -> dict[str, Any]:
    folder = resources.files("threadreel") / "wire" / "schemas"
    definitions: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))["$defs"]
    return definitions


def test_every_message_type_has_its_sample() -> None:
    assert set(REQUESTS) == set(RESULTS) == set(contract.request_types())
    assert set(EVENTS) == set(schema("events.json"))
    assert set(REPLIES) == set(schema("replies.json"))


@pytest.mark.parametrize("kind", REQUESTS)
def test_request_sample_is_accepted_after_the_wire(kind: str) -> None:
    assert REQUESTS[kind]["type"] == kind
    check_request(decode(encode(REQUESTS[kind])[4:]))


@pytest.mark.parametrize("kind", REQUESTS)
def test_request_sample_shows_every_field(kind: str) -> None:
    assert set(REQUESTS[kind]) == set(schema("requests.json")[kind]["properties"])


@pytest.mark.parametrize("kind", RESULTS)
def test_result_sample_is_accepted(kind: str) -> None:
    check_reply({"re": 1, "type": "ok", "result": RESULTS[kind]}, kind)


@pytest.mark.parametrize("kind", EVENTS)
def test_event_sample_is_accepted(kind: str) -> None:
    assert EVENTS[kind]["type"] == kind
    check_event(EVENTS[kind])


@pytest.mark.parametrize("kind", REPLIES)
def test_reply_sample_is_accepted(kind: str) -> None:
    check_reply(REPLIES[kind])


def refuse(message: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestError, match=field) as caught:
        check_request(message)
    assert caught.value.code == "request.invalid"


@pytest.mark.parametrize("kind", REQUESTS)
def test_request_with_an_extra_key_is_refused(kind: str) -> None:
    refuse({**REQUESTS[kind], "directory": "/tmp"}, "directory")


@pytest.mark.parametrize(("kind", "field", "wrong"), SPOILT, ids=repr)
def test_request_with_a_wrong_type_is_refused(kind: str, field: str, wrong: object) -> None:
    refuse({**REQUESTS[kind], field: wrong}, field)


@pytest.mark.parametrize(("kind", "field"), ALLOWED)
def test_what_is_wrong_elsewhere_is_accepted_where_it_means_something(kind: str, field: str) -> None:
    check_request({**REQUESTS[kind], field: ALLOWED[kind, field]})


OPTIONS = [
    ({"only": ["images", "videos", "other", "images"]}, "options.only"),
    ({"priority": "top"}, "options.priority"),
    ({"watch": "yes"}, "options.watch"),
    ({"filter": None}, "options.filter"),
    ({"filter": "x" * 1001}, "options.filter"),
    ({"parent": "../x"}, "options.parent"),
    ({"files": []}, "options.files"),
    ({"files": [""]}, "options.files"),
    ({"files": ["1", "1"]}, "options.files"),
    ({"files": [str(number) for number in range(501)]}, "options.files"),
    ({"follow": {"subject": ""}}, "options.follow.subject"),
    ({"follow": {"subject": "x" * 251}}, "options.follow.subject"),
    ({"follow": {"links": 1}}, "options.follow.links"),
    ({"follow": {"depth": 0}}, "options.follow.depth"),
    ({"follow": {"depth": 21}}, "options.follow.depth"),
    ({"follow": {"per_hour": 2.5}}, "options.follow.per_hour"),
    ({"follow": {"forever": True}}, "forever"),
    ({"root": "/tmp"}, "root"),
]


@pytest.mark.parametrize(("options", "field"), OPTIONS, ids=repr)
def test_options_of_a_job_are_held_to_their_ranges(options: dict[str, Any], field: str) -> None:
    refuse({**REQUESTS["job.start"], "options": options}, field)


@pytest.mark.parametrize(
    ("options", "field"),
    [({"watch": True}, "watch"), ({"name_template": ""}, "name_template"), ({"folder_template": "x" * 201}, "folder")],
    ids=repr,
)
def test_options_to_try_out_are_held_to_their_ranges(options: dict[str, Any], field: str) -> None:
    refuse({**REQUESTS["page.inspect"], "options": options}, field)


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_request_with_an_oversize_value_is_refused(kind: str, field: str) -> None:
    refuse({**REQUESTS[kind], field: OVERSIZE[field]}, field)


def test_states_are_the_same_words_everywhere() -> None:
    things = schema("things.json")
    ends = [str(state) for state in states.END_STATES]
    assert things["file_state"]["enum"] == [str(state) for state in states.FileState]
    assert things["job_state"]["enum"] == [str(state) for state in states.JobState]
    assert list(things["job_counts"]["properties"]) == ["total", "done", "active", *ends, "through_browser"]
    assert list(things["report_counts"]["properties"]) == ["total", *ends]
    for name in ("job_counts", "report_counts", "job", "file", "report_entry", "report"):
        assert things[name]["required"] == list(things[name]["properties"])


def test_views_of_the_engine_have_the_fields_of_the_contract() -> None:
    things = schema("things.json")
    for name, view in {
        "job": events.JobView,
        "file": events.FileView,
        "report_entry": events.ReportEntry,
        "report": events.Report,
        "error": events.ErrorView,
    }.items():
        assert set(things[name]["properties"]) == set(view.__annotations__)
    job = things["job"]["properties"]
    for name, view in {
        "threads": events.ThreadsView,
        "watch": events.WatchView,
        "cooldown": events.CooldownView,
    }.items():
        assert set(job[name]["anyOf"][0]["properties"]) == set(view.__annotations__)


def test_events_of_the_engine_are_events_of_the_contract() -> None:
    job, report = EVENTS["job.finished"]["job"], EVENTS["job.finished"]["report"]
    check_event(events.job_update(job))
    check_event(events.files_changed(job["id"], EVENTS["files.changed"]["files"]))
    check_event(events.job_finished(job, report))
    check_event(events.log_line("info", "Saved."))


def test_every_setting_has_a_default_that_its_own_rule_accepts_and_an_explanation() -> None:
    settings.check(settings.defaults())
    check_reply({"re": 1, "type": "ok", "result": {"settings": settings.defaults()}}, "settings.set")
    for rule in settings.schema()["properties"].values():
        assert rule["description"].endswith(".")


def test_an_answer_shows_all_settings() -> None:
    for name in settings.defaults():
        partial = {key: value for key, value in settings.defaults().items() if key != name}
        with pytest.raises(contract.ContractError):
            check_reply({"re": 1, "type": "ok", "result": {"settings": partial}}, "settings.set")
