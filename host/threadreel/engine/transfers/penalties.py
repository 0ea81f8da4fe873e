"""How media hosts are treated for what they answered: who gets fewer connections, who is left alone, who is given up, who no more.

Tells the scheduler; what ``refusals`` decides for this process is told to all others, and what they found out is heard here.
"""

from __future__ import annotations

from collections.abc import Callable

from threadreel.engine.jobs.outcome import Outcome
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.network.addresses import host_of
from threadreel.engine.policy import Policy
from threadreel.engine.reporter import Reporter
from threadreel.engine.transfers.refusals import Refusals, is_refusal, is_success
from threadreel.engine.transfers.scheduler import Scheduler

#: reasons with which a host says that it is asked too much at once
_TOO_MUCH = frozenset({"http.429", "http.503"})


class Penalties:
    """``call`` makes workers look for work again. Methods may be called from any thread."""

    def __init__(
        self, scheduler: Scheduler, reporter: Reporter, policy: Callable[[], Policy], call: Callable[[], None]
    ) -> None:
        self._scheduler, self._reporter, self._policy, self._call = scheduler, reporter, policy, call
        self._refusals = Refusals()

    def heed(self, transfer: Transfer, outcome: Outcome) -> bool:
        """What the outcome means for others that want something of the host; whether they are to be given up.

        Said before the transfer ends or is back in line: its job may end with it, and nobody may ask the host in between.
        """
        host, policy = host_of(transfer.url), self._policy()
        self.heed_wait(transfer, outcome)
        is_first_time = transfer.attempts + transfer.refusals == 1  # one file that never comes says it once
        if outcome.reason in _TOO_MUCH and is_first_time:
            self._scheduler.slow_down(transfer, host)
        if is_refusal(outcome, is_probe=True):
            self._scheduler.look(at_once=True)  # what another process has just found out, this one need not say again
        is_probe = self._scheduler.is_probe(transfer, host)
        if is_success(outcome):
            self._heed_success(transfer, host, is_probe)
            return False
        if not is_refusal(outcome, is_probe=is_probe):
            return False
        cooldown = self._refusals.refused(host, policy, is_probe=is_probe)
        if cooldown is None:
            return False
        self._scheduler.cool_down(host, cooldown.seconds, is_probed=True)
        text = f"{host} refuses one file after the other ({outcome.reason}). It is left alone for {cooldown.seconds:.0f} s."
        self._reporter.log("warning", text, transfer.job)
        return cooldown.is_given_up

    def heed_wait(self, transfer: Transfer, outcome: Outcome) -> None:
        """Nobody asks a host before the time for which it asked to wait, whoever it told."""
        if outcome.host_wait_s > 0:
            host = host_of(transfer.url)
            self._scheduler.cool_down(host, outcome.host_wait_s + self._policy().margin_s)
            text = f"{host} asks to wait {outcome.host_wait_s:.0f} s ({outcome.reason})."
            self._reporter.log("warning", text, transfer.job)

    def _heed_success(self, transfer: Transfer, host: str, is_probe: bool) -> None:
        self._scheduler.served(host)
        if self._refusals.served(host, is_probe=is_probe):
            self._scheduler.warm_up(host)
            self._call()
            self._reporter.log("info", f"{host} serves us again.", transfer.job)

    def hear(self, host: str, is_refusing: bool) -> bool:
        """Another process says that the host refuses it, or that it does so no longer; whether the host is to be given up."""
        if not is_refusing:
            self._refusals.forget(host)
            self._call()
            self._reporter.log("info", f"{host} serves another Threadreel process again.")
            return False
        is_given_up = self._refusals.learnt(host, self._policy())
        if left_s := self._scheduler.cooldowns().get(host):
            text = f"{host} refuses another Threadreel process. It is left alone for {left_s:.0f} s."
            self._reporter.log("warning", text)
        return is_given_up

    def is_given_up(self, host: str) -> bool:
        """Whether what waits for this host need not wait."""
        return self._refusals.is_given_up(host, self._policy())
