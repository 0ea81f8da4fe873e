"""Standard input and output belong to frames: take them away from everything else, before anything else is imported.

A ``print``, a library's banner, a traceback or a child's output on fd 1 would be read as a length and close the port.
Imports only ``os`` and ``sys``: it runs first.
"""

from __future__ import annotations

import os
import sys


def claim() -> tuple[int, int]:
    """The descriptors to read frames from and to write frames to: private, binary, and not inherited by children.

    Afterwards fd 1 and ``sys.stdout`` are standard error, fd 0 and ``sys.stdin`` are empty. A standard stream that was
    closed is the null device: frames then end at once, stray output vanishes.
    """
    for fd, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        _open_if_closed(fd, flags)
    frames_in, frames_out = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    _null_to(0, os.O_RDONLY)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(frames_in, os.O_BINARY)
        msvcrt.setmode(frames_out, os.O_BINARY)
    if sys.stderr is None:  # so Python leaves it when fd 2 was closed, and under pythonw
        sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stdout = sys.stderr
    sys.stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
    return frames_in, frames_out


def _open_if_closed(fd: int, flags: int) -> None:
    """Otherwise the next file opened would become the standard stream, and get what is written there."""
    try:
        os.fstat(fd)
    except OSError:
        _null_to(fd, flags)


def _null_to(fd: int, flags: int) -> None:
    null = os.open(os.devnull, flags)
    if null == fd:
        os.set_inheritable(fd, True)
        return
    os.dup2(null, fd)
    os.close(null)
