"""What a status line means for a transfer. Pure: status, headers and offset in, one decision out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from threadreel.engine.policy import retry_after_s
from threadreel.engine.verify import looks_like_html


class Move(Enum):
    """What to do with an answer."""

    TAKE = "take"  # the body is the file from its start
    CONTINUE = "continue"  # the body goes on where the part ends
    RESTART = "restart"  # the part is of no use: ask again for all of it
    WHOLE = "whole"  # the part is already all that the server has
    GONE = "gone"
    REFUSED = "refused"
    SLOW_DOWN = "slow_down"
    RETRY = "retry"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Decision:
    """A move; ``wait_s`` what the server asks to wait (None: it does not say), ``reason`` for RETRY and FAIL."""

    move: Move
    wait_s: float | None = None
    reason: str = ""


_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)$")
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})$")
_BAN = re.compile(
    rb"\b(?:you (?:are|were|have been)|(?:ip|address|range|ISP) (?:is|has been)) (?:\w+ ){0,2}banned\b", re.IGNORECASE
)
_RETRIED = frozenset({408, 425, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 525, 530})


def decide(status: int, headers: Mapping[str, str], offset_bytes: int, now: float) -> Decision:
    """The move for an answer to a request that asked from ``offset_bytes`` on; ``now`` in Unix seconds."""
    if status == 200:
        return Decision(Move.TAKE)
    if status == 206:
        found = _RANGE.match(headers.get("Content-Range", "").strip())
        if found and offset_bytes and int(found[1]) == offset_bytes:
            return Decision(Move.CONTINUE)
        return Decision(Move.RESTART, reason="http.range")
    if status == 416:
        found = _UNSATISFIED.match(headers.get("Content-Range", "").strip())
        if found and offset_bytes and int(found[1]) == offset_bytes:
            return Decision(Move.WHOLE)
        return Decision(Move.RESTART, reason="http.range")
    wait_s = retry_after_s(headers.get("Retry-After"), now)
    if status in (404, 410):
        return Decision(Move.GONE)
    if status in (401, 403, 451) or is_challenge(status, headers, b""):
        return Decision(Move.REFUSED, reason=f"http.{status}")
    if status == 429:
        return Decision(Move.SLOW_DOWN, wait_s, "http.429")
    if status in _RETRIED:
        return Decision(Move.RETRY, wait_s, f"http.{status}")
    return Decision(Move.FAIL, reason=f"http.{status}")


def is_ban(head: bytes) -> bool:
    """Whether this is a page that tells somebody that they are banned: nothing to be got round."""
    return looks_like_html(head) and _BAN.search(head) is not None


def is_challenge(status: int, headers: Mapping[str, str], head: bytes) -> bool:
    """Whether this is a page that wants to see a browser first.

    ``cf-mitigated: challenge``: https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
    """
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    if not looks_like_html(head):
        return False
    page = head.lower()
    return status in (200, 403, 503) and (
        b"challenge-platform" in page or b"just a moment" in page or b"cf-chl" in page
    )
