"""A store of a real HQ with a stick for its mirror, pulled and put back by the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.mirror.folder import NAME, Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.node import Node
from edge.syncing import outbox
from kit.clock import ManualClock
from proof.sim.parties import a_centre, open_node, sell
from tests.edge.syncing.conftest import Store, World


@dataclass
class Mirrored:
    """A node, its links to HQ, its stick and the mirror's service, turned by hand."""

    world: World
    store: Store
    stick: Path
    mirror: Mirror

    @property
    def node(self) -> Node:
        """The node that runs now."""
        return self.store.node

    @property
    def files(self) -> list[Path]:
        """The segments on the stick."""
        return sorted((self.stick / NAME).glob("*/*.log"))

    def sell(self) -> str:
        """A sale that the buyer was told is done; the mirror looks behind it."""
        id_ = sell(self.node).id
        self.mirror.turn()
        return id_

    def sales(self) -> list[str]:
        """The sales on this disk."""
        return [
            row[0]
            for row in self.node.db.rows("SELECT id FROM body WHERE type = 'sale.completed' ORDER BY id")
        ]

    def at_hq(self) -> list[str]:
        """The sales that HQ has booked; each is booked once."""
        self.world.centre.projector.drain()
        assert self.world.centre.hq.db.value("SELECT count(*) FROM sale") == self.world.centre.hq.db.value(
            "SELECT count(DISTINCT id) FROM sale"
        )
        return [row[0] for row in self.world.centre.hq.db.rows("SELECT id FROM sale ORDER BY id")]

    def settle(self) -> None:
        """Both sides say all they have to say."""
        for _ in range(4):
            self.world.poll(self.store)
        assert outbox.unsent(self.node.db).count == 0

    def old_disk(self) -> Path:
        """The node's files as they are now, to be put back later; the witness is as old."""
        kept = self.world.folder / "kept"
        self.node.db.checkpoint()
        shutil.copytree(self.node.home, kept, ignore=shutil.ignore_patterns("*.lock"))
        shutil.copy(self.node.witness_path(), kept.with_suffix(".witness"))
        return kept

    def put_back(self, kept: Path) -> None:
        """The old files take the place of the disk, and the node starts."""
        home, witness = self.node.home, self.node.witness_path()
        self.node.close()
        shutil.rmtree(home)
        shutil.copytree(kept, home)
        shutil.copy(kept.with_suffix(".witness"), witness)
        self.start()

    def restart(self) -> None:
        """The same disk, another life of the program."""
        self.node.close()
        self.start()

    def start(self) -> None:
        """Open the node with its service, as the server does; nothing has looked yet."""
        self.world.clock.advance(60_000)
        self.store = self.world.links(open_node(self.node.home, self.world.clock))
        self.mirror = a_mirror(self.world, self.node, self.stick)


def a_mirror(world: World, node: Node, stick: Path) -> Mirror:
    """The service on a folder of the test's own disk."""
    return Mirror(node, Folder(stick, owner_of(node)), world.line)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An empty chain with stores 001 and 002."""
    clock = ManualClock()
    centre = a_centre(tmp_path / "hq", clock)
    yield World(centre, clock, tmp_path)
    centre.close()


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Mirrored]:
    """Store 001, enrolled, with an empty stick."""
    stick = tmp_path / "stick"
    stick.mkdir()
    store = world.store()
    made = Mirrored(world, store, stick, a_mirror(world, store.node, stick))
    yield made
    made.node.close()
