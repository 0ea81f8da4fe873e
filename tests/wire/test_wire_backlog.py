"""The order in which messages leave, and which of them may be left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadreel.events import log_line
from threadreel.wire.backlog import Backlog, shortened

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


def drain(backlog: Backlog) -> list[dict[str, Any]]:
    messages = []
    while (message := backlog.pop()) is not None:
        messages.append(message)
    return messages


def reply(number: int) -> dict[str, Any]:
    return {"re": number, "type": "ok", "result": {}}


def update(job: str, version: int) -> dict[str, Any]:
    return {"type": "job.update", "job": {"id": job, "version": version}}


def finished(job: str) -> dict[str, Any]:
    return {"type": "job.finished", "job": {"id": job}}


def test_newest_state_takes_the_place_of_the_waiting_one() -> None:
    backlog = Backlog(10)
    for version in range(3):
        backlog.add_latest("a", update("a", version))
        backlog.add_latest("b", update("b", version))
    assert drain(backlog) == [update("a", 2), update("b", 2)]


def test_newest_state_never_overtakes_an_answer_given_before_it() -> None:
    backlog = Backlog(10)
    backlog.add_latest("a", update("a", 1))
    backlog.add(reply(1))
    backlog.add_latest("a", update("a", 2))
    assert drain(backlog) == [reply(1), update("a", 2)]


def test_log_lines_do_not_push_a_state_back() -> None:
    backlog = Backlog(10)
    backlog.add_latest("a", update("a", 1))
    backlog.add(log_line("info", "x"))
    backlog.add_latest("a", update("a", 2))
    assert drain(backlog) == [update("a", 2), log_line("info", "x")]


def test_the_end_of_a_job_comes_after_its_last_state_and_before_its_next_life() -> None:
    backlog = Backlog(10)
    backlog.add_latest("a", update("a", 1))
    backlog.add_latest("a", update("a", 2))
    backlog.add(finished("a"))
    assert drain(backlog) == [update("a", 2), finished("a")]
    backlog.add(finished("a"))
    backlog.add_latest("a", update("a", 3))
    assert drain(backlog) == [finished("a"), update("a", 3)]


def test_merged_states_keep_what_both_say() -> None:
    backlog = Backlog(10)
    for number in range(3):
        backlog.add_latest("f", {"n": [number]}, lambda old, new: {"n": old["n"] + new["n"]})
    assert drain(backlog) == [{"n": [0, 1, 2]}]


def test_a_key_that_has_left_starts_anew() -> None:
    backlog = Backlog(10)
    backlog.add_latest("f", {"n": [0]}, lambda old, new: {"n": old["n"] + new["n"]})
    assert backlog.pop() == {"n": [0]}
    backlog.add_latest("f", {"n": [1]}, lambda old, new: {"n": old["n"] + new["n"]})
    assert drain(backlog) == [{"n": [1]}]


def test_oldest_log_lines_go_first_and_the_next_one_counts_them() -> None:
    backlog = Backlog(4)
    for number in range(6):
        backlog.add(log_line("info", str(number)))
    backlog.add(reply(1))
    lines = drain(backlog)
    assert [(line.get("text"), line.get("dropped")) for line in lines] == [
        ("3", 3),
        ("4", 0),
        ("5", 0),
        (None, None),
    ]


def test_counts_of_dropped_lines_are_not_lost_when_their_line_is_dropped() -> None:
    backlog = Backlog(1)
    backlog.add(log_line("info", "first", dropped=5))
    backlog.add(reply(1))
    backlog.add(log_line("info", "second"))
    assert drain(backlog) == [reply(1)]
    backlog.add(log_line("info", "third"))
    assert drain(backlog) == [log_line("info", "third", dropped=7)]


def test_replies_and_states_are_never_dropped() -> None:
    backlog = Backlog(2)
    for number in range(5):
        backlog.add(reply(number))
        backlog.add_latest(number, update(str(number), 0))
        backlog.add(log_line("info", "x"))
    assert len(backlog) == 10
    assert sum("re" in message for message in drain(backlog)) == 5


def test_clearing_forgets_everything() -> None:
    backlog = Backlog(10)
    backlog.add(log_line("info", "x"))
    backlog.add_latest("a", update("a", 1))
    backlog.clear()
    assert drain(backlog) == []
    backlog.add_latest("a", update("a", 2))
    assert drain(backlog) == [update("a", 2)]


POSTS = st.lists(
    st.tuples(st.just("update"), st.sampled_from("abc"))
    | st.tuples(st.sampled_from(["reply", "log", "pop"]), st.just("")),
    max_size=60,
)


@UNHURRIED
@given(POSTS, st.integers(1, 8))
def test_what_comes_out_is_what_went_in_with_overtaken_messages_left_out(
    posts: list[tuple[str, str]], limit: int
) -> None:
    backlog = Backlog(limit)
    out: list[dict[str, Any]] = []
    newest: dict[str, int] = {}
    replies, logs = [], 0
    for number, (what, key) in enumerate(posts):
        if what == "update":
            backlog.add_latest(key, update(key, number))
            newest[key] = number
        elif what == "reply":
            backlog.add(reply(number))
            replies.append(number)
        elif what == "log":
            backlog.add(log_line("info", str(number)))
            logs += 1
        elif (message := backlog.pop()) is not None:
            out.append(message)
    out += drain(backlog)
    backlog.add(log_line("info", str(len(posts))))
    out += drain(backlog)
    seen_logs = [message for message in out if message.get("type") == "log"]
    versions = [
        message["re"] if "re" in message else message["job"]["version"]
        for message in out
        if message.get("type") != "log"
    ]
    assert [message["re"] for message in out if "re" in message] == replies
    assert {m["job"]["id"]: m["job"]["version"] for m in out if m.get("type") == "job.update"} == newest
    for position, message in enumerate(out):
        if "re" in message:
            later = [m["job"]["version"] for m in out[position:] if m.get("type") == "job.update"]
            assert all(version > message["re"] for version in later)
    assert len(set(versions)) == len(versions)
    texts = [int(line["text"]) for line in seen_logs]
    assert texts == sorted(texts)
    assert len(seen_logs) + sum(line["dropped"] for line in seen_logs) == logs + 1


@pytest.mark.parametrize("text", ["x" * 4096, "港" * 1365, ""])
def test_short_text_stays_as_it_is(text: str) -> None:
    assert shortened(text) == text


@pytest.mark.parametrize("text", ["x" * 4097, "港" * 1366, "😀" * 5000, "a" + "\udce9" * 5000])
def test_long_text_is_cut_to_4_kib_with_an_ellipsis(text: str) -> None:
    cut = shortened(text)
    assert len(cut.encode("utf-8")) <= 4096
    assert cut.endswith("…")
    assert text.startswith(cut[:-1])


def test_log_lines_are_cut_before_they_wait() -> None:
    backlog = Backlog(10)
    backlog.add(log_line("info", "x" * 1_000_000))
    assert len(drain(backlog)[0]["text"]) < 4096
