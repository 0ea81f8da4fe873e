"""The way round a host that refuses programs: which files go through the browser, and what becomes of them there.

Wires ``assistance``, which decides, to ``courier``, which asks the browser. The runner asks here after every attempt: one of ours
may have to be repeated by the browser, one of the browser's may have failed.
"""

from __future__ import annotations

from collections.abc import Callable

from threadreel.engine.addresses import host_of
from threadreel.engine.assistance import Assistance, is_for_browser
from threadreel.engine.clock import Clock
from threadreel.engine.courier import Courier, Errand, chunk_bytes_for
from threadreel.engine.outcome import Outcome
from threadreel.engine.policy import Policy
from threadreel.engine.reach import Reach
from threadreel.engine.refusals import is_success
from threadreel.engine.reporter import Reporter
from threadreel.engine.transfer import Transfer
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


class Detour:
    """What the browser does for the runner. Methods may be called from any thread."""

    def __init__(self, courier: Courier, reporter: Reporter, policy: Callable[[], Policy], clock: Clock) -> None:
        self._courier, self._reporter, self._policy = courier, reporter, policy
        self._assistance = Assistance(courier.covers, policy, clock.monotonic)
        self.room = self._assistance.room
        self.helps = self._assistance.helps

    def set_reach(self, reach: Reach) -> None:
        """From where the browser may fetch from now on; nowhere, when there is none."""
        self._assistance.forget_failures()
        self._courier.set_reach(reach)

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
        )

    def divert(self, transfer: Transfer, outcome: Outcome) -> Outcome:
        """The outcome of an attempt of ours; back in line, for the browser, when that may have what was refused."""
        host = host_of(transfer.url)
        works = self._assistance.works(host)
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
            if self._assistance.brought(host):
                self._reporter.log("info", f"The browser brings what {host} refuses to programs.", transfer.job)
            return outcome
        reason = outcome.reason or ""
        if outcome.is_published or outcome.state in _NO_FAULT_OF_IT or reason.startswith("disk."):
            return outcome
        if not self._courier.covers(host):
            return self._without_permission(transfer)
        if outcome.state is None and reason.startswith(_PASSING) and self._may_repeat(transfer, host):
            transfer.refused = transfer.refused or Outcome(FileState.BLOCKED, reason)
            return outcome
        if self._assistance.missed(host):
            text = f"The browser cannot bring what {host} refuses to programs ({reason})."
            self._reporter.log("warning", text, transfer.job)
            if transfer.refused is None:
                return Outcome(None, reason)  # nobody has asked for it himself yet
        transfer.refused = None
        if outcome.state is FileState.DIFFERS or reason.startswith("fake."):
            return outcome
        return Outcome(FileState.BLOCKED, reason)

    def _may_repeat(self, transfer: Transfer, host: str) -> bool:
        return self._assistance.works(host) or transfer.attempts <= 1

    def _without_permission(self, transfer: Transfer) -> Outcome:
        """It was taken away: what the host refused stays refused, anything else we may ask for ourselves."""
        refused, transfer.refused = transfer.refused, None
        return Outcome(None if refused is None else FileState.BLOCKED, "browser.permission")
