"""Turns at the processor: one works while the others rest, and nobody waits for a turn for long."""

import threading
import time

from threadreel.engine.network.processor import resting, working


def test_one_works_while_others_rest() -> None:
    """Whoever works and does not rest is alone, as long as nobody takes longer than the patience of the others."""
    counts, at_work, most = threading.Lock(), [0], [0]

    def work() -> None:
        for _ in range(50):
            with working():
                with counts:
                    at_work[0] += 1
                    most[0] = max(most[0], at_work[0])
                with counts:
                    at_work[0] -= 1
                with resting():
                    time.sleep(0)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert at_work == [0]
    assert most[0] < 4


def test_who_waits_for_a_slow_one_works_all_the_same() -> None:
    is_slow, may_end, has_worked = threading.Event(), threading.Event(), threading.Event()

    def be_slow() -> None:
        with working():
            is_slow.set()
            may_end.wait(10)

    def work() -> None:
        with working():
            has_worked.set()

    slow, other = threading.Thread(target=be_slow), threading.Thread(target=work)
    slow.start()
    assert is_slow.wait(10)
    other.start()
    assert has_worked.wait(10)
    may_end.set()
    slow.join(10)
    other.join(10)


def test_who_takes_no_turns_may_rest_too() -> None:
    with resting():
        pass
    with working(), resting(), resting():
        pass
    with working():
        pass
