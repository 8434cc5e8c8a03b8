"""A headquarters with two stores, and nodes that talk to it over a line in the same process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.node import Node
from edge.syncing import identity as identities
from edge.syncing.running import Links, make_links
from kit.clock import ManualClock
from proof.sim.parties import Centre, a_centre, a_node
from retail.errors import NetworkError
from schemas import wire
from sync.runner import Link
from sync.transport import Transport


def pump(link: Link, transport: Transport | None, turns: int = 60) -> int:
    """Run a link until it has nothing to ask; None as transport is a cut line. Returns the requests made."""
    request, made = link.wake(), 0
    while request is not None and made < turns:
        made += 1
        if transport is None:
            request = link.failed(NetworkError("test.line_cut"))
        else:
            request = link.answered(transport.send(request))
    return made


@dataclass
class Store:
    """A node with its two directions."""

    node: Node
    links: Links

    def up(self, transport: Transport | None) -> int:
        """Let the uplink do what it wants now."""
        return pump(self.links.up, transport)

    def down(self, transport: Transport | None) -> int:
        """Let the downlink do what it wants now."""
        return pump(self.links.down, transport)


@dataclass
class World:
    """HQ, a clock that everybody shares, and stores."""

    centre: Centre
    clock: ManualClock
    folder: Path

    def store(self, code: str = "001") -> Store:
        """An enrolled store."""
        node = a_node(self.folder / code, self.centre, code, self.clock)
        return self.links(node)

    def links(self, node: Node, protocols: Sequence[int] = wire.PROTOCOLS) -> Store:
        """New machines around a node, as after a restart with a program that speaks these versions."""
        identity = identities.load(node.db)
        assert identity is not None
        return Store(node, make_links(node, identity, listens=False, protocols=protocols))

    @property
    def line(self) -> Transport:
        """A line that works."""
        return self.centre.transport()

    def poll(self, store: Store) -> None:
        """Half a minute later, both directions."""
        self.clock.advance(30_000)
        store.up(self.line)
        store.down(self.line)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An empty chain with stores 001 (zone A) and 002 (zone B)."""
    clock = ManualClock()
    centre = a_centre(tmp_path / "hq", clock)
    yield World(centre, clock, tmp_path)
    centre.close()
