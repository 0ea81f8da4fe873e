"""Every request of the contract, asked of the real host: answers of the agreed shape, refusals that say why."""

import json
from pathlib import Path
from typing import Any

import pytest

from board import faults
from board.server import Board
from board.threads import Life, RecordedThread, named_thread, plain_thread
from command_line import is_whole, picture_urls
from host_process import HostProcess
from threadreel.handlers.job_requests import PAGE
from threadreel.session import MOST_URLS
from threadreel.wire.contract import DOCTOR, check_reply, request_types

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]

GOLDEN = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent.parent / "golden" / "requests").glob("*.json"))
}

THREAD = "https://boards.4chan.org/g/thread/1"
CATALOG = "https://boards.4chan.org/g/catalog"
FOLLOW = {"watch": True, "follow": {"subject": "/(/"}}


# hello


def test_hello_tells_what_the_host_can_do(host: HostProcess, board: Board) -> None:
    hello = host.hello()
    served = set(hello["capabilities"])
    assert set(request_types()) <= served
    assert {"boards", "watch", "follow", "filters", "preview"} <= served
    assert hello["limits"] == {"message_bytes": 1_048_576, "urls": MOST_URLS, "page": PAGE}
    assert [site["name"] for site in hello["sites"]] == ["4chan", "sample"]
    assert "*://boards.4chan.org/*" in hello["sites"][0]["patterns"]
    assert hello["settings"]["boards"] == [board.settings_board()]
    assert (hello["jobs"], hello["cursor"]) == ([], None)


def test_another_protocol_is_refused_with_ours(host: HostProcess) -> None:
    error = host.refusal("hello", protocol=2, extension="9.0", browser="Future 1")
    assert error["code"] == "protocol.unsupported"
    assert "protocol 2" in error["message"]
    assert "speaks 1" in error["message"]
    assert error["hint"]
    assert host.hello()["protocol"] == 1


# What cannot be read


