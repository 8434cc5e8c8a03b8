"""A store whose PC dies with sales that HQ has, sales that only the mirror has, or sales that nobody has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import owner_of
from edge.node import Node
from edge.rebuild.actions import Rebuilt, rebuild
from edge.syncing import enrolment
from hq.enrolment import actions as enrolling
from kit.clock import ManualClock
from kit.crypto import fingerprint
from proof.sim.parties import a_centre, open_node, sell
from retail.ids import parse_receipt_number
from tests.edge.mirror.conftest import Mirrored, shop, world
from tests.edge.rebuild.processes import Line

__all__ = ["shop", "world"]


@dataclass
class Dead:
    """What the buyers were told, in order, and what is left of the PC."""

    shop: Mirrored
    home: Path
    numbers: list[str]
    ids: list[str]

    def new_pc(self) -> Node:
        """An empty PC that HQ lets in with a code, in place of the dead one."""
        world = self.shop.world
        node = open_node(self.home, world.clock)
        code = enrolling.make_code(
            world.centre.context, "001", expected_fingerprint=fingerprint(node.key.public)
        )
        found = enrolment.enrol(node, "http://127.0.0.1", code, transport=world.line)
        assert found["state"] == "enrolled"
        return node

    def rebuild(self, node: Node, *typed: str, mirror: bool = True) -> Rebuilt:
        """`lianpu-edge rebuild` on the new PC."""
        place = Folder(self.shop.stick, owner_of(node)) if mirror else None
        numbers = [parse_receipt_number(number) for number in typed]
        return rebuild(node, place, numbers, lambda: self.shop.world.line)

    def sales(self, node: Node) -> list[str]:
        """The sales on the new PC."""
        rows = node.db.rows("SELECT id FROM body WHERE type = 'sale.completed' ORDER BY id")
        return [row[0] for row in rows]


@pytest.fixture
def dead(shop: Mirrored) -> Dead:
    """Three sales at HQ, four that only the mirror has; then the PC is gone."""
    sold = [sell(shop.node) for _ in range(3)]
    shop.settle()
    sold += [sell(shop.node) for _ in range(4)]
    shop.mirror.turn()
    shop.node.close()
    shutil.rmtree(shop.node.home)
    return Dead(shop, shop.world.folder / "new-pc", [one.number for one in sold], [one.id for one in sold])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def line(tmp_path: Path, clock: ManualClock) -> Iterator[Line]:
    made = Line(a_centre(tmp_path / "hq", clock, url=None))
    yield made
    made.close()
    made.centre.close()
