"""The folder of a job on a real disk: nothing is written through a link, over a file, or without a word when it fails."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rows import child_command
from threadreel.errors import DiskError
from threadreel.library import folders
from threadreel.library.folders import Folder, disk_errors, regular_file
from threadreel.library.names import SafeName

NAME = SafeName("a.png")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "root", [SafeName("4chan"), SafeName("g"), SafeName("42 title")])
    made.create()
    return made


def write_part(folder: Folder, data: bytes, name: SafeName = NAME) -> None:
    with folder.open_part(name) as part:
        part.write(data)


def names_in(folder: Folder) -> list[str]:
    return sorted(path.name for path in folder.path.iterdir())


def no_links(*_: Any, **__: Any) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


# Making it


def test_it_is_made_with_all_that_leads_to_it_and_again(tmp_path: Path) -> None:
    made = Folder(tmp_path / "not" / "yet", [SafeName("a"), SafeName("b")])
    made.create()
    made.create()
    assert made.path == tmp_path / "not" / "yet" / "a" / "b"
    assert made.path.is_dir()


def test_the_root_may_be_a_link_for_the_user_chose_it(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "root").symlink_to("disk")
    Folder(tmp_path / "root", [SafeName("a")]).create()
    assert (tmp_path / "disk" / "a").is_dir()


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_link_below_the_root_is_refused(tmp_path: Path, depth: int) -> None:
    components = [SafeName("4chan"), SafeName("g"), SafeName("42")]
    outside = tmp_path / "outside"
    outside.mkdir()
    parent = (tmp_path / "root").joinpath(*components[:depth])
    parent.mkdir(parents=True)
    (parent / components[depth]).symlink_to(outside)
    with pytest.raises(DiskError, match="is not a folder") as caught:
        Folder(tmp_path / "root", components).create()
    assert caught.value.code == "disk.denied"
    assert list(outside.iterdir()) == []


def test_a_dangling_link_below_the_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "4chan").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DiskError, match="is not a folder"):
        Folder(tmp_path, [SafeName("4chan"), SafeName("g")]).create()
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("at", ["root", "root/4chan", "."])
def test_a_file_in_the_way_is_refused(tmp_path: Path, at: str) -> None:
    root = tmp_path / "root" if at != "." else tmp_path / "file" / "root"
    blocker = tmp_path / at if at != "." else tmp_path / "file"
    blocker.parent.mkdir(exist_ok=True)
    blocker.write_bytes(b"mine")
    with pytest.raises(DiskError) as caught:
        Folder(root, [SafeName("4chan"), SafeName("g")]).create()
    assert caught.value.code == "disk.denied"
    assert caught.value.hint
    assert blocker.read_bytes() == b"mine"


# The part


def test_a_part_grows_over_several_openings(folder: Folder) -> None:
    write_part(folder, b"first ")
    with folder.open_part(NAME) as part:
        assert part.read() == b"first "
        part.write(b"second")
    assert folder.part(NAME).read_bytes() == b"first second"
    folder.drop_part(NAME)
    folder.drop_part(NAME)
    assert names_in(folder) == []


def test_a_part_that_is_a_link_is_refused(folder: Folder, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"mine")
    folder.part(NAME).symlink_to(target)
    with pytest.raises(DiskError) as caught:
        folder.open_part(NAME)
    assert caught.value.code == "disk.denied"
    assert target.read_bytes() == b"mine"


def test_a_part_that_leads_nowhere_makes_nothing_there(folder: Folder, tmp_path: Path) -> None:
    folder.part(NAME).symlink_to(tmp_path / "nowhere")
    with pytest.raises(DiskError):
        folder.open_part(NAME)
    assert not (tmp_path / "nowhere").exists()


def test_a_part_that_is_no_file_is_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.path)  # a socket's path is short
    os.mkfifo("pipe.part")
    (folder.path / "folder.part").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.part")
        for name in ("pipe", "folder", "socket"):
            with pytest.raises(DiskError) as caught:
                folder.open_part(SafeName(name))
            assert caught.value.code == "disk.denied"


def test_a_part_that_was_published_just_before_a_crash_is_not_written_to(folder: Folder) -> None:
    write_part(folder, b"whole")
    os.link(folder.part(NAME), folder.file(NAME))  # and there the process died
    with folder.open_part(NAME) as part:
        assert part.read() == b""
        part.write(b"x")
    assert folder.file(NAME).read_bytes() == b"whole"
    assert folder.part(NAME).read_bytes() == b"x"


# The final name


def test_publishing_gives_the_part_its_name(folder: Folder) -> None:
    write_part(folder, b"whole")
    facts = folder.publish(NAME)
    assert names_in(folder) == ["a.png"]
    assert folder.file(NAME).read_bytes() == b"whole"
    assert facts.st_size == 5
    assert facts.st_mtime_ns == folder.file(NAME).stat().st_mtime_ns
    assert stat.S_IMODE(facts.st_mode) & 0o111 == 0


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling"])
def test_publishing_never_overwrites(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool, kind: str
) -> None:
    if not has_links:
        monkeypatch.setattr(folders.os, "link", no_links)
    there = folder.file(NAME)
    if kind == "file":
        there.write_bytes(b"mine")
    elif kind == "folder":
        there.mkdir()
    else:
        there.symlink_to(tmp_path if kind == "link" else tmp_path / "nowhere")
    before = there.lstat()
    write_part(folder, b"whole")
    with pytest.raises(FileExistsError):
        folder.publish(NAME)
    assert there.lstat() == before
    assert folder.part(NAME).read_bytes() == b"whole"


@pytest.mark.parametrize(
    "code", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES, errno.EINVAL]
)
def test_publishing_without_links_renames(folder: Folder, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(folders.os, "link", refuse)
    write_part(folder, b"whole")
    assert folder.publish(NAME).st_size == 5
    assert names_in(folder) == ["a.png"]
    assert folder.file(NAME).read_bytes() == b"whole"


def test_publishing_where_the_system_has_no_such_call_renames(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(folders.os, "link", refuse)
    write_part(folder, b"whole")
    folder.publish(NAME)
    assert names_in(folder) == ["a.png"]


def test_publishing_a_part_that_is_gone_says_so(folder: Folder) -> None:
    with pytest.raises(DiskError) as caught:
        folder.publish(NAME)
    assert caught.value.code == "disk.denied"


def test_replacing_succeeds_a_file_in_one_step(folder: Folder) -> None:
    folder.file(NAME).write_bytes(b"older")
    write_part(folder, b"newer!")
    assert folder.replace(NAME).st_size == 6
    assert names_in(folder) == ["a.png"]
    assert folder.file(NAME).read_bytes() == b"newer!"


def test_replacing_a_link_leaves_alone_what_it_leads_to(folder: Folder, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"mine")
    folder.file(NAME).symlink_to(target)
    write_part(folder, b"newer")
    folder.replace(NAME)
    assert target.read_bytes() == b"mine"
    assert not folder.file(NAME).is_symlink()


def test_replacing_a_folder_is_refused(folder: Folder) -> None:
    folder.file(NAME).mkdir()
    write_part(folder, b"newer")
    with pytest.raises(DiskError):
        folder.replace(NAME)
    assert folder.part(NAME).exists()


def test_a_link_is_one_more_name_of_the_same_bytes(folder: Folder, tmp_path: Path) -> None:
    source = tmp_path / "source.png"
    source.write_bytes(b"same")
    assert folder.link(source, NAME).st_ino == source.stat().st_ino
    with pytest.raises(FileExistsError):
        folder.link(source, NAME)


# What there is, and what goes wrong


def test_only_a_real_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    facts = regular_file(tmp_path / "file")
    assert facts is not None
    assert facts.st_size == 3
    for other in ("link", "nothing", ".", "file/below", "a\0b"):
        assert regular_file(tmp_path / other) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "no space"), "disk.full"),
        (OSError(errno.EDQUOT, "quota"), "disk.full"),
        (OSError(errno.EFBIG, "too large"), "disk.full"),
        (PermissionError(errno.EACCES, "permission denied"), "disk.denied"),
        (OSError(errno.EROFS, "read-only file system"), "disk.denied"),
        (OSError(errno.ENAMETOOLONG, "name too long"), "disk.denied"),
        (OSError("something odd"), "disk.denied"),
    ],
)
def test_what_the_system_says_becomes_a_sentence(error: OSError, code: str) -> None:
    with pytest.raises(DiskError) as caught, disk_errors(Path("/downloads/a.png")):
        raise error
    assert caught.value.code == code
    assert "/downloads/a.png" in caught.value.message
    assert caught.value.hint


def test_that_a_file_exists_is_no_trouble_but_an_answer(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), disk_errors(tmp_path):
        tmp_path.mkdir()


@pytest.mark.process
def test_a_disk_that_is_full_is_called_full(tmp_path: Path) -> None:
    """A limit on file sizes stands for the end of the disk: the write fails half way, as it does there."""
    program = (
        "import resource, signal\n"
        "from pathlib import Path\n"
        "from threadreel.errors import DiskError\n"
        "from threadreel.engine.transfers.part_file import PartFile\n"
        "from threadreel.library.folders import Folder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "folder = Folder(Path(sys.argv[1]), ['g'])\n"
        "folder.create()\n"
        "part = PartFile(folder.open_part('a.png'), folder.part('a.png'))\n"
        "try:\n"
        "    part.append(bytes(50_000))\n"
        "except DiskError as error:\n"
        "    print(error.code, folder.part('a.png').stat().st_size, part.size_bytes)"
    )
    done = subprocess.run(child_command(program, tmp_path), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["disk.full", "10000", "0"]
