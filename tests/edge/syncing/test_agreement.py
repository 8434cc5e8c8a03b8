"""The store's own count of a day reaches HQ, however busy the day was, and HQ compares it with its own."""

from __future__ import annotations

import msgspec
import pytest

from edge.sales.agreement import DAYS, MARKED_RECEIPTS_MAX, fact_of
from edge.syncing.running import telemetry
from hq.ingest.api import TELEMETRY_BYTES_MAX
from hq.sales.proof import prove
from hq.sales.queries import told_days
from proof.sim.parties import DAY, open_shift, sell
from retail.agreement import DayReceipt, day_digest, first_difference, from_text
from schemas import wire
from schemas.wire.bounds import FACT_MAX
from schemas.wire.up import Telemetry
from sync.calls import Answer

MINUTE = 61_000


@pytest.fixture
def store(world):
    made = world.store()
    open_shift(made.node, "s1")
    world.poll(made)
    yield made
    made.node.close()


def receipts(count, apart):
    """Of three terminals, each number so far from the one before."""
    return [
        DayReceipt(f"0{1 + n % 3}", "7Q2KD", 1 + n // 3 * apart, "sale", 100_000, 3, n.to_bytes(32))
        for n in range(count)
    ]


def test_a_day_of_a_hundred_receipts_is_compared(world, store):
    """HQ took 400 characters, and refused every busier day with all that the node told beside it."""
    for _ in range(100):
        sell(store.node)
    for _ in range(6):
        world.poll(store)
    world.centre.projector.drain()

    db = world.centre.hq.db
    found = prove(db, "001", DAY, told_days(db, "001"), today=DAY)

    assert (found.store.source, found.hq.receipts, found.state) == ("digest", 100, "agrees")


def test_what_hq_refuses_is_in_the_log(world, store, capfd):
    world.clock.advance(MINUTE)

    asked = store.links.up.wake()
    while asked is not None:
        refused = asked.path == "/telemetry"
        asked = store.links.up.answered(Answer(422, {}, b"{}") if refused else world.line.send(asked))

    assert "sync.telemetry_refused" in "".join(capfd.readouterr())
    assert store.links.up.machine.tries == 0, "it is lossy: nothing else waits for it"


@pytest.mark.parametrize("apart", [1, 2])
def test_the_busiest_days_are_taken(world, store, apart):
    """As many receipts as are marked at most, in a row or each with a number apart, on each of the days."""
    digest = day_digest(DAY, receipts(MARKED_RECEIPTS_MAX, apart))
    facts = {f"day:{n}": fact_of(digest) for n in range(DAYS)}

    body = wire.encode(msgspec.structs.replace(telemetry(store.node), facts=facts))

    assert wire.decode(body, Telemetry).facts == facts
    assert len(body) < TELEMETRY_BYTES_MAX - 8 * 1024, "room for what the devices say"


def test_a_day_that_is_too_long_is_compared_without_naming_a_receipt():
    ours, theirs = receipts(MARKED_RECEIPTS_MAX, 2), receipts(MARKED_RECEIPTS_MAX + 1, 2)
    text = fact_of(day_digest(DAY, ours))
    told = from_text(text)

    assert len(text) <= FACT_MAX
    assert told.agrees(day_digest(DAY, ours))
    assert not told.agrees(day_digest(DAY, theirs))
    assert first_difference(told, day_digest(DAY, theirs)) is None
