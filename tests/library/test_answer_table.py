"""API answers, shared through the ledger: what one process was told, none asks again for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from threadreel.library.answer_table import FRESH_S, KEEP_S, Answer, AnswerTable
from threadreel.library.ledger import Ledger

URL, OTHER = "https://a.4cdn.org/g/thread/1.json", "https://a.4cdn.org/g/thread/2.json"
START = 1_700_000_000.0
ANSWER = Answer(200, b'{"posts": []}' * 100, "Mon, 01 Jan 2024 00:00:00 GMT", START)

Tables = tuple[AnswerTable, AnswerTable]


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    """Two processes' views of one ledger."""
    ledgers = [Ledger(tmp_path / "ledger.sqlite3") for _ in range(2)]
    yield AnswerTable(ledgers[0]), AnswerTable(ledgers[1])
    for ledger in ledgers:
        ledger.close()


def test_an_answer_comes_back_for_every_process(tables: Tables) -> None:
    assert tables[0].kept(URL) is None
    tables[0].keep(URL, ANSWER)
    assert tables[1].kept(URL) == ANSWER
    tables[1].keep(URL, Answer(404, b"", None, START + 1))
    assert tables[0].kept(URL) == Answer(404, b"", None, START + 1)


def test_a_404_keeps_what_was_there_before(tables: Tables) -> None:
    gone = replace(ANSWER, status=404, fetched=START + 20)
    tables[0].keep(URL, gone)
    assert tables[1].kept(URL) == gone
    assert tables[1].fresh(URL, START + 21) == gone


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
