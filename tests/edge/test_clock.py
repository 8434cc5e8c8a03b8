"""Business time: HQ's signed time while it is known, the PC's clock otherwise, never below the journal."""

from __future__ import annotations

from typing import Any

from edge.clock import BusinessClock
from edge.shifts.actions import open_shift
from edge.till.actions import scan
from kit.clock import ManualClock
from tests.builders.edge import MANAGER, NOON, Shop

HOUR = 3_600_000


def newest_at(shop: Shop) -> int:
    return int(shop.node.db.value("SELECT at FROM body ORDER BY rowid DESC LIMIT 1"))


def corrected(shop: Shop) -> list[Any]:
    return [row[0] for row in shop.node.db.rows("SELECT at FROM body WHERE type = 'clock.corrected' ORDER BY rowid")]


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
