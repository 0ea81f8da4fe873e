"""A disk that is full: a failure that says so, and one that is gone on with."""

from pathlib import Path

import pytest
from engine_harness import Scene
from single_file import one_file, ranges

from board import faults
from board.server import Board
from threadreel.engine.transfers.part_file import PartFile
from threadreel.errors import DiskError


def test_a_full_disk_fails_clearly_and_is_gone_on_with_after_room_was_made(
    board: Board, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, path, _ = one_file(board, 300_000)
    write = PartFile.append

    def until_full(part: PartFile, data: bytes) -> None:
        if part.size_bytes + len(data) > 200_000:
            raise DiskError("disk.full", "The disk is full.", "Make room, then retry.")
        write(part, data)

    board.always(path, faults.slow(3_000_000))
    with Scene(board, home) as scene:
        with monkeypatch.context() as patch:
            patch.setattr(PartFile, "append", until_full)
            job = scene.run(thread)
        scene.expect(job, failed=1)
        assert scene.files(job)[0].reason == "disk.full"
        assert "The disk is full. Make room, then retry." in scene.logs()
        kept = scene.files(job)[0].done
        assert 0 < kept <= 200_000
        scene.retry(job, thread)
        scene.expect(job, saved=1)
        assert ranges(board, path) == [None, f"bytes={kept}-"]
