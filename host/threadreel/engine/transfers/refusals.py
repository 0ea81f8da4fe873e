"""Which media hosts refuse programs: files refused in a row, how long a host is then left alone, and when it is given up.

Three files refused with no success between begin a cooldown of 60 s. When it is over, one file alone probes the host. A success
ends it all; a refusal begins the next cooldown, twice as long, up to 15 min. With the second refused probe, after 60 + 120 s, the
host is given up: what waits for it ends ``blocked`` without a request, so that a job always ends. The cooldown holds on for what
comes later: ``job.retry`` waits it out and probes once; every further refusal gives up again.

The cooldowns are those of all processes: each probes for itself, what one of them finds counts for the others.

Decides only. Who waits in line, and who probes, is the scheduler's; the runner does what is decided.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.policy import Policy
from threadreel.states import FileState

#: the reason of a file that was not asked for because its host had been given up
NOT_ASKED = "host.refuses"


@dataclass(frozen=True, slots=True)
class Cooldown:
    """For so long the host is left alone; ``is_given_up``: what waits for it now need not wait that long."""

    seconds: float
    is_given_up: bool


@dataclass(slots=True)
class _Host:
    refused_files: int = 0
    cooldowns: int = 0


class Refusals:
    """What each media host refused since its last success. May be told from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # protects _hosts
        self._hosts: dict[str, _Host] = {}

    def refused(self, host: str, policy: Policy, *, is_probe: bool) -> Cooldown | None:
        """The host refused a file; the cooldown that begins with it, if one does.

        What was on its way when a cooldown began, and is refused after, says nothing new.
        """
        with self._lock:
            state = self._hosts.setdefault(host, _Host())
            if not is_probe:
                state.refused_files += 1
                if state.cooldowns or state.refused_files < policy.refused_files:
                    return None
            state.cooldowns += 1
            return Cooldown(policy.cooldown_s(state.cooldowns), state.cooldowns > policy.refused_probes)

    def learnt(self, host: str, policy: Policy) -> bool:
        """Another process began a cooldown of the host, which is ours too; whether what waits for it is given up here too."""
        with self._lock:
            state = self._hosts.setdefault(host, _Host())
            state.cooldowns += 1
            return state.cooldowns > policy.refused_probes

    def is_given_up(self, host: str, policy: Policy) -> bool:
        """Whether what waits for the host need not wait."""
        with self._lock:
            state = self._hosts.get(host)
            return state is not None and state.cooldowns > policy.refused_probes

    def forget(self, host: str) -> None:
        """Another process was served."""
        with self._lock:
            self._hosts.pop(host, None)

    def served(self, host: str, *, is_probe: bool) -> bool:
        """The host gave a file; whether that ends its probing. Only a probe can tell: the others were let in before."""
        with self._lock:
            state = self._hosts.get(host)
            if state is None or (state.cooldowns and not is_probe):
                return False
            del self._hosts[host]
            return state.cooldowns > 0


def is_refusal(outcome: Outcome, *, is_probe: bool) -> bool:
    """Whether the host refused the file. A probe that is told to slow down is refused, though the file may be asked for again."""
    if outcome.reason == NOT_ASKED:
        return False
    return outcome.state is FileState.BLOCKED or (is_probe and outcome.reason == "http.429")


def is_success(outcome: Outcome) -> bool:
    """Whether the host gave the file."""
    return outcome.is_published and outcome.state in (FileState.SAVED, FileState.DIFFERS)
