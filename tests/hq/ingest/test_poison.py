"""Whatever an event holds, it stops neither its own log nor another store's (SYNC §5, §13: poison blocks everything)."""

from __future__ import annotations

import json

import msgspec
import pytest

from hq.ingest import actions, own
from hq.ingest.handlers import HANDLERS, Handler
from hq.ingest.handlers.sales import note
from hq.ingest.projector import Projector
from proof.sim.origin import an_event, an_origin
from retail.errors import Conflict
from schemas.events.stock import OpeningStockSet

CASH = [("cash:001:01", "HKD", 100), ("safe:001", "HKD", -100)]
ELSEWHERE = [("cash:002:01", "HKD", 100), ("safe:002", "HKD", -100)]
EXACT = 2**53 - 1


def raw(n, **changes):
    """A body that no honest encoder lets through."""
    return json.dumps({**json.loads(an_event(n, post=CASH)), **changes}).encode()


def moving(quantity, times=1):
    """Postings that carry much money into a drawer."""
    return [["cash:001:01", "HKD", quantity]] * times + [["safe:001", "HKD", -quantity]] * times


def cash(centre, store="001"):
    account = f"cash:{store}:01"
    return centre.hq.db.value("SELECT quantity FROM balance WHERE account = :a", {"a": account}, default=0)


def parked(centre):
    rows = centre.hq.db.rows("SELECT seq, state, reason, booked FROM parked ORDER BY node, seq")
    return [tuple(row) for row in rows]


def alarms(centre):
    return [
        row[0] for row in centre.hq.db.rows("SELECT code FROM alarm WHERE closed_at IS NULL ORDER BY code")
    ]


def tell(origin, *bodies):
    first = len(origin.bodies) + 1
    origin.add(*bodies)
    origin.push(first, len(origin.bodies))


@pytest.mark.parametrize(
    "changes",
    [
        {"post": moving(10**30)},
        {"post": moving(2**63)},
        {"post": moving(2**53)},
        {"at": 2**70},
        {"at": -1},
        {"p": {"before_ms": 2**63, "after_ms": 1, "source": "x"}},
        {"type": "points.earned", "p": {"deep": [{"n": 10**400}]}},
        {"id": ""},
        {"id": "x" * 10_000},
        {"id": "x\0y"},
        {"type": "x\0y"},
        {"agg": ["sale:\0"]},
        {"agg": ["k" * 10_000]},
        {"agg": [f"k{n}" for n in range(20_000)]},
    ],
)
def test_a_body_beyond_the_format_is_parked_alone_and_books_nothing(centre, origin, changes):
    """SC-14."""
    other = an_origin(centre, "002", "b" * 32)
    tell(origin, raw(1, **changes), an_event(2, post=CASH))
    tell(other, an_event(9, post=ELSEWHERE))

    assert centre.projector.drain() == 3

    assert parked(centre) == [(1, "parked", "unreadable", 0)]
    assert alarms(centre) == ["event.unreadable"]
    assert (cash(centre), cash(centre, "002")) == (100, 100)


def test_postings_of_one_event_beyond_any_register_are_parked_alone(centre, origin):
    """Each of them is legal."""
    tell(
        origin,
        an_event(1, post=CASH),
        raw(2, post=moving(EXACT, 1100), agg=["sale:x"]),
        an_event(3, post=CASH),
    )

    centre.projector.drain()

    assert parked(centre) == [(2, "parked", "booking_refused", 0)]
    assert alarms(centre) == ["event.booking_refused"]
    assert cash(centre) == 200
    assert centre.hq.db.value("SELECT COUNT(*) FROM posting") == 4


def test_a_reversal_that_no_ledger_holds_leaves_the_event_open(centre, origin):
    """The person hears of it; once the event was called amended and its postings stood."""
    tell(origin, raw(1, type="points.earned", p={}, post=moving(-100)))
    tell(origin, an_event(2, post=moving(EXACT)), an_event(3, post=moving(50)))
    centre.projector.drain()
    assert [row[1] for row in parked(centre)] == ["parked"]

    with pytest.raises(Conflict) as refused:
        actions.amend(centre.context, ("001", origin.inc, 1), reason="double")

    assert refused.value.code == "ingest.not_booked"
    assert [row[1] for row in parked(centre)] == ["parked"]
    assert cash(centre) == EXACT - 50


