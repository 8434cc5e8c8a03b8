"""Stage 2: booked once, handled once, parked alone."""

from __future__ import annotations

import dataclasses
import os
import tracemalloc

import msgspec
import pytest

from hq.ingest import actions, apply, parking, projector
from hq.ingest.handlers import HANDLERS, Handler
from hq.ingest.projector import Projector
from kit.context import Actor
from proof.sim.origin import an_event, an_origin
from proof.sim.parties import MASTER
from retail.errors import Conflict, NotPermitted
from schemas.events.node import ClockCorrected
from schemas.events.registry import TYPES, EventType

CASH = [("cash:001:01", "HKD", 100), ("safe:001", "HKD", -100)]


def tell(origin, *bodies):
    origin.add(*bodies)
    return origin.push(len(origin.bodies) - len(bodies) + 1, len(origin.bodies))


def cash(centre):
    return centre.hq.db.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'", default=0)


def parked(centre):
    rows = centre.hq.db.rows("SELECT seq, state, reason, booked FROM parked ORDER BY node, seq")
    return [tuple(row) for row in rows]


def noted(centre):
    return centre.hq.db.value("SELECT COUNT(*) FROM till_note")


def test_an_event_is_booked_and_handled_once(centre, origin):
    """U6."""
    tell(origin, an_event(1, post=CASH))
    assert centre.projector.drain() == 1
    assert (cash(centre), noted(centre), parked(centre)) == (100, 1, [])

    again = an_origin(centre, "002", "b" * 32)
    tell(again, an_event(1, post=CASH))
    centre.projector.drain()

    assert (cash(centre), noted(centre), parked(centre)) == (100, 1, [])


def test_one_id_with_two_contents_books_the_second_not(centre, origin):
    tell(origin, an_event(1, post=CASH))
    tell(origin, an_event(1, post=[(a, c, 5 * q) for a, c, q in CASH], agg=["sale:x"]))
    tell(origin, an_event(3, agg=["sale:x"]))

    centre.projector.drain()

    assert cash(centre) == 100
    assert parked(centre) == [(2, "parked", "id_reused", 0)]


def test_an_unknown_type_is_parked_and_booked(centre, origin):
    """P2."""
    tell(origin, an_event(1, "points.earned", post=CASH, agg=["member:1"]))

    centre.projector.drain()

    assert cash(centre) == 100
    assert parked(centre) == [(1, "parked", "unknown_type", 1)]


def test_a_body_that_does_not_parse_is_parked_alone(centre, origin):
    tell(origin, b'{"half', an_event(2, post=CASH))

    centre.projector.drain()

    assert cash(centre) == 100
    assert parked(centre) == [(1, "parked", "unreadable", 0)]


@pytest.mark.parametrize(
    ("post", "reason"),
    [
        ([("cash:002:01", "HKD", 1), ("safe:002", "HKD", -1)], "account_of_another_store"),
        ([("cash:001:01", "HKD", 1)], "not_zero_sum"),
        ([("transit:x", "HKD", 1), ("safe:001", "HKD", -1)], "account_not_allowed"),
        ([("no account", "HKD", 0)], "account_not_allowed"),
        ([("cash:001:01", "gold", 1), ("safe:001", "gold", -1)], "commodity_unknown"),
    ],
)
def test_a_node_books_only_where_it_may(centre, origin, post, reason):
    """SC-14: P8: stored, parked whole, nothing booked, alarm."""
    tell(origin, an_event(1, post=post))

    centre.projector.drain()

    assert parked(centre) == [(1, "parked", reason, 0)]
    assert centre.hq.db.value("SELECT COUNT(*) FROM posting") == 0
    assert centre.hq.db.value("SELECT code FROM alarm") == f"event.{reason}"


def test_foreign_accounts_are_refused_for_unknown_types_too(centre, origin):
    tell(origin, an_event(1, "points.earned", post=[("points:7", "HKD", 1), ("safe:001", "HKD", -1)]))

    centre.projector.drain()

    assert parked(centre) == [(1, "parked", "account_not_allowed", 0)]


def test_a_node_may_not_state_hq_s_facts(centre, origin):
    tell(origin, an_event(1, "stock.opening_set", payload={"store": "001", "lines": []}))

    centre.projector.drain()

    assert parked(centre) == [(1, "parked", "origin_not_allowed", 0)]


