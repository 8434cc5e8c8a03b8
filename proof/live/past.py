"""Ninety days of one store without a line, sold in minutes: real baskets through the real `finish`, one commit each.

What is left out is waiting: the clock is moved on by hand and, while this runs and only then, the database does not
wait for the disk. Papers are put to DONE at the end of each day as a printer would have left them, and the nightly
jobs of journal and spool run, so that the folder is that of a store which has printed all along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from edge.journal import jobs as journal_jobs
from edge.node import Node
from edge.sales.actions import finish
from edge.shifts.actions import close_shift, open_shift
from edge.spool import jobs as spool_jobs
from edge.till import lines, repository
from edge.till.model import OpenBasket
from kit.clock import ManualClock
from kit.context import Actor, Context
from kit.crypto import random_bytes
from proof.bench.shop import EVERYTHING
from proof.demo.profiles import MANAGER
from proof.oracle import baskets as plan
from retail import basket as rules
from retail.basket import Basket, Line
from retail.civil import business_day, civil_to_ms
from retail.ids import uuid7
from retail.tender import Tender, card, cash

DAY_MS = 24 * 3600 * 1000
OPEN_HOURS = 14
OPENS = "T08:00"
TERMINAL = "01"
TIME_ZONE = "Asia/Hong_Kong"
SELLER = Actor(MANAGER, "Past", "manager", EVERYTHING, "en")


def first_morning(now_ms: int, days: int) -> int:
    """Eight o'clock so many business days ago, on the stores' wall clocks: the last evening is yesterday's."""
    return civil_to_ms(business_day(now_ms - days * DAY_MS, TIME_ZONE) + OPENS, TIME_ZONE)


@dataclass
class Past:
    """One store's past. `sell_days` fills it; `sold` counts receipts and their totals as they were answered."""

    node: Node
    clock: ManualClock
    zone: str
    receipts: int = 0
    total_minor: int = 0
    _lines: dict[tuple[str, int], Line] = field(default_factory=dict)

    def sell_days(self, days: int, receipts: int, told: Callable[[int], None] = lambda done: None) -> None:
        """Sell `receipts` baskets over `days` days, a shift and a Z each."""
        writer = self.node.db.writer
        writer.execute("PRAGMA synchronous=OFF")
        baskets = plan.baskets(self.zone)
        try:
            for day in range(days):
                share = receipts * (day + 1) // days - receipts * day // days
                self._day([baskets[(self.receipts + n) % len(baskets)] for n in range(share)])
                told(self.receipts)
        finally:
            writer.execute("PRAGMA synchronous=FULL")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _day(self, baskets: list[plan.Basket]) -> None:
        morning = self.clock.now_ms()
        ctx = self.node.context(SELLER, TERMINAL)
        self._lines.clear()  # prices of another day
        open_shift(ctx, 50_000)
        for basket in baskets:
            self.clock.advance(OPEN_HOURS * 3_600_000 // (len(baskets) + 1))
            self._sell(ctx, basket)
        self._printed()
        close_shift(ctx, count={"100": 500}, confirmed=(), approval=None)
        self._printed()
        self.clock.advance(morning + DAY_MS - 3_600_000 - self.clock.now_ms())
        for job in (*journal_jobs.jobs(self.node), *spool_jobs.jobs(self.node)):
            if job.name in ("journal.forget_answers", "spool.drop_contents", "spool.drop_jobs"):
                job.run()
        self.clock.advance(3_600_000)

    def _sell(self, ctx: Context, planned: plan.Basket) -> None:
        """The basket as scanning would have left it, then the real end of a sale under a key of its own."""
        id_, at = uuid7(self.clock.now_ms(), random_bytes(10)), self.clock.now_ms()
        currency = self.node.reference.settings.currency
        rows = tuple(
            replace(self._line(code, pieces), id=f"l{n}") for n, (code, pieces) in enumerate(planned.lines, 1)
        )
        basket = Basket(id_, TERMINAL, currency, rows, started_at=at, staff=SELLER.staff, version=len(rows))
        with self.node.journal.writing() as tx:
            repository.save(tx, OpenBasket(basket), "open", at)
        total = rules.totals(basket, self.node.reference.settings.tax_policy).total
        asked = replace(ctx, facts={"key": random_bytes(16).hex(), "request": random_bytes(32)})
        sale = finish(asked, basket=id_, version=None, added=_tenders(planned, total))["sale"]
        self.receipts += 1
        self.total_minor += sale["total_minor"]

    def _line(self, code: str, pieces: int) -> Line:
        known = self._lines.get((code, pieces))
        if known is None:
            scanned, offers = lines.read_code(self.node.reference, code, self.clock.now_ms())
            known = lines.line_for(self.node.reference, "l0", scanned, offers, pieces * 1000)
            self._lines[(code, pieces)] = known
        return known

    def _printed(self) -> None:
        """A printer that never failed: each waiting job went out, was confirmed, is done."""
        now = self.clock.now_ms()
        waiting = "FROM print_job WHERE state = 'QUEUED'"
        with self.node.journal.writing() as tx:
            for state in ("SENDING", "CONFIRMED", "DONE"):
                tx.execute(
                    f"INSERT INTO print_event (job, at, state, reason) SELECT id, ?, ?, '' {waiting}",
                    (now, state),
                )
            tx.execute(
                "UPDATE print_job SET state = 'DONE', evidence = 'fence+cut', attempts = 1, changed_at = ?"
                " WHERE state = 'QUEUED'",
                (now,),
            )


def _tenders(planned: plan.Basket, total_minor: int) -> list[Tender]:
    return [
        card(minor) if kind == "card" else cash(minor)
        for kind, minor in planned.tenders(total_minor)
        if minor
    ]
