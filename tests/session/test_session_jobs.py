"""Jobs, asked of the real host: watches, boards, control, lists in pages, and whose jobs are taken up."""

from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import Life, plain_thread
from command_line import picture_urls
from host_process import HostProcess
from threadreel.handlers.job_requests import PAGE
from threadreel.session import MOST_URLS
from threadreel.wire.contract import DOCTOR

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]


# Watching


def test_a_thread_is_watched_and_no_longer(host: HostProcess, board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    (job,) = host.start(board.thread_url(thread), watch=True)

    def looks_again(event: dict[str, Any]) -> bool:
        return event["type"] == "job.update" and bool(event["job"]["watch"] and event["job"]["watch"]["next"])

    view = host.event(looks_again, "the next look")["job"]
    assert (view["watching"], view["state"], view["watch"]["new"]) == (True, "running", 0)
    (view,) = host.result("job.watch", job=job, watch=False)["jobs"]
    assert (view["id"], view["watching"]) == (job, False)
    assert host.finished(job)[0]["job"]["state"] == "completed"
    (view,) = host.result("job.watch", job=job, watch=True)["jobs"]
    assert (view["watching"], view["state"]) == (False, "completed"), "what has ended stays as it is"


def test_a_thread_that_is_archived_ends_its_watch(host: HostProcess, board: Board) -> None:
    thread = plain_thread(2)
    board.add(Life(thread).archived())
    (end,) = host.finished(*host.start(board.thread_url(thread), watch=True))
    assert (end["job"]["state"], end["report"]["counts"]["saved"]) == ("completed", 2)


# Boards


def test_a_board_is_one_job_with_children(host: HostProcess, board: Board) -> None:
    for number in (1, 2):
        board.add(plain_thread(1 + number, no=1000 * number, seed=number))
    (parent,) = host.start(f"{board.root}/g/catalog")
    (end,) = host.finished(parent)
    job = end["job"]
    assert (job["kind"], job["state"], job["priority"]) == ("catalog", "completed", "low")
    assert (job["threads"], job["files"]["saved"]) == ({"total": 2, "done": 2}, 5)
    children = host.result("jobs.list", parent=parent)["jobs"]
    assert [child["id"] for child in children] == job["children"]
    assert {child["parent"] for child in children} == {parent}
    assert [child["thread"] for child in children] == [1000, 2000], "the one that dies first comes first"
    assert [each["id"] for each in host.result("jobs.list", parent=None)["jobs"]] == [parent]
    assert len(host.result("jobs.list")["jobs"]) == 3
    assert [each["id"] for each in host.hello()["jobs"]] == [parent]


def test_a_thread_is_added_to_the_job_of_a_board(host: HostProcess, board: Board) -> None:
    first, later = plain_thread(1, no=1000, seed="a"), plain_thread(1, no=2000, seed="b")
    board.add(first)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    (parent,) = host.start(f"{board.root}/g/catalog")
    host.wait_until(lambda: host.is_in_state(parent, "running"), "the board")
    board.add(later)
    (child,) = host.result("job.start", urls=[board.thread_url(later)], options={"parent": parent})["jobs"]
    assert child["parent"] == parent
    gate.set()
    (end,) = host.finished(parent)
    assert end["job"]["threads"] == {"total": 2, "done": 2}


# Control


def test_an_empty_only_is_everything_also_where_the_settings_want_less(host: HostProcess, board: Board) -> None:
    thread = plain_thread(3, kinds=[".png", ".webm", ".pdf"])
    board.add(thread)
    host.result("settings.set", values={"only": ["images"]})
    (end,) = host.finished(*host.start(board.thread_url(thread)))
    assert (end["report"]["counts"]["saved"], end["report"]["counts"]["filtered"]) == (1, 2)
    (end,) = host.finished(*host.start(board.thread_url(thread), only=[]))
    assert (end["report"]["counts"]["saved"], end["report"]["counts"]["have"]) == (2, 1)


def test_pause_resume_priority_cancel_retry_remove(host: HostProcess, board: Board) -> None:
    thread = plain_thread(3)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    (job,) = host.start(board.thread_url(thread))
    board.wait_until(lambda: len(board.requests(host=board.media_host)) == 3)

    def state_after(kind: str, which: str = job, **fields: Any) -> str:
        jobs = host.result(kind, job=which, **fields)["jobs"]
        assert [each["id"] for each in jobs] == [job]
        return str(jobs[0]["state"])

    assert state_after("job.pause") == "paused"
    assert state_after("job.pause") == "paused"
    assert state_after("job.resume") == "running"
    assert state_after("job.resume", "all") == "running"
    assert host.result("job.priority", job=job, priority="low")["jobs"][0]["priority"] == "low"
    assert state_after("job.remove") == "running", "a living job is not removed"
    assert host.result("job.remove", job="all")["jobs"] == []
    assert state_after("job.cancel") == "cancelled"
    assert state_after("job.cancel") == "cancelled"
    assert host.finished(job)[0]["report"]["counts"]["cancelled"] == 3
    gate.set()
    board.behave()
    host.events.clear()
    assert state_after("job.retry") in ("queued", "running")
    assert host.finished(job)[0]["job"]["state"] == "completed"
    assert state_after("job.retry") == "completed"
    assert [each["id"] for each in host.result("job.remove", job="all")["jobs"]] == [job]
    assert host.result("jobs.list")["jobs"] == []
    assert [event["jobs"] for event in host.events if event["type"] == "jobs.removed"] == [[job]]
    assert host.refusal("job.files", job=job)["code"] == "job.unknown"


def test_pages_of_files_and_of_jobs(host: HostProcess, board: Board) -> None:
    thread = plain_thread(2 * PAGE + 5, 600, kinds=[".png", ".gif"])
    board.add(thread)
    (job,) = host.start(board.thread_url(thread), only=["videos"])
    assert host.finished(job)[0]["job"]["files"]["filtered"] == 2 * PAGE + 5

    def pages(kind: str, what: str, **fields: Any) -> list[list[dict[str, Any]]]:
        found, cursor = [], None
        while not found or cursor is not None:
            answer = host.result(kind, **fields, **({"cursor": cursor} if cursor else {}))
            found.append(answer[what])
            cursor = answer["cursor"]
        return found

    found = pages("job.files", "files", job=job)
    assert [len(page) for page in found] == [PAGE, PAGE, 5]
    posts = [file["post"] for page in found for file in page]
    assert posts == sorted(set(posts)), "every file once, in post order"
    assert pages("job.files", "files", job=job, state="filtered") == found
    assert pages("job.files", "files", job=job, state="saved") == [[]]

    urls = picture_urls(board, thread)
    for at in range(0, 2 * PAGE, MOST_URLS):
        host.start(*urls[at : at + MOST_URLS], only=["videos"])
    found = pages("jobs.list", "jobs")
    assert [len(page) for page in found] == [PAGE, PAGE, 1]
    assert len({each["id"] for page in found for each in page}) == 2 * PAGE + 1
    assert found[-1][0]["id"] == job, "the oldest comes last"
    assert len(host.hello()["jobs"]) == PAGE


# Whose jobs are taken up


def test_the_doctor_takes_up_no_job_and_a_browser_does(board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    board.always(board.is_media, faults.stall(board.gate(), after=10))
    with HostProcess() as host:
        (job,) = host.start(board.thread_url(thread))
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 2)
        assert host.end() == 0
    board.behave()
    board.record.clear()
    with HostProcess(browser=DOCTOR) as doctor:
        assert [each["id"] for each in doctor.hello()["jobs"]] == [job]
        assert doctor.result("health")["workers"] == []
        assert doctor.end() == 0
        assert doctor.events == []
    assert not board.requests()
    with HostProcess() as host:
        host.hello()
        assert host.finished(job)[0]["job"]["state"] == "completed"


def test_a_hello_that_cannot_take_jobs_up_is_answered_once(host: HostProcess, library: Path) -> None:
    (library / "ledger.sqlite3").mkdir()
    error = host.refusal("hello", protocol=1, extension="0.1.0", browser="Test")
    assert error["code"] == "ledger.unusable"
    assert host.result("settings.get")
