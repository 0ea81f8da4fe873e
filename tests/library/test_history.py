"""The history: ended jobs in pages, found by words, and forgotten without forgetting what the library has."""

from __future__ import annotations

from pathlib import Path

import pytest

from rows import file_row, job_row
from threadreel.errors import RequestError
from threadreel.library import history as history_module
from threadreel.library.file_table import FileTable
from threadreel.library.history import History
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import JobState

TITLES = {
    "fold": "Paper folding",
    "percent": "100% wool_en paper",
    "umlaut": "Ärger mit Falzen",
    "wide": "ＰＡＰＥＲ cranes",
    "plain": "Wood",
}


@pytest.fixture
def history(ledger: Ledger) -> History:
    """Five ended jobs, ``fold`` the oldest, each of a thread 101... of its own; and one that lives."""
    table = JobTable(ledger)
    for number, (job, title) in enumerate(TITLES.items(), 1):
        state = JobState.INCOMPLETE if job == "wide" else JobState.COMPLETED
        url = f"https://boards.4chan.org/po/thread/{100 + number}"
        table.add(
            job_row(
                id=job,
                url=url,
                board="po",
                thread=100 + number,
                title=title,
                state=state,
                finished=2000.0 + number,
                created=3000.0 - number,
            )
        )
    table.add(job_row(id="living", title="Living paper", state=JobState.RUNNING))
    return History(ledger)


def found(history: History, *words: str, state: JobState | None = None) -> list[str]:
    return [row.id for row in history.page(words, state, None, 100)[0]]


def test_the_job_that_ended_last_is_first(history: History) -> None:
    assert found(history) == ["plain", "wide", "umlaut", "percent", "fold"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["paper"], ["wide", "percent", "fold"]),
        (["PAPER", "fold"], ["fold"]),
        (["%"], ["percent"]),
        (["wool_en"], ["percent"]),
        (["w__l"], []),
        (["ärger"], ["umlaut"]),
        (["A\u0308RGER"], ["umlaut"]),
        (["103"], ["umlaut"]),
        (["po/thread/104"], ["wide"]),
        (["po"], ["plain", "wide", "umlaut", "percent", "fold"]),
        (["foldingpo"], []),
        (["paper folding"], ["fold"]),
        (["'; DROP TABLE jobs; --"], []),
        ([""], ["plain", "wide", "umlaut", "percent", "fold"]),
    ],
)
def test_every_word_is_found_as_it_is_written(history: History, words: list[str], expected: list[str]) -> None:
    assert found(history, *words) == expected
    assert history.count(words, None) == len(expected)


def test_jobs_of_one_end_state(history: History) -> None:
    assert found(history, state=JobState.INCOMPLETE) == ["wide"]
    assert found(history, "wood", state=JobState.INCOMPLETE) == []


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_show_every_job_once(history: History, monkeypatch: pytest.MonkeyPatch, batch: int, limit: int) -> None:
    monkeypatch.setattr(history_module, "_BATCH", batch)
    pages, cursor = [], None
    while True:
        rows, cursor = history.page([], None, cursor, limit)
        pages.append([row.id for row in rows])
        if cursor is None:
            break
    assert [job for page in pages for job in page] == ["plain", "wide", "umlaut", "percent", "fold"]
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]


def test_jobs_that_ended_at_one_moment_are_all_shown(ledger: Ledger) -> None:
    table, history = JobTable(ledger), History(ledger)
    for number in range(7):
        table.add(job_row(id=str(number), url=str(number), state=JobState.FAILED, finished=5.0))
    first, cursor = history.page([], None, None, 3)
    second, cursor = history.page([], None, cursor, 3)
    third, cursor = history.page([], None, cursor, 3)
    assert sorted(row.id for row in (*first, *second, *third)) == list("0123456")
    assert cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "x/y", "12,3/a"])
def test_a_cursor_that_no_page_gave_is_refused(history: History, cursor: str) -> None:
    with pytest.raises(RequestError) as caught:
        history.page([], None, cursor, 10)
    assert caught.value.code == "request.invalid"


def test_what_is_cleared_is_what_was_found(history: History, ledger: Ledger) -> None:
    assert history.clear(["paper"], JobState.COMPLETED) == 2
    assert found(history) == ["plain", "wide", "umlaut"]
    assert history.clear([], None) == 3
    assert found(history) == []
    assert history.clear([], None) == 0
    assert JobTable(ledger).get("living") is not None


def test_what_the_library_has_stays_known(history: History, ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "100.png"
    path.write_bytes(b"abc")
    FileTable(ledger).put(file_row(path))
    history.clear([], None)
    kept = FileTable(ledger).of_thread("4chan", "g", 1, str(tmp_path))
    assert kept["100"].is_untouched()


def test_what_a_living_board_is_made_of_stays(ledger: Ledger) -> None:
    table, history = JobTable(ledger), History(ledger)
    table.add(job_row(id="board", url="b", state=JobState.RUNNING))
    table.add(job_row(id="child", url="c", parent="board", state=JobState.COMPLETED, finished=5.0))
    table.add(job_row(id="other", url="o", state=JobState.COMPLETED, finished=5.0))
    assert history.clear([], None) == 1
    assert found(history) == ["child"]
