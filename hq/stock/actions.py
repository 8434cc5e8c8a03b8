"""Opening stock: what a store starts with, booked once per store and product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from hq.allowed import require, require_store
from hq.catalogue import repository as catalogue
from hq.catalogue.model import Product
from hq.change import Change
from hq.ingest import own
from hq.stock import repository
from hq.stores import repository as stores
from kit.context import Context
from retail.errors import Conflict, NotFound
from retail.postings import for_opening_stock
from retail.quantity import check_quantity
from schemas.events.parts import in_parts
from schemas.events.stock import OpeningStockSet, StockLine

LINES_PER_EVENT = 100  # or fewer, where the names are long


class Opening(NamedTuple):
    """`quantity` in thousandths, above zero."""

    sku: str
    quantity: int


def set_opening(ctx: Context, *, store: str, lines: Sequence[Opening], note: str = "") -> int:
    """Book the opening stock of some products of a store; answers the number of events."""
    require(ctx, "stock.open")
    require_store(ctx, store)
    for line in lines:
        check_quantity(line.quantity)
    with ctx.app.change(ctx) as change:
        if stores.store(change.connection, store) is None:
            raise NotFound("stores.store_unknown", store=store[:20])
        products = {line.sku: catalogue.product(change.connection, line.sku) for line in lines}
        known = {sku: product for sku, product in products.items() if product is not None}
        missing = sorted(set(products) - set(known))
        if missing:
            raise NotFound("catalogue.product_unknown", sku=missing[0])
        done = repository.openings(change.connection)
        for line in lines:
            if (store, line.sku) in done:
                raise Conflict("stock.opening_already_set", store=store, sku=line.sku)
        return write_opening(change, store, lines, known, note)


def write_opening(
    change: Change, store: str, lines: Sequence[Opening], products: dict[str, Product], note: str
) -> int:
    """Book inside a transaction, as many lines per event as fit."""
    named = [
        StockLine(
            sku=line.sku, name=products[line.sku].name, quantity=line.quantity, unit=products[line.sku].unit
        )
        for line in lines
    ]
    events = 0
    for part in in_parts(named, partial(for_opening_stock, store), lines_max=LINES_PER_EVENT):
        document = OpeningStockSet(store=store, note=note[:200], lines=part)
        event_id = own.record(
            change.ctx.app, change.connection, document, staff=change.ctx.actor.staff,
            post=for_opening_stock(store, part),
        )  # fmt: skip
        repository.insert_openings(
            change.connection,
            [
                {"store": store, "sku": line.sku, "quantity": line.quantity, "event_id": event_id,
                 "at": change.now_ms}
                for line in part
            ],
        )  # fmt: skip
        events += 1
    change.audit("stock.opening_set", f"store:{store}", products=len(lines), note=note)
    return events
