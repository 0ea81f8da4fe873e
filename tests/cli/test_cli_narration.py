"""Which events are worth a line, and which line."""

from typing import Any

import pytest

from threadreel.commands.narration import Narrator, counts_line, visible
from threadreel.engine.tally import job_view
from threadreel.events import FileView, JobView, files_changed, job_finished, job_update, log_line
from threadreel.library.job_table import JobRow
from threadreel.states import END_STATES, JobState


def job(name: str, state: JobState = JobState.RUNNING, error: dict[str, str] | None = None) -> JobView:
    row = JobRow(name, f"https://x/{name}", "/d", "x", "thread", "g", 1, 0.0, title=name, state=state, error=error)
    return job_view(row, {})


def file(name: str, state: str) -> FileView:
    return {"id": name, "post": 1, "name": name, "url": "", "state": state, "reason": None, "size": 1, "done": 1}


def end(view: JobView) -> dict[str, Any]:
    counts = {"total": 0, **{str(state): 0 for state in END_STATES}}
    return job_finished(
        view,
        {
            "version": 1,
            "url": view["url"],
            "site": "x",
            "board": "g",
            "thread": 1,
            "title": view["title"],
            "counts": counts,
            "attachments": [],
        },
    )


def said(narrator: Narrator, *events: dict[str, Any]) -> list[str]:
    return [str(line) for event in events for line in narrator.hear(event)]


def test_a_file_is_told_once_when_it_arrived() -> None:
    narrator = Narrator()
    narrator.begin([job("a")])
    on_the_way = files_changed("a", [file("1.png", "active"), file("2.png", "queued")])
    arrived = files_changed("a", [file("1.png", "saved"), file("2.png", "duplicate"), file("3.png", "have")])
    assert said(narrator, on_the_way, arrived, arrived, job_update(job("a"))) == ["saved: 1.png", "duplicate: 2.png"]


def test_several_jobs_are_numbered_in_the_order_of_their_addresses() -> None:
    narrator = Narrator()
    narrator.begin([job("b"), job("a"), job("b")])
    assert said(narrator, files_changed("a", [file("1", "saved")]), log_line("warning", "Slow.", "b")) == [
        "[2/2] saved: 1",
        "[1/2] warning: Slow.",
    ]
    assert said(narrator, log_line("error", "About none.")) == ["error: About none."]


@pytest.mark.parametrize("level", ["debug", "info"])
def test_what_is_no_trouble_is_not_told(level: Any) -> None:
    assert said(Narrator(), log_line(level, "Going on.")) == []


def test_an_error_is_told_with_its_advice_and_once_where_all_is_read() -> None:
    error = {"code": "thread.gone", "message": "It is gone.", "hint": "Ask an archive."}
    failed = job("a", JobState.FAILED, error)
    logged = log_line("error", "It is gone.", "a")
    trouble = ["error: It is gone.", "  Ask an archive."]
    assert said(Narrator(), logged, end(failed)) == [*trouble, "failed: a: It is gone."]
    assert said(Narrator(is_one_stream=True), logged, end(failed)) == [*trouble, "failed: a"]
    assert said(Narrator(is_one_stream=True), end(failed)) == ["failed: a: It is gone. Ask an archive."]


def test_a_job_is_summed_up_once_also_when_its_end_was_not_heard() -> None:
    narrator = Narrator()
    assert said(narrator, end(job("a", JobState.COMPLETED))) == ["completed: a: 0 files"]
    assert [str(line) for line in narrator.end([job("a", JobState.COMPLETED), job("b")])] == ["running: b: 0 files"]


def test_counts_are_those_that_count() -> None:
    counts = {"total": 1, "done": 1, "active": 0, **{str(state): 0 for state in END_STATES}, "saved": 1}
    assert counts_line(counts) == "1 file: 1 saved"
    assert counts_line(counts | {"total": 4, "gone": 3}) == "4 files: 1 saved, 3 gone"


def test_nothing_that_steers_a_terminal_is_left() -> None:
    hostile = "a\x1b[2J\r\nb\x07\x9bc\u202ed\u2066e\u2028"
    assert visible(hostile) == "a�[2J��b��c�d�e�"
    assert visible("漢字 é ñ 👩‍👩‍👧 [red]") == "漢字 é ñ 👩‍👩‍👧 [red]"