def test_a_parked_event_delays_only_its_own_document(centre, origin):
    """U10."""
    tell(
        origin,
        an_event(1, "points.earned", agg=["sale:x"]),
        an_event(2, post=CASH, agg=["sale:x"]),
        an_event(3, agg=["sale:y"]),
        an_event(4, agg=["sale:z", "sale:x"]),
        an_event(5, agg=["sale:z"]),
        an_event(6),
    )

    centre.projector.drain()

    waiting = "earlier_parked"
    assert parked(centre) == [
        (1, "parked", "unknown_type", 1),
        (2, "waiting", waiting, 1),
        (4, "waiting", waiting, 1),
        (5, "waiting", waiting, 1),
    ]
    assert (cash(centre), noted(centre)) == (100, 2)


def later(centre):
    """The program of next month: it knows the new type."""
    new = {**HANDLERS, "points.earned": HANDLERS["clock.corrected"]}
    return Projector(centre.hq, new)


def test_a_late_handler_settles_what_waited_without_booking_again(centre, origin):
    tell(
        origin,
        an_event(1, "points.earned", agg=["sale:x"], post=CASH),
        an_event(2, agg=["sale:x"]),
        an_event(3, agg=["sale:x"]),
    )
    centre.projector.drain()
    assert noted(centre) == 0

    assert later(centre).retry_improved() == 3

    assert (noted(centre), cash(centre)) == (3, 100)
    assert {row[1] for row in parked(centre)} == {"handled"}
    assert centre.hq.db.value("SELECT COUNT(*) FROM parked_key") == 0


def broken(entry, payload):
    raise KeyError("poison")


def test_a_handler_that_raises_parks_one_event_of_the_batch(centre, origin):
    poisoned = {**HANDLERS, "sale.completed": Handler(3, broken, msgspec.json.Decoder())}
    tell(origin, an_event(1), an_event(2, "sale.completed", post=CASH), an_event(3))

    Projector(centre.hq, poisoned).drain()

    assert (noted(centre), cash(centre)) == (2, 100)
    assert parked(centre) == [(2, "parked", "handler_failed", 1)]


def unfit(entry, payload):
    return [("till_note", (entry.store, None, None, None, None, None, None, None, None))]


def test_rows_that_the_database_refuses_park_one_event_of_the_batch(centre, origin):
    spoilt = {**HANDLERS, "node.enrolled": Handler(1, unfit, msgspec.json.Decoder())}
    tell(origin, an_event(1), an_event(2, "node.enrolled", post=CASH), an_event(3))

    Projector(centre.hq, spoilt).drain()

    assert (noted(centre), cash(centre)) == (2, 100)
    assert parked(centre) == [(2, "parked", "rows_refused", 1)]


def test_pushes_do_not_wait_for_stage_2(centre, origin):
    """SC-15: U9."""
    assert tell(origin, an_event(1, "points.earned"), b"{").seq == 2
    assert tell(origin, an_event(3)).seq == 3
    assert centre.hq.db.value("SELECT COUNT(*) FROM applied") == 0


def test_two_projectors_book_one_id_once(centre, origin):
    other = an_origin(centre, "002", "b" * 32)
    tell(origin, an_event(1, post=CASH))
    tell(other, an_event(1, post=CASH))

    Projector(centre.hq).run_once()
    Projector(centre.hq).run_once()

    assert cash(centre) == 100


def test_dismissing_lets_the_document_go_on_and_keeps_the_postings(centre, origin):
    tell(origin, an_event(1, "points.earned", agg=["sale:x"], post=CASH), an_event(2, agg=["sale:x"]))
    centre.projector.drain()

    actions.dismiss(centre.context, ("001", origin.inc, 1), reason="never mind")

    assert [row[1] for row in parked(centre)] == ["dismissed", "handled"]
    assert (cash(centre), noted(centre)) == (100, 1)


def test_amending_books_the_reverse_as_an_event_of_hq(centre, origin):
    tell(origin, an_event(1, "points.earned", post=CASH))
    centre.projector.drain()

    actions.amend(centre.context, ("001", origin.inc, 1), reason="double")

    assert cash(centre) == 0
    assert centre.hq.db.value("SELECT seq FROM origin WHERE node = 'hq'") == 1
    assert [row[1] for row in parked(centre)] == ["amended"]


def test_retrying_needs_the_right_and_amending_something_booked(centre, origin):
    tell(origin, b"{")
    centre.projector.drain()
    nobody = dataclasses.replace(centre.context, actor=Actor("9", "Nobody"))

    with pytest.raises(NotPermitted):
        actions.retry(nobody, ("001", origin.inc, 1))
    with pytest.raises(Conflict):
        actions.amend(centre.context, ("001", origin.inc, 1), reason="x")
    assert actions.retry(centre.context, ("001", origin.inc, 1)) is False
    assert MASTER.may(actions.PERMISSION)


