"""Whether the browser is asked for what a host refuses to this program: what is known of that, host by host. Decides only.

Of a host about which nothing is known one file is tried alone. When the browser brings it, the way works: what the host refuses
takes it at once, two files at a time over all hosts. When it does not (or, later, three files in a row), the host counts as
refusing as before, for as long as a host that refuses is left alone; after that it may be tried again.

What the browser is never asked for: what is gone, what is withheld by law or from somebody who is banned, and what would only
have to wait: a host's Retry-After is obeyed on either way. Of a host whose last refusal was a ban it gets nothing, nor, where it
has not brought anything, after a refusal by law: what waits for such a host was refused to the person, not to a program.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.policy import Policy
from threadreel.states import FileState

#: files in the browser's hands at once: each has its window of chunks in our memory
MOST_CARRIED = 2
#: refusals that a browser may not meet
_REFUSALS = frozenset({"http.401", "http.403", "http.429", "http.503", "http.challenge"})
_BANNED = "http.banned"


@dataclass(slots=True)
class _Host:
    works: bool = False
    misses: int = 0
    failures: int = 0
    failed_until: float = 0.0
    is_withheld: bool = False


class HelpedHosts:
    """What the browser can do for each host. Methods may be called from any thread."""

    def __init__(
        self, covers: Callable[[str], bool], policy: Callable[[], Policy], monotonic: Callable[[], float]
    ) -> None:
        """``covers``: whether a browser is connected that may fetch from the host."""
        self._covers, self._policy, self._monotonic = covers, policy, monotonic
        self._lock = threading.Lock()  # protects _hosts
        self._hosts: dict[str, _Host] = {}

    def helps(self, host: str) -> bool:
        """Whether the browser is asked, or about to be tried, for what this host refuses."""
        if not self._covers(host):
            return False
        with self._lock:
            found = self._hosts.get(host)
            return found is None or (not found.is_withheld and found.failed_until <= self._monotonic())

    def refused(self, host: str, reason: str | None) -> None:
        """The host refused us a file, for this reason."""
        with self._lock:
            found = self._hosts.setdefault(host, _Host())
            is_still = found.is_withheld or not found.works
            found.is_withheld = reason == _BANNED or (reason not in _REFUSALS and is_still)

    def served(self, host: str) -> None:
        """The host gave us a file."""
        with self._lock:
            if host in self._hosts:
                self._hosts[host].is_withheld = False

    def is_withheld(self, host: str) -> bool:
        """Whether what the host refuses is nothing that a browser may be asked for."""
        with self._lock:
            return host in self._hosts and self._hosts[host].is_withheld

    def works(self, host: str) -> bool:
        """Whether the browser brings what this host refuses."""
        with self._lock:
            found = self._hosts.get(host)
            return found is not None and found.works and self._covers(host)

    def room(self, host: str, carried: int, carried_everywhere: int) -> int:
        """How many more files of this host the browser may have, when it has so many."""
        if carried_everywhere >= MOST_CARRIED or not self.helps(host):
            return 0
        return MOST_CARRIED - carried_everywhere if self.works(host) else int(not carried)

    def brought(self, host: str) -> bool:
        """The browser brought a file; whether it is the first that shows that the way works."""
        with self._lock:
            found = self._hosts.setdefault(host, _Host())
            is_first = not found.works
            found.works, found.misses, found.failures, found.failed_until = True, 0, 0, 0.0
            return is_first

    def missed(self, host: str) -> bool:
        """The browser could not bring a file either; whether the host is given up for a while with that."""
        policy = self._policy()
        with self._lock:
            found = self._hosts.setdefault(host, _Host())
            found.misses += 1
            if found.works and found.misses < policy.refused_files:
                return False
            found.failures += 1
            found.works, found.misses = False, 0
            found.failed_until = self._monotonic() + policy.cooldown_s(found.failures)
            return True

    def forget_failures(self) -> None:
        """The browser may fetch from other hosts now: what it could not do before says nothing any more."""
        with self._lock:
            withheld = {host: _Host(is_withheld=True) for host, found in self._hosts.items() if found.is_withheld}
            self._hosts = withheld | {host: found for host, found in self._hosts.items() if found.works}


def is_for_browser(outcome: Outcome, policy: Policy, *, works: bool) -> bool:
    """Whether a file that the host refused like this may be had through a browser; at the first refusal once that ``works``."""
    if outcome.reason not in _REFUSALS or outcome.host_wait_s >= policy.retry_after_cap_s:
        return False
    if outcome.state is None:
        return works and outcome.reason == "http.429" and outcome.host_wait_s == 0
    return outcome.state is FileState.BLOCKED
