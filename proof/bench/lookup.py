"""The lookup by barcode through the node's Python API, beside the bare join of three tables on the same file.

Ours: `read_code`, what a scan calls before it touches the basket. It classifies the code, asks for every spelling that
the number may have, for goods under their own number too, and works out the price in force at this moment in this
store. The limit: one prepared SELECT over barcode, product and price on a connection with SQLite's own settings,
fetched and nothing else. No product is asked for twice within a round, so that nothing is remembered; the same
products once more are told in a row of their own, for what is sold today was mostly sold today before.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from edge.node import Node
from edge.till.lines import read_code
from kit.db import Connection, dbapi
from proof.bench.measure import Figure, alternate, ratio_of
from proof.bench.scan import PRODUCTS, codes
from proof.bench.shop import SEED, a_selling_node

LOOKUPS = 2_000
TARGET = 2.0
JOIN = (
    "SELECT p.*, b.code, b.pieces, c.scope, c.key, c.price_minor, c.from_civil, c.until_civil"
    " FROM barcode b JOIN product p ON p.sku = b.sku JOIN price c ON c.sku = p.sku WHERE b.code = ?"
)
Found = list[str]


def measure(rounds: int, products: int = PRODUCTS, lookups: int = LOOKUPS) -> list[Figure]:
    """p50 and p99 of a first lookup, p50 of a second one; all as ratios to the join."""
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        node, _ = a_selling_node(Path(folder) / "node", products)
        bare = dbapi.connect(f"file:{node.reference.db.path}?mode=ro", uri=True, isolation_level=None)
        try:
            both = Both(node, bare, products, lookups)
            first, theirs = alternate(rounds, both.ours, both.bare)
        finally:
            bare.close()
            node.close()
    again = both.again[1:]
    rows = (
        ("lookup by barcode, p50", first, 0.5, TARGET),
        ("lookup by barcode, p99", first, 0.99, None),
        ("the same product again, p50", again, 0.5, None),
    )
    figures = []
    for item, mine, share, target in rows:
        ours, limit, ratio = ratio_of(mine, theirs, share)
        figures.append(Figure(item, ours, limit, "µs", ratio, target, note=both.wrong))
    return figures


class Both:
    """The two sides over the same codes; `wrong` says what they did not agree about."""

    def __init__(self, node: Node, bare: Connection, products: int, lookups: int) -> None:
        self._reference, self._clock = node.reference, node.clock
        self._bare = bare
        self._codes = list(islice(codes(products), products))
        self._lookups = lookups
        self._dice = random.Random(SEED)
        self._found: Found = []
        self.again: list[list[float]] = []
        self.wrong = ""

    def ours(self) -> list[float]:
        """Microseconds of each lookup of a new choice of products, and again of the same ones."""
        self._chosen = self._dice.sample(self._codes, min(self._lookups, len(self._codes)))
        self._reference.changed()  # nothing is remembered of an earlier round
        took, self._found = self._timed(self._lookup)
        second, found = self._timed(self._lookup)
        self.again.append(second)
        self._compare(found)
        return took

    def bare(self) -> list[float]:
        """Microseconds of each join over the products that `ours` has just looked up."""
        took, found = self._timed(self._join)
        self._compare(found)
        return took

    def _timed(self, look: Callable[[str], str]) -> tuple[list[float], Found]:
        took, found = [], []
        for code in self._chosen:
            began = time.perf_counter()
            answer = look(code)
            took.append((time.perf_counter() - began) * 1e6)
            found.append(answer)
        return took, found

    def _lookup(self, code: str) -> str:
        _, offers = read_code(self._reference, code, self._clock.price_ms())
        return " ".join(f"{offer.sku} {offer.price_minor}" for offer in offers)

    def _join(self, code: str) -> str:
        return " ".join(f"{row[0]} {row[15]}" for row in self._bare.execute(JOIN, (code,)).fetchall())

    def _compare(self, found: Found) -> None:
        different = sum(a != b for a, b in zip(self._found, found, strict=True))
        if different:
            self.wrong = f"WRONG: {different} of {len(found)} answers differ"
