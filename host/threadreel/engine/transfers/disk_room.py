"""Room on the disk, looked for before the first byte of a job: one that cannot fit is refused with figures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

from threadreel.engine.jobs.job import Job
from threadreel.errors import DiskError
from threadreel.library.file_table import FileTable
from threadreel.library.job_table import AttachmentRow
from threadreel.library.names import PART_SUFFIX
from threadreel.states import FileState, JobState

#: what a download leaves free: a disk that is full to its last byte hurts every other program
MARGIN_BYTES = 64 * 1024 * 1024
_ON_THE_WAY = frozenset({FileState.QUEUED, FileState.ACTIVE})


class DiskRoom:
    """Shares the disks out among the jobs of this process. ``free_bytes`` tells what is free where a folder is, or OSError."""

    def __init__(self, files: FileTable, free_bytes: Callable[[Path], int]) -> None:
        self._files, self._free_bytes = files, free_bytes
        self._lock = threading.Lock()  # protects _admitted: of two jobs that fit one by one, the second sees the first
        self._admitted: WeakKeyDictionary[Job, int] = WeakKeyDictionary()  # with the device it writes to

    def admit(self, job: Job) -> None:
        """The job fits, beside what is on its way already. Raises DiskError ``disk.full``.

        Files of unknown size count as nothing; where the system does not say what is free, everything fits.
        """
        place = _nearest_folder(job.folder.path)
        try:
            device = place.stat().st_dev
            with self._lock:
                free_bytes = self._free_bytes(place)
                others_bytes = sum(
                    _bytes_to_come(other, {})
                    for other, others_device in self._admitted.items()
                    if other is not job and others_device == device and other.row.state is JobState.RUNNING
                )
                room_bytes = free_bytes - others_bytes - MARGIN_BYTES
                if _bytes_to_come(job, there := job.folder.sizes()) > max(0, room_bytes):
                    need_bytes = _bytes_to_come(job, there, lambda row: self._is_in_library(row, device))
                    if need_bytes > max(0, room_bytes):
                        raise _no_room(place, need_bytes, free_bytes, others_bytes)
                self._admitted[job] = device
        except OSError:
            return

    def _is_in_library(self, row: AttachmentRow, device: int) -> bool:
        """Whether the bytes are on this disk already, to be linked. Asked only when there is no room without."""
        known = self._files.with_md5(row.md5) if row.md5 else ()
        return any(file.is_untouched() and file.path.lstat().st_dev == device for file in known)


def _bytes_to_come(
    job: Job, there: Mapping[str, int], is_had: Callable[[AttachmentRow], bool] = lambda _: False
) -> int:
    """What the job will still write; ``there`` are the sizes of the files in its folder by name."""
    total, seen = 0, set()
    for row in job.attachments:
        if row.state not in _ON_THE_WAY or row.size is None or row.md5 in seen:
            continue
        if row.md5:
            seen.add(row.md5)  # fetched once, linked for the others
        if there.get(row.name) != row.size and not is_had(row):
            total += max(0, row.size - max(row.done, there.get(row.name + PART_SUFFIX, 0)))
    return total


def _nearest_folder(path: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((each for each in (path, *path.parents) if each.is_dir()), path)


def _no_room(place: Path, need_bytes: int, free_bytes: int, others_bytes: int) -> DiskError:
    others = f" and {_shown(others_bytes)} are for other downloads" if others_bytes else ""
    return DiskError(
        "disk.full",
        f"The files still to come need {_shown(need_bytes)}, but {_shown(free_bytes)} are free on the disk of {place}; "
        f"{_shown(MARGIN_BYTES)} are always left{others}.",
        "Make room, or choose another folder with `threadreel settings directory PATH`; then retry. "
        "What was fetched is not fetched again.",
    )


def _shown(size_bytes: int) -> str:
    """A size as people read it: ``1.2 GB``."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
