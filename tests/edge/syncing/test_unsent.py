"""How much waits: told with every state of a screen, and therefore at the same cost after ninety days without a line."""

from __future__ import annotations

from edge.journal.incarnation import abandon_in
from edge.syncing import outbox
from kit.db import Database
from proof.sim.parties import open_shift, sell
from tests.builders.damage import edited
from tests.edge.steps import steps
from tests.edge.syncing.conftest import World


def cost(db: Database) -> int:
    """Steps of the engine to say what waits."""
    return steps(db, lambda: outbox.unsent(db))


def test_what_waits_costs_the_same_after_a_thousand_sales(world: World) -> None:
    store = world.store()
    open_shift(store.node, "s1")
    for _ in range(outbox.FIRST_WORDS_MAX):
        sell(store.node)
    before = cost(store.node.db)

    for _ in range(1_000):
        sell(store.node)

    assert 0 < cost(store.node.db) <= before * 1.5
    assert outbox.unsent(store.node.db).count == outbox.FIRST_WORDS_MAX + 1_002  # enrolment and shift too


def test_the_oldest_is_told_and_what_hq_has_does_not_wait(world: World) -> None:
    store = world.store()
    world.poll(store)
    assert outbox.unsent(store.node.db).oldest_at is None
    world.clock.advance(60_000)
    first = world.clock.now_ms()
    sell(store.node)
    world.clock.advance(60_000)
    sell(store.node)

    waiting = outbox.unsent(store.node.db)

    assert (waiting.count, waiting.oldest_at) == (2, first)


def test_abandoned_links_do_not_wait_and_those_written_anew_do_at_their_old_time(world: World) -> None:
    store = world.store()
    world.poll(store)
    world.clock.advance(60_000)
    first = world.clock.now_ms()
    for _ in range(3):
        sell(store.node)
    journal, head = store.node.journal, store.node.journal.head
    world.clock.advance(60_000)

    with journal.writing() as tx:
        ids = abandon_in(tx, head.inc, head.seq - 2)
        journal.mint(tx, "001", "fork", world.clock.now_ms())
        journal.relink(tx, ids)

    waiting = outbox.unsent(store.node.db)
    assert (waiting.count, waiting.oldest_at) == (3, first)


def test_places_that_were_lost_before_abandoned_links_do_not_wait(world: World) -> None:
    """Once they were counted for ever, and the till's chip said so."""
    store = world.store()
    world.poll(store)
    for _ in range(4):
        sell(store.node)
    journal, head = store.node.journal, store.node.journal.head
    gone = (head.inc, head.seq - 3, head.seq - 1)
    edited(store, lambda tx: tx.execute("DELETE FROM link WHERE inc = ? AND seq BETWEEN ? AND ?", gone))

    with journal.writing() as tx:
        ids = abandon_in(tx, head.inc, head.seq - 3)
        journal.mint(tx, "001", "hole", world.clock.now_ms())
        journal.relink(tx, ids)

    assert outbox.unsent(store.node.db).count == 1
