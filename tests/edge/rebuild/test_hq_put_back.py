"""A PC that was rebuilt holds the log of the dead one, and HQ is put back to before it had all of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from edge.bundles import coming, going
from edge.node import Node
from edge.rebuild.actions import rebuild
from edge.syncing import enrolment, outbox
from hq import commands
from hq.enrolment import actions as enrolling
from hq.fleet.queries import alarms
from kit.crypto import fingerprint
from proof.sim.parties import Backup, a_centre, open_node, sell
from sync.machine import State
from tests.edge.mirror.conftest import world
from tests.edge.syncing.conftest import Store, World

__all__ = ["world"]


@dataclass
class Replaced:
    """Backups of HQ from before the dead PC's enrolment and from between its sales; the PC that took its place."""

    world: World
    before: Backup
    between: Backup
    ids: list[str]
    dead_key: bytes
    store: Store

    @property
    def node(self) -> Node:
        """The new PC."""
        return self.store.node

    def settle(self) -> None:
        """Two minutes of both."""
        settle(self.world, self.store)

    def at_hq(self) -> list[str]:
        """The sales that HQ has booked, once each."""
        return [row[0] for row in self.world.centre.hq.db.rows("SELECT id FROM sale ORDER BY id")]

    def codes(self) -> list[str]:
        """What a person at HQ is told."""
        return sorted(row.code for row in alarms(self.world.centre.hq.db))


def settle(world: World, store: Store) -> None:
    for _ in range(4):
        world.poll(store)
    world.centre.projector.drain()


@pytest.fixture
def replaced(world: World) -> Iterator[Replaced]:
    world.centre.close()
    world.centre = a_centre(world.folder / "hq-on-disk", world.clock, url=None)
    before = world.centre.backup(world.folder / "before")
    dead = world.store()
    ids = [sell(dead.node).id for _ in range(2)]
    settle(world, dead)
    between = world.centre.backup(world.folder / "between")
    ids += [sell(dead.node).id for _ in range(3)]
    settle(world, dead)
    key = dead.node.key.public
    dead.node.close()
    new = new_pc(world)
    made = Replaced(world, before, between, sorted([*ids, sell(new.node).id]), key, new)
    made.settle()
    assert made.at_hq() == made.ids
    yield made
    made.node.close()


def new_pc(world: World) -> Store:
    """Enrolled in place of the dead one, and rebuilt from HQ alone."""
    node = open_node(world.folder / "new-pc", world.clock)
    code = enrolling.make_code(world.centre.context, "001", expected_fingerprint=fingerprint(node.key.public))
    assert enrolment.enrol(node, "http://127.0.0.1", code, transport=world.line)["state"] == "enrolled"
    rebuild(node, None, (), lambda: world.line)
    return world.links(node)


def test_an_hq_that_never_knew_the_dead_pc_gets_its_sales_from_the_new_one(replaced: Replaced) -> None:
    """Its incarnation is left out and named to a person; what it held is written anew and sent."""
    replaced.world.centre.put_back(replaced.before)

    replaced.settle()

    assert replaced.at_hq() == replaced.ids
    assert outbox.unsent(replaced.node.db).count == 0
    assert replaced.store.links.up.machine.state is State.RESTING
    assert replaced.codes() == ["hq.epoch_raised", "node.inc_unknown"]
    [alarm] = [row for row in alarms(replaced.world.centre.hq.db) if row.code == "node.inc_unknown"]
    assert (alarm.store, alarm.subject) == ("001", "001")
    assert json.loads(alarm.facts) == {"devices": [fingerprint(replaced.dead_key)]}


def test_it_is_given_back_once(replaced: Replaced) -> None:
    replaced.world.centre.put_back(replaced.before)
    replaced.settle()
    count = "SELECT count(*) FROM link"
    links = replaced.node.db.value(count)

    fresh = sell(replaced.node).id
    replaced.settle()

    assert replaced.node.db.value(count) == links + 1
    assert replaced.at_hq() == sorted([*replaced.ids, fresh])


def test_a_person_who_has_read_it_is_not_told_the_same_again(replaced: Replaced) -> None:
    """The dead PC's incarnation is told with every greeting for as long as the new one lives."""
    replaced.world.centre.put_back(replaced.before)
    replaced.settle()
    with replaced.world.centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE alarm SET closed_at = 1, closed_by = '1'")

    replaced.settle()

    assert replaced.codes() == []


def test_an_hq_that_had_a_part_of_the_dead_pcs_log_gets_the_rest(replaced: Replaced) -> None:
    """Nobody else can sign the dead PC's log: its end is written anew in the log of the new one."""
    replaced.world.centre.put_back(replaced.between)

    replaced.settle()

    assert replaced.at_hq() == replaced.ids
    assert outbox.unsent(replaced.node.db).count == 0
    assert replaced.store.links.up.alarms == []
    assert replaced.codes() == ["hq.epoch_raised"]


def test_what_came_from_hq_is_still_said_to_have_come_from_there(replaced: Replaced) -> None:
    """`lianpu-edge rebuild` again, after the events were written anew in the new PC's own log."""
    replaced.world.centre.put_back(replaced.before)
    replaced.settle()

    [series] = rebuild(replaced.node, None, (), lambda: replaced.world.line).series

    assert (series.from_hq, series.from_mirror, series.missing) == (5, 0, [])


def test_the_same_comes_about_on_a_stick(replaced: Replaced) -> None:
    """The store has no line: it learns from HQ's bundle what HQ does not have, and carries it there."""
    centre, stick = replaced.world.centre, replaced.world.folder / "usb"
    stick.mkdir()
    centre.put_back(replaced.before)

    for _ in range(3):
        replaced.world.clock.advance(60_000)
        going.write(replaced.node, stick)
        commands.perform(centre.hq, "bundle.import", {"folder": str(stick)})
        commands.perform(centre.hq, "bundle.export", {"folder": str(stick), "store": "001"})
        coming.take(replaced.node, stick)
    centre.projector.drain()

    assert replaced.at_hq() == replaced.ids
    assert outbox.unsent(replaced.node.db).count == 0
    assert "node.inc_unknown" in replaced.codes()
