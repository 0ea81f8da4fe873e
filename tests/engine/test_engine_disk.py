"""The disk in the way: room is looked for before the first byte, and a disk that is full or refuses loses nothing."""

import contextlib
import errno
import os
import resource
import shutil
import subprocess
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.engine.transfers.disk_room import MARGIN_BYTES

Usage = namedtuple("Usage", "total used free")
FILE_BYTES = 100_000


class Disk:
    """What the system says is free."""

    def __init__(self, free_bytes: int) -> None:
        self.free_bytes = free_bytes

    def usage(self, _folder: Path) -> Usage:
        return Usage(10**12, 10**12 - self.free_bytes, self.free_bytes)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk with room for nothing, until a test says more."""
    fake = Disk(0)
    monkeypatch.setattr(shutil, "disk_usage", fake.usage)
    return fake


def error_of(scene: Scene, job: str) -> dict[str, str]:
    error: dict[str, str] = scene.job(job)["error"]
    return error


# Room before the first byte


@pytest.mark.parametrize(("missing_bytes", "state"), [(0, "completed"), (1, "failed")])
def test_a_job_needs_room_for_its_bytes_and_a_margin(
    board: Board, home: Path, disk: Disk, missing_bytes: int, state: str
) -> None:
    thread = plain_thread(3, FILE_BYTES)
    board.add(thread)
    disk.free_bytes = 3 * FILE_BYTES + MARGIN_BYTES - missing_bytes
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        assert scene.job(job)["state"] == state


def test_a_job_that_cannot_fit_is_refused_with_figures_and_without_a_request(
    board: Board, home: Path, disk: Disk
) -> None:
    thread = plain_thread(3, FILE_BYTES)
    board.add(thread)
    disk.free_bytes = 30_000_000
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        error = error_of(scene, job)
        assert error["code"] == "disk.full"
        assert "need 300 kB, but 30.0 MB are free" in error["message"]
        assert "Make room" in error["hint"]
        scene.expect(job, failed=3)
        assert {file.reason for file in scene.files(job)} == {"disk.full"}
        assert scene.media_requests() == 0
        assert scene.on_disk() == []
        disk.free_bytes = 10**12
        scene.retry(job, thread)
        scene.expect(job, saved=3)
        assert scene.api_requests() == 1


def test_get_of_a_refused_page_begins_anew(board: Board, home: Path, disk: Disk) -> None:
    thread = plain_thread(3, FILE_BYTES)
    board.add(thread)
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        disk.free_bytes = 10**12
        scene.expect(scene.run(thread), saved=3)


def test_only_what_is_still_to_be_fetched_needs_room(board: Board, home: Path, disk: Disk) -> None:
    thread = plain_thread(4, FILE_BYTES)
    board.add(thread)
    paths = list(thread.media())
    disk.free_bytes = 10**12
    board.always(paths[0], faults.status(403))
    board.always(paths[1], faults.cut(after=FILE_BYTES // 2))
    with Scene(board, home, retries=0) as scene:
        job = scene.run(thread)
        part_bytes = scene.files(job)[1].done
        assert 0 < part_bytes < FILE_BYTES
        board.behave()
        disk.free_bytes = MARGIN_BYTES + 2 * FILE_BYTES - part_bytes
        scene.retry(job, thread)
        scene.expect(job, saved=4)


def test_what_is_on_the_disk_already_needs_no_room(board: Board, home: Path, disk: Disk) -> None:
    thread, again = plain_thread(3, FILE_BYTES), plain_thread(3, FILE_BYTES, no=2000)
    board.add(thread)
    board.add(again)
    disk.free_bytes = 10**12
    with Scene(board, home) as scene:
        scene.has_read(thread, again)
        scene.run(thread)
        disk.free_bytes = 0
        scene.expect(scene.run(thread), have=3)
        scene.expect(scene.run(again), duplicate=3)
    (home / "ledger.sqlite3").unlink()
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), have=3)


def test_jobs_at_once_share_the_room(board: Board, home: Path, disk: Disk) -> None:
    threads = [plain_thread(2, FILE_BYTES, no=1000 * number, seed=number) for number in (1, 2, 3)]
    for thread in threads:
        board.add(thread)
    gate = board.gate()
    board.always(board.is_media, faults.stall(gate, after=0))
    disk.free_bytes = MARGIN_BYTES + 5 * FILE_BYTES
    with Scene(board, home) as scene:
        scene.has_read(*threads)
        jobs = scene.start(*threads)
        refused = scene.until(lambda: [job for job in jobs if scene.job(job)["state"] == "failed"], "a refusal")
        assert "for other downloads" in error_of(scene, refused[0])["message"]
        gate.set()
        scene.finish(*jobs)
        states = sorted(scene.job(job)["state"] for job in jobs)
        assert states == ["completed", "completed", "failed"]
        scene.control("retry", refused[0])
        scene.finish(*jobs)
        assert scene.job(refused[0])["state"] == "completed"


def test_a_paused_job_that_no_longer_fits_is_refused_and_keeps_what_it_has(
    board: Board, home: Path, disk: Disk
) -> None:
    thread = plain_thread(3, FILE_BYTES)
    board.add(thread)
    disk.free_bytes = 10**12
    gate = board.gate()
    board.always(list(thread.media())[2], faults.stall(gate, after=FILE_BYTES // 2))
    with Scene(board, home) as scene:
        (job,) = scene.start(thread)
        scene.until(lambda: scene.job(job)["files"]["saved"] == 2, "two files")
        scene.control("pause", job)
        scene.until_idle()
        gate.set()
        disk.free_bytes = 0
        scene.control("resume", job)
        scene.finish(job)
        assert error_of(scene, job)["code"] == "disk.full"
        scene.expect(job, saved=2, failed=1)
        assert len(scene.on_disk(".part")) == 1
        disk.free_bytes = 10**12
        scene.retry(job, thread)
        scene.expect(job, saved=3)


def test_where_nobody_knows_what_is_free_everything_fits(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_folder: Path) -> Usage:
        raise OSError(errno.ENOSYS, "not here")

    thread = plain_thread(2)
    board.add(thread)
    monkeypatch.setattr(shutil, "disk_usage", unknown)
    with Scene(board, home) as scene:
        scene.expect(scene.run(thread), saved=2)


# A disk that is full in the midst of a file


@contextlib.contextmanager
def small_file_system(folder: Path) -> Iterator[Callable[[], None]]:
    """A real file system of 1 MB at ``folder``; yields what makes it larger."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "threadreel-test", str(folder)]
    subprocess.run(mount, check=True, capture_output=True, timeout=20)
    try:
        yield lambda: _run("mount", "-o", "remount,size=64m", str(folder))
    finally:
        _run("umount", "--lazy", str(folder))


