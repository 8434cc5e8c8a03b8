"""One receipt with its journal entry and the proof of the chain around it; every check is made here and now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from hq.sales import queries
from kit.sql import Row, SqlDatabase
from retail.errors import NotFound
from sync.chain import body_hash, genesis, link_hash


@dataclass(frozen=True)
class Check:
    """One thing that was recomputed; `facts` fill its words."""

    name: str
    right: bool
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """Everything that a page shows of one receipt."""

    sale: Row
    lines: list[Row]
    tenders: list[Row]
    taxes: list[dict[str, Any]]
    postings: list[Row]
    sums: dict[str, int]
    before: Row | None
    link: Row | None
    after: Row | None
    inc: Row | None
    booked: tuple[int, int]
    event: dict[str, Any]
    checks: list[Check]

    @property
    def intact(self) -> bool:
        """Did every check hold?"""
        return all(check.right for check in self.checks)


def load(db: SqlDatabase, store: str, event_id: str) -> Receipt:
    """A receipt with proof; raises `NotFound("sales.receipt_unknown")`."""
    sale = queries.receipt(db, store, event_id)
    if sale is None:
        raise NotFound("sales.receipt_unknown")
    node, inc_name, seq = sale.node, sale.inc, sale.seq
    link, before, after = (queries.link(db, node, inc_name, at) for at in (seq, seq - 1, seq + 1))
    postings = queries.postings(db, event_id)
    sums: dict[str, int] = {}
    for row in postings:
        sums[row.commodity] = sums.get(row.commodity, 0) + row.quantity
    inc = queries.inc(db, node, inc_name)
    event = msgspec.json.decode(link.body) if link is not None and link.body is not None else {}
    checks = _checks(db, sale, link, before, after, inc, sums)
    return Receipt(
        sale, queries.lines(db, store, event_id), queries.tenders(db, store, event_id),
        msgspec.json.decode(sale.taxes), postings, sums, before, link, after, inc,
        queries.handled(db, event_id), event, checks,
    )  # fmt: skip


def _checks(
    db: SqlDatabase, sale: Row, link: Row | None, before: Row | None, after: Row | None, inc: Row | None,
    sums: dict[str, int],
) -> list[Check]:  # fmt: skip
    if link is None or link.body is None or inc is None:
        return [Check("stored", False)]
    body, hash_ = (
        body_hash(bytes(link.body)),
        link_hash(sale.node, sale.inc, sale.seq, bytes(link.prev), bytes(link.bh)),
    )
    start = bytes(before.hash) if before is not None else genesis(bytes(inc.record))
    numbers = queries.numbers(db, sale.store, sale.terminal, sale.series)
    found = [
        Check("body", body == bytes(link.bh) == bytes(sale.bh), {"hash": body.hex()[:8]}),
        Check("link", hash_ == bytes(link.hash)),
        Check("before", start == bytes(link.prev), {"seq": sale.seq - 1}),
        Check("balanced", not any(sums.values())),
    ]
    if after is not None:
        found.append(Check("after", bytes(after.prev) == bytes(link.hash), {"seq": sale.seq + 1}))
    if numbers is not None:
        whole = numbers.last - numbers.first + 1 == numbers.found
        facts = {
            "series": sale.series,
            "first": numbers.first,
            "last": numbers.last,
            "terminal": sale.terminal,
        }
        found.append(Check("numbers", whole, facts))
    found.append(Check("receipt", (inc.receipted or 0) >= sale.seq, {"seq": inc.receipted or 0}))
    return found
