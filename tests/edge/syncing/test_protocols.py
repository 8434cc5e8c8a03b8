"""Stores and HQs of different versions: the greatest common protocol, or a store that sells on and is named (P1)."""

from __future__ import annotations

import pytest

from edge.syncing import outbox
from hq.fleet.queries import alarms
from proof.sim.parties import open_shift, sell
from schemas import wire
from schemas.wire import frame
from schemas.wire.up import PushHeader
from sync import guard
from sync.calls import Answer, Request


class Heard:
    """A line that notes in which version each push is sent."""

    def __init__(self, line):
        self.line, self.spoken = line, []

    def send(self, request: Request) -> Answer:
        if request.path == "/push":
            self.spoken.append(
                wire.decode(frame.header_of(guard.inflate(request.body))[0], PushHeader).protocol
            )
        return self.line.send(request)


@pytest.fixture
def node(world):
    made = world.store().node
    open_shift(made, "s1")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("store", "hq", "spoken"), [((1, 2), (1,), 1), ((1,), (2, 1), 1), ((3, 2, 1), (1, 2), 2)]
)
def test_the_greatest_common_version_is_spoken(world, node, store, hq, spoken):
    world.centre.hq.protocols = hq
    line = Heard(world.line)

    world.links(node, store).up(line)

    assert set(line.spoken) == {spoken}
    assert outbox.unsent(node.db).count == 0


def test_a_store_without_a_common_version_sells_on_and_is_named(world, node):
    store = world.links(node, (7, 8))
    store.up(world.line)
    sell(node)
    world.poll(store)

    assert outbox.unsent(node.db).count > 1
    assert store.links.up.alarms == ["sync.protocol"]
    assert [(row.code, row.store) for row in alarms(world.centre.hq.db)] == [("node.protocol", "001")]

    world.centre.hq.protocols = (1, 7)
    for _ in range(4):
        world.clock.advance(600_000)
        store.up(world.line)

    assert outbox.unsent(node.db).count == 0
    assert store.links.up.alarms == []
    assert [row.code for row in alarms(world.centre.hq.db)] == []


def test_after_hq_went_back_to_an_older_program_the_store_greets_anew(world, node):
    """It agreed on a version that HQ then left: no batch is halved, nobody is alarmed."""
    world.centre.hq.protocols = (1, 2)
    store = world.links(node, (1, 2))
    store.up(world.line)
    world.centre.hq.protocols = (1,)
    line = Heard(world.line)
    sell(node)

    store.up(line)

    assert line.spoken == [2, 1]
    assert outbox.unsent(node.db).count == 0
    assert store.links.up.alarms == []
