"""Pages, asked of the real host: what is on them, and the jobs that are started from them."""

from pathlib import Path

import pytest

from board import faults
from board.server import Board
from board.threads import RecordedThread, named_thread, plain_thread
from command_line import is_whole, picture_urls
from host_process import HostProcess

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("library")]


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


# Whose jobs are taken up


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
