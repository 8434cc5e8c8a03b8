"""From the journal of a store to HQ's ledger and back, over a line in the same process."""

from __future__ import annotations

import pytest

from edge.syncing import outbox
from hq.publish import queries as published
from proof.sim.parties import open_shift, sell


def balances(world):
    rows = world.centre.hq.db.rows("SELECT account, commodity, quantity FROM balance WHERE quantity <> 0")
    return {(row[0], row[1]): row[2] for row in rows}


@pytest.fixture
def store(world):
    made = world.store()
    yield made
    made.node.close()


def test_a_sale_reaches_hq_and_is_receipted(world, store):
    open_shift(store.node, "s1")
    sold = sell(store.node, pieces=2)

    store.up(world.line)

    assert outbox.unsent(store.node.db).count == 0
    world.centre.projector.drain()
    row = world.centre.hq.db.row("SELECT number, total_minor, bh FROM sale WHERE id = :id", {"id": sold.id})
    assert (row[0], row[1], bytes(row[2])) == (sold.number, 2000, sold.bh)
    assert balances(world) == {
        ("cash:001:01", "HKD"): 52_000,
        ("safe:001", "HKD"): -50_000,
        ("revenue:001", "HKD"): -2_000,
        ("stock:001:on_hand", "sku:A"): -2_000,
        ("stock:001:sold", "sku:A"): 2_000,
    }


def test_the_first_sale_after_idle_is_one_request(world, store):
    store.up(world.line)

    sell(store.node)

    assert store.up(world.line) == 1
    assert outbox.unsent(store.node.db).count == 0


def test_an_answer_lost_after_the_commit_doubles_nothing(world, store):
    store.up(world.line)
    sell(store.node)
    request = store.links.up.wake()
    world.line.send(request)  # HQ commits, the answer is lost
    assert store.links.up.failed(None) is None
    assert outbox.unsent(store.node.db).count == 1

    world.poll(store)

    assert outbox.unsent(store.node.db).count == 0
    world.centre.projector.drain()
    assert world.centre.hq.db.value("SELECT COUNT(*) FROM sale") == 1


def test_a_long_outage_is_caught_up_in_batches(world, store):
    store.up(None)
    for _ in range(300):
        sell(store.node)

    world.poll(store)

    assert outbox.unsent(store.node.db).count == 0
    assert world.centre.hq.db.value("SELECT COUNT(*) FROM link") == 301
    assert world.centre.projector.drain() == 301


def test_rows_come_down_as_whole_versions(world, store):
    world.centre.publish({("chain", "note", "a"): b'{"x":1}', ("zone:A", "note", "b"): b'{"x":2}'})
    world.centre.publish({("zone:B", "note", "c"): b'{"x":3}'})

    world.poll(store)

    rows = store.node.reference.db.rows("SELECT scope, kind, key, bytes FROM row ORDER BY scope")
    assert [tuple(row) for row in rows] == [
        ("chain", "note", "a", b'{"x":1}'),
        ("zone:A", "note", "b", b'{"x":2}'),
    ]
    world.poll(store)
    assert published.delivered(world.centre.hq.db, "chain") == published.Delivered(1, 1, ())


def test_a_change_and_a_removal_come_down_as_a_delta(world, store):
    world.centre.publish({("chain", "note", key): b"{}" for key in "abc"})
    world.poll(store)

    world.centre.publish({("chain", "note", "a"): b'{"y":1}', ("chain", "note", "b"): None})
    world.poll(store)

    rows = store.node.reference.db.rows("SELECT key, bytes FROM row ORDER BY key")
    assert [tuple(row) for row in rows] == [("a", b'{"y":1}'), ("c", b"{}")]
    assert store.links.down.inbox.verify() == []


def test_a_damaged_row_is_mended_without_a_snapshot(world, store):
    world.centre.publish({("chain", "note", key): b"{}" for key in "abc"})
    world.poll(store)
    with store.node.reference.db.write() as tx:
        tx.execute("UPDATE row SET bytes = x'7b7d20' WHERE key = 'a'")
    inbox = store.links.down.inbox
    assert inbox.verify() == ["chain"]

    inbox.forget(["chain"])
    world.poll(store)

    assert inbox.verify() == []
    assert world.centre.hq.db.value("SELECT COUNT(*) FROM snapshot") == 0


def test_another_zone_is_switched_only_when_it_is_complete(world, store):
    world.centre.publish({("zone:A", "note", "a"): b"{}", ("zone:B", "note", "b"): b"{}"})
    world.poll(store)

    world.centre.move_store("001", "B")
    world.clock.advance(30_000)
    store.up(world.line)
    store.down(None)
    assert [row["key"] for row in store.node.reference.db.rows("SELECT key FROM row")] == ["a"]

    world.poll(store)
    world.poll(store)
    assert [row["key"] for row in store.node.reference.db.rows("SELECT key FROM row")] == ["b"]


def test_a_token_that_ended_is_renewed(world, store):
    """SC-10."""
    store.up(world.line)
    world.clock.advance(16 * 60_000)
    sell(store.node)

    store.up(world.line)

    assert outbox.unsent(store.node.db).count == 0


def test_a_row_that_is_damaged_while_the_node_runs_is_found_by_the_nightly_check(world, store):
    from edge.syncing.jobs import check, jobs

    world.centre.publish({("chain", "note", key): b"{}" for key in "abc"})
    world.poll(store)
    nudged: list[int] = []
    store.node.nudge = lambda: nudged.append(1)
    assert [(job.name, job.every_seconds) for job in jobs(store.node)] == [("syncing.check_rows", 21600)]
    assert (check(store.node), nudged) == ([], [])
    with store.node.reference.db.write() as tx:
        tx.execute("UPDATE row SET bytes = x'7b7d20' WHERE key = 'a'")

    assert (check(store.node), nudged) == (["chain"], [1])
    world.poll(store)

    assert check(store.node) == []
