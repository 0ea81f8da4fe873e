"""The way round a host that refuses programs: which files go through the browser, and what becomes of them there.

Wires ``helped_hosts``, which decides, to ``courier``, which asks the browser. The runner asks here after every attempt: one of ours
may have to be repeated by the browser, one of the browser's may have failed.
"""

from __future__ import annotations

from collections.abc import Callable

from threadreel.engine.browser_route.courier import Courier, Errand, chunk_bytes_for
from threadreel.engine.browser_route.helped_hosts import HelpedHosts, is_for_browser
from threadreel.engine.browser_route.permissions import Permissions
from threadreel.engine.clock import Clock
from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.network.addresses import host_of
from threadreel.engine.policy import Policy
from threadreel.engine.reporter import Reporter
from threadreel.engine.transfers.refusals import NOT_ASKED, is_success
from threadreel.states import FileState

#: failures of the browser that the next attempt may not meet
_PASSING = (
    "browser.network",
    "browser.aborted",
    "http.cut",
    "http.slow",
    "http.range",
    "http.5",
    "http.408",
    "http.425",
)
_NO_FAULT_OF_IT = frozenset({FileState.GONE, FileState.HAVE, FileState.DUPLICATE})


class BrowserDetour:
    """What the browser does for the runner. Methods may be called from any thread."""

    def __init__(self, courier: Courier, reporter: Reporter, policy: Callable[[], Policy], clock: Clock) -> None:
        self._courier, self._reporter, self._policy = courier, reporter, policy
        self._helped_hosts = HelpedHosts(courier.covers, policy, clock.monotonic)
        self.room = self._helped_hosts.room
        self.helps = self._helped_hosts.helps
        self.is_withheld = self._helped_hosts.is_withheld

    def set_permissions(self, permissions: Permissions) -> None:
        """From where the browser may fetch from now on; nowhere, when there is none."""
        self._helped_hosts.forget_failures()
        self._courier.set_permissions(permissions)

    def errand(self, transfer: Transfer, cap_bytes_per_s: int) -> Errand:
        """Who brings this transfer's file."""
        policy, row = self._policy(), transfer.row
        return Errand(
            self._courier,
            transfer.job.id,
            row.key,
            policy.may_take_bytes(row.size),
            chunk_bytes_for(cap_bytes_per_s),
            policy.chunk_timeout_s,
            transfer.carried_requests > 1,
        )

    def note(self, transfer: Transfer, outcome: Outcome) -> None:
        """What an attempt of ours shows of its host: said before others may go to the browser for it."""
        if outcome.state is FileState.BLOCKED and outcome.reason != NOT_ASKED:
            self._helped_hosts.refused(host_of(transfer.url), outcome.reason)
        elif is_success(outcome):
            self._helped_hosts.served(host_of(transfer.url))

    def divert(self, transfer: Transfer, outcome: Outcome) -> Outcome:
        """The outcome of an attempt of ours; back in line, for the browser, when that may have what was refused."""
        host = host_of(transfer.url)
        works = self._helped_hosts.works(host)
        if not is_for_browser(outcome, self._policy(), works=works) or not self.helps(host):
            return outcome
        if not works:
            text = f"{transfer.row.name}: {host} refuses programs ({outcome.reason}); the browser is asked."
            self._reporter.log("info", text, transfer.job)
        transfer.refused = Outcome(FileState.BLOCKED, outcome.reason)
        return Outcome(None, outcome.reason)

    def heed(self, transfer: Transfer, outcome: Outcome) -> Outcome:
        """The outcome of the browser's attempt: as it is, once more, or what it means when the browser cannot bring it either."""
        host = host_of(transfer.url)
        if is_success(outcome):
            if self._helped_hosts.brought(host):
                self._reporter.log("info", f"The browser brings what {host} refuses to programs.", transfer.job)
            return outcome
        reason = outcome.reason or ""
        if outcome.is_published or outcome.state in _NO_FAULT_OF_IT or reason.startswith("disk."):
            return outcome
        if not self._courier.covers(host):
            return self._without_permission(transfer)
        if outcome.state is None and outcome.host_wait_s > 0:  # the host asks the browser to wait, which is no refusal
            transfer.refused = transfer.refused or Outcome(FileState.BLOCKED, reason)
            return outcome
        if outcome.state is None and reason.startswith(_PASSING) and self._may_repeat(transfer, host):
            transfer.refused = transfer.refused or Outcome(FileState.BLOCKED, reason)
            return outcome
        if self._helped_hosts.missed(host):
            text = f"The browser cannot bring what {host} refuses to programs ({reason})."
            self._reporter.log("warning", text, transfer.job)
            if transfer.refused is None:
                return Outcome(None, reason)  # nobody has asked for it himself yet
        transfer.refused = None
        if outcome.state is FileState.DIFFERS or reason.startswith("fake."):
            return outcome
        return Outcome(FileState.BLOCKED, reason)

    def _may_repeat(self, transfer: Transfer, host: str) -> bool:
        return self._helped_hosts.works(host) or transfer.attempts <= 1

    def _without_permission(self, transfer: Transfer) -> Outcome:
        """It was taken away: what the host refused stays refused, anything else we may ask for ourselves."""
        refused, transfer.refused = transfer.refused, None
        return Outcome(None if refused is None else FileState.BLOCKED, "browser.permission")
