"""Whole threads land whole: every file, every name, every sum, and a second run that finds nothing to do."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene, media_path

from board import faults
from board.server import Board
from board.threads import hard_thread, named_thread, plain_thread, recorded_threads, thread_from_recorded
from threadreel.demo.samples import SampleFile, SamplePost, SampleThread
from threadreel.errors import UrlError


@pytest.mark.parametrize("home_again", ["same engine", "next process"])
def test_hard_thread_lands_whole_and_a_second_run_adds_nothing(board: Board, home: Path, home_again: str) -> None:
    thread = hard_thread()
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=150, deleted=1)
        assert scene.media_requests() == 150
        before = scene.on_disk()
        assert len(before) == 151
        board.record.clear()
        if home_again == "same engine":
            again = scene.run(thread)
            scene.expect(again, have=150, deleted=1)
            assert again != job
    if home_again == "next process":
        with Scene(board, home) as scene:
            scene.expect(scene.run(thread), have=150, deleted=1)
    assert scene.api_requests() <= 1
    assert scene.media_requests() == 0
    assert scene.on_disk() == before


@pytest.mark.parametrize("path", recorded_threads(), ids=lambda path: path.stem)
def test_recorded_thread_lands_whole(board: Board, home: Path, path: Path) -> None:
    thread = thread_from_recorded(path)
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        files = scene.job(job)["files"]
        assert files["total"] == files["saved"] + files["deleted"] + files["duplicate"]
        assert scene.job(job)["state"] == "completed"
        assert len(scene.on_disk()) == files["saved"] + files["duplicate"] + 1


def test_several_urls_are_several_jobs_over_one_pool_and_scans_run_ahead(board: Board, home: Path) -> None:
    gate = board.gate()
    threads = [plain_thread(8, 5_000, no=no, seed=no) for no in (1000, 2000)]
    for thread in threads:
        board.add(thread)
    board.always(board.is_media, faults.stall(gate))
    with Scene(board, home, transfers_per_host=3) as scene:
        jobs = scene.start(*threads)
        assert len(set(jobs)) == 2
        scene.until(lambda: all(scene.job(job)["files"]["total"] == 8 for job in jobs), "both plans")
        # the second thread was read while not a byte of the first had come
        assert [scene.job(job)["files"]["done"] for job in jobs] == [0, 0]
        board.wait_until(lambda: len(board.requests(host=board.media_host)) == 3)
        gate.set()
        scene.finish(*jobs)
        for job, thread in zip(jobs, threads, strict=True):
            scene.prove(job, thread)
            scene.expect(job, saved=8)
        assert board.record.most_requests(board.media_host) == 3
        assert board.record.most_connections(board.media_host) <= 3


def test_a_picture_is_a_job_of_one_file(board: Board, home: Path) -> None:
    thread = plain_thread(1, 7_000)
    board.add(thread)
    ((path, body),) = thread.media().items()
    with Scene(board, home) as scene:
        (job,) = scene.start(f"http://{board.media_host}{path}")
        scene.finish(job)
        view = scene.job(job)
        assert (view["kind"], view["state"], view["thread"]) == ("file", "completed", None)
        scene.expect(job, saved=1)
        (file,) = scene.files(job)
        assert (scene.folder(job) / file.name).read_bytes() == body
        assert scene.on_disk() == [f"Threadreel/sample/g/{path.rpartition('/')[2]}"]
        assert scene.api_requests() == 0
        (again,) = scene.start(f"http://{board.media_host}{path}")
        scene.finish(again)
        scene.expect(again, have=1)
        assert scene.media_requests() == 1


def test_only_leaves_other_kinds_out_until_they_are_wanted(board: Board, home: Path) -> None:
    thread = plain_thread(8, 3_000, kinds=[".png", ".webm", ".pdf", ".jpg"])
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread, only=("videos", "other"))
        scene.expect(job, saved=4, filtered=4)
        assert {file.reason for file in scene.files(job) if file.state == "filtered"} == {"only"}
        scene.control("retry", job)  # a filter is no failure
        assert scene.media_requests() == 4
        scene.expect(scene.run(thread), saved=4, have=4)


def test_a_deleted_file_costs_no_request(board: Board, home: Path) -> None:
    thread = plain_thread(3, 3_000)
    gone = SamplePost(1900, thread.modified, "", SampleFile(0, "", "", b"", deleted=True))
    thread = dataclasses.replace(thread, posts=(*thread.posts, gone))
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=3, deleted=1)
        assert scene.job(job)["state"] == "completed"
        assert scene.media_requests() == 3


def test_flash_files_go_by_their_posters_names(board: Board, home: Path) -> None:
    thread = named_thread(["a tune & a dance.swf", "日本.swf", "100%.swf"], board="f")
    board.add(thread)
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=3)


def test_files_of_the_same_bytes_in_one_thread_are_fetched_once(board: Board, home: Path) -> None:
    one = plain_thread(1, 9_000).posts[1]
    assert one.file is not None
    copies = [dataclasses.replace(one.file, tim=one.file.tim + index, filename=f"copy {index}") for index in range(6)]
    posts = (SamplePost(1000, 1), *(SamplePost(1001 + index, 2, "", file) for index, file in enumerate(copies)))
    thread = SampleThread("g", "Copies", posts, 2)
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        scene.expect(job, saved=1, duplicate=5)
        assert scene.media_requests() == 1


@pytest.mark.parametrize(("mode", "links"), [("link", 2), ("copy", 1), ("skip", 1)])
def test_the_same_bytes_in_two_threads_are_fetched_once(board: Board, home: Path, mode: str, links: int) -> None:
    first, second = (plain_thread(4, 6_000, no=no, seed="shared") for no in (1000, 2000))
    board.add(first)
    board.add(second)
    with Scene(board, home, settings={"duplicates": mode}) as scene:
        scene.has_read(first, second)
        scene.expect(scene.run(first), saved=4)
        job = scene.run(second)
        scene.expect(job, duplicate=4)
        view = scene.job(job)
        assert view["bytes"]["done"] == view["bytes"]["total"] == sum(map(len, second.media().values()))
        assert scene.media_requests() == 4
        there = list(scene.folder(job).glob("*.*"))
        assert len(there) == (1 if mode == "skip" else 5)
        assert {path.stat().st_nlink for path in there if path.name != "report.json"} <= {links}
        again = scene.run(second)
        assert scene.media_requests() == 4
        scene.expect(again, **{"duplicate" if mode == "skip" else "have": 4})


def test_two_jobs_at_once_fetch_the_same_bytes_once(board: Board, home: Path) -> None:
    first, second = (plain_thread(5, 20_000, no=no, seed="shared") for no in (1000, 2000))
    gate = board.gate()
    board.add(first)
    board.add(second)
    board.always(board.is_media, faults.stall(gate, after=10_000))
    with Scene(board, home) as scene:
        scene.has_read(first, second)
        jobs = scene.start(first, second)
        scene.until(lambda: scene.job(jobs[1])["state"] == "running", "the second plan")
        gate.set()
        scene.finish(*jobs)
        scene.prove(jobs[0], first)
        scene.prove(jobs[1], second)
        assert scene.media_requests() == 5


@pytest.mark.parametrize("chosen", [{"folder": "{board}/{thread}", "name": "{post} {index}{ext}"}, {}])
def test_folder_and_names_are_as_the_templates_say(board: Board, home: Path, chosen: dict[str, Any]) -> None:
    thread = named_thread(["One.png", "Two.jpg"])
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread, root=home / "elsewhere", **chosen)
        folder = scene.folder(job).relative_to(home / "elsewhere")
        names = sorted(path.name for path in scene.folder(job).iterdir())
        if chosen:
            assert folder == Path("Threadreel/g/1000")
            assert names == ["1001 001.png", "1002 002.jpg", "report.json"]
        else:
            assert folder == Path("Threadreel/sample/g/1000 Names")
            keys = [file.key for file in scene.files(job)]
            assert names == [f"{keys[0]} One.png", f"{keys[1]} Two.jpg", "report.json"]


def test_a_foreign_file_under_our_name_stays_and_ours_gets_another(board: Board, home: Path) -> None:
    thread = plain_thread(3, 4_000)
    board.add(thread)
    with Scene(board, home) as scene:
        _, plan = scene.engine.preview(
            *scene.engine.check([scene.url(thread)])[0], _thread(scene, thread), options(scene)
        )
        foreign = home / "downloads/Threadreel/sample/g/1000 A plain thread" / plan[1].name
        foreign.parent.mkdir(parents=True)
        foreign.write_bytes(b"somebody's own")
        job = scene.run(thread)
        scene.expect(job, saved=3)
        assert foreign.read_bytes() == b"somebody's own"
        ours = scene.files(job)[1]
        assert ours.name != foreign.name
        assert (scene.folder(job) / ours.name).read_bytes() == thread.media()[media_path(ours)]
        scene.expect(scene.run(thread), have=3)
        assert scene.media_requests() == 3


def options(scene: Scene) -> Any:
    return scene.engine.options()


def _thread(scene: Scene, thread: SampleThread) -> Any:
    ((site, target),) = scene.engine.check([scene.url(thread)])
    return site.read_thread(target, thread.answer())


def test_a_right_file_that_was_there_before_us_is_had(board: Board, home: Path) -> None:
    thread = plain_thread(3, 4_000)
    board.add(thread)
    with Scene(board, home) as scene:
        scene.run(thread)
    (home / "ledger.sqlite3").unlink()  # as if another installation had fetched it
    board.record.clear()
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), have=3)
        assert scene.media_requests() == 0


def test_what_the_user_deleted_is_not_fetched_again_but_by_retry(board: Board, home: Path) -> None:
    thread = plain_thread(4, 4_000)
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        unwanted = scene.folder(job) / scene.files(job)[2].name
        unwanted.unlink()
        again = scene.run(thread)
        scene.expect(again, have=3, filtered=1)
        assert scene.files(again)[2].reason == "removed"
        assert not unwanted.exists()
        assert scene.media_requests() == 4
        scene.retry(again, thread)
        scene.expect(again, have=3, saved=1)
        assert unwanted.exists()


def test_a_file_changed_by_somebody_is_theirs(board: Board, home: Path) -> None:
    thread = plain_thread(3, 4_000)
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        edited = scene.folder(job) / scene.files(job)[0].name
        edited.write_bytes(b"edited")
        again = scene.run(thread)
        scene.expect(again, have=3)
        assert scene.files(again)[0].reason == "changed"
        scene.control("retry", again)
        assert edited.read_bytes() == b"edited"
        assert scene.media_requests() == 3


@pytest.mark.parametrize("left", [lambda whole: whole[:0], lambda whole: bytes(len(whole)), lambda whole: whole[:-100]])
def test_what_is_left_of_a_file_is_not_taken_for_it(board: Board, home: Path, left: Callable[[bytes], bytes]) -> None:
    thread = plain_thread(3, 4_000)
    board.add(thread)
    with Scene(board, home) as scene:
        job = scene.run(thread)
        folder = scene.folder(job)
        wreck = folder / scene.files(job)[0].name
        whole = wreck.read_bytes()
        wreck.write_bytes(left(whole))
        scene.expect(scene.run(thread), have=2, saved=1)
        assert whole in [path.read_bytes() for path in folder.iterdir() if path.suffix == wreck.suffix]
        scene.expect(scene.run(thread), have=3)
        assert scene.media_requests() == 4


def test_a_lost_folder_is_fetched_again(board: Board, home: Path) -> None:
    thread = plain_thread(3, 4_000)
    board.add(thread)
    with Scene(board, home) as scene:
        folder = scene.folder(scene.run(thread))
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        scene.expect(scene.run(thread), saved=3)


def test_a_page_of_nobody_is_refused_before_any_job_is_made(board: Board, home: Path) -> None:
    thread = plain_thread(1)
    board.add(thread)
    with Scene(board, home) as scene:
        for url in (f"http://{board.stranger}/g/thread/1", "not an address"):
            with pytest.raises(UrlError):
                scene.start(thread, url)
        assert scene.engine.page() == ([], None)
        assert not board.requests()


def test_inspect_counts_before_anything_is_fetched(board: Board, home: Path) -> None:
    thread = plain_thread(4, 3_000, kinds=[".png", ".webm", ".pdf", ".jpg"])
    board.add(thread)
    with Scene(board, home) as scene:
        answers: list[Any] = []
        scene.engine.inspect(scene.url(thread), answers.append)
        scene.until(lambda: answers, "the answer")
        files = {"total": 4, "images": 2, "videos": 1, "other": 1, "bytes": 12_000, "have": 0, "filtered": 0}
        assert answers[0]["files"] == files
        assert scene.media_requests() == 0
        scene.run(thread)
        scene.engine.inspect(scene.url(thread), answers.append)
        scene.until(lambda: len(answers) == 2, "the second answer")
        assert answers[1]["files"] == {**files, "have": 4}
        assert scene.api_requests() == 1


def test_a_folder_through_a_link_is_refused(board: Board, home: Path, tmp_path: Path) -> None:
    thread = plain_thread(2, 2_000)
    board.add(thread)
    outside = tmp_path / "outside"
    outside.mkdir()
    (home / "downloads/Threadreel").mkdir(parents=True)
    (home / "downloads/Threadreel/sample").symlink_to(outside)
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        scene.expect(job, failed=2)
        assert {file.reason for file in scene.files(job)} == {"disk.denied"}
        assert list(outside.iterdir()) == []
        assert "Move it away" in scene.logs()
