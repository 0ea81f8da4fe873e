"""The speed cap: kept over all transfers together, changed while they run, and never a long rest."""

from __future__ import annotations

import heapq

import pytest

from threadreel.engine.policy import KIB, MIB
from threadreel.engine.transfers.pacing import Floor, SpeedCap


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def run(cap: SpeedCap, clock: Clock, transfers: int, seconds: float) -> tuple[int, float]:
    """Bytes that so many transfers on an endless line receive in so long, and the longest rest of any."""
    end, received, longest_s = clock.now + seconds, 0, 0.0
    due = [(clock.now, number) for number in range(transfers)]
    while due[0][0] < end:
        clock.now, number = heapq.heappop(due)
        size = cap.piece_bytes(64 * KIB)
        received += size
        rest_s = cap.wait_s(size)
        longest_s = max(longest_s, rest_s)
        heapq.heappush(due, (clock.now + rest_s, number))
    clock.now = end
    return received, longest_s


@pytest.mark.parametrize("rate", [50, 1000, 10_000, 1_000_000, 50_000_000])
@pytest.mark.parametrize("transfers", [1, 6, 32])
def test_all_transfers_together_keep_to_the_cap(rate: int, transfers: int) -> None:
    clock = Clock()
    received, longest_s = run(SpeedCap(rate, clock), clock, transfers, 20)
    assert received == pytest.approx(rate * 20, rel=0.1)
    assert longest_s <= transfers * 0.06


def test_without_a_cap_nobody_rests() -> None:
    clock = Clock()
    cap = SpeedCap(0, clock)
    assert [cap.wait_s(MIB) for _ in range(100)] == [0.0] * 100
    assert cap.piece_bytes(MIB) == MIB


def test_a_changed_cap_holds_within_a_second() -> None:
    clock = Clock()
    cap = SpeedCap(100, clock)
    run(cap, clock, 6, 10)
    for rate in (1_000_000, 5000):
        cap.bytes_per_s = rate
        run(cap, clock, 6, 1)
        received, _ = run(cap, clock, 6, 10)
        assert received == pytest.approx(rate * 10, rel=0.1)
    cap.bytes_per_s = 0
    assert cap.wait_s(MIB) == 0


def test_what_was_not_used_is_not_saved_up() -> None:
    clock = Clock()
    cap = SpeedCap(1000, clock)
    clock.now += 3600
    received, _ = run(cap, clock, 6, 1)
    assert received <= 1000 * 1.5  # a tenth of a second's, and the piece that each had begun


def test_a_line_that_is_slower_than_the_cap_is_not_slowed_down() -> None:
    clock = Clock()
    cap = SpeedCap(1000, clock)
    for _ in range(100):
        clock.now += 0.1
        assert cap.wait_s(50) == 0


@pytest.mark.parametrize(
    ("rate", "wanted", "piece"),
    [(1, 64 * KIB, 1), (100, 64 * KIB, 5), (10**6, 64 * KIB, 50_000), (10**9, 64 * KIB, 64 * KIB)],
)
def test_a_piece_is_never_more_than_a_twentieth_of_a_second(rate: int, wanted: int, piece: int) -> None:
    assert SpeedCap(rate, Clock()).piece_bytes(wanted) == piece


def test_a_cap_that_falls_and_rises_again_leaves_no_long_rest_behind() -> None:
    """Pieces that were asked for without a cap are far more than a low one allows."""
    clock = Clock()
    cap = SpeedCap(0, clock)
    cap.bytes_per_s = 1000
    rests = [cap.wait_s(MIB) for _ in range(6)]
    assert max(rests) <= 0.3
    cap.bytes_per_s = 100_000
    assert cap.wait_s(5000) <= 0.05


def test_setting_the_same_cap_again_is_no_licence() -> None:
    clock = Clock()
    cap = SpeedCap(1000, clock)
    received = 0
    for _ in range(20):
        cap.bytes_per_s = 1000
        received += run(cap, clock, 1, 0.5)[0]
    assert received <= 1000 * 10 * 1.1 + 1000 * 0.05 * 20  # each run begins with a piece


def test_a_trickle_is_noticed_after_a_whole_window_and_not_before() -> None:
    floor = Floor(512, 30)
    assert all(floor.is_above(500, 1.0) for _ in range(29))
    assert not floor.is_above(500, 1.0)
    assert all(floor.is_above(513, 1.0) for _ in range(300))


def test_one_good_window_does_not_excuse_the_next() -> None:
    floor = Floor(512, 30)
    assert floor.is_above(100 * MIB, 30.0)
    assert not floor.is_above(1, 30.0)
    assert floor.is_above(512 * 30, 30.0)