def test_open_events_come_in_the_order_of_their_logs(centre, origin):
    tell(origin, an_event(1, "x.y"), an_event(2, "x.y"))
    centre.projector.drain()

    with centre.hq.db.write() as connection:
        assert [one.seq for one in parking.open_ones(connection)] == [1, 2]


WITH_POINTS = [("points:m1", "HKD", 100), ("cash:001:01", "HKD", 50), ("revenue:001", "HKD", -150)]


@pytest.fixture
def refused(centre, origin):
    """A newer till's event, on an account of which this HQ knows nothing, with one of its document behind it."""
    tell(origin, an_event(1, "points.earned", post=WITH_POINTS, agg=["sale:x"]), an_event(2, agg=["sale:x"]))
    centre.projector.drain()
    assert parked(centre) == [(1, "parked", "account_not_allowed", 0), (2, "waiting", "earlier_parked", 1)]
    return "001", origin.inc, 1


def next_month(monkeypatch):
    """HQ knows the type and the account."""
    kind = EventType("points.earned", 1, ClockCorrected, shared={"points": 0})
    monkeypatch.setitem(TYPES, "points.earned", kind)
    monkeypatch.setattr(actions, "HANDLERS", {**HANDLERS, "points.earned": HANDLERS["clock.corrected"]})


def test_what_an_older_program_would_not_book_is_booked_after_the_upgrade(centre, refused, monkeypatch):
    """Once nothing but dismissing was left, and the sale was in no book."""
    next_month(monkeypatch)

    assert later(centre).retry_improved() == 2

    assert [(row[1], row[3]) for row in parked(centre)] == [("handled", 1), ("handled", 1)]
    assert (cash(centre), noted(centre)) == (50, 2)
    assert centre.hq.db.value("SELECT count(*) FROM alarm WHERE closed_at IS NULL") == 0
    assert later(centre).retry_improved() == 0
    assert cash(centre) == 50


def test_a_person_may_have_it_booked_by_a_retry(centre, refused, monkeypatch):
    assert actions.retry(centre.context, refused) is False
    assert parked(centre)[0] == (1, "parked", "account_not_allowed", 0)
    assert cash(centre) == 0

    next_month(monkeypatch)

    assert actions.retry(centre.context, refused) is True
    assert (cash(centre), noted(centre)) == (50, 2)


def test_what_could_not_be_read_is_taken_as_if_it_came_now(centre, origin, monkeypatch):
    monkeypatch.setattr(apply, "integers_fit", lambda body: False)
    tell(origin, an_event(1, post=CASH, agg=["sale:x"]))
    centre.projector.drain()
    assert parked(centre) == [(1, "parked", "unreadable", 0)]
    monkeypatch.undo()

    assert actions.retry(centre.context, ("001", origin.inc, 1)) is True

    assert parked(centre) == [(1, "handled", "unreadable", 1)]
    assert (cash(centre), noted(centre)) == (100, 1)


def test_large_bodies_that_nobody_can_read_are_never_all_in_memory(centre, origin, monkeypatch):
    """SC-15: a store may tell gigabytes of them. They are taken in parts, and settled one after the other."""
    monkeypatch.setattr(projector, "BATCH_BYTES", 1 << 20)
    size = 300 * 1024
    tell(origin, *(b'{"x":"' + os.urandom(size // 2).hex().encode() for _ in range(12)))
    tracemalloc.start()

    centre.projector.drain()
    centre.projector.retry_improved()
    actions.dismiss(centre.context, ("001", origin.inc, 1), reason="rubbish")

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(parked(centre)) == 12
    assert peak < 8 * size, f"{peak >> 10} KiB"


def test_a_long_document_goes_on_in_one_look(centre, origin, monkeypatch):
    """One look for each of thousands that wait for one another would hold HQ's one writer for hours."""
    tell(
        origin,
        an_event(1, "points.earned", agg=["sale:x"]),
        *(an_event(n, agg=["sale:x"]) for n in range(2, 60)),
    )
    centre.projector.drain()
    looks = []
    real = parking.run
    monkeypatch.setattr(
        parking, "run", lambda c, sql, *facts: looks.append("parked_key k" in sql) or real(c, sql, *facts)
    )

    actions.dismiss(centre.context, ("001", origin.inc, 1), reason="never mind")

    assert {row[1] for row in parked(centre)[1:]} == {"handled"}
    assert sum(looks) == 1
