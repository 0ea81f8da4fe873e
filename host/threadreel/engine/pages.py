"""Answers of APIs that refuse programs, asked for through the browser: at the same pace, one at a time, and never for a ban.

An API that refused us is asked through the browser from its next turn on, as long as the browser gets answers; now and then we
ask ourselves again, and go on ourselves once we are answered.
"""

from __future__ import annotations

import contextlib
import itertools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from threadreel.engine.assistance import Assistance
from threadreel.engine.clock import Clock
from threadreel.engine.courier import CHUNK_BYTES, Courier, Errand
from threadreel.engine.interruption import Interruption
from threadreel.engine.policy import MIB, Policy
from threadreel.engine.replies import is_ban, is_challenge
from threadreel.engine.source import Answer
from threadreel.errors import BrowserError, ThreadreelError

#: no API answer of a page is nearly as large
_LIMIT_BYTES = 16 * MIB
#: so many answers come through the browser before we ask ourselves again
_AGAIN_AFTER = 20
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Heard:
    """What an API said. ``is_for_browser``: it refused us, and the browser is to ask next."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_for_browser: bool = False


class Pages:
    """The browser's part in asking APIs. What is about one host is called by its lane's thread alone."""

    def __init__(self, courier: Courier, policy: Callable[[], Policy], clock: Clock) -> None:
        self._courier, self._policy = courier, policy
        self._assistance = Assistance(courier.covers, policy, clock.monotonic)
        self._asked: dict[str, int] = {}  # hosts that refused us, and how often the browser asked since we did
        self._numbers = itertools.count(1)

    def is_turn(self, host: str) -> bool:
        """Whether the browser asks this time."""
        return self._asked.get(host, _AGAIN_AFTER) < _AGAIN_AFTER and self._assistance.helps(host)

    def is_refused(self, host: str, response: Answer) -> bool:
        """Whether the host refuses us what a browser may be shown; then the browser's turn is next. Raises HttpError."""
        is_wanted = response.status in (401, 403) or (
            response.status in (200, 503) and is_challenge(response.status, response.headers, _head_of_page(response))
        )
        if not is_wanted:
            self._asked.pop(host, None)
            return False
        if not self._assistance.helps(host) or is_ban(_head_of_page(response)):
            return False
        self._asked[host] = 0
        return True

    def ask(self, host: str, url: str, hosts: frozenset[str], interruption: Interruption) -> Heard:
        """What the browser is told. Raises ThreadreelError ``http.status`` when it is told nothing of use; Interrupted."""
        self._asked[host] = self._asked.get(host, 0) + 1
        policy = self._policy()
        file = f"page-{next(self._numbers)}"
        errand = Errand(self._courier, None, file, _LIMIT_BYTES, CHUNK_BYTES, policy.chunk_timeout_s)
        try:
            answer = errand.get(url, {}, hosts, interruption)
            try:
                body = _read(answer, _LIMIT_BYTES) if answer.status == 200 else b""
            finally:
                answer.close()
        except BrowserError as error:
            interruption.check()
            raise self._missed(host, error.code) from error
        if answer.status in (401, 403) or is_challenge(answer.status, answer.headers, body[:1024]):
            raise self._missed(host, f"HTTP {answer.status}")
        if answer.status == 200:
            self._assistance.brought(host)
        return Heard(answer.status, {}, body)

    def _missed(self, host: str, why: str) -> ThreadreelError:
        self._assistance.missed(host)
        return ThreadreelError(
            "http.status",
            f"{host} shows the page neither to programs nor to the browser ({why}).",
            "Open it in your browser: if it shows, try again later.",
        )


def _head_of_page(response: Answer) -> bytes:
    """How a web page begins; nothing of anything else. Raises HttpError."""
    if "html" not in response.headers.get("Content-Type", "").lower():
        return b""
    head = response.peek()
    if response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip"):
        with contextlib.suppress(zlib.error):
            return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)
    return head[:_HEAD_BYTES]


def _read(answer: Answer, limit_bytes: int) -> bytes:
    body = bytearray()
    while piece := answer.read(CHUNK_BYTES):
        body += piece
        if len(body) > limit_bytes:
            raise BrowserError("browser.too_large", "The browser brings more than any page has.", "Try again later.")
    return bytes(body)
