"""The browser as a source of files: what a site refuses to programs, it fetches with its own session and sends in chunks.

Asked like the network (``Source``), it gives answers that are read like those of the network; everything else about a file is
the same on both ways. Knows nothing of messages: the session hands over what came, and tells what is to be asked.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from threadreel.engine.browser_route.delivery import LOOK_S, WINDOW, Chunk, Delivery, Reply, unwanted
from threadreel.engine.browser_route.permissions import Permissions
from threadreel.engine.clock import Clock
from threadreel.engine.network.addresses import host_of
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.policy import KIB, MIB
from threadreel.engine.timers import Timers
from threadreel.errors import BrowserError, HttpError
from threadreel.events import Event, file_needed, file_unneeded

CHUNK_BYTES = 512 * KIB
_LEAST_CHUNK_BYTES = 16 * KIB
#: so much of a file the extension asks for at a time: more takes two requests for a moment, where there is room for them
STRETCH_BYTES = 4 * MIB
_RANGE = re.compile(r"bytes=(\d+)-")

__all__ = ["CHUNK_BYTES", "STRETCH_BYTES", "WINDOW", "Chunk", "Courier", "Errand", "Reply"]


class Courier:
    """What is on its way through the browser. Methods may be called from any thread."""

    def __init__(self, tell: Callable[[Event], None], timers: Timers, clock: Clock) -> None:
        self._tell, self._timers, self._clock = tell, timers, clock
        # protects everything below; held while the browser is told, so that it hears what is needed and unneeded in that order
        self._lock = threading.RLock()
        self._permissions = Permissions()
        self._deliveries: dict[tuple[str | None, str], Delivery] = {}

    def covers(self, host: str) -> bool:
        """Whether a browser is connected that may fetch from this host."""
        return self._permissions.covers(host)

    def set_permissions(self, permissions: Permissions) -> None:
        """From where the browser may fetch; what is on its way from elsewhere ends."""
        with self._lock:
            self._permissions = permissions
            lost = [delivery for delivery in self._deliveries.values() if not permissions.covers(host_of(delivery.url))]
        for delivery in lost:
            delivery.fail("permission")

    def bring(self, chunk: Chunk, reply: Reply) -> None:
        """A chunk has come: it is answered once, now or when its bytes are where they belong."""
        with self._lock:
            delivery = self._deliveries.get((chunk.job, chunk.file))
        if delivery is None:
            reply(unwanted(chunk.file))
        else:
            delivery.bring(chunk, reply)

    def send(self, errand: Errand, url: str, referer: str, offset: int, interruption: Interruption) -> Delivery:
        """Have the browser fetch this; the answer, once it has begun. Raises BrowserError."""
        key = (errand.job, errand.file)
        delivery = Delivery(
            url,
            offset,
            errand.limit_bytes,
            interruption,
            errand.timeout_s,
            self._clock.monotonic,
            lambda is_unneeded: self._forget(key, delivery, is_unneeded),
        )
        with self._lock:
            if not self._permissions.covers(host_of(url)):
                raise BrowserError("browser.permission", f"The browser may not fetch {url}.", "Allow it in the popup.")
            self._deliveries[key] = delivery
            self._tell(
                file_needed(*key, url, referer, offset, errand.limit_bytes, errand.chunk_bytes, WINDOW, errand.is_ahead)
            )
        self._look_again(delivery)
        try:
            delivery.await_answer()
        except BaseException:
            delivery.close()
            raise
        return delivery

    def _look_again(self, delivery: Delivery) -> None:
        if delivery.answer_overdue():
            self._timers.after(("courier", delivery), LOOK_S, functools.partial(self._look_again, delivery))

    def _forget(self, key: tuple[str | None, str], delivery: Delivery, is_unneeded: bool) -> None:
        self._timers.cancel(("courier", delivery))
        with self._lock:
            if self._deliveries.get(key) is not delivery:
                return  # the browser has been asked anew
            del self._deliveries[key]
            if is_unneeded:
                self._tell(file_unneeded(*key))


@dataclass(frozen=True, slots=True)
class Errand:
    """One file, or with ``job`` None one answer of an API, that the courier is sent for: a ``Source`` of it alone.

    ``is_ahead``: it may be asked for by two requests at once.
    """

    courier: Courier
    job: str | None
    file: str
    limit_bytes: int
    chunk_bytes: int
    timeout_s: float
    is_ahead: bool = False

    def get(self, url: str, headers: Mapping[str, str], hosts: frozenset[str], interruption: Interruption) -> Delivery:
        """What the browser is answered. Of the headers it gets Range and Referer; it has its own for the others."""
        if host_of(url) not in hosts:
            raise HttpError("http.redirect", f"{url[:200]} is not an address of this site; it was not asked.")
        wanted = _RANGE.match(headers.get("Range", ""))
        offset = int(wanted[1]) if wanted else 0
        return self.courier.send(self, url, headers.get("Referer", ""), offset, interruption)


def chunk_bytes_for(cap_bytes_per_s: int) -> int:
    """How large the chunks are: so small under a low speed cap that each is in the part, and answered, soon."""
    return min(CHUNK_BYTES, max(_LEAST_CHUNK_BYTES, cap_bytes_per_s)) if cap_bytes_per_s > 0 else CHUNK_BYTES
