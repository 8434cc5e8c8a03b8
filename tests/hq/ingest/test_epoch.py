"""HQ's epoch: what a store has seen of a lost time is remembered, and nobody drives the counter out of reach."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from hq.ingest import epoch, hello
from kit.sql import run
from proof.sim.origin import an_event, an_origin
from schemas.wire.up import SignedReceipt
from sync import calls
from tests.builders.postgres import both_look_first


def raised(centre):
    """(the epoch before, the one after it)"""
    with centre.hq.db.write() as connection:
        before = epoch.current(connection)
        return before, epoch.raised(centre.hq, connection, why="receipts", subject="001")


def test_what_a_store_has_seen_of_a_lost_time_is_never_used_again(centre, origin):
    """I6."""
    own = epoch.number_of(centre.hq.epoch)

    origin.hello(epoch_seen=f"{own + 5:08d}-0000000000000000")

    assert epoch.number_of(raised(centre)[1]) == own + 6


@pytest.mark.parametrize("ahead", [epoch.AHEAD_MAX + 1, 99_999_999_000], ids=["too far", "out of reach"])
def test_a_number_that_never_was_is_not_believed(centre, origin, ahead):
    """SC-14: one store would make every other take the next epoch for one that is over."""
    own = epoch.number_of(centre.hq.epoch)

    origin.hello(epoch_seen=f"{own + ahead:08d}-0000000000000000")

    before, after = raised(centre)
    assert epoch.number_of(after) == own + 1


def told_and_lost(centre, store, inc):
    """A store with a receipt for two events, of which HQ lost the second."""
    origin = an_origin(centre, store, inc)
    origin.add(an_event(1), an_event(2))
    answer = origin.push_raw(origin.batch(1, 2))
    with centre.hq.db.write() as connection:
        facts = {"inc": inc, "hash": origin.hashes[1]}
        run(connection, "UPDATE origin SET seq = 1, hash = :hash WHERE inc = :inc", facts)
        for table in ("link", "body", "receipt"):
            run(connection, f"DELETE FROM {table} WHERE inc = :inc AND seq = 2", facts)
    return origin, SignedReceipt(answer.body, calls.signature_of(answer))


@pytest.mark.postgres
def test_two_stores_that_show_the_loss_at_once_raise_the_epoch_once(centre_on_postgres, monkeypatch):
    """I3. Both greetings have seen the loss before either has raised it."""
    centre = centre_on_postgres
    stores = [told_and_lost(centre, "001", "a" * 32), told_and_lost(centre, "002", "b" * 32)]
    before = epoch.number_of(centre.hq.epoch)
    both_look_first(monkeypatch, hello, "_lost")
    with ThreadPoolExecutor(2) as hands:
        said = list(hands.map(lambda one: one[0].hello(receipt=one[1]).epoch, stores))

    assert [epoch.number_of(one) for one in said] == [before + 1] * 2
    assert len(centre.hq.db.rows("SELECT 1 FROM alarm WHERE code = 'hq.epoch_raised'")) == 1
