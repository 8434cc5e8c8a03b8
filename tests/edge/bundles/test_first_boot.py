"""A store that has never had a line: enrolled from a stick, sells, reports on a stick; then the line comes."""

from __future__ import annotations

from edge.shifts.actions import open_shift
from edge.syncing import outbox
from proof.crash.shop import GOODS, cashier, exchange, rows, sell


def books(trip):
    rows = trip.centre.hq.db.rows("SELECT number, total_minor FROM sale ORDER BY number")
    return [tuple(row) for row in rows]


def test_a_store_lives_from_sticks_and_later_from_the_line(trip):
    taken = trip.enrol()
    assert (taken.store, taken.counter, sorted(taken.scopes)) == ("001", 1, ["chain", "store:001", "zone:A"])

    ctx = cashier(trip.node)
    open_shift(ctx, 50_000)
    first = sell(ctx, "A", "B")
    assert first["total_minor"] == GOODS["A"] + GOODS["B"]
    events = trip.from_store()
    assert events == outbox.unsent(trip.node.db).count == 3

    assert [(one["store"], one["events"], one["left"]) for one in trip.to_hq()] == [("001", 3, "")]
    assert books(trip) == [(first["number"], first["total_minor"])]

    second = sell(ctx, "C")
    trip.centre.publish({place: row for place, row in rows(5).items() if place[1] == "price"})
    trip.from_hq()
    back = trip.to_store()
    assert (back.counter, back.unsent, back.found) == (2, 1, [])
    assert back.scopes == {"chain": 2}
    third = sell(ctx, "C")
    assert third["total_minor"] == GOODS["C"] + 5
    assert trip.from_store() == 2

    exchange(trip.node, trip.centre)  # the line has come
    trip.centre.projector.drain()
    assert books(trip) == sorted((sale["number"], sale["total_minor"]) for sale in (first, second, third))
    assert outbox.unsent(trip.node.db).count == 0

    assert [(one["events"], one["left"]) for one in trip.to_hq()] == [
        (0, ""),
        (0, ""),
    ]  # an old stick turns up
    assert len(books(trip)) == 3
