"""Jobs and attachments in the ledger: they come back as they went in, and one job at a time has a page."""

from __future__ import annotations

import dataclasses
import sqlite3

import pytest

from rows import attachment_row, job_row
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import JOB_ENDED, FileState, JobState


@pytest.fixture
def table(ledger: Ledger) -> JobTable:
    return JobTable(ledger)


def test_a_job_comes_back_as_it_went_in(table: JobTable) -> None:
    job = job_row(
        title="Tom & Jerry's 界 👍",
        thread=None,
        parent="p",
        state=JobState.INCOMPLETE,
        priority="high",
        watching=True,
        options={"only": ["images"], "name": "{tim}{ext}"},
        directory="/downloads/Threadreel/4chan/g/1",
        planned=True,
        started=1001.5,
        finished=1002.25,
        error={"code": "http.status", "message": "No.", "hint": "Try again."},
        summary={"files": {"total": 2}},
        owner="1-abc",
    )
    table.add(job)
    found = table.get(job.id)
    assert found == job
    assert found is not None
    assert isinstance(found.state, JobState)
    assert (found.watching, found.planned) == (True, True)
    assert table.get("another") is None


def test_saving_keeps_what_changed(table: JobTable) -> None:
    job = job_row()
    table.add(job)
    table.add(job_row(id="other", url="https://boards.4chan.org/g/thread/2"))
    changed = dataclasses.replace(job, state=JobState.RUNNING, started=1.0, title="Now", planned=True)
    table.save(changed)
    other = table.get("other")
    assert table.get(job.id) == changed
    assert other is not None
    assert other.state is JobState.QUEUED


def test_a_page_has_one_living_job_below_a_root(table: JobTable) -> None:
    job = job_row()
    table.add(job)
    with pytest.raises(sqlite3.IntegrityError):
        table.add(job_row(id="again"))
    table.add(job_row(id="elsewhere", root="/other"))
    assert table.living(job.url, job.root) == job
    table.save(dataclasses.replace(job, state=JobState.FAILED, finished=5.0))
    assert table.living(job.url, job.root) is None
    again = job_row(id="again")
    table.add(again)
    assert table.living(job.url, job.root) == again


@pytest.mark.parametrize("state", list(JobState))
def test_only_an_ended_job_has_an_end(table: JobTable, state: JobState) -> None:
    """Whatever the row says: were ``finished`` kept of a job that goes on, nobody would find it after a crash."""
    table.add(job_row(state=state, finished=5.0))
    is_ended = state in JOB_ENDED
    assert [job.id for job in table.ended(10)] == (["job-1"] if is_ended else [])
    assert [job.id for job in table.unfinished()] == ([] if is_ended else ["job-1"])


def test_a_plan_comes_back_in_its_order(table: JobTable) -> None:
    job = job_row(planned=True)
    table.add(job)
    rows = [
        attachment_row("9", size=None, urls=(), state=FileState.DELETED),
        attachment_row("100", urls=("https://a/1", "https://a/2"), md5="a" * 32, sha256="b" * 64),
        attachment_row(
            "20",
            state=FileState.DIFFERS,
            reason="why",
            done=7,
            got_md5="c" * 32,
            got_sha256="d" * 64,
            validator='"tag"',
            past_cache=True,
        ),
    ]
    table.plan(job, rows)
    assert table.attachments(job.id) == rows
    assert table.attachments("another") == []


def test_a_new_plan_replaces_the_old_one_and_keeps_the_job(table: JobTable) -> None:
    job = job_row()
    table.add(job)
    table.plan(job, [attachment_row("1"), attachment_row("2")])
    job.title, job.directory, job.planned = "Title", "/d", True
    table.plan(job, [attachment_row("3")])
    assert [row.key for row in table.attachments(job.id)] == ["3"]
    assert table.get(job.id) == job


