"""What the popup's screens ask for: the history, one file tried again or opened, what pasted addresses lead to."""

from __future__ import annotations

from pathlib import Path

from board import faults
from board.server import Board
from board.threads import plain_thread
from host_process import HostProcess


def test_the_history_is_found_by_words_and_by_how_it_ended(host: HostProcess, board: Board) -> None:
    harbour, paper = (
        plain_thread(1, no=no, title=title, seed=title)
        for no, title in ((10, "Harbours at night"), (20, "Päper Folds"))
    )
    for thread in (harbour, paper):
        board.add(thread)
    jobs = [host.start(board.thread_url(thread))[0] for thread in (harbour, paper)]
    for job in jobs:
        assert host.finished(job)[0]["job"]["state"] == "completed"

    def found(**fields: str) -> list[str]:
        return sorted(job["title"] for job in host.result("jobs.list", **fields)["jobs"])

    assert found(search="") == ["Harbours at night", "Päper Folds"]
    assert found(search="NIGHT harb") == ["Harbours at night"]
    assert found(search="PÄPER") == found(search="20 fold") == ["Päper Folds"]
    assert found(search="night folds") == []
    assert found(state="failed") == []
    assert found(state="completed", search="folds") == ["Päper Folds"]
    assert host.refusal("jobs.list", search="", cursor="yesterday")["code"] == "request.invalid"
    host.result("job.remove", job="all")
    assert found(search="") == []


def test_one_file_of_an_ended_job_is_tried_again_and_no_other(host: HostProcess, board: Board) -> None:
    thread = plain_thread(3)
    board.add(thread)
    paths = list(thread.media())
    for path in paths[1:]:
        board.always(path, faults.status(403))
    (job,) = host.start(board.thread_url(thread))
    assert host.finished(job)[0]["job"]["state"] == "incomplete"
    blocked = host.result("job.files", job=job, state="blocked")["files"]
    assert len(blocked) == 2
    board.behave()
    board.record.clear()
    host.events.clear()
    host.result("job.retry", job=job, file=blocked[0]["id"])
    assert host.finished(job)[0]["job"]["state"] == "incomplete"
    assert [entry.path for entry in board.requests(host=board.media_host)] == [paths[1]]
    assert host.result("job.files", job=job, state="blocked")["files"] == blocked[1:]
    saved = host.result("job.files", job=job, state="saved")["files"]
    host.result("job.retry", job=job, file=saved[0]["id"])
    assert host.result("jobs.list")["jobs"][0]["state"] == "incomplete", "there is nothing to try again about it"


def test_a_file_that_is_not_there_is_neither_shown_nor_opened(host: HostProcess, board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    board.always(list(thread.media())[1], faults.status(404))
    (job,) = host.start(board.thread_url(thread))
    host.finished(job)
    gone = host.result("job.files", job=job, state="gone")["files"][0]["id"]
    (saved,) = host.result("job.files", job=job, state="saved")["files"]
    folder = Path(host.result("jobs.list")["jobs"][0]["directory"])
    (folder / saved["name"]).unlink()
    for file in (gone, saved["id"], "../report", "no-such-file"):
        for request in ("file.open", "folder.reveal"):
            assert host.refusal(request, job=job, file=file)["code"] == "desktop.no_file"


def test_addresses_are_recognised_without_asking_any_site(host: HostProcess, board: Board) -> None:
    thread = plain_thread(1, no=77)
    url = board.thread_url(thread)
    pages = host.result(
        "page.recognise", urls=[url, url.split("/thread/")[0] + "/catalog", "https://example.org/", "no address"]
    )["pages"]
    assert [page and page["kind"] for page in pages] == ["thread", "catalog", None, None]
    assert (pages[0]["thread"], pages[1]["thread"]) == (77, None)
    assert board.requests() == []