@contextlib.contextmanager
def small_files(_folder: Path) -> Iterator[Callable[[], None]]:
    """No file may grow beyond 1 MB, which looks the same to who writes it; yields what lifts that."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, hard))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)


def may_mount(folder: Path) -> bool:
    """Whether this user may mount file systems here."""
    try:
        with small_file_system(folder):
            return True
    except (OSError, subprocess.SubprocessError):
        return False


def test_a_disk_that_fills_up_keeps_what_fits_and_goes_on_after_room_was_made(
    board: Board, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = plain_thread(4, [200_000, 200_000, 200_000, 3_000_000])
    large = list(thread.media())[3]
    board.add(thread)
    (root := tmp_path / "small disk").mkdir()
    small = small_file_system if may_mount(root) else small_files
    monkeypatch.setattr(shutil, "disk_usage", Disk(10**12).usage)  # somebody else fills the disk meanwhile
    board.always(large, faults.slow(6_000_000))  # the others are there first
    with small(root) as make_room, Scene(board, home, settings={"directory": str(root)}) as scene:
        (job,) = scene.start(thread)
        scene.finish(job)
        scene.expect(job, saved=3, failed=1)
        assert scene.job(job)["state"] == "incomplete"
        assert scene.files(job)[3].reason == "disk.full"
        assert "The disk is full" in scene.logs()
        folder = scene.folder(job)
        media = thread.media()
        whole = [path.read_bytes() for path in folder.iterdir() if path.suffix not in (".part", ".json")]
        assert sorted(whole) == sorted(body for path, body in media.items() if path != large)
        (part,) = folder.glob("*.part")
        kept_bytes = part.stat().st_size
        assert media[large].startswith(part.read_bytes())
        assert kept_bytes > 200_000
        make_room()
        scene.retry(job, thread)
        scene.expect(job, saved=4)
        ranges = [entry.headers.get("range") for entry in board.requests(large)]
        assert ranges == [None, f"bytes={kept_bytes}-"]


@pytest.mark.parametrize("call", ["mkdir", "open", "fsync"])
def test_a_folder_that_refuses_fails_the_files_and_retry_goes_on(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Permissions do not bind root, as whom tests may run: so the system call itself refuses."""
    thread = plain_thread(2)
    board.add(thread)
    original = getattr(os, call)

    def refuse(target: Any, *rest: Any, **options: Any) -> Any:
        if call == "fsync" or "Threadreel" in str(target):
            raise OSError(errno.EIO if call == "fsync" else errno.EACCES, "refused", target)
        return original(target, *rest, **options)

    with Scene(board, home) as scene:
        with monkeypatch.context() as patch:
            patch.setattr(os, call, refuse)
            (job,) = scene.start(thread)
            scene.finish(job)
        assert scene.job(job)["state"] == "incomplete"
        scene.expect(job, failed=2)
        assert {file.reason for file in scene.files(job)} == {"disk.denied"}
        assert "could not be written: refused" in scene.logs()
        assert scene.on_disk(".png") == scene.on_disk(".jpg") == [], "nothing has a final name"
        scene.retry(job, thread)
        scene.expect(job, saved=2)
