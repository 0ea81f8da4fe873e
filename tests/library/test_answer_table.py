"""API answers and paces, shared through the ledger: no process asks too often, and none waits for a dead one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from threadreel.library.answer_table import ASKING_S, FRESH_S, HORIZON_S, KEEP_S, Answer, AnswerTable
from threadreel.library.ledger import Ledger

HOST, URL, OTHER = "a.4cdn.org", "https://a.4cdn.org/g/thread/1.json", "https://a.4cdn.org/g/thread/2.json"
START = 1_700_000_000.0
ANSWER = Answer(200, b'{"posts": []}' * 100, "Mon, 01 Jan 2024 00:00:00 GMT", START)


class Now:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[tuple[AnswerTable, AnswerTable]]:
    """Two processes' views of one ledger."""
    ledgers = [Ledger(tmp_path / "ledger.sqlite3") for _ in range(2)]
    yield AnswerTable(ledgers[0]), AnswerTable(ledgers[1])
    for ledger in ledgers:
        ledger.close()


Tables = tuple[AnswerTable, AnswerTable]


def url(number: int) -> str:
    return f"https://a.4cdn.org/g/thread/{number}.json"


# Answers


def test_an_answer_comes_back_for_every_process(tables: Tables) -> None:
    assert tables[0].kept(URL) is None
    tables[0].keep(URL, ANSWER)
    assert tables[1].kept(URL) == ANSWER
    tables[1].keep(URL, Answer(404, b"", None, START + 1))
    assert tables[0].kept(URL) == Answer(404, b"", None, START + 1)


def test_an_answer_is_fresh_for_ten_seconds(tables: Tables) -> None:
    tables[0].keep(URL, ANSWER)
    assert tables[1].fresh(URL, START) == ANSWER
    assert tables[1].fresh(URL, START + FRESH_S - 0.01) == ANSWER
    assert tables[1].fresh(URL, START + FRESH_S) is None
    assert tables[1].fresh(URL, START - 1) is None  # of a clock that was set back, nobody knows how old it is
    assert tables[1].fresh(OTHER, START) is None


def test_an_old_answer_is_dropped_when_another_comes(tables: Tables) -> None:
    table = tables[0]
    table.keep(URL, ANSWER)
    table.keep(OTHER, replace(ANSWER, fetched=START + KEEP_S))
    assert table.kept(URL) == ANSWER
    table.keep(OTHER, replace(ANSWER, fetched=START + KEEP_S + 1))
    assert table.kept(URL) is None


def test_a_failed_request_leaves_the_kept_answer(tables: Tables, now: Now) -> None:
    table = tables[0]
    table.keep(URL, ANSWER)
    now.time += FRESH_S
    assert table.reserve(URL, HOST, 1.0, now).kept == ANSWER
    table.give_up(URL)
    table.keep(OTHER, replace(ANSWER, fetched=now.time))
    assert table.kept(URL) == ANSWER


# Who asks


def test_slots_of_one_host_are_spaced_over_processes(tables: Tables, now: Now) -> None:
    slots = []
    for number in range(20):
        now.time += 0.1 * (number % 3)
        slot = tables[number % 2].reserve(url(number), HOST, 1.1, now)
        assert slot.granted
        slots.append(now.time + slot.wait_s)
    gaps = [later - earlier for earlier, later in pairwise(slots)]
    assert slots[0] == START
    assert gaps == pytest.approx([1.1] * 19, abs=1e-5)


def test_a_pause_is_not_made_up_for(tables: Tables, now: Now) -> None:
    tables[0].reserve(url(1), HOST, 1.1, now)
    now.time += 60
    assert tables[0].reserve(url(2), HOST, 1.1, now).wait_s == 0
    assert tables[1].reserve(url(3), HOST, 1.1, now).wait_s == pytest.approx(1.1, abs=1e-5)


def test_each_host_has_its_own_pace(tables: Tables, now: Now) -> None:
    assert tables[0].reserve(url(1), HOST, 1.1, now).wait_s == 0
    assert tables[1].reserve(url(2), "api.example.org", 1.1, now).wait_s == 0


def test_the_clock_is_read_when_the_ledger_is_ours(tmp_path: Path, now: Now) -> None:
    """Else two processes that waited for a third one's transaction would go at the same moment."""
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    other = sqlite3.connect(tmp_path / "ledger.sqlite3", timeout=0)
    readings = []

    def time() -> float:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        readings.append(now())
        return now()

    AnswerTable(ledger).reserve(URL, HOST, 1.1, time)
    assert readings == [START]
    other.close()
    ledger.close()


