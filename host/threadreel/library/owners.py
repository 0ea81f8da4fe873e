"""Which process owns a job: a lock file for each process, released by the operating system when its owner dies.

A clock would be wrong (laptops sleep, processes are stopped and go on); the lock of a dead process is free, and a living
one's never is.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
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
        return Path(name).name == name and path.exists() and _is_held(path)

    def stopped(self) -> list[str]:
        """The other living processes that do not run (Ctrl+Z, a debugger), where the system tells: Linux."""
        names = [path.stem for path in self._folder.glob("*.lock")]
        return sorted(
            name for name in names if name != self.name and _is_stopped(name.partition("-")[0]) and self.is_alive(name)
        )

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


def _is_stopped(process: str) -> bool:
    """proc(5): the state is the first field after the command's name, which is in parentheses and may hold any."""
    try:
        text = Path("/proc", process, "stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[:1] in (["T"], ["t"])


def _is_held(path: Path) -> bool:
    """Whether a process holds this lock file; where that cannot be told, one does. One that nobody holds is removed."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except FileNotFoundError:
        return False
    except (Timeout, OSError):
        return True
    with contextlib.suppress(OSError):
        path.unlink()
    lock.release()
    return False


def living_owners(folder: Path) -> list[str]:
    """The names of the processes that live and own something in this folder; this one too, once it has an ``Owner``."""
    return sorted(path.stem for path in folder.glob("*.lock") if _is_held(path))


@contextlib.contextmanager
def alone(path: Path, timeout_s: float) -> Iterator[bool]:
    """True, and no other process is inside with the same lock file; False when another one did not leave within the limit."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=timeout_s)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
