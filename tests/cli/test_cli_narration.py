"""Which events are worth a line, and which line."""

from datetime import datetime
from typing import Any

import pytest

from threadreel.commands.narration import Narrator, counts_line, visible
from threadreel.engine.jobs.tally import job_view
from threadreel.events import FileView, JobView, files_changed, job_finished, job_update, jobs_removed, log_line
from threadreel.library.job_table import JobRow
from threadreel.states import END_STATES, JobState


def job(name: str, state: JobState = JobState.RUNNING, error: dict[str, str] | None = None) -> JobView:
    row = JobRow(name, f"https://x/{name}", "/d", "x", "thread", "g", 1, 0.0, title=name, state=state, error=error)
    return job_view(row, {})


def watched(name: str, found: int, next_s: float | None, files: int = 3) -> JobView:
    view = job(name)
    view["watching"], view["watch"], view["directory"] = True, {"next": next_s, "new": found}, f"/d/{name}"
    view["files"] = view["files"] | {"total": files}
    return view


def board(name: str, done: int = 0, total: int = 2, state: JobState = JobState.RUNNING) -> JobView:
    view = job(name, state)
    view["kind"], view["thread"], view["threads"] = "catalog", None, {"total": total, "done": done}
    return view


def child(name: str, parent: str, state: JobState = JobState.RUNNING) -> JobView:
    view = job(name, state)
    view["parent"] = parent
    return view


def file(name: str, state: str, reason: str | None = None) -> FileView:
    return {"id": name, "post": 1, "name": name, "url": "", "state": state, "reason": reason, "size": 1, "done": 1}


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


def clock_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S")


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


def test_threads_of_a_board_go_by_its_number_and_its_sum_says_how_many() -> None:
    narrator = Narrator()
    narrator.begin([board("g"), job("a"), child("t", "g")])
    assert said(narrator, job_update(child("u", "g")), files_changed("u", [file("1", "saved")])) == ["[1/2] saved: 1"]
    assert said(narrator, log_line("warning", "Gone.", "t")) == ["[1/2] warning: Gone."]
    assert said(narrator, log_line("info", "2 threads to read.", "g")) == ["[1/2] note: 2 threads to read."]
    assert said(narrator, end(child("u", "g", JobState.COMPLETED))) == ["[1/2] completed: u: 0 files"]
    assert said(narrator, end(board("g", 1, 1, JobState.COMPLETED))) == ["[1/2] completed: g: 1 thread, 0 files"]
    assert said(narrator, log_line("info", "Going on.", "a")) == []


def test_of_the_threads_of_a_board_only_those_in_trouble_outlast_a_display() -> None:
    narrator = Narrator(is_one_stream=True)
    narrator.begin([board("g")])
    ends = [child("t", "g", JobState.COMPLETED), child("u", "g", JobState.INCOMPLETE), board("g", 2, 2)]
    assert [line.is_lasting for view in ends for line in narrator.hear(end(view))] == [False, True, True]


def test_a_watched_thread_is_told_after_the_first_look_and_after_each_that_found_something() -> None:
    narrator = Narrator()
    narrator.begin([job("a")])
    assert said(narrator, job_update(watched("a", 0, None))) == [], "it is being read"
    looks = [watched("a", 0, 36_010.0), watched("a", 0, 36_030.4), watched("a", 0, None), watched("a", 2, 36_070.0)]
    assert said(narrator, *map(job_update, looks), job_update(watched("a", 2, 36_090.0))) == [
        f"watching: a: 3 files; next look at {clock_time(36_010)}",
        f"watching: a: next look at {clock_time(36_070)}",
    ]
    assert said(narrator, files_changed("a", [file("4.png", "saved", "new")])) == ["saved: 4.png (new)"]
    assert said(narrator, log_line("info", "It was archived.", "a")) == ["note: It was archived."]


def test_a_watch_that_goes_on_tells_only_what_is_new() -> None:
    narrator = Narrator()
    narrator.begin([watched("a", 5, None)])
    assert said(narrator, job_update(watched("a", 5, 100.0))) == []
    assert len(said(narrator, job_update(watched("a", 6, 200.0)))) == 1


@pytest.mark.parametrize("level", ["debug", "info"])
def test_what_is_no_trouble_is_not_told(level: Any) -> None:
    assert said(Narrator(), log_line(level, "Going on.")) == []


def test_what_happens_to_the_list_of_jobs_is_no_news_here() -> None:
    assert said(Narrator(), jobs_removed(["a"])) == []


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
