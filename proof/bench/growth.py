"""A store's node with a past beside an empty one: commit, lookup, the list of receipts, the search in it, X report.

The past is sold by the generator of `lianpu-sim offline` (real baskets through the real `finish`, a Z a day, 5,555
receipts a day): 50,000 receipts, because they take minutes to make. That is a tenth of what PERFORMANCE.md asks for and
gets no verdict; `lianpu-bench growth --growth 500000` makes all of them. Both nodes are opened in this process and do
the same work in turn; the limit is the empty one. The same shift grows on both sides, so that X report and today's list
have the same number of receipts.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from structlog.testing import capture_logs

from edge.node import Node
from edge.receipts.queries import search
from edge.shifts.actions import open_shift, report_x
from edge.till.lines import read_code
from kit.clock import SystemClock
from proof.bench.commit import sell
from proof.bench.measure import Figure, ratio_of, scaled
from proof.bench.shop import SEED, real_products
from proof.live.offline import EMPTY, FULL, Offline
from proof.live.past import SELLER
from proof.sim.parties import open_node

RECEIPTS, FULL_SIZE, A_DAY = 50_000, 500_000, 5_555
SALES, LOOKUPS, SEARCHES = 20, 200, 10
TARGET = 1.5
NOBODY_PAID = "0.01"
WORDS = {
    "commit": "durable commit of one sale, p50",
    "lookup": "lookup by barcode, p50",
    "list": "receipts of the day, p50",
    "number": "receipts by a part of the number, p50",
    "amount": "receipts by an amount that nobody paid, p50",
    "report": "X report, p50",
}
Took = dict[str, list[float]]


def measure(rounds: int, receipts: int = RECEIPTS) -> list[Figure]:
    """Medians at `receipts` receipts beside those of an empty node."""
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder, capture_logs():
        root = Path(folder)
        made = Offline(root, max(1, receipts // A_DAY), receipts, told=lambda words: None).make()
        full, empty = (Side(open_node(root / f"store-{store}", SystemClock())) for store in (FULL, EMPTY))
        runs: list[tuple[Took, Took]] = []
        try:
            for n in range(rounds + 1):
                pair = (full.round(), empty.round())
                if n:
                    runs.append(pair)
            wrong = _compare(full, empty, made["receipts"])
        finally:
            full.node.close()
            empty.node.close()
    figures, short = [], scaled(receipts, FULL_SIZE)
    for name, words in WORDS.items():
        ours, limit, ratio = ratio_of([mine[name] for mine, _ in runs], [bare[name] for _, bare in runs], 0.5)
        item = f"{words}, at {receipts:,} receipts"
        figures.append(Figure(item, ours, limit, "ms", ratio, TARGET, note=wrong, short=short))
    return figures


class Side:
    """One node at work; `found` collects what its reads answered."""

    def __init__(self, node: Node) -> None:
        self.node = node
        actor = replace(SELLER, permissions=SELLER.permissions | {"shifts.report"})
        self.ctx = node.context(actor, "01")
        self.before = self.documents()
        self.day = str(open_shift(self.ctx, 50_000)["day"])
        self.found: list[object] = []
        self._dice = random.Random(SEED)
        self._codes = [row["code"] for row in real_products()]

    def documents(self) -> int:
        """How many documents the node has."""
        return int(self.node.db.value("SELECT COUNT(*) FROM document"))

    def round(self) -> Took:
        """Milliseconds of each piece of work."""
        took = {"commit": sell(self.ctx, SALES)}
        newest = str(self.node.db.value("SELECT number FROM document ORDER BY at DESC, n DESC LIMIT 1"))
        part = newest.split("/")[1]
        chosen = self._dice.sample(self._codes, LOOKUPS)
        took["lookup"] = [self._timed(partial(self._offers, code)) for code in chosen]
        took["list"] = self._times(SEARCHES, lambda: self._search("", self.day))
        took["number"] = self._times(SEARCHES, lambda: self._search(part, ""))
        took["amount"] = self._times(SEARCHES, lambda: self._search(NOBODY_PAID, ""))
        took["report"] = self._times(SEARCHES, lambda: report_x(self.ctx, None)["report"]["sales"])
        return took

    def _offers(self, code: str) -> list[str]:
        _, offers = read_code(self.node.reference, code, self.node.clock.price_ms())
        return [offer.sku for offer in offers]

    def _search(self, text: str, day: str) -> int:
        return len(search(self.ctx, text, day, ""))

    def _times(self, count: int, act: Callable[[], object]) -> list[float]:
        return [self._timed(act) for _ in range(count)]

    def _timed(self, act: Callable[[], object]) -> float:
        began = time.perf_counter()
        answer = act()
        took = (time.perf_counter() - began) * 1000
        self.found.append(answer)
        return took


def _compare(full: Side, empty: Side, receipts: int) -> str:
    """Both found the same products, today's receipts and figures; the past is as long as it should be."""
    past = (full.before, empty.before)
    if past != (receipts, 0):
        return f"WRONG: {past[0]} and {past[1]} receipts at the start"
    sold = (full.documents() - full.before, empty.documents())
    if sold[0] != sold[1] or full.found != empty.found:
        return "WRONG: the two nodes did different work"
    return ""
