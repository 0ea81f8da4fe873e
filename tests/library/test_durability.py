"""What a power cut must not take: what is synced, in which folders, and which refusals are none."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from threadreel.errors import DiskError
from threadreel.library.durability import sync_file, sync_folders, sync_open
from threadreel.library.folders import Folder
from threadreel.library.names import SafeName


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes that were synced, in order."""
    inodes: list[int] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        fsync(handle)
        inodes.append(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    return inodes


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_folder_is_synced_with_all_that_lead_to_it_from_the_root(tmp_path: Path, synced: list[int]) -> None:
    folder = Folder(tmp_path / "root", [SafeName("a"), SafeName("b")])
    folder.create()
    folder.sync()
    expected = [folder.path, folder.path.parent, tmp_path / "root"]
    assert synced == [path.stat().st_ino for path in expected]


def test_a_part_is_synced_while_it_is_open(tmp_path: Path, synced: list[int]) -> None:
    with Folder(tmp_path, []).open_part(SafeName("a.png")) as part:
        sync_open(part.fileno())
    assert synced == [(tmp_path / "a.png.part").stat().st_ino]


def test_a_file_that_may_only_be_read_is_synced(tmp_path: Path, synced: list[int]) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "a").chmod(0o444)
    sync_file(tmp_path / "a")
    assert len(synced) == 1


@pytest.mark.parametrize(("code", "is_trouble"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_file_system_without_sync_is_no_trouble_and_a_broken_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, is_trouble: bool
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(code, "refused")

    (tmp_path / "a").write_bytes(b"a")
    before = open_files()
    monkeypatch.setattr(os, "fsync", refuse)
    if is_trouble:
        with pytest.raises(DiskError):
            Folder(tmp_path, []).sync()
        with pytest.raises(OSError, match="refused"):
            sync_file(tmp_path / "a")
    else:
        sync_folders([tmp_path])
        sync_file(tmp_path / "a")
    assert open_files() == before, "nothing stays open"


def test_what_is_not_there_cannot_be_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_file(tmp_path / "a.png")
    with pytest.raises(DiskError):
        Folder(tmp_path / "nowhere", []).sync()


def test_the_sizes_in_a_folder_are_those_of_all_its_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "g", [])
    assert folder.sizes() == {}
    folder.create()
    (tmp_path / "g" / "a.png").write_bytes(b"abc")
    (tmp_path / "g" / "b.png.part").write_bytes(b"ab")
    assert folder.sizes() == {"a.png": 3, "b.png.part": 2}
