"""The numbers: what the settings say, how long a retry waits, and what a server's Retry-After asks for."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repeats import repeats
from threadreel import __version__
from threadreel.engine.policy import Policy, retry_after_s
from threadreel.settings import defaults

NOW = 1_700_000_000.0
IN_A_MINUTE = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=60)


def test_the_settings_are_the_policy() -> None:
    policy = Policy.from_settings(defaults())
    assert policy.transfers_per_host == 6
    assert policy.connect_timeout_s == 10
    assert policy.read_timeout_s == 30
    assert policy.retries == 5
    assert policy.speed_cap_bytes_per_s == 0
    assert policy.user_agent == f"Threadreel/{__version__}"
    changed = {
        "transfers_per_host": 2,
        "connect_timeout_s": 3,
        "read_timeout_s": 4,
        "retries": 0,
        "speed_cap_bytes_per_s": 5,
        "user_agent": "Mine/1",
    }
    policy = Policy.from_settings({**defaults(), **changed})
    assert {name: getattr(policy, name) for name in changed} == changed


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.5), (1.0, 1.0), (0.5, 0.75)])
def test_backoff_doubles_up_to_its_cap_half_of_it_by_chance(chance: float, share: float) -> None:
    policy = Policy(backoff_base_s=1.0, backoff_cap_s=60.0, jitter=lambda: chance)
    waits = [policy.backoff_s(attempt) / share for attempt in range(1, 10)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert policy.backoff_s(10_000) == 60 * share


def test_two_that_fail_together_do_not_come_back_together() -> None:
    policy = Policy()
    waits = {policy.backoff_s(4) for _ in range(100)}
    assert len(waits) > 50
    assert all(4 <= wait <= 8 for wait in waits)


@pytest.mark.parametrize(("size", "limit"), [(None, 512 * 2**20), (0, 64 * 2**10), (10**6, 10**6 + 64 * 2**10)])
def test_a_body_may_be_a_little_larger_than_said(size: int | None, limit: int) -> None:
    assert Policy().may_take_bytes(size) == limit


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("007", 7),
        ("9" * 400, 999_999_999),
        (format_datetime(IN_A_MINUTE, usegmt=True), 60),
        (IN_A_MINUTE.strftime("%a, %d %b %Y %H:%M:%S +0000"), 60),
        (IN_A_MINUTE.strftime("%a, %d %b %Y %H:%M:%S -0000"), 60),
        ((IN_A_MINUTE + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S +0200"), 60),
        (IN_A_MINUTE.strftime("%A, %d-%b-%y %H:%M:%S GMT"), 60),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0),
    ],
)
def test_both_forms_of_retry_after_are_read(value: str, seconds: float) -> None:
    assert retry_after_s(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "soon",
        "-1",
        "1.5",
        "1e3",
        "٣",
        "²",
        "0x10",
        "Mon, 99 Jan 2024 00:00:00 GMT",
        "Mon, 01 Jan 99999 00:00 GMT",
    ],
)
def test_what_is_neither_asks_for_nothing(value: str | None) -> None:
    assert retry_after_s(value, NOW) is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_where_the_computer_stands_does_not_matter(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert retry_after_s(IN_A_MINUTE.strftime("%a, %d %b %Y %H:%M:%S -0000"), NOW) == 60
    finally:
        monkeypatch.undo()
        time.tzset()


@settings(max_examples=repeats(300), deadline=None, database=None)
@given(st.text(max_size=30) | st.text("0123456789 :,+-GMTJanMonSdfe", max_size=40))
def test_whatever_a_server_says_is_a_wait_or_none(value: str) -> None:
    wait_s = retry_after_s(value, NOW)
    assert wait_s is None or 0 <= wait_s < 10**12
