"""Snapshots and revisions: what a process shows of its jobs, and how others find what changed."""

from collections.abc import Iterator

import pytest

from rows import attachment_row, job_row
from threadreel.library.job_table import JobTable
from threadreel.library.ledger import Ledger
from threadreel.states import FileState, JobState

SNAPSHOT = {"files": {"total": 2}, "speed": 5.0, "eta": 3.0, "current": ["a.png"], "told": 1000.0}


@pytest.fixture
def other(ledger: Ledger) -> Iterator[Ledger]:
    """The same ledger as another process has it."""
    opened = Ledger(ledger.path)
    yield opened
    opened.close()


def test_every_write_of_a_job_is_found_by_its_revision(ledger: Ledger) -> None:
    table = JobTable(ledger)
    table.add(job_row(id="a", owner="me"))
    table.add(job_row(id="b", url="https://boards.4chan.org/g/thread/2", parent="a"))
    seen = table.live.newest()
    assert table.live.changes(seen, 10) == []

    table.save(job_row(id="a", owner="me", priority="high"))
    [change] = table.live.changes(seen, 10)
    assert (change.job, change.parent, change.owner, change.has_ended, change.is_forgotten) == (
        "a",
        None,
        "me",
        False,
        False,
    )
    table.take_over("a", "me", "you")
    table.save(job_row(id="b", url="https://boards.4chan.org/g/thread/2", state=JobState.COMPLETED, finished=5.0))
    table.forget("b")
    assert [(each.job, each.has_ended, each.is_forgotten) for each in table.live.changes(seen, 10)] == [
        ("a", False, False),
        ("b", True, True),
    ]
    assert [each.job for each in table.live.changes(seen, 1)] == ["a"]


def test_each_job_has_a_revision_of_its_own(ledger: Ledger) -> None:
    table = JobTable(ledger)
    parent = job_row(id="p", kind="catalog", thread=None)
    table.add(parent)
    children = [job_row(id=f"c{n}", url=f"https://boards.4chan.org/g/thread/{n}", parent="p") for n in range(2, 7)]
    table.add_children(parent, children)
    revisions = [change.revision for change in table.live.unfinished()]
    assert len(set(revisions)) == 6


def test_unfinished_are_those_of_one_family_if_asked(ledger: Ledger) -> None:
    table = JobTable(ledger)
    table.add(job_row(id="p"))
    table.add(job_row(id="c", url="https://boards.4chan.org/g/thread/2", parent="p"))
    table.add(job_row(id="x", url="https://boards.4chan.org/g/thread/3"))
    table.add(job_row(id="e", url="https://boards.4chan.org/g/thread/4", state=JobState.FAILED, finished=1.0))
    assert {change.job for change in table.live.unfinished()} == {"p", "c", "x"}
    assert {change.job for change in table.live.unfinished("p")} == {"p", "c"}


def test_files_that_changed_since_a_job_was_looked_at(ledger: Ledger, other: Ledger) -> None:
    """As another process asks that looks at a job whenever its revision moved."""
    table, watcher = JobTable(ledger), JobTable(other)
    job, rows = job_row(planned=True), [attachment_row(str(n)) for n in range(4)]
    table.add(job)
    table.plan(job, rows)
    seen = watcher.live.newest()
    assert watcher.changed_attachments(job.id, seen) == []

    told = []
    for row in rows:
        row.state = FileState.SAVED
        table.progress(job.id, [row])
        table.live.show(job.id, SNAPSHOT)
        table.settle()
        [change] = watcher.live.changes(seen, 10)
        told += [each.key for each in watcher.changed_attachments(job.id, seen)]
        seen = change.revision
    assert told == ["0", "1", "2", "3"]


def test_a_snapshot_reaches_others_and_says_nothing_of_speeds_when_it_is_old(ledger: Ledger, other: Ledger) -> None:
    table, watcher = JobTable(ledger), JobTable(other)
    table.add(job_row())
    assert watcher.live.of("job-1", 1000.0) == {}
    table.live.show("job-1", SNAPSHOT)
    table.settle()
    assert watcher.live.of("job-1", 1001.0) == SNAPSHOT
    assert watcher.live.of("job-1", 1010.0) == {**SNAPSHOT, "speed": 0.0, "eta": None, "current": []}
    table.live.show("job-1", None)
    table.settle()
    assert watcher.live.of("job-1", 1001.0) == {}


def test_the_version_moves_when_another_writes_and_only_then(ledger: Ledger, other: Ledger) -> None:
    table, watcher = JobTable(ledger), JobTable(other)
    before = watcher.live.version()
    watcher.add(job_row(id="mine"))
    assert watcher.live.version() == before
    table.add(job_row(id="theirs", url="https://boards.4chan.org/g/thread/2"))
    assert watcher.live.version() != before
