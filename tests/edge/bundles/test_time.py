"""What a stick says of the time: HQ's clock may have been wrong when it was written (CK-02, CK-03, ADR 27)."""

from __future__ import annotations

import pytest

from edge.bundles import going
from edge.clock import LEAD_MS
from edge.shifts.actions import open_shift
from kit.clock import ManualClock
from kit.crypto import fingerprint
from proof.crash.shop import cashier, exchange, sell
from proof.sim.parties import open_node
from schemas.events.base import decode
from tests.edge.bundles.conftest import Trip

MINUTE, DAY = 60_000, 86_400_000
YEAR = 365 * DAY


def stick_from_a_clock_ahead(trip: Trip, by_ms: int = YEAR) -> None:
    """HQ's clock is ahead while it writes, and right again when the stick arrives."""
    now = trip.clock.now_ms()
    trip.clock.set_wall(now + by_ms)
    trip.from_hq()
    trip.clock.set_wall(now + MINUTE)


def ahead(trip: Trip) -> int:
    """How far business time is above the true one."""
    return trip.node.clock.now_ms() - trip.clock.now_ms()


def restart(trip: Trip) -> None:
    trip.node.close()
    trip.node = open_node(trip.node.home, trip.clock)


def sold(trip: Trip) -> tuple[int, bool]:
    """One sale: its time, and is it marked?"""
    sell(cashier(trip.node), "A")
    event = decode(trip.node.db.value("SELECT body FROM body ORDER BY rowid DESC LIMIT 1"))
    return event.at, event.suspect is True


def corrections(trip: Trip) -> list[tuple[str, int]]:
    """By whose word, and by how many days."""
    rows = trip.node.db.rows("SELECT body FROM body WHERE type = 'clock.corrected' ORDER BY rowid")
    facts = [decode(row[0]).p for row in rows]
    return [(fact["source"], round((fact["after_ms"] - fact["before_ms"]) / DAY)) for fact in facts]


def test_a_stick_far_ahead_of_a_good_clock_moves_neither_time_nor_prices(trip: Trip) -> None:
    """Once the time stood still, a year ahead: every sale had the same millisecond and next year's prices."""
    trip.enrol()
    open_shift(cashier(trip.node), 50_000)
    stick_from_a_clock_ahead(trip)

    trip.to_store()

    assert (ahead(trip), trip.node.clock.suspect) == (0, True)
    assert trip.node.clock.price_ms() == trip.clock.now_ms()
    for _ in range(2):
        trip.clock.advance(DAY)
        assert sold(trip) == (trip.clock.now_ms(), True)
    restart(trip)
    assert (ahead(trip), trip.node.clock.suspect) == (0, True)


def test_the_next_right_stick_ends_the_doubt(trip: Trip) -> None:
    trip.enrol()
    open_shift(cashier(trip.node), 50_000)
    stick_from_a_clock_ahead(trip)
    trip.to_store()

    trip.from_hq()
    trip.to_store()

    assert (ahead(trip), trip.node.clock.suspect, corrections(trip)) == (0, False, [])
    assert sold(trip) == (trip.clock.now_ms(), False)


@pytest.fixture
def fooled(trip: Trip) -> Trip:
    """A computer whose very first stick was written by a clock a year ahead."""
    going.ask(trip.node, trip.stick)
    now = trip.clock.now_ms()
    trip.clock.set_wall(now + YEAR)
    trip.from_hq(fingerprint=fingerprint(trip.node.key.public))
    trip.clock.set_wall(now + MINUTE)
    trip.to_store()
    return trip


def test_a_time_that_only_hq_said_runs_on(fooled: Trip) -> None:
    open_shift(cashier(fooled.node), 50_000)
    first, _ = sold(fooled)

    fooled.clock.advance(7 * DAY)

    assert sold(fooled)[0] == first + 7 * DAY


def test_a_right_stick_takes_back_what_one_ahead_has_said_also_over_a_restart(fooled: Trip) -> None:
    """Once a later stick could only raise the time, and a restart began at the newest sale."""
    open_shift(cashier(fooled.node), 50_000)
    sold(fooled)
    high = fooled.node.db.value("SELECT body FROM body ORDER BY rowid DESC LIMIT 1")

    fooled.from_hq()
    fooled.to_store()

    assert (ahead(fooled), corrections(fooled)) == (0, [("hq", -365)])
    at, suspect = sold(fooled)
    assert (at, suspect) == (fooled.clock.now_ms(), False)
    newest = fooled.node.db.value("SELECT body FROM body ORDER BY rowid DESC LIMIT 1")
    assert decode(newest).hlc > decode(high).hlc
    restart(fooled)
    assert (ahead(fooled), fooled.node.clock.suspect) == (0, False)


def test_a_dead_battery_follows_the_stick_and_runs_on(trip: Trip) -> None:
    """The PC's clock lies below what was recorded: HQ's word is the better one, however far ahead it lies."""
    trip.enrol()
    open_shift(cashier(trip.node), 50_000)
    trip.clock.advance(20 * DAY)
    trip.from_hq()
    true = trip.clock.now_ms()
    trip.node.close()
    dead = ManualClock(0)
    trip.node = open_node(trip.node.home, dead)

    trip.to_store()
    dead.advance(2 * DAY)

    assert trip.node.clock.now_ms() == true + 2 * DAY
    assert (trip.node.clock.suspect, corrections(trip)) == (False, [("hq", 20)])


def test_a_stick_a_little_ahead_is_followed(trip: Trip) -> None:
    trip.enrol()
    open_shift(cashier(trip.node), 50_000)
    stick_from_a_clock_ahead(trip, LEAD_MS - MINUTE)

    trip.to_store()
    trip.clock.advance(DAY)

    assert (ahead(trip), trip.node.clock.suspect) == (LEAD_MS - MINUTE, False)


def test_who_sets_the_clock_to_what_the_stick_says_ends_the_doubt(trip: Trip) -> None:
    """The PC was a month behind after a holiday; nobody has to bring a line for that."""
    trip.enrol()
    open_shift(cashier(trip.node), 50_000)
    stick_from_a_clock_ahead(trip, 30 * DAY)
    trip.to_store()
    assert trip.node.clock.suspect

    trip.clock.set_wall(trip.clock.now_ms() + 30 * DAY)
    trip.node.watch_clock()

    assert (ahead(trip), trip.node.clock.suspect, corrections(trip)) == (0, False, [("hq", 30)])
    restart(trip)
    assert (ahead(trip), trip.node.clock.suspect) == (0, False)


def test_the_line_takes_back_what_a_stick_has_said_also_for_the_next_start(trip: Trip) -> None:
    trip.enrol()
    open_shift(cashier(trip.node), 50_000)
    stick_from_a_clock_ahead(trip)
    trip.to_store()

    exchange(trip.node, trip.centre)

    assert (ahead(trip), trip.node.clock.suspect) == (0, False)
    restart(trip)
    assert not trip.node.clock.suspect