def test_a_balance_stays_exact(centre, origin):
    """The event that would carry it beyond is parked; it never becomes a floating number."""
    tell(origin, an_event(1, post=moving(EXACT)))
    centre.projector.drain()
    tell(origin, an_event(2, post=CASH), an_event(3, post=moving(-1)))
    centre.projector.drain()

    assert parked(centre) == [(2, "parked", "booking_refused", 0)]
    assert cash(centre) == EXACT - 1
    kinds = {row[0] for row in centre.hq.db.rows("SELECT DISTINCT typeof(quantity) FROM balance")}
    assert kinds == {"integer"}


@pytest.mark.parametrize("place", [0, 1, 498, 499])
def test_one_event_of_a_full_batch_is_found_wherever_it_stands(centre, origin, place):
    bodies = [an_event(n, post=CASH) for n in range(1, 501)]
    bodies[place] = raw(place + 1, post=moving(EXACT, 1100))
    tell(origin, *bodies)

    assert centre.projector.run_once() == 500

    assert parked(centre) == [(place + 1, "parked", "booking_refused", 0)]
    assert cash(centre) == 499 * 100


def too_large(entry, payload):
    return note(entry, "x", "x", {}) + [("shift_opened", (entry.store, "s", "01", "d", "HKD", 2**63, 0, "1"))]


def test_rows_that_no_column_takes_are_parked_and_booked(centre, origin):
    spoilt = {**HANDLERS, "node.enrolled": Handler(3, too_large, msgspec.json.Decoder())}
    tell(
        origin,
        an_event(1),
        an_event(2, "node.enrolled", post=CASH, agg=["sale:x"]),
        an_event(3, agg=["sale:x"]),
    )

    Projector(centre.hq, spoilt).drain()

    assert parked(centre) == [(2, "parked", "rows_refused", 1), (3, "waiting", "earlier_parked", 1)]
    assert cash(centre) == 100
    assert centre.hq.db.value("SELECT COUNT(*) FROM till_note") == 1

    newer = {**HANDLERS, "node.enrolled": Handler(4, too_large, msgspec.json.Decoder())}
    assert Projector(centre.hq, newer).retry_improved() == 0
    assert parked(centre)[0] == (2, "parked", "rows_refused", 1)


def test_an_objection_delays_only_what_follows_it(centre, origin):
    """U10 inside one batch: what was said before it does not wait."""
    tell(
        origin,
        an_event(1, agg=["sale:x"]),
        an_event(2, post=CASH[:1], agg=["sale:x"]),
        an_event(3, agg=["sale:x"]),
    )

    centre.projector.drain()

    assert parked(centre) == [(2, "parked", "not_zero_sum", 0), (3, "waiting", "earlier_parked", 1)]


class Failing(dict):
    """A program with a bug that only one type of event meets."""

    def get(self, name, default=None):
        if name == "node.enrolled":
            raise MemoryError("no room")
        return super().get(name, default)


def test_an_origin_that_cannot_be_carried_on_stops_alone_and_alarms(centre, origin):
    other = an_origin(centre, "002", "b" * 32)
    tell(origin, an_event(1, "node.enrolled", post=CASH))
    tell(other, an_event(2, post=ELSEWHERE))
    projector = Projector(centre.hq, Failing(HANDLERS))

    assert (projector.drain(), projector.drain()) == (1, 0)

    assert (cash(centre), cash(centre, "002")) == (0, 100)
    assert alarms(centre) == ["ingest.stopped"]

    projector.registry = HANDLERS
    assert projector.drain() == 1
    assert (cash(centre, "002"), alarms(centre)) == (100, [])
    assert centre.hq.db.value("SELECT COUNT(*) FROM posting") == 4


def test_hq_s_own_event_is_taken_in_the_caller_s_transaction_even_when_it_is_refused(centre, origin):
    tell(origin, an_event(1, post=moving(EXACT)))
    centre.projector.drain()
    fact = OpeningStockSet(store="001", lines=[])

    with centre.hq.db.write() as connection:
        own.record(centre.hq, connection, fact, staff="1", post=CASH)

    assert parked(centre) == [(1, "parked", "booking_refused", 0)]
    assert cash(centre) == EXACT
