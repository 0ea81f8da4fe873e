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

from threadreel.engine.browser_route.courier import CHUNK_BYTES, Courier, Errand
from threadreel.engine.browser_route.helped_hosts import HelpedHosts
from threadreel.engine.clock import Clock
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.network.replies import is_ban, is_challenge
from threadreel.engine.network.source import Answer
from threadreel.engine.policy import MIB, Policy
from threadreel.errors import BrowserError, RefusalError, ThreadreelError

#: no API answer of a page is nearly as large
_LIMIT_BYTES = 16 * MIB
#: so many answers come through the browser before we ask ourselves again
_AGAIN_AFTER = 20
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Heard:
    """What an API said. ``is_refusal``: it refuses programs, and may show a browser more."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_refusal: bool = False


class ApiPages:
    """The browser's part in asking APIs. What is about one host is called by its lane's thread alone."""

    def __init__(self, courier: Courier, policy: Callable[[], Policy], clock: Clock) -> None:
        self._courier, self._policy = courier, policy
        self._helped_hosts = HelpedHosts(courier.covers, policy, clock.monotonic)
        self._asked: dict[str, int] = {}  # hosts that refused us, and how often the browser asked since we did
        self._numbers = itertools.count(1)

    def is_turn(self, host: str) -> bool:
        """Whether the browser asks this time."""
        return self._asked.get(host, _AGAIN_AFTER) < _AGAIN_AFTER and self._helped_hosts.helps(host)

    def is_refused(self, host: str, response: Answer) -> bool:
        """Whether the host refuses us what a browser may be shown. Raises HttpError."""
        is_refusal = response.status in (401, 403) or (
            response.status in (200, 429, 503)
            and is_challenge(response.status, response.headers, _head_of_page(response))
        )
        if not is_refusal:
            self._asked.pop(host, None)
        return is_refusal and not is_ban(_head_of_page(response))

    def take_over(self, host: str) -> bool:
        """The host has refused us. Whether the browser asks next."""
        is_next = self._helped_hosts.helps(host)
        if is_next:
            self._asked[host] = 0
        return is_next

    def refusal(self, host: str, status: int) -> ThreadreelError:
        """The host has refused us, and the browser is not to ask next: what the person is told."""
        if self._courier.covers(host):
            return _shown_to_nobody(host, f"HTTP {status}")
        return RefusalError(
            host,
            f"{host} shows this page only to browsers (HTTP {status}).",
            "Let your browser read it: allow that in the popup of the extension.",
        )

    def ask(self, host: str, url: str, referer: str, hosts: frozenset[str], interruption: Interruption) -> Heard:
        """What the browser is told, asking as the page at ``referer`` would.

        Raises ThreadreelError ``http.status`` when it is told nothing of use; Interrupted."""
        self._asked[host] = self._asked.get(host, 0) + 1
        policy = self._policy()
        file = f"page-{next(self._numbers)}"
        errand = Errand(self._courier, None, file, _LIMIT_BYTES, CHUNK_BYTES, policy.chunk_timeout_s)
        try:
            answer = errand.get(url, {"Referer": referer}, hosts, interruption)
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
            self._helped_hosts.brought(host)
        return Heard(answer.status, answer.headers, body)

    def _missed(self, host: str, why: str) -> ThreadreelError:
        self._helped_hosts.missed(host)
        return _shown_to_nobody(host, why)


def _shown_to_nobody(host: str, why: str) -> ThreadreelError:
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
