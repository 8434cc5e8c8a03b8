"""A disk that was put back more often than one greeting may name: HQ hears of every life in turn."""

from __future__ import annotations

import pytest

from edge.syncing import outbox
from proof.sim.parties import open_shift, sell
from schemas.wire.up import INCS_MAX

LIVES = 2 * INCS_MAX + 30


@pytest.fixture
def store(world):
    """Most lives with one sale that HQ has not heard of."""
    made = world.store()
    open_shift(made.node, "s1")
    world.poll(made)
    for _ in range(LIVES):
        sell(made.node)
        with made.node.journal.writing() as tx:
            made.node.journal.mint(tx, "001", "rollback", world.clock.now_ms())
    yield made
    made.node.close()


def test_every_life_comes_to_hq(world, store):
    """It answered 422 to each greeting, so that nothing of such a node ever came again."""
    for _ in range(30):
        world.poll(store)

    waiting = outbox.unsent(store.node.db).count
    lives = world.centre.hq.db.value("SELECT count(DISTINCT inc) FROM link", {})

    assert (waiting, lives) == (0, LIVES)


@pytest.mark.parametrize("lives", [1, INCS_MAX, INCS_MAX + 1, INCS_MAX + 150, 1_000])
def test_the_newest_are_named_each_time_and_all_in_turn(lives):
    own = list(range(lives))
    turns = [outbox.told(own, turn) for turn in range(50)]

    assert all(len(named) == len(set(named)) == min(lives, INCS_MAX) for named in turns)
    assert all(named[-INCS_MAX // 2 :] == own[-INCS_MAX // 2 :] for named in turns)
    assert set().union(*turns) == set(own)
