"""One attachment from the server to its final name: resume, ask, stream into the part, verify, publish.

Runs in a worker. Decisions are made by ``replies`` (what a status means) and ``verify`` (what the bytes are); this module does
what they say. Nothing gets a final name before it was judged, and nothing that was judged whole is thrown away for an answer
that might be better until the better one begins to arrive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from threadreel.engine.clock import Clock
from threadreel.engine.jobs.outcome import BY_BROWSER, Outcome
from threadreel.engine.jobs.transfer import Transfer
from threadreel.engine.network.connections import BUFFER_BYTES
from threadreel.engine.network.processor import resting, working
from threadreel.engine.network.replies import Decision, Move, decide, is_ban, is_challenge
from threadreel.engine.network.source import Answer, Source
from threadreel.engine.policy import Policy, retry_after_s
from threadreel.engine.transfers.arrival import Arrival, expected_of
from threadreel.engine.transfers.pacing import Floor, SpeedCap
from threadreel.engine.transfers.part_file import PartFile
from threadreel.engine.verify import Digest, Verdict, fake_reason, judge
from threadreel.errors import BrowserError, DiskError, HttpError
from threadreel.library.file_table import FileTable
from threadreel.states import FileState

#: how often one attempt may ask: the file, once more from its start, once past the cache, another address of it
_ASKS = 4
#: errors that another attempt would only repeat
_HOPELESS = frozenset({"http.redirect", "http.tls"})
_TOTAL = re.compile(r"bytes \d+-\d+/(\d{1,18})$")


@dataclass(frozen=True, slots=True)
class Tools:
    """What every transfer of a process shares."""

    source: Source
    policy: Policy
    files: FileTable
    cap: SpeedCap
    clock: Clock
    duplicates: str


def run_transfer(transfer: Transfer, tools: Tools) -> Outcome:
    """One attempt at an active transfer. Returns its outcome; raises Interrupted; anything else is a defect."""
    try:
        with working():
            return _Attempt(transfer, tools).run()
    except DiskError as error:
        return Outcome(FileState.FAILED, error.code, text=f"{error.message} {error.hint}")


class _Attempt:
    def __init__(self, transfer: Transfer, tools: Tools) -> None:
        self._transfer, self._tools = transfer, tools
        self._row, self._job = transfer.row, transfer.job
        self._arrival = Arrival(transfer, tools.files, tools.clock)
        self._expected = expected_of(transfer)
        self._limit_bytes = tools.policy.may_take_bytes(self._row.size)
        transfer.past_cache |= self._row.past_cache

    def run(self) -> Outcome:
        self._job.folder.create()
        return self._arrival.take_existing() or self._arrival.take_duplicate(self._tools.duplicates) or self._fetch()

    def _fetch(self) -> Outcome:
        with self._arrival.part() as part:
            part.resume(self._limit_bytes)
            self._row.done = part.size_bytes
            self._transfer.best_bytes = max(self._transfer.best_bytes, part.size_bytes)
            outcome = self._ask_until_settled(part)
            is_kept = outcome.state in (FileState.SAVED, FileState.DIFFERS)
            if is_kept:
                self._row.got_md5, self._row.got_sha256 = part.digest.md5, part.digest.sha256
                part.sync()
                if self._transfer.is_carried:
                    self._row.reason = BY_BROWSER
            elif part.size_bytes == 0 or outcome.state is FileState.GONE or _is_fake(outcome):
                part.discard()
                self._row.done = 0
        if is_kept and outcome.state is not None:
            self._arrival.publish(outcome.state)
            return Outcome(outcome.state, host_wait_s=outcome.host_wait_s, is_published=True)
        return self._arrival.keep_older(outcome)

    def _ask_until_settled(self, part: PartFile) -> Outcome:
        try:
            return self._ask_until_whole(part)
        except HttpError as error:
            self._transfer.interruption.check()
            if error.code in _HOPELESS:
                return self._settle_for(Outcome(FileState.FAILED, error.code, text=f"{error.message} {error.hint}"))
            wanted = error.retry_after if isinstance(error, BrowserError) else None
            return self._retry(error.code, retry_after_s(wanted, self._tools.clock.time()))

    def _ask_until_whole(self, part: PartFile) -> Outcome:
        """Ask until the part holds the whole file or the answers say that it never will."""
        has_hash = self._row.md5 is not None or self._row.sha256 is not None
        if has_hash and not self._transfer.differs and 0 < part.size_bytes == self._row.size:
            if judge(part.digest, self._expected)[0] is Verdict.RIGHT:
                return Outcome(FileState.SAVED)
            self._start_over(part)
        for _ in range(_ASKS):
            offset = self._offset(part)
            decision = self._ask(part, offset)
            if decision is None or decision.move is Move.WHOLE:
                outcome = self._judge(part)
                if outcome is not None:
                    return outcome
            elif decision.move is Move.RESTART and offset:
                self._start_over(part)
            elif decision.move is Move.GONE and self._transfer.url_at + 1 < len(self._row.urls):
                self._transfer.url_at += 1
            elif decision.reason == "fake.too_large" and not self._transfer.past_cache:
                self._transfer.past_cache = True
                self._start_over(part)
            else:
                return self._settle_for(self._give_way(decision))
        return self._retry("http.range", None)

    def _judge(self, part: PartFile) -> Outcome | None:
        """The outcome of a whole part; None when it is to be asked for once more, past the cache."""
        verdict, reason = judge(part.digest, self._expected)
        if verdict is Verdict.RIGHT:
            return Outcome(FileState.SAVED)
        if self._row.past_cache:
            return Outcome(FileState.DIFFERS) if verdict is Verdict.DIFFERS else Outcome(FileState.FAILED, reason)
        self._transfer.past_cache = True
        self._transfer.differs = verdict is Verdict.DIFFERS
        if not self._transfer.differs:
            self._start_over(part)
        return None

    def _settle_for(self, outcome: Outcome) -> Outcome:
        """The outcome, unless there is something better: a whole file that is not the API's, say a recompressed picture."""
        return Outcome(FileState.DIFFERS, host_wait_s=outcome.host_wait_s) if self._transfer.differs else outcome

    def _start_over(self, part: PartFile) -> None:
        part.restart()
        self._row.done, self._row.validator, self._transfer.differs = 0, None, False

    def _ask(self, part: PartFile, offset_bytes: int) -> Decision | None:
        """One request; None when its body is whole in the part now, else the decision on an answer without one."""
        transfer = self._transfer
        transfer.interruption.check()
        headers = self._headers(offset_bytes)
        response = self._tools.source.get(self._url(), headers, self._job.site.hosts, transfer.interruption)
        try:
            transfer.interruption.check()
            decision = decide(response.status, response.headers, offset_bytes, self._tools.clock.time())
            if decision.move is Move.TAKE:
                if transfer.differs and (reason := fake_reason(_beginning(response), self._row.ext)):
                    return Decision(Move.FAIL, reason=reason)
                self._start_over(part)
                self._row.past_cache, self._row.validator = transfer.past_cache, _validator(response)
                if response.length_bytes is None or response.length_bytes > BUFFER_BYTES:
                    self._job.note(transfer)  # a short one is whole before anybody could want to know how far it was
            elif decision.move is not Move.CONTINUE:
                is_banned = decision.move in (Move.REFUSED, Move.SLOW_DOWN) and is_ban(response.peek())
                return Decision(Move.REFUSED, reason="http.banned") if is_banned else decision
            transfer.refusals = 0
            return self._stream(response, part)
        finally:
            response.close()

    def _stream(self, response: Answer, part: PartFile) -> Decision | None:
        if part.size_bytes + (response.length_bytes or 0) > self._limit_bytes:
            return Decision(Move.FAIL, reason="fake.too_large")
        transfer, cap, monotonic = self._transfer, self._tools.cap, self._tools.clock.monotonic
        floor = Floor(self._tools.policy.stall_floor_bytes_per_s, self._tools.policy.stall_window_s)
        while not response.is_over:
            asked = monotonic()
            data = response.read(cap.piece_bytes(BUFFER_BYTES))
            if part.size_bytes + len(data) > self._limit_bytes:
                return Decision(Move.FAIL, reason="fake.too_large")
            part.append(data)
            now = transfer.moved = monotonic()
            self._row.done = part.size_bytes
            transfer.received_bytes += len(data)
            transfer.interruption.check()  # only now: what has arrived is not thrown away
            if data and not floor.is_above(len(data), now - asked):
                raise HttpError("http.slow", f"{self._url()} has all but stopped.")
            rest_s = cap.wait_s(len(data))
            if rest_s > 0:
                with resting():
                    transfer.interruption.wait(rest_s)
        if is_challenge(response.status, response.headers, part.digest.head):
            self._start_over(part)
            return Decision(Move.REFUSED, reason="http.challenge")
        if part.size_bytes < self._least_bytes(response):
            raise HttpError("http.cut", f"{self._url()} ended early.")
        return None

    def _least_bytes(self, response: Answer) -> int:
        """What the part must hold after this answer: the server may send less of a range than was asked for."""
        total = _TOTAL.match(response.headers.get("Content-Range", "").strip()) if response.status == 206 else None
        if total:
            return int(total[1])
        is_chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        return 0 if is_chunked or response.length_bytes is not None else self._row.size or 0

    def _give_way(self, decision: Decision) -> Outcome:
        """What an answer without the file means for the attachment."""
        policy, transfer = self._tools.policy, self._transfer
        if decision.move is Move.GONE:
            return Outcome(FileState.GONE)
        if decision.move is Move.REFUSED:
            return Outcome(FileState.BLOCKED, decision.reason)
        if decision.move is Move.SLOW_DOWN:
            transfer.refusals += 1
            host_wait_s = min(decision.wait_s or 0.0, policy.retry_after_cap_s)
            if transfer.refusals >= policy.refusals or (decision.wait_s or 0.0) > policy.retry_after_cap_s:
                return Outcome(FileState.BLOCKED, decision.reason, host_wait_s=host_wait_s)
            wait_s = policy.backoff_s(transfer.refusals) if decision.wait_s is None else decision.wait_s
            return Outcome(None, decision.reason, wait_s=wait_s, host_wait_s=host_wait_s)
        if decision.move in (Move.RETRY, Move.RESTART):
            return self._retry(decision.reason, decision.wait_s)
        return Outcome(FileState.FAILED, decision.reason)

    def _retry(self, reason: str, wait_s: float | None) -> Outcome:
        """Back in line; failed when that was tried often enough without progress."""
        policy, transfer = self._tools.policy, self._transfer
        enough_bytes = min(policy.progress_bytes, (self._row.size or policy.progress_bytes) // 20 + 1)
        if self._row.done - transfer.best_bytes >= enough_bytes:
            transfer.attempts = 0
        transfer.best_bytes = max(transfer.best_bytes, self._row.done)
        transfer.attempts += 1
        if transfer.attempts > policy.retries or (wait_s or 0.0) > policy.retry_after_cap_s:
            return self._settle_for(Outcome(FileState.FAILED, reason))
        if wait_s is None:
            return Outcome(None, reason, wait_s=policy.backoff_s(transfer.attempts))
        return Outcome(None, reason, wait_s=wait_s, host_wait_s=wait_s)

    def _offset(self, part: PartFile) -> int:
        """Where to go on. Only where a later check can tell that the part still belongs to the file: past the cache a mismatch
        is final, so nothing is pieced together there.
        """
        has_validator = (
            self._row.validator is not None and not self._transfer.is_carried
        )  # a browser sends no If-Range for us
        is_checked = self._row.md5 is not None or self._row.sha256 is not None or has_validator
        return part.size_bytes if is_checked and not self._transfer.past_cache else 0

    def _url(self) -> str:
        """The address; past a CDN's cache with a query, which 4chan's media hosts ignore (4chan/4chan-API issue 99)."""
        url = self._transfer.url
        if not self._transfer.past_cache:
            return url
        return f"{url}{'&' if '?' in url else '?'}{self._tools.clock.time():.0f}"

    def _headers(self, offset_bytes: int) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity", "Referer": self._job.site.referer(self._job.target)}
        if offset_bytes:
            headers["Range"] = f"bytes={offset_bytes}-"
            if self._row.validator:
                headers["If-Range"] = self._row.validator
        return headers


def _is_fake(outcome: Outcome) -> bool:
    return outcome.state is FileState.FAILED and (outcome.reason or "").startswith("fake.")


def _beginning(response: Answer) -> Digest:
    digest = Digest()
    digest.feed(response.peek())
    return digest


def _validator(response: Answer) -> str | None:
    """What If-Range may carry: a strong ETag, else the date (RFC 9110 section 13.1.5)."""
    tag = response.headers.get("ETag", "")
    if tag.startswith('"'):
        return tag
    return response.headers.get("Last-Modified")
