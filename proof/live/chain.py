"""A small chain made in this process in seconds: HQ and its stores' nodes, enrolled and supplied, at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.node import Node
from edge.people.pairing import make_code
from edge.syncing import enrolment
from edge.syncing import identity as identities
from edge.syncing.running import make_links
from hq.app import create_app
from hq.enrolment import actions as enrolling
from hq.headquarters import Headquarters
from kit.crypto import fingerprint
from proof.demo.profiles import PROFILES, STORES, Places
from proof.demo.seed import seed
from proof.sim.parties import Centre, open_node
from retail.clock import Clock

QUIET_TURNS = 3  # of both directions without a question: the node has all there is


@dataclass
class Chain:
    """HQ's folder and a folder per store below `root`, as they were at `clock`.

    `hq_urls` says per store where its process will find HQ; `devices` are those of `<store>-<terminal>`. `codes` pair
    a screen with terminal 01 of each store, for fifteen minutes.
    """

    root: Path
    clock: Clock
    hq_urls: Mapping[str, str]
    places: Places = field(default_factory=lambda: STORES)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def make(self) -> Chain:
        """Seed HQ, enrol each store over a line in this process, and bring down what a till needs."""
        home = self.root / "hq"
        self.secrets = seed(
            home, PROFILES["hkd"], self.devices, login="admin", places=self.places, clock=self.clock
        )
        hq = Headquarters.open(home, clock=self.clock)
        try:
            centre = Centre(hq, create_app(hq, limits=False))
            for store in self.places:
                node = self.nodes[store] = self._node(centre, store)
                self.codes[store] = make_code(node.context(), "01")
        finally:
            hq.close()
        return self

    def _node(self, centre: Centre, store: str) -> Node:
        node = open_node(self.home(store), self.clock)
        code = enrolling.make_code(centre.context, store, expected_fingerprint=fingerprint(node.key.public))
        found = enrolment.enrol(node, self.hq_urls[store], code, transport=centre.transport())
        if found["state"] != "enrolled":
            raise RuntimeError(f"store {store} was not enrolled: {found}")
        pump(node, centre)
        return node

    def home(self, store: str) -> Path:
        """The folder of a store's node."""
        return self.root / f"store-{store}"

    def witness(self, store: str) -> Path:
        """Where `open_node` has put its witness."""
        return self.root / f"store-{store}.witness"

    def close(self) -> None:
        """Give the nodes back, so that processes may have them."""
        for node in self.nodes.values():
            node.close()
        self.nodes.clear()


def pump(node: Node, centre: Centre) -> None:
    """Carry both directions until neither has anything to ask; the doorbell stays silent."""
    identity = identities.load(node.db)
    assert identity is not None
    links, line = make_links(node, identity, listens=False), centre.transport()
    quiet = 0
    while quiet < QUIET_TURNS:
        quiet += 1
        for link in (links.up, links.down):
            request = link.wake()
            while request is not None:
                quiet = 0
                request = link.answered(line.send(request))
