"""Asking one API host: the kept answer while it is fresh, else one question at the pace that all processes share.

Younger than ten seconds, the kept answer is used; older, the question carries If-Modified-Since.
"""

from __future__ import annotations

import functools
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from threadreel.engine.browser_route.api_pages import ApiPages, Heard
from threadreel.engine.clock import Clock
from threadreel.engine.network.interruption import Interruption
from threadreel.engine.policy import Policy, retry_after_s
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.errors import HttpError, ThreadreelError
from threadreel.library.answer_table import Answer, AnswerTable
from threadreel.library.pace_table import PaceTable
from threadreel.sites.base import Site

if TYPE_CHECKING:
    from threadreel.engine.network.http import Http

log = logging.getLogger(__name__)


class BusyError(HttpError):
    """The API asks to come back after ``wait_s``."""

    def __init__(self, host: str, status: int, wait_s: float) -> None:
        super().__init__("http.status", f"{host} is busy (HTTP {status}).", "Try again later.")
        self.wait_s = wait_s


class Asker:
    """Asks one API host, one question at a time; one thread uses it. ``interruption`` cuts what is on its way."""

    def __init__(
        self,
        host: str,
        http: Callable[[], Http],
        answers: AnswerTable,
        paces: PaceTable,
        cooldowns: Cooldowns,
        policy: Callable[[], Policy],
        clock: Clock,
        interruption: Interruption,
        browser: ApiPages | None = None,
    ) -> None:
        self._browser = browser
        self._host, self._http, self._answers, self._paces, self._cooldowns = host, http, answers, paces, cooldowns
        self._policy, self._clock, self._interruption = policy, clock, interruption
        self._is_in_line = self._is_our_turn = False
        self._not_before = 0.0  # monotonic, for the wall clock by which the processes agree may be set

    def fresh(self, url: str) -> Answer | None:
        """The kept answer, if it is young enough to stand for a new one."""
        return self._answers.fresh(url, self._clock.time())

    def turn_s(self, site: Site) -> float:
        """0: it is our turn to ask. Else we stand in line with other processes: look again after so many seconds."""
        if not self._is_our_turn:
            self._is_in_line = True
            wait_s = self._paces.claim(self._host, self._interval_s(site), self._clock.time)
            wait_s = max(wait_s, self._not_before - self._clock.monotonic())
            self._is_our_turn = wait_s <= 0
            return wait_s
        return 0.0

    def leave(self) -> None:
        """There is nothing to ask any more: others need not wait for us."""
        if self._is_in_line:
            self._is_in_line = self._is_our_turn = False
            try:
                self._paces.leave(self._host, self._clock.time())
            except sqlite3.Error as error:
                log.warning("%s cannot be left to other processes at once: %s", self._host, error)

    def ask(self, site: Site, url: str, page: str, attempts: int) -> Answer:
        """What the API says at ``url`` now about this page. ``attempts``: how often that was tried before. Only when it is our
        turn.

        Raises HttpError (BusyError), RefusalError, ThreadreelError ``http.status``, Interrupted.
        """
        kept = self._answers.kept(url)
        try:
            if self._browser is not None and self._browser.is_turn(self._host):
                heard = self._browser.ask(self._host, url, page, site.hosts, self._interruption)
            else:
                heard = self._hear(url, site, kept.last_modified if kept is not None else None)
            now = self._clock.time()
            if heard.is_refusal and self._browser is not None:
                if self._browser.take_over(self._host):
                    raise BusyError(self._host, heard.status, 0.0)
                raise self._browser.refusal(self._host, heard.status)
            if heard.status == 429 or heard.status >= 500:  # known to all before another may ask
                raise self._busy(attempts, heard.status, heard.headers, now)
        except HttpError:
            self._interruption.check()
            raise
        finally:
            self._end_turn(site)
        answer = self._answer(heard, kept, now)
        self._answers.keep(url, answer)
        return answer

    def _hear(self, url: str, site: Site, last_modified: str | None) -> Heard:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        rest = functools.partial(self._rest, self._interval_s(site))
        response = self._http().get(url, headers, site.hosts, self._interruption, rest)
        try:
            if self._browser is not None and self._browser.is_refused(self._host, response):
                return Heard(response.status, response.headers, is_refusal=True)
            body = response.read_answer(self._policy().answer_limit_bytes) if response.status == 200 else b""
            return Heard(response.status, response.headers, body)
        finally:
            response.close()

    def _rest(self, seconds: float) -> None:
        """The server sees a redirect that is followed as one more question. It stays our turn meanwhile."""
        end_s = self._clock.monotonic() + seconds
        while (left_s := end_s - self._clock.monotonic()) > 0:
            self._interruption.check()
            self._interruption.wait(left_s, self._clock)

    def keep_unusable(self, url: str, answer: Answer) -> None:
        """The answer makes no sense. It stands for a while like any other, but "nothing changed since" must not make it last."""
        self._answers.keep(url, replace(answer, last_modified=None))

    def _end_turn(self, site: Site) -> None:
        self._is_in_line = self._is_our_turn = False
        self._not_before = self._clock.monotonic() + site.api_interval_s
        self._paces.answered(self._host, self._interval_s(site), self._clock.time())

    def _interval_s(self, site: Site) -> float:
        return site.api_interval_s + self._policy().margin_s

    def _answer(self, heard: Heard, kept: Answer | None, now: float) -> Answer:
        if heard.status == 304 and kept is not None:
            return Answer(200, kept.body, kept.last_modified, now)
        if heard.status == 200:
            return Answer(200, heard.body, heard.headers.get("Last-Modified"), now)
        if heard.status in (404, 410):
            return Answer(404, b"", None, now) if kept is None else replace(kept, status=404, fetched=now)
        raise self._refused(heard.status)

    def _busy(self, attempts: int, status: int, headers: Mapping[str, str], now: float) -> ThreadreelError:
        policy = self._policy()
        wait_s = retry_after_s(headers.get("Retry-After"), now)
        rest_s = policy.backoff_s(attempts + 1) if wait_s is None else wait_s
        self._cooldowns.begin(self._host, min(rest_s, policy.retry_after_cap_s) + policy.margin_s)
        return BusyError(self._host, status, rest_s) if rest_s <= policy.retry_after_cap_s else self._refused(status)

    def _refused(self, status: int) -> ThreadreelError:
        return ThreadreelError(
            "http.status",
            f"{self._host} refuses to show the page (HTTP {status}).",
            "Open it in your browser: if it shows, try again later.",
        )
