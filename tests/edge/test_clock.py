"""Business time: HQ's signed time while it is known, the PC's clock otherwise, never below the journal."""

from __future__ import annotations

from typing import Any

import pytest

from edge.catalogue.queries import offers_for_codes
from edge.clock import BusinessClock
from edge.node import Node
from edge.sales.actions import finish
from edge.shifts.actions import open_shift
from edge.till.actions import scan
from kit.clock import ManualClock
from schemas.events.base import decode
from schemas.events.node import ClockCorrected
from tests.builders.damage import flipped
from tests.builders.edge import MANAGER, NOON, Shop, a_price

HOUR = 3_600_000


def newest_at(shop: Shop) -> int:
    return int(shop.node.db.value("SELECT at FROM body ORDER BY rowid DESC LIMIT 1"))


def corrected(shop: Shop) -> list[Any]:
    return [
        row[0]
        for row in shop.node.db.rows("SELECT at FROM body WHERE type = 'clock.corrected' ORDER BY rowid")
    ]


def test_without_hq_the_machine_is_followed_but_not_below_the_floor() -> None:
    machine = ManualClock(1000)
    clock = BusinessClock(machine, floor_ms=5000)

    assert clock.now_ms() == 5000
    machine.set_wall(9000)
    assert clock.now_ms() == 9000
    clock.rise(9000)
    machine.set_wall(0)
    assert clock.now_ms() == 9000
    clock.rise(8000)
    assert clock.now_ms() == 9000


def test_a_clock_below_the_floor_does_not_stop_the_time() -> None:
    machine = ManualClock(1000)
    clock = BusinessClock(machine, floor_ms=50_000)

    machine.advance(7000)

    assert clock.now_ms() == 57_000


def test_signed_time_runs_on_by_the_monotonic_clock_and_may_step_back() -> None:
    machine = ManualClock(100_000)
    clock = BusinessClock(machine, floor_ms=90_000)

    assert clock.learn(40_000) == -60_000
    machine.set_wall(5)
    machine.advance(250)
    assert clock.now_ms() == 40_250
    assert clock.offset_ms() == 40_250 - 255
    clock.rise(99_999)
    assert clock.now_ms() == 40_250


def test_a_clock_that_falls_back_while_running_moves_no_event_back(shop: Shop) -> None:
    shop.clock.advance(HOUR)
    open_shift(shop.at("02", MANAGER), 0)
    before = newest_at(shop)

    shop.clock.set_wall(0)  # a dead battery
    scan(shop.at("02", MANAGER), "2000000000015")
    from edge.till.actions import abort

    abort(shop.at("02", MANAGER), "other", None)

    assert newest_at(shop) >= before


def test_a_dead_battery_over_a_restart_moves_nothing_back(shop: Shop) -> None:
    before = newest_at(shop)

    shop.restart(ManualClock(0))

    assert shop.node.clock.now_ms() == before == NOON


def test_a_step_of_the_machine_clock_is_an_event_and_not_a_lock_out(shop: Shop) -> None:
    shop.node.watch_clock()
    shop.clock.advance(20 * 60_000)
    shop.node.watch_clock()
    assert corrected(shop) == []

    ten_years = NOON + 10 * 365 * 24 * HOUR
    shop.clock.set_wall(ten_years)
    shop.node.watch_clock()
    shop.clock.set_wall(NOON + HOUR)
    shop.node.watch_clock()

    assert len(corrected(shop)) == 2
    shop.restart(ManualClock(NOON + 2 * HOUR))
    assert shop.node.clock.now_ms() == NOON + 2 * HOUR


def test_a_small_step_is_nothing(shop: Shop) -> None:
    shop.node.watch_clock()
    shop.clock.set_wall(NOON + 9 * 60_000)
    shop.node.watch_clock()

    assert corrected(shop) == []


def leapt(shop: Shop, days: int = 60) -> None:
    """The PC's clock leaps, and the node looks."""
    shop.clock.set_wall(shop.clock.now_ms() + days * 24 * HOUR)
    shop.node.watch_clock()


def price_of_a(shop: Shop) -> int:
    offers = offers_for_codes(shop.node.reference, ["2000000000015"], shop.node.clock.price_ms())
    return int(offers[0].price_minor or 0)


def test_no_new_price_starts_by_a_suspect_clock(shop: Shop) -> None:
    a_price(shop.node, "A", 9900, since="2026-09-01T00:00", id="later")
    before = shop.node.clock.price_ms()

    leapt(shop)

    assert shop.node.clock.suspect
    assert (price_of_a(shop), shop.node.clock.price_ms()) == (1000, before)
    scan(shop.at(), "2000000000015")
    shop.clock.advance(HOUR)
    assert shop.node.clock.price_ms() == before + HOUR
    shop.node.clock.learn(before + 60 * 24 * HOUR)  # HQ confirms
    assert (price_of_a(shop), shop.node.clock.suspect) == (9900, False)


def test_events_say_that_the_clock_was_suspect(shop: Shop) -> None:
    scan(shop.at(), "2000000000015")
    finish(shop.at(), basket=None, version=None)
    leapt(shop)
    scan(shop.at(), "2000000000015")
    finish(shop.at(), basket=None, version=None)
    shop.node.clock.learn(shop.clock.now_ms())
    scan(shop.at(), "2000000000015")
    finish(shop.at(), basket=None, version=None)

    bodies = [decode(row[0]) for row in shop.node.db.rows("SELECT body FROM body ORDER BY rowid")]
    marks = [(event.type, event.suspect is True) for event in bodies[-4:]]
    assert marks == [
        ("sale.completed", False), ("clock.corrected", True), ("sale.completed", True), ("sale.completed", False),
    ]  # fmt: skip


def test_a_suspect_clock_stays_suspect_over_a_restart_until_somebody_sets_it_back(shop: Shop) -> None:
    a_price(shop.node, "A", 9900, since="2026-09-01T00:00", id="later")
    leapt(shop)
    home, config = shop.node.home, shop.node.config
    shop.node.close()

    shop.node = Node(home, config, shop.clock)
    assert (shop.node.clock.suspect, price_of_a(shop)) == (True, 1000)
    shop.node.close()

    shop.clock.set_wall(shop.clock.now_ms() - 60 * 24 * HOUR)
    shop.node = Node(home, config, shop.clock)
    assert (shop.node.clock.suspect, price_of_a(shop)) == (False, 1000)


@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_a_damaged_correction_does_not_keep_a_shop_from_opening(shop: Shop, bit: int) -> None:
    """Once neither the server nor the scrub that should mend it could open such a store."""
    with shop.node.journal.changing(shop.node.context()) as draft:
        now = shop.node.clock.now_ms()
        id_ = draft.event(ClockCorrected(before_ms=now, after_ms=now + HOUR, source="hq")).id
    flipped(shop, id_, bit)
    before = newest_at(shop)

    shop.restart()

    assert shop.node.clock.now_ms() >= before
    scan(shop.at(), "2000000000015")
    assert finish(shop.at(), basket=None, version=None)["sale"]["id"]
