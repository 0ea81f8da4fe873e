"""Which process owns a job: a lock file for each process, released by the operating system when its owner dies.

A clock would be wrong (laptops sleep, processes are stopped and go on); the lock of a dead process is free, and a living
one's never is.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from filelock import FileLock, Timeout

from threadreel.places import private_folder


class Owner:
    """This process, as the ledger names it: ``name`` is held as long as the process lives or until ``release``."""

    def __init__(self, folder: Path) -> None:
        self._folder = private_folder(folder)
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = FileLock(self._path(self.name), thread_local=False)  # any thread may release it
        self._lock.acquire(timeout=0)

    def release(self) -> None:
        """Give up everything this process owns."""
        with contextlib.suppress(OSError):
            self._path(self.name).unlink()  # before the lock is free: nobody can take over a name that is going away
        self._lock.release()

    def is_alive(self, name: str | None) -> bool:
        """Whether the process that called itself ``name`` still lives (we do); where that cannot be told, it does."""
        if name is None:
            return False
        if name == self.name:
            return True
        path = self._path(name)
        if Path(name).name != name or not path.exists():
            return False
        other = FileLock(path)
        try:
            other.acquire(timeout=0)
        except FileNotFoundError:
            return False
        except (Timeout, OSError):
            return True
        with contextlib.suppress(OSError):
            path.unlink()
        other.release()
        return False

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"
