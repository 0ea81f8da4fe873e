"""The one thread that writes to the browser. Callers hand messages over and never wait, however slow the reader is.

A browser that stops reading blocks a writer after 64 KiB (a pipe of Linux); a browser that is gone fails every write,
so the first failure ends the writing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable

from threadreel.wire.backlog import Backlog, Merge, Message
from threadreel.wire.fitting import frames_of

LIMIT_MESSAGES = 10_000
_log = logging.getLogger(__name__)


class Outbox:
    """Writes posted messages in order, from its own daemon thread, until closed or until ``write`` raises OSError.

    ``write`` takes one whole frame (``frames.writer_to``). ``on_broken`` is called once, from that thread, when writing
    has failed; everything waiting and everything posted later is discarded.
    """

    def __init__(
        self,
        write: Callable[[bytes], None],
        on_broken: Callable[[], None],
        limit_messages: int = LIMIT_MESSAGES,
    ) -> None:
        self._write = write
        self._on_broken = on_broken
        self._backlog = Backlog(limit_messages)
        self._changed = threading.Condition()  # protects the backlog and the three flags
        self._closing = False
        self._stopped = False
        self._flushed = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def post(self, message: Message) -> None:
        """Send this one message in its turn. Only a log line may be dropped, when more than the limit wait."""
        with self._changed:
            if self._is_open():
                self._backlog.add(message)
                self._changed.notify()

    def post_latest(self, key: Hashable, message: Message, merge: Merge | None = None) -> None:
        """Send the newest state of ``key``: what waits under it is replaced, or merged by ``merge(waiting, message)``.

        ``merge`` runs under the outbox's lock: quick, and without posting.
        """
        with self._changed:
            if self._is_open():
                self._backlog.add_latest(key, message, merge)
                self._changed.notify()

    def close(self, timeout_s: float) -> bool:
        """Write what waits, for at most ``timeout_s``, and end the thread; whether all of it was written."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:  # on_broken may close
            self._thread.join(timeout_s)
        with self._changed:
            self._stop()
            return self._flushed

    def _is_open(self) -> bool:
        return not (self._closing or self._stopped)

    def _stop(self) -> None:
        self._stopped = True
        self._backlog.clear()

    def _next(self) -> Message | None:
        """The next message, waiting for one; None when there will be none. The wait ends with ``close``."""
        with self._changed:
            while not self._stopped:
                message = self._backlog.pop()
                if message is not None:
                    return message
                if self._closing:
                    self._flushed = True
                    break
                self._changed.wait()
            return None

    def _run(self) -> None:
        is_broken = True
        try:
            while (message := self._next()) is not None:
                for frame in frames_of(message):
                    self._write(frame)
            is_broken = False
        except OSError as error:
            _log.info("nobody reads any more: %s", error)
        finally:
            with self._changed:
                self._stop()
            if is_broken:
                self._on_broken()