@pytest.mark.parametrize("kind", GOLDEN)
def test_golden_request_is_answered_or_refused_in_words(patient_host: HostProcess, kind: str) -> None:
    patient_host.send_message(GOLDEN[kind] | {"id": 0})
    reply = patient_host.reply(0)
    if reply["type"] == "error":
        assert reply["error"]["code"] != "internal"
        assert reply["error"]["message"].endswith(".")
    else:
        check_reply(reply, kind)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "job.erase", "job": "j1"}, "request.unknown"),
        ({"type": "file.chunks", "file": "a", "offset": 0, "data": ""}, "request.unknown"),
        ({"type": "health", "path": "/etc/passwd"}, "request.invalid"),
        ({"type": "job.start", "urls": "https://boards.4chan.org/g/thread/1"}, "request.invalid"),
        ({"type": "job.start", "urls": []}, "request.invalid"),
        ({"type": "job.start", "urls": ["x"] * (MOST_URLS + 1)}, "request.invalid"),
        ({"type": "job.start", "urls": ["x"], "options": {"only": ["sounds"]}}, "request.invalid"),
        ({"type": "job.pause", "job": "../../x"}, "request.invalid"),
        ({"type": "settings.set", "values": {"directory": "/tmp"}}, "request.invalid"),
        ({"type": "settings.set", "values": {"colour": "red"}}, "settings.invalid"),
        ({"type": "settings.set", "values": {"transfers_per_host": 17}}, "settings.invalid"),
        ({"type": "settings.set", "values": {"transfers_per_host": 4.5}}, "settings.invalid"),
        ({"type": "settings.set", "values": {"name_template": "{x}{ext}"}}, "template.invalid"),
        ({"type": "job.files", "job": "j1", "cursor": "²"}, "request.invalid"),
        ({"type": "jobs.list", "cursor": "yesterday"}, "request.invalid"),
        ({"type": "job.files", "job": "j1"}, "job.unknown"),
        ({"type": "job.pause", "job": "j1"}, "job.unknown"),
        ({"type": "folder.reveal", "job": "j1"}, "job.unknown"),
        ({"type": "job.watch", "job": "j1", "watch": True}, "job.unknown"),
        ({"type": "job.watch", "job": "all", "watch": True}, "job.unknown"),
        ({"type": "jobs.list", "parent": "../x"}, "request.invalid"),
        ({"type": "settings.set", "values": {"filter": "wdth:>3"}}, "filter.invalid"),
        ({"type": "settings.set", "values": {"filter": "x" * 1001}}, "settings.invalid"),
        ({"type": "job.start", "urls": [THREAD], "options": {"filter": "size:huge"}}, "filter.invalid"),
        ({"type": "job.start", "urls": [THREAD], "options": {"parent": "j1"}}, "job.unknown"),
        ({"type": "job.start", "urls": [THREAD], "options": FOLLOW}, "filter.invalid"),
        ({"type": "job.start", "urls": [CATALOG], "options": {"watch": True}}, "request.unsupported"),
        ({"type": "page.inspect", "url": THREAD, "options": {"filter": "name:/(/"}}, "filter.invalid"),
        ({"type": "page.inspect", "url": THREAD, "options": {"name_template": "{tim}"}}, "template.invalid"),
        ({"type": "page.inspect", "url": THREAD, "options": {"folder_template": "{title}"}}, "template.invalid"),
        ({"type": "page.inspect", "url": "no address"}, "url.invalid"),
        ({"type": "page.inspect", "url": "https://example.org/"}, "url.unsupported"),
        ({}, "request.invalid"),
        ({"type": 7}, "request.invalid"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_bad_request_is_refused_under_its_id_and_the_conversation_goes_on(
    patient_host: HostProcess, message: dict[str, Any], code: str
) -> None:
    patient_host.send_message(message | {"id": 0})
    reply = patient_host.reply(0)
    assert (reply["type"], reply["error"]["code"]) == ("error", code)
    assert reply["error"]["message"].endswith(".")
    assert patient_host.result("settings.get")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "request.unreadable"),
        (b"\xff\xfe", "request.unreadable"),
        (b'{"id": 3, "type": NaN}', "request.unreadable"),
        (b"[" * 100_000, "request.unreadable"),
        (b"[]", "request.unreadable"),
        (b"null", "request.unreadable"),
        (b'{"type": "health"}', "request.invalid"),
        (b'{"id": -1, "type": "health"}', "request.invalid"),
        (b'{"id": 1.5, "type": "health"}', "request.invalid"),
        (b'{"id": true, "type": "health"}', "request.invalid"),
        (b'{"id": "7", "type": "health"}', "request.invalid"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_has_no_readable_id_is_refused_without_one(patient_host: HostProcess, body: bytes, code: str) -> None:
    patient_host.send_body(body)
    reply = patient_host.reply(None)
    assert reply["error"]["code"] == code
    assert patient_host.result("settings.get")


# Pages and jobs


def test_inspect_counts_without_asking_a_media_host(host: HostProcess, board: Board) -> None:
    thread = plain_thread(6, 3_000, kinds=[".jpg", ".webm", ".pdf"])
    board.add(thread)
    url = board.thread_url(thread)
    page = host.result("page.inspect", url=f"{url}#p1001")
    assert (page["site"], page["kind"], page["board"], page["thread"]) == ("sample", "thread", "g", thread.no)
    assert page["title"] == thread.title
    kinds = {"images": 2, "videos": 2, "other": 2}
    assert page["files"] == {"total": 6, **kinds, "bytes": 18_000, "have": 0, "filtered": 0}
    assert not board.requests(host=board.media_host)

    host.finished(*host.start(url))
    board.record.clear()
    assert host.result("page.inspect", url=url)["files"]["have"] == 6
    assert not board.requests(), "the kept answer was fresh"


def test_inspect_of_a_single_picture_needs_no_request(host: HostProcess, board: Board) -> None:
    thread = plain_thread(1, kinds=[".png"])
    board.add(thread)
    page = host.result("page.inspect", url=picture_urls(board, thread)[0])
    assert (page["kind"], page["files"]["total"], page["files"]["images"]) == ("file", 1, 1)
    assert (page["threads"], page["preview"]) == (None, None)
    assert not board.requests()


def test_inspect_of_a_board_counts_its_threads(host: HostProcess, board: Board) -> None:
    for number in (1, 2, 3):
        board.add(plain_thread(1, no=1000 * number))
    page = host.result("page.inspect", url=f"{board.root}/g/catalog")
    assert (page["kind"], page["thread"], page["threads"], page["preview"]) == ("catalog", None, 3, None)
    assert set(page["files"].values()) == {0}
    assert [entry.path for entry in board.requests()] == ["/g/catalog.json"]


def test_inspect_shows_what_options_would_make_of_a_thread(host: HostProcess, board: Board) -> None:
    thread = plain_thread(12, 3_000, kinds=[".png", ".webm"], title="T")
    board.add(thread)
    url = board.thread_url(thread)
    page = host.result("page.inspect", url=url)
    assert page["files"]["filtered"] == 0
    assert page["preview"]["directory"].endswith("sample/g/1000 T")
    assert len(page["preview"]["names"]) == 10
    options = {
        "only": ["images"],
        "filter": "-name:0002",
        "name_template": "{index} {post}{ext}",
        "folder_template": "{board}/{thread}",
    }
    page = host.result("page.inspect", url=url, options=options)
    assert (page["files"]["total"], page["files"]["filtered"]) == (12, 7)
    assert page["preview"]["directory"].endswith("g/1000")
    assert "001 1001.png" in page["preview"]["names"]
    assert len(board.requests()) == 1, "the kept answer was fresh"


def test_inspect_of_a_thread_that_is_gone_says_so(host: HostProcess, board: Board) -> None:
    error = host.refusal("page.inspect", url=f"{board.root}/g/thread/404")
    assert error["code"] == "thread.gone"
    assert "404" in error["message"]


def test_start_gives_a_job_for_each_address_in_order(host: HostProcess, board: Board, library: Path) -> None:
    threads = [plain_thread(2, no=1000, seed="a"), plain_thread(3, no=2000, seed="b")]
    picture = named_thread(["lone.png"], no=3000)
    for thread in (*threads, picture):
        board.add(thread)
    urls = [board.thread_url(threads[0]), picture_urls(board, picture)[0], board.thread_url(threads[1])]
    jobs = host.result("job.start", urls=urls, options={"priority": "high"})["jobs"]
    assert [(job["kind"], job["thread"]) for job in jobs] == [("thread", 1000), ("file", None), ("thread", 2000)]
    assert {job["priority"] for job in jobs} == {"high"}
    ends = host.finished(*(job["id"] for job in jobs))
    assert [end["job"]["state"] for end in ends] == ["completed"] * 3
    for end, thread in ((ends[0], threads[0]), (ends[2], threads[1])):
        assert is_whole(Path(end["job"]["directory"]), thread)
        assert Path(end["job"]["directory"]).is_relative_to(library / "downloads" / "Threadreel" / "sample" / "g")
        assert end["report"]["counts"]["saved"] == len(thread.media())


def test_start_twice_is_one_job(host: HostProcess, board: Board) -> None:
    thread = plain_thread(2)
    board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate))
    first, second = host.start(board.thread_url(thread), board.thread_url(thread))
    assert [first] == [second] == host.start(f"{board.thread_url(thread)}/some-title#q1")
    gate.set()
    host.finished(first)
    assert len(host.result("jobs.list")["jobs"]) == 1


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("https://example.org/g/thread/1", "url.unsupported"),
        ("file:///etc/passwd", "url.unsupported"),
        ("thread 7", "url.invalid"),
    ],
)
def test_one_bad_address_and_nothing_is_started(host: HostProcess, board: Board, bad: str, code: str) -> None:
    thread = plain_thread(1)
    board.add(thread)
    error = host.refusal("job.start", urls=[board.thread_url(thread), bad.format(root=board.root)])
    assert error["code"] == code
    assert error["hint"]
    assert host.result("jobs.list") == {"jobs": [], "cursor": None}
    assert not board.requests()


