"""How a file gets its final name, or turns out to be there already: found under its name, linked from the library, published.

Everything that gives a name goes through ``Job.publish``, so that nothing appears after a cancel. A process killed between
giving a name and saying so knows its file again, by the API's hash or by ours, which is in the ledger before the name is given.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.network.processor import resting
from threadreel.engine.transfers.part_file import PartFile
from threadreel.engine.verify import Digest, Expected, Verdict, judge
from threadreel.errors import DiskError
from threadreel.library.durability import sync_file
from threadreel.library.file_table import FileRow, FileTable
from threadreel.library.folders import disk_errors, regular_file
from threadreel.library.names import SafeName, fold, unique_name
from threadreel.states import FileState

log = logging.getLogger(__name__)

_PIECE_BYTES = 1024 * 1024


class Arrival:
    """The final name of one active transfer. Raises DiskError, Interrupted."""

    def __init__(self, transfer: Transfer, files: FileTable, clock: Clock) -> None:
        self._transfer, self._files, self._clock = transfer, files, clock
        self._row, self._job, self._folder = transfer.row, transfer.job, transfer.job.folder
        self._expected = expected_of(transfer)
        self._older: FileRow | None = None

    @property
    def name(self) -> SafeName:
        """As it is now: it changes when somebody else's file has it."""
        return SafeName(self._row.name)

    @contextlib.contextmanager
    def part(self) -> Iterator[PartFile]:
        """The part file, open; afterwards gone if the transfer was cancelled meanwhile."""
        with self._job.guard(self._transfer, lambda: self._folder.open_part(self.name)) as file:
            part = PartFile(file, self._folder.part(self.name))
            try:
                yield part
            finally:
                if not self._job.is_active(self._transfer):
                    part.discard()

    def take_existing(self) -> Outcome | None:
        """The file is there under its name: ours if its bytes are; else it is somebody else's and this one moves aside."""
        while os.path.lexists(path := self._folder.file(self.name)):
            facts = regular_file(path)
            if facts is not None and (self._row.size in (None, facts.st_size) or self._row.got_sha256):
                digest = self._digest_of(path)
                is_right = judge(digest, self._expected)[0] is Verdict.RIGHT
                if self._row.got_sha256 == digest.sha256:  # we were killed between giving the name and saying so
                    return self._adopt(FileState.SAVED if is_right else FileState.DIFFERS, digest, facts)
                if is_right:
                    return self._adopt(FileState.HAVE, digest, facts)
            self._older = self._untouched_copy()
            if self._older is not None:
                return None
            if facts is not None and self._is_wreck(path):
                self._job.guard(self._transfer, path.unlink)
                continue
            self._move_aside()
        return None

    def _untouched_copy(self) -> FileRow | None:
        """The file under this name, when it is an older copy of ours that the user asked to fetch again."""
        known = self._files.at(self._folder.file(self.name))
        return known if known is not None and known.key == self._row.key and known.is_untouched() else None

    def _is_wreck(self, path: Path) -> bool:
        """Whether what is there was ours and has become nothing: empty, or NUL bytes only, as a power cut leaves files."""
        known = self._files.at(path)
        if known is None or known.key != self._row.key:
            return False
        digest = self._digest_of(path)
        return digest.size_bytes == 0 or digest.is_all_nul

    def keep_older(self, outcome: Outcome) -> Outcome:
        """The outcome, or, where nothing better than the copy that is there could be had, that copy: it stays as it was."""
        if self._older is None or outcome.state not in (FileState.GONE, FileState.BLOCKED, FileState.FAILED):
            return outcome
        self._row.got_md5, self._row.got_sha256 = self._older.md5, self._older.sha256
        return Outcome(FileState.DIFFERS, outcome.reason, host_wait_s=outcome.host_wait_s, done_bytes=self._older.size)

    def _adopt(self, state: FileState, digest: Digest, facts: os.stat_result) -> Outcome:
        # what may not be opened for writing, which Windows asks for, was not written just now
        with disk_errors(self._folder.path), contextlib.suppress(PermissionError):
            sync_file(self._folder.file(self.name))  # somebody else may have written it just now
        self._row.got_md5, self._row.got_sha256 = digest.md5, digest.sha256
        self._job.publish(self._transfer, state, lambda: self._remember(state, facts))
        self._folder.drop_part(self.name)
        return Outcome(state, is_published=True)

    def _move_aside(self) -> None:
        with disk_errors(self._folder.path):
            taken = {fold(entry.name) for entry in self._folder.path.iterdir()}
        taken |= {fold(row.name) for row in self._job.attachments if row is not self._row}
        name = unique_name(self.name, self._row.key, self._row.ext, taken)

        def rename() -> None:
            part, self._row.name = self._folder.part(self.name), name
            self._job.note(self._transfer)
            with contextlib.suppress(OSError):
                part.rename(self._folder.part(name))

        self._job.guard(self._transfer, rename)

    def take_duplicate(self, mode: str) -> Outcome | None:
        """The same bytes are in the library under another name: one more name for them, nothing fetched."""
        if self._row.md5 is None or self._older is not None:
            return None
        for file in self._files.with_md5(self._row.md5):
            if file.path == self._folder.file(self.name) or not file.is_untouched():
                continue
            self._row.got_md5, self._row.got_sha256 = file.md5, file.sha256
            if mode == "skip":
                return Outcome(FileState.DUPLICATE, f"skip: {file.path.name}", done_bytes=file.size)
            if (mode == "link" and self._link(file)) or self._copy(file):
                return Outcome(FileState.DUPLICATE, is_published=True)
            self._row.got_md5, self._row.got_sha256 = None, None
        return None

    def _link(self, file: FileRow) -> bool:
        """Whether the file has this name too; False on another disk, or where there are no hard links."""

        def act() -> os.stat_result:
            return self._remember(FileState.DUPLICATE, self._folder.link(file.path, self.name))

        try:
            self._job.publish(self._transfer, FileState.DUPLICATE, act)
        except OSError:
            return False
        self._folder.drop_part(self.name)
        return True

    def _copy(self, file: FileRow) -> bool:
        """Whether a copy of the file has this name; False when it cannot be read, or is not what it was."""
        with self.part() as part:
            part.restart()
            try:
                with file.path.open("rb", buffering=0) as source:
                    while data := source.read(_PIECE_BYTES):
                        self._transfer.interruption.check()
                        part.append(data)
            except (OSError, DiskError):
                part.restart()
            if part.digest.sha256 != file.sha256:
                part.discard()
                return False
            part.sync()
        self.publish(FileState.DUPLICATE)
        return True

    def publish(self, state: FileState) -> None:
        """The part, whole, judged and synced, gets its name; the attachment ends in ``state``."""
        # bytes that the API's hash does not vouch for are known again by ours alone: see take_existing
        if state is not FileState.SAVED or (self._row.md5 or self._row.sha256) is None:
            self._job.note(self._transfer, at_once=True)
        while True:
            try:
                self._job.publish(self._transfer, state, lambda: self._remember(state, self._give_name()))
            except FileExistsError:
                self._move_aside()
            else:
                return

    def _give_name(self) -> os.stat_result:
        # somebody may have changed the older copy while its successor arrived
        if self._older is not None and self._untouched_copy() is not None:
            return self._folder.replace(self.name)
        return self._folder.publish(self.name)

    def _remember(self, state: FileState, facts: os.stat_result) -> os.stat_result:
        row, job = self._row, self._job.row
        file = FileRow(
            path=self._folder.file(self.name),
            root=job.root,
            site=job.site,
            board=job.board,
            thread=job.thread,
            key=row.key,
            state=str(FileState.SAVED if state is FileState.HAVE else state),
            size=facts.st_size,
            mtime_ns=facts.st_mtime_ns,
            md5=row.got_md5 or "",
            sha256=row.got_sha256 or "",
            saved=self._clock.time(),
        )
        try:
            self._files.put(file)
        except sqlite3.Error:  # a full disk: the file has its name all the same, and the next run finds it there
            log.exception("the ledger missed %s", file.path)
        return facts

    def _digest_of(self, path: Path) -> Digest:
        digest = Digest()
        with (
            resting(),
            disk_errors(path),
            contextlib.suppress(FileNotFoundError),
            path.open("rb", buffering=0) as file,
        ):
            while data := file.read(_PIECE_BYTES):
                digest.feed(data)
                self._transfer.interruption.check()
        return digest


def expected_of(transfer: Transfer) -> Expected:
    """What the API says of the transfer's file."""
    row = transfer.row
    return Expected(row.ext, row.size, row.md5, row.sha256)
