"""Power cuts, simulated: whatever the disk lost that was not synced, nothing is called saved that is not there, byte for byte.

A job runs once while its downloads and its ledger are copied before and after every call that syncs, gives a name or takes one
away. Then each of these moments becomes the last one before a power cut, in each way in which a disk may lose what was not
synced, and the next process goes on from what is left.
"""

import dataclasses
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_harness import Scene

from board import faults
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SamplePost, SampleThread
from threadreel.library.ledger import Ledger

Names = dict[str, int]  # inodes by path below the downloads
Contents = dict[int, tuple[bytes, int]]  # bytes and modification time by inode


@dataclasses.dataclass(frozen=True)
class Moment:
    """What was there, what of it was synced, and the files of the ledger."""

    names: Names
    contents: Contents
    synced_names: Names
    synced_contents: Contents
    ledger: dict[str, bytes]


class Recorder:
    """Takes a moment at each call of interest, of whatever thread."""

    def __init__(self, home: Path, ledger: Ledger) -> None:
        self.home, self.downloads, self._ledger = home, home / "downloads", ledger
        self.moments: list[Moment] = []
        self._lock = threading.RLock()
        self._synced_names: Names = {}
        self._synced_contents: Contents = {}

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("link", "rename", "replace", "unlink", "fsync"):
            patch.setattr(os, name, self._watched(getattr(os, name), is_sync=name == "fsync"))

    def _watched(self, call: Callable[..., Any], is_sync: bool) -> Callable[..., Any]:
        def watched(target: Any, *rest: Any, **options: Any) -> Any:
            with self._lock:
                self.take()
                try:
                    result = call(target, *rest, **options)
                    if is_sync:
                        self._note_sync(os.fstat(target).st_ino)
                    return result
                finally:
                    self.take()

        return watched

    def _note_sync(self, inode: int) -> None:
        """A synced file has its contents, and the names it has now; a synced folder has exactly the names in it."""
        names, contents = self._look()
        for name in names.keys() | self._synced_names.keys():
            is_in_folder = (self.downloads / name).parent.stat().st_ino == inode
            if names.get(name) == inode or (is_in_folder and name in names):
                self._synced_names[name] = names[name]
            elif is_in_folder:
                del self._synced_names[name]
        if inode in contents:
            self._synced_contents[inode] = contents[inode]

    def _look(self) -> tuple[Names, Contents]:
        names: Names = {}
        contents: Contents = {}
        for path in self.downloads.rglob("*"):
            if path.is_file():
                facts = path.stat()
                names[str(path.relative_to(self.downloads))] = facts.st_ino
                contents[facts.st_ino] = (path.read_bytes(), facts.st_mtime_ns)
        return names, contents

    def take(self) -> None:
        with self._lock:
            self._ledger.flush()  # as when somebody asks for a view at this very moment
            ledger = {name: (self.home / name).read_bytes() for name in ("ledger.sqlite3", "ledger.sqlite3-wal")}
            moment = Moment(*self._look(), dict(self._synced_names), dict(self._synced_contents), ledger)
            if not self.moments or self.moments[-1] != moment:
                self.moments.append(moment)


def restore(home: Path, names: Names, contents: Contents, ledger: dict[str, bytes]) -> None:
    """The home holds this and nothing else."""
    shutil.rmtree(home)
    home.mkdir()
    for name, data in ledger.items():
        (home / name).write_bytes(data)
    first: dict[int, Path] = {}
    for name, inode in names.items():
        path = home / "downloads" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if inode in first:
            os.link(first[inode], path)
        else:
            data, mtime_ns = contents[inode]
            path.write_bytes(data)
            os.utime(path, ns=(mtime_ns, mtime_ns))
            first[inode] = path


def zeroed(moment: Moment) -> Contents:
    """What was not synced reads as zeros, as long as it was, as some file systems have it."""
    unsynced = {inode: (bytes(len(data)), mtime_ns) for inode, (data, mtime_ns) in moment.contents.items()}
    return {**unsynced, **moment.synced_contents}


def names_kept(home: Path, moment: Moment, _first: Moment) -> None:
    """Names and ledger reached the disk before the bytes."""
    restore(home, moment.names, zeroed(moment), moment.ledger)


def names_lost(home: Path, moment: Moment, _first: Moment) -> None:
    """The ledger reached the disk before names that nobody had synced."""
    restore(home, moment.synced_names, zeroed(moment), moment.ledger)


def ledger_lost(home: Path, moment: Moment, first: Moment) -> None:
    """The ledger lost everything since the plan."""
    restore(home, moment.names, zeroed(moment), first.ledger)


def with_a_twin(thread: SampleThread) -> SampleThread:
    """The thread and one post more, whose file has the bytes of the last."""
    last = thread.posts[-1]
    assert last.file is not None
    twin = dataclasses.replace(last.file, tim=last.file.tim + 1, filename="twin")
    return dataclasses.replace(thread, posts=(*thread.posts, SamplePost(last.no + 1, last.time, "", twin)))


@pytest.mark.timeout(120)
def test_nothing_is_called_saved_that_a_power_cut_took(board: Board, home: Path) -> None:
    thread = with_a_twin(plain_thread(2))
    board.add(thread)
    with pytest.MonkeyPatch.context() as patch, Scene(board, home, transfers_per_host=1) as scene:
        recorder = Recorder(home, scene.engine.ledger)
        recorder.watch(patch)
        scene.expect(scene.run(thread), saved=2, duplicate=1)
        recorder.take()
    moments = recorder.moments
    assert len(moments) > 10
    for number, moment in enumerate(moments):
        for cut in (names_kept, names_lost, ledger_lost):
            cut(home, moment, moments[0])
            with Scene(board, home) as scene:
                scene.has_read(thread)
                (job,) = [view["id"] for view in scene.engine.adopt()] or scene.start(thread)
                scene.finish(job)
                scene.prove(job, thread)
                where = f"{cut.__name__} at {number} of {len(moments)}"
                states = [(str(file.state), file.reason) for file in scene.files(job)]
                assert {state for state, _ in states} <= {"saved", "have", "duplicate"}, f"{where}: {states}"
                assert {reason for _, reason in states} == {None}, f"{where}: {states}"


def test_a_part_that_no_hash_can_check_is_not_gone_on_with_by_the_next_process(board: Board, home: Path) -> None:
    thread = plain_thread(1, 60_000)
    board.add(thread)
    ((path, body),) = thread.media().items()
    gate = board.gate()
    board.always(path, faults.stall(gate, after=30_000))
    with Scene(board, home) as scene:
        (job,) = scene.start(f"http://{board.media_host}{path}")
        part = scene.until(lambda: [name for name in scene.on_disk(".part") if size_of(home, name)], "some bytes")[0]
    gate.set()
    board.behave()
    board.record.clear()
    holed = home / "downloads" / part
    holed.write_bytes(bytes(holed.stat().st_size))
    with Scene(board, home) as scene:
        assert [view["id"] for view in scene.engine.adopt()] == [job]
        scene.finish(job)
        scene.expect(job, saved=1)
        assert (scene.folder(job) / scene.files(job)[0].name).read_bytes() == body
        assert [entry.headers.get("range") for entry in board.requests(path)] == [None]


def size_of(home: Path, name: str) -> int:
    return (home / "downloads" / name).stat().st_size
