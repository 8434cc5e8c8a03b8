"""A headquarters with goods, a stick, and a new computer that has never seen a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.bundles import coming, going
from edge.node import Node
from hq import commands
from kit.clock import ManualClock
from kit.crypto import fingerprint
from proof.crash.shop import STORES, rows
from proof.sim.parties import Centre, a_centre, open_node


@dataclass
class Trip:
    """Both ends and the stick between them."""

    centre: Centre
    clock: ManualClock
    folder: Path
    node: Node

    @property
    def stick(self) -> Path:
        """The folder that is carried to and fro."""
        return self.folder / "stick"

    def hq(self, command: str, **arguments: Any) -> dict[str, Any]:
        """A command of `lianpu-hq`."""
        return commands.perform(self.centre.hq, command, {"folder": str(self.stick), **arguments})

    def from_hq(self, **arguments: Any) -> Path:
        """The next bundle of store 001."""
        self.clock.advance(60_000)
        return Path(self.hq("bundle.export", **({"store": "001"} | arguments))["file"])

    def to_store(self) -> coming.Taken:
        """What the stick holds, taken at the store."""
        return coming.take(self.node, self.stick)

    def from_store(self) -> int:
        """What the store has to say, on the stick; returns how many events that are."""
        return going.write(self.node, self.stick)[1]

    def to_hq(self) -> list[dict[str, Any]]:
        """What the stick holds, taken at HQ."""
        return list(self.hq("bundle.import")["taken"])

    def enrol(self) -> coming.Taken:
        """Request, confirmation and first boot."""
        going.ask(self.node, self.stick)
        self.from_hq(fingerprint=fingerprint(self.node.key.public))
        return self.to_store()


@pytest.fixture
def trip(tmp_path: Path) -> Iterator[Trip]:
    """HQ with goods and a computer without a store."""
    clock = ManualClock()
    centre = a_centre(tmp_path / "hq", clock, stores=STORES)
    centre.publish(rows())
    made = Trip(centre, clock, tmp_path, open_node(tmp_path / "001", clock))
    yield made
    made.node.close()
    centre.close()
