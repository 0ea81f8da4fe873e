"""How often, how long, how much: the numbers by which the engine decides, in one place, and the backoff they give.

What the user may set comes from the settings; the rest is fixed here. Tests pass smaller waits, never other rules.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from threadreel import __version__

KIB = 1024
MIB = 1024 * KIB
#: honest, and the user's to change: a server that refuses it refuses programs
USER_AGENT = f"Threadreel/{__version__}"


@dataclass(frozen=True, slots=True)
class Policy:
    """One run's numbers. ``_s`` seconds, ``_bytes`` bytes."""

    transfers_per_host: int = 6
    workers: int = 32
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    retries: int = 5
    speed_cap_bytes_per_s: int = 0
    user_agent: str = ""
    backoff_base_s: float = 1.0
    backoff_cap_s: float = 60.0
    #: a 429 this many times in a row means that the server refuses us
    refusals: int = 3
    #: so many files refused in a row, with no success between, mean that a media host refuses us altogether
    refused_files: int = 3
    #: for so long it is left alone then; each refused probe doubles it
    cooldown_base_s: float = 60.0
    cooldown_cap_s: float = 900.0
    #: after so many refused probes in a row what waits for the host is given up
    refused_probes: int = 2
    #: a body that brings less than this, over so much waiting for it, has stalled
    stall_floor_bytes_per_s: float = 512.0
    stall_window_s: float = 30.0
    #: a browser that fetches for us, and says nothing for so long, does not
    chunk_timeout_s: float = 30.0
    #: a server may send this much more than the API says before it is cut off
    slack_bytes: int = 64 * KIB
    #: the most that is taken when nobody says how large a file is
    unknown_size_limit_bytes: int = 512 * MIB
    answer_limit_bytes: int = 32 * MIB
    #: an attempt that brought this much counts as progress: the retries start anew
    progress_bytes: int = 256 * KIB
    redirects: int = 5
    #: longest Retry-After that is waited for; beyond it the answer counts as a refusal
    retry_after_cap_s: float = 900.0
    #: what a site asks for is given a little longer: its answer was on its way to us, and our clock may be set while we wait
    margin_s: float = 0.05
    jitter: Callable[[], float] = field(default=random.random)

    @classmethod
    def from_settings(cls, values: Mapping[str, Any]) -> Policy:
        """The policy of these settings."""
        return cls(
            transfers_per_host=values["transfers_per_host"],
            connect_timeout_s=values["connect_timeout_s"],
            read_timeout_s=values["read_timeout_s"],
            retries=values["retries"],
            speed_cap_bytes_per_s=values["speed_cap_bytes_per_s"],
            user_agent=values["user_agent"] or USER_AGENT,
        )

    def backoff_s(self, attempt: int) -> float:
        """Seconds before attempt number ``attempt`` + 1 (from 1): doubling, capped, half of it by chance."""
        full = min(self.backoff_cap_s, self.backoff_base_s * 2.0 ** min(attempt - 1, 30))
        return full * (0.5 + 0.5 * self.jitter())

    def cooldown_s(self, number: int) -> float:
        """Seconds that a host which refuses us is left alone, the ``number``-th time in a row (from 1)."""
        return min(self.cooldown_cap_s, self.cooldown_base_s * 2.0 ** min(number - 1, 30))

    def may_take_bytes(self, size_bytes: int | None) -> int:
        """The most bytes a body may have for a file that the API says is ``size_bytes`` long."""
        return self.unknown_size_limit_bytes if size_bytes is None else size_bytes + self.slack_bytes


def retry_after_s(value: str | None, now: float) -> float | None:
    """Seconds that a Retry-After header asks for, in either of its forms; None when it asks for nothing readable.

    ``now`` in Unix seconds.
    """
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    import email.utils  # 4 ms that most runs do not need

    try:
        moment = email.utils.parsedate_to_datetime(value)
        if moment.tzinfo is None:  # "-0000"; HTTP knows no time but Greenwich's
            moment = moment.replace(tzinfo=datetime.UTC)
        return max(0.0, moment.timestamp() - now)
    except (ValueError, OverflowError):
        return None
