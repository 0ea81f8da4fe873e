"""The folder of one job on disk: made safely, searched, and the only way a file gets its final name.

Below the download root no symbolic link is followed and nothing outside is reached: components are ``SafeName``, and each
one is looked at before it is used.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from threadreel.errors import DiskError
from threadreel.library.durability import sync_folders
from threadreel.library.names import PART_SUFFIX, SafeName

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_OPEN = os.O_RDWR | os.O_CREAT | _NO_FOLLOW | getattr(os, "O_BINARY", 0)
#: errors by which a file system says that it has no hard links, or not here
_NO_LINKS = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS, errno.EACCES, errno.EINVAL}
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Folder:
    """``root`` (the user's choice, may itself be a link) and safe components below it. Raises DiskError, or what a method says."""

    def __init__(self, root: Path, components: Sequence[SafeName]) -> None:
        self.root = root
        self.components = tuple(components)
        self.path = root.joinpath(*components)
        self._is_made = False
        self._at: Callable[[str], Path] = lru_cache(maxsize=64)(self.path.joinpath)  # each is asked for again and again

    def create(self) -> None:
        """Make it; afterwards every component below the root is a real folder. Cheap when it was made before and is there."""
        with disk_errors(self.path):
            if self._is_made:
                with contextlib.suppress(FileNotFoundError):
                    if _is_folder(self.path):
                        return
            try:
                self.root.mkdir(parents=True, exist_ok=True)
            except FileExistsError as error:
                raise _not_a_folder(error.filename) from None
            walked = self.root
            for component in self.components:
                walked = walked / component
                with contextlib.suppress(FileExistsError):
                    walked.mkdir()
                if not _is_folder(walked):
                    raise _not_a_folder(walked)
        self._is_made = True

    def file(self, name: SafeName) -> Path:
        """Where ``name`` is, or will be."""
        return self._at(name)

    def part(self, name: SafeName) -> Path:
        """Where ``name`` grows until it is whole and verified."""
        return self._at(name + PART_SUFFIX)

    def open_part(self, name: SafeName) -> BinaryIO:
        """The part file, created if need be, never through a link; positioned at its start, unbuffered.

        A part with a second name was published just before a crash: its bytes are final, and a new part begins.
        """
        path = self.part(name)
        with disk_errors(path):
            try:
                handle = os.open(path, _OPEN | os.O_EXCL, 0o644)
            except FileExistsError:
                facts = path.lstat()
                if not stat.S_ISREG(facts.st_mode):
                    raise DiskError("disk.denied", f"{path} is not a file.", "Move it away and retry.") from None
                if facts.st_nlink > 1:
                    path.unlink()
                handle = os.open(path, _OPEN, 0o644)
            return os.fdopen(handle, "r+b", buffering=0)

    def sync(self) -> None:
        """Every name in it, and its own below the root, is on the disk."""
        with disk_errors(self.path):
            folders = [self.path, *self.path.parents]
            sync_folders(folders[: len(self.components) + 1])

    def sizes(self) -> dict[str, int]:
        """The size of every file in it, by name, part files too; nothing when it is not there or may not be read."""
        try:
            with os.scandir(self.path) as entries:
                return {entry.name: entry.stat(follow_symlinks=False).st_size for entry in entries}
        except OSError:
            return {}

    def drop_part(self, name: SafeName) -> None:
        """No part of ``name`` is left."""
        with contextlib.suppress(OSError):
            self.part(name).unlink()

    def publish(self, name: SafeName) -> os.stat_result:
        """Give the part its final name, in one step; FileExistsError when something is there already.

        A hard link cannot overwrite, a rename can: so link, then drop the part. After a crash between the two both names
        lead to the same whole file, and the next run finds it.
        """
        with disk_errors(self.file(name)):
            try:
                os.link(self.part(name), self.file(name), follow_symlinks=False)
            except FileExistsError:
                raise
            except (OSError, NotImplementedError) as error:
                if isinstance(error, OSError) and error.errno not in _NO_LINKS:
                    raise
                if os.path.lexists(self.file(name)):
                    raise FileExistsError(errno.EEXIST, "exists", str(self.file(name))) from None
                self.part(name).rename(self.file(name))
            else:
                self.drop_part(name)
            return self.file(name).lstat()

    def replace(self, name: SafeName) -> os.stat_result:
        """Give the part its final name, over a file of ours that it succeeds."""
        with disk_errors(self.file(name)):
            self.part(name).replace(self.file(name))
            return self.file(name).lstat()

    def link(self, source: Path, name: SafeName) -> os.stat_result:
        """``name`` is one more name of the file ``source``; OSError when the file system cannot."""
        os.link(source, self.file(name), follow_symlinks=False)
        return self.file(name).lstat()


def _is_folder(path: Path) -> bool:
    """Whether a folder is there, and no link to one. FileNotFoundError when there is nothing."""
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _not_a_folder(path: Path | str) -> DiskError:
    return DiskError(
        "disk.denied", f"{path} is not a folder; nothing is written through it.", "Move it away and retry."
    )


def regular_file(path: Path) -> os.stat_result | None:
    """The facts of a real file (no link, no folder), None when there is none."""
    try:
        facts = path.lstat()
    except (OSError, ValueError):
        return None
    return facts if stat.S_ISREG(facts.st_mode) else None


class disk_errors:
    """OSErrors inside become DiskErrors that say what to do; FileExistsError passes."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, FileExistsError):
            raise _disk_error(self._path, error) from error


def _disk_error(path: Path, error: OSError) -> DiskError:
    if error.errno in _FULL:
        return DiskError("disk.full", f"The disk is full: {path} could not be written.", "Make room, then retry.")
    return DiskError(
        "disk.denied",
        f"{path} could not be written: {error.strerror or error}.",
        "Check the folder's permissions, or choose another with `threadreel settings directory PATH`.",
    )
