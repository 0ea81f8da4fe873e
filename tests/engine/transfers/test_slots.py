"""Connections to a media host: as many as allowed, half as many when it complains, and back again by and by."""

from __future__ import annotations

from threadreel.engine.transfers.slots import SERVED_EACH, Slots

HOST = "i.4cdn.org"


def taken(slots: Slots, count: int) -> list[int]:
    return [slots.take(HOST) for _ in range(count)]


def test_a_host_has_what_the_settings_allow_at_every_moment() -> None:
    allowed = [6]
    slots = Slots(lambda: allowed[0])
    assert slots.free(HOST) == 6
    taken(slots, 4)
    assert slots.free(HOST) == 2
    allowed[0] = 3
    assert slots.free(HOST) == 0
    slots.give_back(HOST)
    slots.give_back(HOST)
    assert slots.free(HOST) == 1
    assert slots.figures() == [{"host": HOST, "connections": 2, "limit": 3}]


def test_all_that_complain_of_one_moment_are_heard_once() -> None:
    slots = Slots(lambda: 6)
    for since in taken(slots, 6):
        slots.slow_down(HOST, since)
        slots.give_back(HOST)
    assert slots.free(HOST) == 3


def test_each_new_complaint_halves_and_one_connection_always_stays() -> None:
    slots = Slots(lambda: 16)
    limits = []
    for _ in range(6):
        slots.slow_down(HOST, slots.take(HOST))
        slots.give_back(HOST)
        limits.append(slots.free(HOST))
    assert limits == [8, 4, 2, 1, 1, 1]


def test_files_that_are_served_bring_the_connections_back_one_by_one() -> None:
    slots = Slots(lambda: 4)
    for _ in range(2):
        slots.slow_down(HOST, slots.take(HOST))
        slots.give_back(HOST)
    limits = []
    for _ in range(SERVED_EACH * (1 + 2 + 3) + 100):
        slots.served(HOST)
        limits.append(slots.free(HOST))
    steps = [limits.index(limit) + 1 for limit in (2, 3, 4)]
    assert steps == [SERVED_EACH, SERVED_EACH * 3, SERVED_EACH * 6]
    assert max(limits) == 4


def test_a_complaint_on_the_way_back_begins_a_new_count() -> None:
    slots = Slots(lambda: 4)
    slots.slow_down(HOST, slots.take(HOST))
    for _ in range(SERVED_EACH * 2 - 1):
        slots.served(HOST)
    slots.slow_down(HOST, slots.take(HOST))
    slots.served(HOST)
    assert slots.figures()[0]["limit"] == 1


def test_a_setting_that_falls_below_holds_too() -> None:
    allowed = [16]
    slots = Slots(lambda: allowed[0])
    slots.slow_down(HOST, slots.take(HOST))
    assert slots.figures()[0]["limit"] == 8
    allowed[0] = 2
    assert slots.figures()[0]["limit"] == 2
    slots.slow_down(HOST, slots.take(HOST))
    assert slots.figures()[0]["limit"] == 1


def test_each_host_has_its_own() -> None:
    slots = Slots(lambda: 6)
    slots.slow_down(HOST, slots.take(HOST))
    slots.served("media.example.org")  # was never asked by us: another address led there
    assert slots.free("media.example.org") == 6
