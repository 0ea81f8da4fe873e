"""The part file and the digest of what is in it: they grow together, so no byte is hashed twice or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

from threadreel.engine.network.processor import resting
from threadreel.engine.verify import Digest
from threadreel.library.durability import sync_open
from threadreel.library.folders import disk_errors

_PIECE_BYTES = 1024 * 1024


class PartFile:
    """An open part file, positioned at its end. Raises DiskError."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self._is_fresh = False  # seen to be empty
        self.digest = Digest()

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        return self.digest.size_bytes

    def resume(self, limit_bytes: int) -> None:
        """Take what an earlier attempt left, unless it is more than the file may have."""
        with disk_errors(self._path):
            found_bytes = self._file.seek(0, 2)
            self._is_fresh = found_bytes == 0
            if found_bytes > limit_bytes:
                return self.restart()
            if self._is_fresh:
                return None
            self._file.seek(0)
            with resting():
                while piece := self._file.read(_PIECE_BYTES):
                    self.digest.feed(piece)
        return None

    def restart(self) -> None:
        """Nothing is in it."""
        if self.size_bytes == 0 and self._is_fresh:
            return
        with disk_errors(self._path):
            self._file.seek(0)
            self._file.truncate()
        self.digest = Digest()

    def sync(self) -> None:
        """It is on the disk as it is: only then may it get its final name. See ``library.durability``."""
        with resting(), disk_errors(self._path):
            sync_open(self._file.fileno())

    def discard(self) -> None:
        """It is closed and gone; a file of another that has taken its name meanwhile stays. Twice is once."""
        if self._file.closed:
            return
        with disk_errors(self._path):
            ours = os.fstat(self._file.fileno())
            self._file.close()  # first: Windows does not delete an open file
        with contextlib.suppress(OSError):
            if os.path.samestat(ours, self._path.lstat()):
                self._path.unlink()

    def append(self, data: bytes | memoryview) -> None:
        """These bytes are in it too."""
        view = memoryview(data)
        with disk_errors(self._path):
            while view:
                view = view[self._file.write(view) :]  # unbuffered: may take less than all
        self.digest.feed(data)
