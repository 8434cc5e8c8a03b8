"""The calls. Money is in minor units, times are UTC milliseconds, civil times are the stores' own."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint

from hq.api.once import asked, once
from hq.api.shapes import (
    Cancelled,
    Priced,
    PriceTold,
    ProductRow,
    Products,
    ProductsAsked,
    ProductShown,
    ProductTold,
    Saved,
    Stores,
    Totals,
    TotalsAsked,
)
from hq.catalogue import actions as catalogue
from hq.catalogue import queries as products
from hq.catalogue import repository as product_rows
from hq.catalogue.model import Product
from hq.prices import actions as prices
from hq.prices import queries as price_rows
from hq.sales import queries as sales
from hq.sales.model import checked_day
from hq.settings.queries import chain
from hq.stores import queries as stores
from hq.web import PAGE_ROWS, ctx, hq, needs
from kit.context import Context
from retail.errors import NotFound

pages = Blueprint("api", __name__, url_prefix="/api/v1")


def _product(row: Any) -> ProductRow:
    return {
        "sku": row.sku, "name": product_rows.name_of(row), "spec": row.spec, "unit": row.unit,
        "category": row.category, "barcode": row.barcode, "active": bool(row.active),
    }  # fmt: skip


@pages.get("/products")
@needs("catalogue.view")
@asked
def list_products(query: ProductsAsked) -> Products:
    """Products, a page at a time; `text`, `category` and `state` filter."""
    total, rows = products.products(
        hq().db, text=query.text[:80], category=query.category[:40], state=query.state,
        offset=(query.page - 1) * PAGE_ROWS, limit=PAGE_ROWS,
    )  # fmt: skip
    return {"total": total, "page": query.page, "products": [_product(row) for row in rows]}


@pages.get("/products/<sku>")
@needs("catalogue.view")
@asked
def show_product(sku: str) -> ProductShown:
    """One product with its barcodes and every price."""
    with hq().db.read() as connection:
        product = product_rows.product(connection, sku)
        row = product_rows.product_row(connection, sku)
    if product is None or row is None:
        raise NotFound("catalogue.product_unknown", sku=sku[:60])
    found = price_rows.of_product(hq().db, sku, hq().clock.now_ms(), ctx().actor.stores)
    return {
        "sku": sku, "name": product.name, "unit": product.unit, "weighed": product.weighed,
        "tax_code": product.tax_code, "category": product.category, "active": product.active,
        "version": row.version, "barcodes": [code for code, _quantity in product.barcodes],
        "prices": [
            {"id": p.id, "scope": p.scope, "price_minor": p.price_minor, "from": p.from_civil,
             "until": p.until_civil, "cancelled": p.cancelled_at is not None}
            for p in found.history
        ],
    }  # fmt: skip


@pages.put("/products/<sku>")
@needs("catalogue.change")
@once
def put_product(acting: Context, body: ProductTold, sku: str) -> Saved:
    """Add a product (without `version`) or change it (with the version seen)."""
    wanted = Product(
        sku=sku, name={code: text for code, text in body.name.items()}, brand=body.brand, spec=body.spec,
        unit=body.unit, weighed=body.weighed, tax_code=body.tax_code, category=body.category, active=body.active,
    )  # fmt: skip
    return {"sku": catalogue.save_product(acting, wanted, version=body.version).sku}


@pages.post("/products/<sku>/prices")
@needs("prices.change")
@once
def set_price(acting: Context, body: PriceTold, sku: str) -> Priced:
    """A new price: `scope`, `price_minor`, and perhaps `from`, `until`, `note`."""
    price_id = prices.set_price(
        acting, sku=sku, scope=body.scope, price_minor=body.price_minor, from_civil=body.start or "",
        until_civil=body.until or "", note=body.note,
    )  # fmt: skip
    return {"id": price_id}


@pages.delete("/prices/<price_id>")
@needs("prices.change")
@once
def cancel_price(acting: Context, price_id: str) -> Cancelled:
    """Take back a price that has not begun."""
    prices.cancel_price(acting, price_id)
    return {}


@pages.get("/stores")
@needs("stores.view")
@asked
def list_stores() -> Stores:
    """Stores with zone, time zone and how fresh HQ's knowledge is."""
    states = sales.store_states(hq().db, ctx().actor.stores, hq().clock.now_ms())
    names = {row.code: json.loads(row.name) for row in stores.stores(hq().db, ctx().actor.stores)}
    return {
        "stores": [
            {"code": s.code, "name": names[s.code], "zone": s.zone, "time_zone": s.time_zone,
             "enrolled": s.enrolled, "heard_at": s.heard_at, "late": s.late, "day": s.day}
            for s in states
        ],
    }  # fmt: skip


@pages.get("/sales/totals")
@needs("sales.view")
@asked
def sales_totals(query: TotalsAsked) -> Totals:
    """The sums of a business day per store, net of returns."""
    day = checked_day(query.day)
    if query.store:
        stores.require_known(ctx(), query.store)
    seen = ctx().actor.stores
    found = {
        code: sums
        for code, sums in sales.sums_by_store(hq().db, day).items()
        if (seen is None or code in seen) and query.store in ("", code)
    }
    return {"day": day, "currency": chain(hq().db).currency, "stores": found}