def test_one_thread_is_asked_by_one_process(tables: Tables, now: Now) -> None:
    first = tables[0].reserve(URL, HOST, 1.1, now)
    second = tables[1].reserve(URL, HOST, 1.1, now)
    assert first.granted
    assert not second.granted
    assert 0 < second.wait_s < 1
    now.time += 1
    tables[0].keep(URL, replace(ANSWER, fetched=now.time))
    third = tables[1].reserve(URL, HOST, 1.1, now)
    assert (third.granted, third.wait_s) == (False, 0)
    assert tables[1].fresh(URL, now.time) is not None
    now.time += FRESH_S
    assert tables[1].reserve(URL, HOST, 1.1, now).granted


def test_an_asker_that_was_killed_is_not_waited_for(tmp_path: Path, now: Now) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    AnswerTable(ledger, "dead").reserve(URL, HOST, 1.1, now)
    assert not AnswerTable(ledger, "next", lambda name: name == "dead").reserve(URL, HOST, 1.1, now).granted
    assert AnswerTable(ledger, "next", lambda name: name != "dead").reserve(URL, HOST, 1.1, now).granted
    ledger.close()


def test_who_got_nothing_lets_another_ask(tables: Tables, now: Now) -> None:
    tables[0].reserve(URL, HOST, 1.1, now)
    tables[0].give_up(URL)
    slot = tables[1].reserve(URL, HOST, 1.1, now)
    assert slot.granted
    assert slot.wait_s == pytest.approx(1.1, abs=1e-5)


def test_an_asker_that_died_is_waited_for_only_so_long(tables: Tables, now: Now) -> None:
    tables[0].reserve(URL, HOST, 1.1, now)
    now.time += ASKING_S - 0.01
    assert not tables[1].reserve(URL, HOST, 1.1, now).granted
    now.time += 0.01
    assert tables[1].reserve(URL, HOST, 1.1, now).granted


def test_an_asker_that_must_wait_for_its_slot_is_not_dead(tables: Tables, now: Now) -> None:
    tables[0].cool_down(HOST, START + 300)
    assert tables[0].reserve(URL, HOST, 1.1, now).wait_s == pytest.approx(300)
    now.time += 250
    assert not tables[1].reserve(URL, HOST, 1.1, now).granted


# Cooldowns, and clocks


def test_a_host_that_cools_down_is_asked_by_nobody(tables: Tables, now: Now) -> None:
    tables[0].cool_down(HOST, START + 60)
    assert tables[1].cooldowns(START + 20) == {HOST: pytest.approx(40)}
    assert tables[1].cooldowns(START + 60) == {}
    waits = [tables[1].reserve(url(number), HOST, 1.1, now).wait_s for number in range(3)]
    assert waits == pytest.approx([60, 61.1, 62.2], abs=1e-5)
    assert tables[1].reserve(url(9), "api.example.org", 1.1, now).wait_s == 0


def test_the_longer_cooldown_holds(tables: Tables, now: Now) -> None:
    tables[0].cool_down(HOST, START + 60)
    tables[1].cool_down(HOST, START + 5)
    assert tables[0].reserve(URL, HOST, 1.1, now).wait_s == pytest.approx(60)


def test_a_cooldown_keeps_the_slots_that_were_given(tables: Tables, now: Now) -> None:
    for number in range(3):
        tables[0].reserve(url(number), HOST, 1.1, now)
    tables[0].cool_down(HOST, START + 1)
    assert tables[1].reserve(url(9), HOST, 1.1, now).wait_s == pytest.approx(3.3, abs=1e-5)


@pytest.mark.parametrize("back_s", [600.0, 2 * HORIZON_S, 10 * 365 * 86400.0])
def test_a_clock_that_was_set_back_keeps_nobody_waiting(tables: Tables, now: Now, back_s: float) -> None:
    tables[0].reserve(url(1), HOST, 1.1, now)
    tables[0].keep(url(1), ANSWER)
    now.time -= back_s
    first = tables[1].reserve(url(1), HOST, 1.1, now)
    second = tables[0].reserve(url(2), HOST, 1.1, now)
    assert (first.granted, first.wait_s) == (True, 0)
    assert second.wait_s == pytest.approx(1.1, abs=1e-5)


def test_a_cooldown_from_a_wrong_clock_does_not_hide_a_real_one(tables: Tables, now: Now) -> None:
    tables[0].cool_down(HOST, START + 10 * 365 * 86400.0)
    assert tables[0].cooldowns(START) == {}
    assert tables[0].reserve(url(1), HOST, 1.1, now).wait_s == 0
    tables[0].cool_down(HOST, START + 60)
    assert tables[1].reserve(url(2), HOST, 1.1, now).wait_s == pytest.approx(60)