def test_only_leaves_out_kinds(host: HostProcess, board: Board) -> None:
    thread = plain_thread(4, kinds=[".png", ".webm"])
    board.add(thread)
    (end,) = host.finished(*host.start(board.thread_url(thread), only=["videos"], watch=False))
    assert (end["report"]["counts"]["saved"], end["report"]["counts"]["filtered"]) == (2, 2)
    assert len(board.requests(host=board.media_host)) == 2


def test_a_filter_leaves_out_files_and_without_it_only_the_difference_is_fetched(
    host: HostProcess, board: Board
) -> None:
    thread = plain_thread(4)
    board.add(thread)
    host.result("settings.set", values={"filter": "-name:0001"})
    (end,) = host.finished(*host.start(board.thread_url(thread)))
    assert (end["report"]["counts"]["saved"], end["report"]["counts"]["filtered"]) == (3, 1)
    (end,) = host.finished(*host.start(board.thread_url(thread), filter=""))
    assert (end["report"]["counts"]["have"], end["report"]["counts"]["saved"]) == (3, 1)


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


def test_titles_in_any_script_and_files_without_facts(host: HostProcess, board: Board) -> None:
    posts = [
        {
            "no": 9,
            "resto": 0,
            "time": 1,
            "sub": "題 &amp; 😀" * 20,
            "tim": 11,
            "ext": ".png",
            "filename": "a",
        },
        {"no": 10, "resto": 9, "time": 2, "filedeleted": 1},
    ]
    thread = RecordedThread("g", {"posts": posts}, {"/g/11.png": plain_thread(1, kinds=[".png"]).media().popitem()[1]})
    board.add(thread)
    page = host.result("page.inspect", url=board.thread_url(thread))
    assert (page["files"]["total"], page["files"]["bytes"]) == (2, 0)
    (end,) = host.finished(*host.start(board.thread_url(thread)))
    assert (end["report"]["counts"]["saved"], end["report"]["counts"]["deleted"]) == (1, 1)


def test_the_files_of_a_page_come_in_pages_and_can_be_chosen(host: HostProcess, board: Board) -> None:
    thread = plain_thread(403, 100)
    board.add(thread)
    url = board.thread_url(thread)
    first = host.result("page.files", url=url)
    rest = host.result("page.files", url=url, cursor=first["cursor"])
    assert (len(first["files"]), len(rest["files"]), rest["cursor"]) == (400, 3, None)
    assert {file["state"] for file in first["files"] + rest["files"]} == {"missing"}
    chosen = [first["files"][7]["id"], rest["files"][2]["id"]]
    (end,) = host.finished(*host.start(url, files=chosen))
    assert (end["report"]["counts"]["saved"], end["report"]["counts"]["filtered"]) == (2, 401)
    files = host.result("page.files", url=url)["files"]
    assert [file["id"] for file in files if file["state"] == "have"] == chosen[:1]
    assert host.refusal("page.files", url=f"{board.root}/g/thread/404")["code"] == "thread.gone"
    assert host.refusal("page.files", url=f"{board.root}/g/")["code"] == "request.unsupported"
    assert host.refusal("page.files", url=url, cursor="x")["code"] == "request.invalid"
