"""Speed over the last seconds, and the average over the time a job ran."""

from __future__ import annotations

import pytest

from threadreel.engine.jobs.meter import Meter


def test_nothing_has_no_speed() -> None:
    meter = Meter()
    assert (meter.speed(10), meter.average(10)) == (0, 0)
    meter.start(10)
    assert (meter.speed(10), meter.average(10)) == (0, 0)
    assert (meter.speed(11), meter.average(11)) == (0, 0)


def test_a_steady_flow_has_its_speed() -> None:
    meter = Meter()
    meter.start(0)
    for tick in range(1, 101):
        meter.read(tick / 10, tick * 100)
        assert meter.speed(tick / 10) == pytest.approx(1000)
        assert meter.average(tick / 10) == pytest.approx(1000)


def test_speed_is_of_the_last_seconds_and_average_of_all() -> None:
    meter = Meter()
    meter.start(0)
    for second in range(1, 11):
        meter.read(second, second * 1000)
    for second in range(11, 21):
        meter.read(second, 10_000 + (second - 10) * 100)
    assert meter.speed(20) == pytest.approx(100)
    assert meter.average(20) == pytest.approx(11_000 / 20)


def test_a_flow_that_stops_slows_down_to_nothing() -> None:
    meter = Meter()
    meter.start(0)
    meter.read(1, 1000)
    speeds = []
    for second in range(2, 10):
        meter.read(second, 1000)
        speeds.append(meter.speed(second))
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[-1] == 0


def test_a_rest_has_no_speed_and_does_not_count() -> None:
    meter = Meter()
    meter.start(0)
    meter.read(10, 10_000)
    meter.stop(10)
    assert meter.speed(10) == 0
    assert meter.average(1000) == pytest.approx(1000)
    meter.read(1000, 10_500)  # what was on its way still came in
    assert meter.speed(1000) == 0
    meter.start(1000)
    assert meter.speed(1001) == 0
    meter.read(1010, 20_500)
    assert meter.speed(1010) == pytest.approx(1000)
    assert meter.average(1010) == pytest.approx(20_500 / 20)


def test_starting_and_stopping_twice_is_once() -> None:
    meter = Meter()
    meter.stop(1)
    meter.start(5)
    meter.read(6, 100)
    meter.start(7)
    meter.read(10, 500)
    meter.stop(10)
    meter.stop(20)
    assert meter.average(30) == pytest.approx(100)
