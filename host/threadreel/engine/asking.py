"""Asking one API host: the kept answer while it is fresh, else one request at the pace that all processes share.

Younger than ten seconds, the kept answer is used; older, the request carries If-Modified-Since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from threadreel.engine.clock import Clock
from threadreel.engine.interruption import Interrupted, Interruption
from threadreel.engine.policy import Policy, retry_after_s
from threadreel.errors import HttpError, ThreadreelError
from threadreel.library.answer_table import Answer, AnswerTable
from threadreel.sites.base import Site

if TYPE_CHECKING:
    from threadreel.engine.http import Http


class BusyError(HttpError):
    """The API asks to come back after ``wait_s``."""

    def __init__(self, host: str, status: int, wait_s: float) -> None:
        super().__init__("http.status", f"{host} is busy (HTTP {status}).", "Try again later.")
        self.wait_s = wait_s


class Elsewhere(Exception):
    """Another process is asking just this; its answer may be there in ``wait_s``. Not an error."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = wait_s


class Asker:
    """Asks one API host, one question at a time. ``interruption`` ends every wait."""

    def __init__(
        self,
        host: str,
        http: Callable[[], Http],
        answers: AnswerTable,
        policy: Callable[[], Policy],
        clock: Clock,
        interruption: Interruption,
    ) -> None:
        self._host, self._http, self._answers, self._policy, self._clock = host, http, answers, policy, clock
        self._interruption = interruption
        self._not_before = 0.0  # monotonic; before that no request is sent

    def answer(self, site: Site, url: str, attempts: int, is_wanted: Callable[[], bool]) -> Answer | None:
        """What the API says at ``url``; None when it is no longer wanted. ``attempts``: how often that was tried before.

        Raises HttpError (BusyError), ThreadreelError ``http.status``, Elsewhere, Interrupted.
        """
        interval_s = site.api_interval_s + self._policy().api_margin_s
        while True:
            fresh = self._answers.fresh(url, self._clock.time())
            if fresh is not None:
                return fresh
            slot = self._answers.reserve(url, self._host, interval_s, self._clock.time)
            if slot.granted:
                try:
                    self._sleep(max(slot.wait_s, self._not_before - self._clock.monotonic()))
                    is_still_wanted = is_wanted()
                    if is_still_wanted and self._host not in self._answers.cooldowns(self._clock.time()):
                        return self._ask(site, url, attempts, slot.kept)
                except (Interrupted, ThreadreelError):
                    self._answers.give_up(url)
                    raise
                self._answers.give_up(url)
                if not is_still_wanted:
                    return None  # else: the host asked to be left alone while we waited, so back to the end of the line
            elif slot.wait_s > 0:
                raise Elsewhere(slot.wait_s)

    def keep_unusable(self, url: str, answer: Answer) -> None:
        """The answer makes no sense. It stands for a while like any other, but "nothing changed since" must not make it last."""
        self._answers.keep(url, replace(answer, last_modified=None))

    def _ask(self, site: Site, url: str, attempts: int, kept: Answer | None) -> Answer:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if kept is not None and kept.status == 200 and kept.last_modified:
            headers["If-Modified-Since"] = kept.last_modified
        try:
            response = self._http().get(url, headers, site.hosts, self._interruption)
            try:
                body = response.read_answer(self._policy().answer_limit_bytes) if response.status == 200 else b""
            finally:
                response.close()
        except HttpError:
            self._interruption.check()
            raise
        finally:
            # the site sees arrivals: a first request is slower than the next by all that a new connection takes
            self._not_before = self._clock.monotonic() + site.api_interval_s
        now = self._clock.time()
        if response.status == 304 and kept is not None:
            answer = Answer(200, kept.body, kept.last_modified, now)
        elif response.status == 200:
            answer = Answer(200, body, response.headers.get("Last-Modified"), now)
        elif response.status in (404, 410):
            answer = Answer(404, b"", None, now)
        else:
            raise self._refused(attempts, response.status, response.headers, now)
        self._answers.keep(url, answer)
        return answer

    def _refused(self, attempts: int, status: int, headers: Mapping[str, str], now: float) -> ThreadreelError:
        policy = self._policy()
        wait_s = retry_after_s(headers.get("Retry-After"), now)
        if status == 429 or status >= 500:
            rest_s = policy.backoff_s(attempts + 1) if wait_s is None else wait_s
            self._answers.cool_down(self._host, now + min(rest_s, policy.retry_after_cap_s))
            if rest_s <= policy.retry_after_cap_s:
                return BusyError(self._host, status, rest_s)
        return ThreadreelError(
            "http.status",
            f"{self._host} refuses to show the thread (HTTP {status}).",
            "Open the thread in your browser: if it shows, try again later.",
        )

    def _sleep(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0 and not self._interruption.is_set():
            self._interruption.wait(left)
        self._interruption.check()