def test_a_plan_is_kept_whole_or_not_at_all(table: JobTable) -> None:
    job = job_row()
    table.add(job)
    table.plan(job, [attachment_row("1")])
    with pytest.raises(sqlite3.IntegrityError):
        table.plan(dataclasses.replace(job, planned=True), [attachment_row("2"), attachment_row("2")])
    found = table.get(job.id)
    assert [row.key for row in table.attachments(job.id)] == ["1"]
    assert found is not None
    assert not found.planned


def test_progress_keeps_how_far_they_are_and_not_what_the_site_said(table: JobTable) -> None:
    job = job_row()
    table.add(job)
    table.plan(job, [attachment_row("1"), attachment_row("2")])
    moved = attachment_row(
        "2",
        name="2 (2).png",
        size=5,
        urls=(),
        state=FileState.SAVED,
        reason="r",
        done=1000,
        got_md5="c" * 32,
        got_sha256="d" * 64,
        validator="v",
        past_cache=True,
    )
    table.progress(job.id, [moved])
    table.progress("another", [attachment_row("1", state=FileState.GONE)])
    untouched, found = table.attachments(job.id)
    assert untouched == attachment_row("1")
    assert found == dataclasses.replace(moved, size=1000, urls=("https://i.4cdn.org/g/2.png",))


def test_the_last_plan_of_a_page_is_the_newest_that_came_so_far(table: JobTable) -> None:
    ended = {"state": JobState.COMPLETED, "finished": 1.0}
    for number, planned in enumerate((True, True, False)):
        table.add(job_row(id=str(number), created=float(number), planned=planned, **ended))
    table.add(job_row(id="elsewhere", root="/other", created=9.0, planned=True, **ended))
    found = table.last(job_row().url, job_row().root)
    assert found is not None
    assert found.id == "1"
    assert table.last("https://boards.4chan.org/g/thread/2", job_row().root) is None


