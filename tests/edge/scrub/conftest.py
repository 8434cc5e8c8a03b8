"""A store that has sold, some of it at HQ and some not, and a bit that flips in its files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.node import Node
from proof.crash.shop import HOME, Shop, a_shop, cashier, exchange, sell
from proof.sim.parties import open_node
from sync.transport import Transport


@dataclass
class Scrubbed:
    """A real HQ, a node of it with `sent` sales that HQ has and `unsent` ones that it has not."""

    shop: Shop
    root: Path
    node: Node
    sent: list[str]
    unsent: list[str]

    @property
    def line(self) -> Transport:
        """A line to HQ that works."""
        return self.shop.centre.transport()

    @property
    def file(self) -> Path:
        """The node's database."""
        return self.root / HOME / "node.sqlite"

    def sell(self, *codes: str) -> str:
        """One more sale."""
        return str(sell(cashier(self.node), *codes)["id"])

    def close(self) -> None:
        """The node ends; its log is moved into the database."""
        self.node.close()

    def open(self) -> Node:
        """The node starts again, a minute later."""
        self.shop.clock.advance(60_000)
        self.node = open_node(self.root / HOME, self.shop.clock)
        return self.node


def a_scrubbed(folder: Path, *, sent: int = 6, unsent: int = 3) -> Scrubbed:
    """Built by the till's own commands."""
    shop = a_shop(folder / "shop")
    root = folder / "root"
    shop.copy(root)
    made = Scrubbed(shop, root, shop.open(root), [], [])
    made.sent = [made.sell(*"ABC"[: 1 + n % 3]) for n in range(sent)]
    exchange(made.node, shop.centre)
    made.unsent = [made.sell(*"CBA"[: 1 + n % 3]) for n in range(unsent)]
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Scrubbed]:
    """Six sales at HQ, three not there yet."""
    made = a_scrubbed(tmp_path)
    yield made
    made.close()
    made.shop.close()
