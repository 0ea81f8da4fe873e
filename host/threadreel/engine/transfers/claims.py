"""The same bytes are fetched once: while one transfer fetches a file, others that want the same MD5 wait for it to end."""

from __future__ import annotations

import threading

from threadreel.engine.jobs.transfer import Transfer


class Claims:
    """By MD5, who fetches it and who waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Transfer]] = {}

    def take(self, transfer: Transfer) -> bool:
        """Whether the transfer may go on; if not, ``release`` by the one that fetches its bytes will return it."""
        md5 = transfer.row.md5
        if md5 is None:
            return True
        with self._lock:
            if md5 in self._waiting:
                self._waiting[md5].append(transfer)
                return False
            self._waiting[md5] = []
            return True

    def release(self, transfer: Transfer) -> list[Transfer]:
        """The transfer that had the claim is through; those that waited for it are to be served again."""
        with self._lock:
            return self._waiting.pop(transfer.row.md5, []) if transfer.row.md5 else []
