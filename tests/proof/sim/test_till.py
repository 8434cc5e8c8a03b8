"""The cashier of a simulated store: real baskets, and a judge that sees a wrong answer."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from proof.sim import acts, till
from proof.sim.chance import seeded_system
from proof.sim.disks import Asked
from proof.sim.plan import make_plan
from proof.sim.timeline import START_MS
from proof.sim.world import World

MINUTE = 60_000
PLAN = make_plan(5, {}, stores=1)


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    with seeded_system(PLAN.seed):
        world = World(PLAN.only((), frozenset()), tmp_path)
        acts.schedule(world)
        world.timeline.run_until(START_MS + 10 * MINUTE)
        yield world
        world.close()


def sold_baskets(world: World) -> list[str]:
    rows = world.disks[0].node.db.rows(
        "SELECT b.document FROM basket b JOIN body e ON e.id = b.document WHERE b.state = 'done'"
    )
    return [row["document"] for row in rows]


def said(world: World) -> list[str]:
    return [words for words in world.record.notes["U13"] if words]


def test_the_cashier_sells_baskets_that_everybody_is_held_to(world):
    disk, sold = world.disks[0], sold_baskets(world)
    assert sold
    assert set(sold) <= disk.promised.keys()
    assert not said(world)


def test_a_basket_that_is_open_again_after_it_was_sold_is_named(world):
    disk = world.disks[0]
    with disk.node.db.write() as tx:
        tx.execute(
            "UPDATE basket SET state = 'held' WHERE id = (SELECT id FROM basket WHERE state = 'done' LIMIT 1)"
        )
    till.visit(world, disk, random.Random(1))
    assert "at the till once more" in said(world)[0]


def test_an_older_sale_as_the_answer_for_new_goods_is_named(world, monkeypatch):
    disk = world.disks[0]
    sold = disk.promised[sold_baskets(world)[0]]
    answers = iter(
        [{"id": sold.id, "number": sold.number, "total_minor": sold.total_minor, "bh": sold.bh.hex()}]
    )
    really = till.finish

    def finish(*args, **named):
        wrong = next(answers, None)
        return {"sale": wrong} if wrong else really(*args, **named)

    monkeypatch.setattr(till, "finish", finish)
    disk.asked = Asked("a basket", 1, {"a product that nobody sold": 1000})
    till.visit(world, disk, random.Random(1))
    assert "the till answered" in said(world)[0]
