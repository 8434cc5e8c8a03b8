"""The store's own count of a day reaches HQ, however busy the day was, and HQ compares it with its own."""

from __future__ import annotations

import msgspec
import pytest

from edge.sales.agreement import DAYS, MARKED_RECEIPTS_MAX, fact_of
from edge.syncing.running import telemetry
from hq.fleet.queries import differing_days
from hq.ingest.api import TELEMETRY_BYTES_MAX
from hq.sales import agreement
from hq.sales.proof import prove
from hq.sales.queries import told_days
from hq.settings.model import ChainSettings
from hq.settings.repository import save_chain
from kit.sql import run
from proof.sim.parties import DAY, open_shift, sell
from retail.agreement import DayReceipt, day_digest, first_difference, from_text
from schemas import wire
from schemas.wire.bounds import FACT_MAX
from schemas.wire.up import Telemetry
from sync.calls import Answer

MINUTE = 61_000
HOUR = 3_600_000
CHAIN = ChainSettings(
    name={"en": "Chain"}, currency="HKD", tax_rounding="receipt", cash_step_minor=0, day_turn="04:00",
    time_zone="Asia/Hong_Kong", weighed_rules=[], receipt_head={}, receipt_foot={}, merge_lines=True,
    auto_lock_minutes=10, default_language="en",
)  # fmt: skip


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


def test_what_hq_has_otherwise_is_found_without_anybody_asking(world, store):
    """A receipt of yesterday that HQ has otherwise is named, and no more once it is right."""
    with world.centre.hq.db.write() as connection:
        save_chain(connection, CHAIN)
    for _ in range(3):
        sell(store.node)
    for _ in range(4):
        world.poll(store)
    world.centre.projector.drain()
    world.clock.advance(24 * HOUR)

    def next_hour():
        world.clock.advance(HOUR)
        world.poll(store)
        world.poll(store)
        world.centre.projector.drain()
        agreement.compare(world.centre.hq)
        return differing_days(world.centre.hq.db)

    assert [next_hour(), next_hour()] == [{}, {}]
    with world.centre.hq.db.write() as connection:
        run(connection, "UPDATE sale SET payable_minor = payable_minor + 1 WHERE n = 2")
    assert [next_hour(), next_hour()] == [{}, {"001": (DAY,)}]
    with world.centre.hq.db.write() as connection:
        run(connection, "UPDATE sale SET payable_minor = payable_minor - 1 WHERE n = 2")
    assert next_hour() == {}


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
