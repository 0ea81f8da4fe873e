"""Pages are read one after the other for each API host, what is wanted most first, and asked for only when there may be news."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock

from board import faults
from board.exchange import Exchange
from board.listings import serve_catalog
from board.server import Board
from board.threads import plain_thread
from threadreel.demo.samples import SampleThread
from threadreel.engine.network.http import Http
from threadreel.engine.policy import Policy
from threadreel.engine.site_api.lanes import Lanes
from threadreel.engine.site_api.reading import Reading
from threadreel.engine.timers import Timers
from threadreel.engine.transfers.cooldowns import Cooldowns
from threadreel.errors import ThreadreelError
from threadreel.library.answer_table import FRESH_S, AnswerTable
from threadreel.library.ledger import Ledger
from threadreel.library.pace_table import PaceTable
from threadreel.sites.base import Listing, PageKind, ThreadAnswer
from threadreel.sites.registry import Registry
from waiting import wait_until

POLICY = Policy(backoff_base_s=1.0, jitter=lambda: 1.0)


class Reader:
    """The lanes of one process, in a time that passes when the test waits for something."""

    def __init__(self, board: Board, folder: Path, name: str = "me", time: FakeClock | None = None) -> None:
        self.time = time or FakeClock()
        self.board, self.registry = board, Registry([board.settings_board()])
        self.ledger, self.http = Ledger(folder / "ledger.sqlite3"), Http(lambda: POLICY)
        self.timers = Timers(self.time.clock)
        self.paces = PaceTable(self.ledger, name, lambda _: True)
        self.cooldowns = Cooldowns(self.paces, self.time.clock, self.timers, lambda: None)
        answers = AnswerTable(self.ledger)
        self.lanes = Lanes(lambda: self.http, answers, self.paces, self.cooldowns, lambda: POLICY, self.time.clock)
        self.found: list[Reading | ThreadreelError] = []

    def read(
        self,
        page: SampleThread | str,
        priority: str = "normal",
        is_wanted: Callable[[], bool] = lambda: True,
        job: str = "",
        group: str = "",
    ) -> None:
        site, target = self.registry.find(page if isinstance(page, str) else self.board.thread_url(page))
        self.lanes.read(site, target, self.found.append, priority, is_wanted, job, group)

    def until(self, condition: Callable[[], Any], what: str) -> None:
        def later() -> Any:
            value = condition()
            if not value:
                self.time.advance(0.35)
            return value

        wait_until(later, what)

    def answer(self, page: SampleThread | str, **how: Any) -> Reading | ThreadreelError:
        """Read it and give what came."""
        before = len(self.found)
        self.read(page, **how)
        self.until(lambda: len(self.found) > before, "the answer")
        return self.found[-1]

    def close(self) -> None:
        assert self.lanes.stop(5)
        assert self.timers.stop(5)
        self.http.close()
        self.ledger.close()


@pytest.fixture
def readers(board: Board, tmp_path: Path) -> Iterator[Callable[..., Reader]]:
    """Each is a process; all have one ledger."""
    made: list[Reader] = []

    def make(time: FakeClock | None = None) -> Reader:
        made.append(Reader(board, tmp_path, f"process-{len(made)}", time))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


@pytest.fixture
def reader(readers: Callable[..., Reader]) -> Reader:
    return readers()


def threads(board: Board, count: int) -> list[SampleThread]:
    made = [plain_thread(2, 500, no=1000 * number, seed=number) for number in range(1, count + 1)]
    for thread in made:
        board.add(thread)
    return made


def asked(board: Board) -> list[str]:
    """The numbers of the threads that were asked for, in order."""
    return [entry.path.rpartition("/")[2].removesuffix(".json") for entry in board.requests("*.json")]


def code_of(found: Reading | ThreadreelError) -> str:
    assert isinstance(found, ThreadreelError)
    return found.code


# What is read


def test_a_thread_and_a_listing_come_as_what_they_are(board: Board, reader: Reader) -> None:
    made = threads(board, 3)
    listing = reader.answer(serve_catalog(board, *made))
    assert isinstance(listing, Listing)
    assert {ref.thread for ref in listing.threads} == {1000, 2000, 3000}
    thread = reader.answer(listing.threads[0].url)
    assert isinstance(thread, ThreadAnswer)
    assert len(thread.attachments) == 2


@pytest.mark.parametrize(("page", "code"), [("thread/7", "thread.gone"), ("archive", "site.unreadable")])
def test_what_is_not_there_is_said_in_a_sentence(board: Board, reader: Reader, page: str, code: str) -> None:
    found = reader.answer(f"{board.root}/g/{page}")
    assert isinstance(found, ThreadreelError)
    assert (found.code, found.message.endswith("(404).")) == (code, True)
    assert found.hint


def test_a_listing_that_is_no_listing_is_not_kept_for_ever(board: Board, reader: Reader) -> None:
    (thread,) = threads(board, 1)
    page = serve_catalog(board, thread)
    board.script("/g/catalog.json", faults.replaced(b'{"posts": []}', "application/json"))
    assert code_of(reader.answer(page)) == "site.unreadable"
    reader.time.advance(FRESH_S)
    board.behave()
    assert isinstance(reader.answer(serve_catalog(board, thread)), Listing)
    assert "if-modified-since" not in board.requests("*/catalog.json")[1].headers


# Only news


def test_after_a_404_too_the_question_is_whether_anything_changed(board: Board, reader: Reader) -> None:
    (thread,) = threads(board, 1)
    assert isinstance(reader.answer(thread), ThreadAnswer)
    board.script("*.json", faults.status(404), faults.status(404))
    for _ in range(2):
        reader.time.advance(FRESH_S)
        assert code_of(reader.answer(thread)) == "thread.gone"
    reader.time.advance(FRESH_S)
    assert isinstance(reader.answer(thread), ThreadAnswer)  # it was there all the time
    requests = board.requests("*.json")
    assert [entry.status for entry in requests] == [200, 404, 404, 304]
    assert [bool(entry.headers.get("if-modified-since")) for entry in requests] == [False, True, True, True]


def test_what_is_left_of_a_deleted_thread_is_kept_like_any_answer(board: Board, reader: Reader) -> None:
    (thread,) = threads(board, 1)
    modified = "Tue, 02 Jan 2024 00:00:00 GMT"

    def stub(exchange: Exchange) -> None:
        if exchange.request.headers.get("if-modified-since") == modified:
            exchange.answer = faults.text_answer(304, "")
            return
        reply = json.dumps({"posts": [{"no": thread.no + 1, "resto": thread.no, "time": 1}]}).encode()
        faults.replaced(reply, "application/json")(exchange)
        exchange.answer.headers["Last-Modified"] = modified

    assert isinstance(reader.answer(thread), ThreadAnswer)
    board.always("*.json", stub)
    for _ in range(2):
        reader.time.advance(FRESH_S)
        assert code_of(reader.answer(thread)) == "thread.gone"
    assert [entry.status for entry in board.requests("*.json")] == [200, 200, 304]


def test_what_is_known_already_is_handed_over_while_the_host_is_left_alone(board: Board, reader: Reader) -> None:
    first, other = threads(board, 2)
    reader.answer(first)
    reader.cooldowns.begin(board.host, 600)
    reader.read(other)
    reader.read(first, "background")
    wait_until(lambda: len(reader.found) == 2, "the kept answer")
    assert asked(board) == ["1000"]


# Whose turn it is


def test_what_is_wanted_most_is_read_first_and_waiting_makes_it_more(board: Board, reader: Reader) -> None:
    made = threads(board, 4)
    reader.cooldowns.begin(board.host, 60)
    reader.read(made[0], "background")
    reader.read(made[1], "low")
    reader.time.advance(40)
    reader.read(made[2], "normal")
    reader.read(made[3], "critical")
    reader.until(lambda: len(reader.found) == 4, "all answers")
    assert asked(board) == ["4000", "2000", "3000", "1000"]


def test_a_board_does_not_starve_a_watch(board: Board, reader: Reader) -> None:
    made = threads(board, 60)
    for thread in made[:-1]:
        reader.read(thread, "low", group="board")
    reader.read(made[-1], "background")
    reader.until(lambda: "60000" in asked(board), "the watch's turn")
    assert 15 < len(asked(board)) < 35  # a request a second: after half a minute it takes turns with the board


def test_a_board_that_waits_long_does_not_grow_important(board: Board, reader: Reader) -> None:
    """Its threads wait for one another: that is no reason to let others wait."""
    made = threads(board, 40)
    for thread in made[:-1]:
        reader.read(thread, "low", group="board")
    reader.until(lambda: len(reader.found) == 30, "most of the board")
    assert reader.time.monotonic() >= 30
    reader.read(made[-1])
    reader.until(lambda: "40000" in asked(board), "the thread's turn")
    assert len(asked(board)) <= 32


def test_a_priority_may_change_while_it_waits(board: Board, reader: Reader) -> None:
    made = threads(board, 4)
    reader.cooldowns.begin(board.host, 5)
    for thread in made:
        reader.read(thread, "low", job=str(thread.no))
    reader.lanes.set_priority("4000", "critical")
    reader.lanes.set_priority("1000", "background")
    reader.lanes.set_priority("nobody", "high")
    reader.until(lambda: len(reader.found) == 4, "all answers")
    assert asked(board) == ["4000", "2000", "3000", "1000"]


def test_what_nobody_wants_any_more_costs_no_request(board: Board, reader: Reader) -> None:
    made = threads(board, 60)
    reader.cooldowns.begin(board.host, 5)
    for thread in made[:-1]:
        reader.read(thread, "high", lambda: False)
    reader.read(made[-1])
    began = reader.time.monotonic()
    reader.until(lambda: reader.found, "the one that is wanted")
    assert asked(board) == ["60000"]
    assert reader.time.monotonic() - began < 15  # and no time either
    assert reader.lanes.waiting() == 0


def test_thousands_that_wait_cost_little(board: Board, reader: Reader) -> None:
    made = threads(board, 1)
    reader.cooldowns.begin(board.host, 900)
    for number in range(3000):
        reader.read(f"{board.root}/g/thread/{number + 5}", "low", job=str(number))
    for number in range(3000):
        reader.lanes.set_priority(str(number), "high")
    wait_until(lambda: reader.lanes.waiting() == 3000, "all to be in line")
    reader.read(made[0], "critical")
    assert reader.found == []


# Several processes


def test_no_process_asks_while_another_waits_for_its_answer(board: Board, readers: Callable[..., Reader]) -> None:
    time = FakeClock()
    first, second = readers(time), readers(time)
    slow, other = threads(board, 2)
    gate = board.gate()
    board.script("*/1000.json", faults.stall(gate))
    first.read(slow)
    board.wait_until(lambda: board.requests("*.json"))
    second.read(other)
    second.read(slow)
    for _ in range(20):
        time.advance(1)
    assert asked(board) == ["1000"]
    gate.set()
    second.until(lambda: len(second.found) == 2, "both")
    assert asked(board) == ["1000", "2000"]  # the other's answer does for the same question
    assert all(isinstance(found, ThreadAnswer) for found in first.found + second.found)


def test_processes_take_turns_at_the_api(board: Board, readers: Callable[..., Reader]) -> None:
    time = FakeClock()
    first, second = readers(time), readers(time)
    made = threads(board, 13)
    for thread in made[:10]:
        first.read(thread)
    board.wait_until(lambda: board.requests("*.json"))
    for thread in made[10:]:
        second.read(thread)
    first.until(lambda: len(second.found) == 3, "the second's answers")
    assert len(first.found) <= 6


def test_a_429_holds_for_every_process_at_once(board: Board, readers: Callable[..., Reader]) -> None:
    time = FakeClock()
    first, second = readers(time), readers(time)
    made = threads(board, 4)
    board.script("*.json", faults.status(429, 30), each_path=False)
    for reader, pair in ((first, made[:2]), (second, made[2:])):
        for thread in pair:
            reader.read(thread)
    board.wait_until(lambda: board.requests("*.json"))
    first.until(lambda: first.cooldowns.left() or second.cooldowns.left(), "the cooldown")
    began = time.monotonic()
    first.until(lambda: len(first.found) + len(second.found) == 1, "the first answer")
    assert time.monotonic() - began > 28
    assert len(asked(board)) == 2
    first.until(lambda: len(first.found) + len(second.found) == 4, "all answers")
    assert len(asked(board)) == 5


def test_kinds_without_an_answer_of_their_own_are_not_read(board: Board, reader: Reader) -> None:
    site, target = reader.registry.find(f"{board.root}/g/thread/5")
    picture = dataclasses.replace(target, kind=PageKind.FILE)
    with pytest.raises(ThreadreelError):
        reader.lanes.read(site, picture, reader.found.append, "normal")
