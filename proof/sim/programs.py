"""HQ's program versions: the one that does not know every type yet, and the next one."""

from __future__ import annotations

from hq.ingest.handlers import HANDLERS, Handler, Registry
from hq.ingest.model import Entry, Rows
from schemas.events.sales import SaleCompleted

POISON = "POISON"


def young_registry() -> Registry:
    """HQ's first program: it does not know goods-in, and one product makes it stumble."""
    sale = HANDLERS["sale.completed"]

    def rows(entry: Entry, payload: SaleCompleted) -> Rows:
        if any(line.sku == POISON for line in payload.lines):
            raise KeyError(POISON)
        return sale.rows(entry, payload)

    known = {name: handler for name, handler in HANDLERS.items() if name != "stock.received"}
    return known | {"sale.completed": Handler(sale.version, rows, sale.payload)}


def old_poison_cured() -> Registry:
    """HQ's next program: every type known, the sale handler one version up."""
    sale = HANDLERS["sale.completed"]
    return {**HANDLERS, "sale.completed": Handler(sale.version + 1, sale.rows, sale.payload)}
