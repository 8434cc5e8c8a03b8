"""HQ's pages about a day, with years of sales behind them: what they read, beside the same days in a new chain.

Both HQs are SQLite files, filled by one statement a table with sales whose amounts nobody posted: four stores, 180
sales a store's day, a header and a tender each. The limit is the HQ with fourteen days (10,080 sales), ours the one
with a hundred times as many days (1,008,000). That is a tenth of what PERFORMANCE.md asks for (10,000,000 beside
100,000) and no verdict: as many take minutes and gigabytes to make, which `lianpu-bench storeday --history 10000000`
does, with ten times as many sales a day. Measured are the queries of a page, not its
template, which has the same rows to show on both sides.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hq.sales import queries
from hq.sales.model import shifted
from hq.sales.proof import DAYS, prove
from kit.clock import SystemClock
from kit.sql import SqlDatabase, run
from proof.bench.measure import Figure, alternate, ratio_of, scaled
from proof.sim.parties import CURRENCY, a_centre

STORES, A_DAY, TIMES = 4, 180, 100
SALES_MIN = STORES * DAYS * TIMES  # one a store's day
SALES_MADE, FULL_SIZE = SALES_MIN * A_DAY, 10_000_000
FIRST_DAY = "2022-01-01"
ASKED = 5
TARGET = 2.0
SALES = """
WITH RECURSIVE
  stores (s) AS (SELECT 1 UNION ALL SELECT s + 1 FROM stores WHERE s < :stores),
  days (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM days WHERE d < :days - 1),
  sales (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM sales WHERE n < :a_day)
INSERT INTO sale (store, id, node, inc, seq, bh, kind, number, terminal, series, n, at, day, shift, staff, currency,
                  pieces, gross_minor, discount_minor, total_minor, tax_minor, rounding_minor, payable_minor,
                  change_minor, taxes, reason, recv_at)
SELECT printf('%03d', s), printf('%08x-%04x', d, n), printf('%03d', s), '0', d * :a_day + n, zeroblob(32), 'sale',
       printf('%03d-01/A-%d', s, d * :a_day + n), printf('%02d', 1 + n % 2), 'A', d * :a_day + n,
       (unixepoch(:first) + d * 86400 + 28800 + n * 60) * 1000, date(:first, d || ' days'), printf('s%d', d), '1001',
       :currency, 5, 1000 + n, 0, 1000 + n, 0, 0, 1000 + n, 0, '[]', '', 0
FROM stores, days, sales
"""
TENDERS = """
INSERT INTO sale_tender (store, id, n, kind, amount_minor, given_minor, change_minor)
SELECT store, id, 0, CASE n % 2 WHEN 0 THEN 'cash' ELSE 'card' END, payable_minor, payable_minor, 0 FROM sale
"""
PAGES = {
    "chain": "a day of the chain, read at HQ, p50",
    "store": "a day of a store with its receipts, p50",
    "proof": "two weeks of a store proven, p50",
}


def measure(rounds: int, sales: int = SALES_MADE, times: int = TIMES) -> list[Figure]:
    """Milliseconds of what each page reads at so many sales, or a few more, `times` as many days as the limit has."""
    a_day = -(-sales // (STORES * DAYS * times))
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        many, few = (History(Path(folder) / str(days), days, a_day) for days in (DAYS * times, DAYS))
        try:
            took = {
                page: alternate(rounds, partial(many.ask, page), partial(few.ask, page)) for page in PAGES
            }
            wrong = _compare(many, few, times)
        finally:
            many.close()
            few.close()
    figures, short = [], scaled(many.sales, FULL_SIZE)
    for page, words in PAGES.items():
        ours, limit, ratio = ratio_of(*took[page], 0.5)
        item = f"{words}, at {many.sales:,} sales"
        figures.append(Figure(item, ours, limit, "ms", ratio, TARGET, note=wrong, short=short))
    return figures


@dataclass
class History:
    """An HQ with so many days; `found` keeps what its newest days answered."""

    home: Path
    days: int
    a_day: int

    def __post_init__(self) -> None:
        codes = [f"{n:03d}" for n in range(1, STORES + 1)]
        self._centre = a_centre(self.home, SystemClock(), stores=dict.fromkeys(codes, "A"), url=None)
        self.db: SqlDatabase = self._centre.hq.db
        with self.db.write() as connection:
            facts = {"stores": STORES, "days": self.days, "a_day": self.a_day, "first": FIRST_DAY}
            run(connection, SALES, facts | {"currency": CURRENCY})
            run(connection, TENDERS, {})
        self.day = shifted(FIRST_DAY, self.days - 1)
        self.sales = int(self.db.value("SELECT COUNT(*) FROM sale"))
        self.found: list[object] = []

    def ask(self, page: str) -> list[float]:
        """Milliseconds of each reading of a page."""
        act: Callable[[], object] = {"chain": self._chain, "store": self._store, "proof": self._proof}[page]
        took = []
        for _ in range(ASKED):
            began = time.perf_counter()
            answer = act()
            took.append((time.perf_counter() - began) * 1000)
        self.found.append(answer)
        return took

    def close(self) -> None:
        """Give the file back."""
        self._centre.close()

    def _chain(self) -> object:
        return queries.sums_by_store(self.db, self.day)

    def _store(self) -> object:
        rows = queries.receipts(self.db, "001", self.day)
        sums = queries.sums_by_terminal(self.db, "001", self.day)
        return len(rows), sums, queries.tender_sums(self.db, "001", self.day)

    def _proof(self) -> object:
        newest = queries.newest_day(self.db, "001") or self.day
        days = [shifted(newest, -back) for back in range(DAYS)]
        proofs = [prove(self.db, "001", day, {}, today=self.day) for day in days]
        return [(proof.hq.receipts, proof.hq.net_minor) for proof in proofs]


def _compare(many: History, few: History, times: int) -> str:
    if many.sales != few.sales * times:
        return f"WRONG: {many.sales} and {few.sales} sales"
    return "" if many.found == few.found else "WRONG: the same days answered differently"