def many(table: JobTable, count: int) -> list[str]:
    """That many ended jobs, two and two made in the same moment; newest first."""
    made = [(float(number // 2), f"{number * 7 % count:03}") for number in range(count)]
    for created, job_id in made:
        table.add(job_row(id=job_id, created=created, state=JobState.COMPLETED, finished=created))
    return [job_id for _, job_id in sorted(made, reverse=True)]


def test_pages_show_every_job_once_newest_first(table: JobTable) -> None:
    expected = many(table, 25)
    found: list[str] = []
    after = None
    while page := table.page(after, 4):
        found += [job.id for job in page]
        after = (page[-1].created, page[-1].id)
    assert found == expected


def test_a_forgotten_job_is_not_listed_and_its_library_is_known(table: JobTable) -> None:
    expected = many(table, 4)
    table.add(job_row(id="living"))
    table.forget(expected[0])
    table.forget("living")
    assert [job.id for job in table.page(None, 10)] == ["living", *expected[1:]]
    assert table.get(expected[0]) is None
    assert table.count() == 4
    table.forget_ended()
    assert [job.id for job in table.page(None, 10)] == ["living"]
    assert table.ended(10) == []
    assert [job.id for job in table.unfinished()] == ["living"]
    assert table.count() == 1


def test_ended_jobs_are_the_newest_so_many(table: JobTable) -> None:
    many(table, 6)
    assert [job.created for job in table.ended(3)] == [2.0, 2.0, 1.0]


def test_a_job_is_taken_over_once_and_only_from_its_owner(table: JobTable) -> None:
    table.add(job_row(owner="dead"))
    assert not table.take_over("job-1", "other", "me")
    assert not table.take_over("job-1", None, "me")
    assert table.take_over("job-1", "dead", "me")
    assert not table.take_over("job-1", "dead", "third")
    found = table.get("job-1")
    assert found is not None
    assert found.owner == "me"
    table.add(job_row(id="nobody's", url="u"))
    assert table.take_over("nobody's", None, "me")
    table.save(dataclasses.replace(found, state=JobState.CANCELLED, finished=1.0))
    assert not table.take_over("job-1", "me", "third")


def test_unfinished_jobs_come_oldest_first_whoever_owns_them(table: JobTable) -> None:
    for job_id, created, owner in (("b", 2.0, "x"), ("a", 2.0, None), ("c", 1.0, "y")):
        table.add(job_row(id=job_id, url=job_id, created=created, owner=owner))
    assert [job.id for job in table.unfinished()] == ["c", "a", "b"]


def family(table: JobTable, parts: int = 3, **changes: object) -> list[str]:
    """A parent and its parts, in the order in which they were added."""
    parent = job_row(id="parent", url="board", kind="catalog", owner="me")
    table.add(parent)
    children = [
        job_row(id=f"part-{number}", url=str(number), parent="parent", owner="me", created=1000.0 + number, **changes)
        for number in range(parts)
    ]
    assert table.add_children(dataclasses.replace(parent, planned=True), children) == children
    return [child.id for child in children]


def test_parts_are_added_with_their_parent_or_not_at_all(ledger: Ledger, table: JobTable) -> None:
    parts = family(table)
    parent = table.get("parent")
    assert parent is not None
    assert parent.planned
    assert [row.id for row in table.children("parent")] == parts
    # one that has a job, and one that comes twice
    more = [job_row(id=f"new-{number}", url=url, parent="parent") for number, url in enumerate(("1", "9", "9"))]
    assert [row.id for row in table.add_children(parent, more)] == ["new-1"]
    with pytest.raises(sqlite3.IntegrityError), ledger.transaction():
        table.add(job_row(id="x", url="1"))
    broken = dataclasses.replace(more[0], id="broken", url="broken", board=None)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error):
        table.add_children(dataclasses.replace(parent, title="changed"), [job_row(id="y", url="y"), broken])
    unchanged = table.get("parent")
    assert unchanged is not None
    assert unchanged.title == ""
    assert table.get("y") is None


def test_pages_have_all_jobs_or_heads_or_parts(table: JobTable) -> None:
    parts = family(table, 5)
    assert len(table.page(None, 10)) == 6
    assert [row.id for row in table.page(None, 10, top_level=True)] == ["parent"]
    first = table.children_page("parent", None, 3)
    rest = table.children_page("parent", (first[-1].created, first[-1].id), 3)
    assert [row.id for row in (*first, *rest)] == parts == table.parts.ids("parent", 10)
    assert table.parts.ids("parent", 2) == parts[:2]
    assert table.parts.count("parent") == (5, 0)


def test_parts_are_summed_up_by_state(table: JobTable) -> None:
    parts = family(table, 2)
    for part in parts:
        row = table.get(part)
        assert row is not None
        reason = "browser" if part == parts[0] else None
        saved = attachment_row("1", state=FileState.SAVED, reason=reason, size=10, done=10)
        unknown = attachment_row("2", state=FileState.QUEUED, size=None, done=3)
        table.plan(dataclasses.replace(row, planned=True), [saved, unknown])
    assert sorted(table.parts.sums("parent", "browser")) == [("queued", 2, 0, 6, 0), ("saved", 2, 20, 20, 1)]


def test_a_family_is_taken_over_whole(table: JobTable) -> None:
    parts = family(table)
    ended = table.get(parts[0])
    assert ended is not None
    table.save(dataclasses.replace(ended, state=JobState.COMPLETED, finished=1.0))
    assert not table.take_over("parent", "dead", "other")
    assert table.take_over("parent", "me", "other")
    owners = {row.id: row.owner for row in table.page(None, 10)}
    assert owners == {"parent": "other", parts[0]: "me", parts[1]: "other", parts[2]: "other"}


def test_parts_are_forgotten_with_their_parent_and_not_before(table: JobTable) -> None:
    parts = family(table, 2)
    for part in parts:
        row = table.get(part)
        assert row is not None
        table.save(dataclasses.replace(row, state=JobState.COMPLETED, finished=1.0))
    table.forget("parent")
    table.forget_ended()
    assert len(table.page(None, 10)) == 3
    assert table.ended(10) == []
    parent = table.get("parent")
    assert parent is not None
    table.save(dataclasses.replace(parent, state=JobState.COMPLETED, finished=2.0))
    assert [row.id for row in table.ended(10)] == ["parent"]
    table.forget("parent")
    assert table.page(None, 10) == []
