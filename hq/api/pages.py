"""The calls. Money is in minor units, times are UTC milliseconds, civil times are the stores' own."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from hq.api.once import once
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
from hq.web import PAGE_ROWS, ctx, hq, needs, page_number
from kit.context import Context
from kit.i18n import LANGUAGES
from retail.errors import Invalid, NotFound

pages = Blueprint("api", __name__, url_prefix="/api/v1")


def _product(row: Any) -> dict[str, Any]:
    return {
        "sku": row.sku, "name": product_rows.name_of(row), "spec": row.spec, "unit": row.unit,
        "category": row.category, "barcode": row.barcode, "active": bool(row.active),
    }  # fmt: skip


@pages.get("/products")
@needs("catalogue.view")
def list_products() -> Response:
    """Products, a page at a time; `text`, `category` and `state` filter."""
    number = page_number()
    total, rows = products.products(
        hq().db, text=request.args.get("text", "")[:80], category=request.args.get("category", "")[:40],
        state=request.args.get("state", ""), offset=(number - 1) * PAGE_ROWS, limit=PAGE_ROWS,
    )  # fmt: skip
    return jsonify({"ok": True, "total": total, "page": number, "products": [_product(row) for row in rows]})


@pages.get("/products/<sku>")
@needs("catalogue.view")
def show_product(sku: str) -> Response:
    """One product with its barcodes and every price."""
    with hq().db.read() as connection:
        product = product_rows.product(connection, sku)
        row = product_rows.product_row(connection, sku)
    if product is None or row is None:
        raise NotFound("catalogue.product_unknown", sku=sku[:60])
    found = price_rows.of_product(hq().db, sku, hq().clock.now_ms(), ctx().actor.stores)
    return jsonify(
        {
            "ok": True, "sku": sku, "name": product.name, "unit": product.unit, "weighed": product.weighed,
            "tax_code": product.tax_code, "category": product.category, "active": product.active,
            "version": row.version, "barcodes": [code for code, _quantity in product.barcodes],
            "prices": [
                {"id": p.id, "scope": p.scope, "price_minor": p.price_minor, "from": p.from_civil,
                 "until": p.until_civil, "cancelled": p.cancelled_at is not None}
                for p in found.history
            ],
        }
    )  # fmt: skip


@pages.put("/products/<sku>")
@needs("catalogue.change")
def put_product(sku: str) -> Response:
    """Add a product (without `version`) or change it (with the version seen)."""

    def work(acting: Context, body: dict[str, Any]) -> dict[str, Any]:
        name = body.get("name")
        if not isinstance(name, dict) or any(code not in LANGUAGES for code in name):
            raise Invalid("catalogue.name_missing")
        wanted = Product(
            sku=sku, name={code: str(text) for code, text in name.items()}, brand=str(body.get("brand", "")),
            spec=str(body.get("spec", "")), unit=str(body.get("unit", "pc")), weighed=body.get("weighed") is True,
            tax_code=str(body.get("tax_code", "")), category=str(body.get("category", "")),
            active=body.get("active") is not False,
        )  # fmt: skip
        version = body.get("version")
        saved = catalogue.save_product(acting, wanted, version=version if isinstance(version, int) else None)
        return {"ok": True, "sku": saved.sku}

    return once(work)


@pages.post("/products/<sku>/prices")
@needs("prices.change")
def set_price(sku: str) -> Response:
    """A new price: `scope`, `price_minor`, and perhaps `from`, `until`, `note`."""

    def work(acting: Context, body: dict[str, Any]) -> dict[str, Any]:
        minor = body.get("price_minor")
        if not isinstance(minor, int) or isinstance(minor, bool):
            raise Invalid("prices.not_positive")
        price_id = prices.set_price(
            acting, sku=sku, scope=str(body.get("scope", "chain")), price_minor=minor,
            from_civil=str(body.get("from") or ""), until_civil=str(body.get("until") or ""),
            note=str(body.get("note", "")),
        )  # fmt: skip
        return {"ok": True, "id": price_id}

    return once(work)


@pages.delete("/prices/<price_id>")
@needs("prices.change")
def cancel_price(price_id: str) -> Response:
    """Take back a price that has not begun."""

    def work(acting: Context, _body: dict[str, Any]) -> dict[str, Any]:
        prices.cancel_price(acting, price_id)
        return {"ok": True}

    return once(work)


@pages.get("/stores")
@needs("stores.view")
def list_stores() -> Response:
    """Stores with zone, time zone and how fresh HQ's knowledge is."""
    states = sales.store_states(hq().db, ctx().actor.stores, hq().clock.now_ms())
    names = {row.code: json.loads(row.name) for row in stores.stores(hq().db, ctx().actor.stores)}
    return jsonify(
        {
            "ok": True,
            "stores": [
                {"code": s.code, "name": names[s.code], "zone": s.zone, "time_zone": s.time_zone,
                 "enrolled": s.enrolled, "heard_at": s.heard_at, "late": s.late, "day": s.day}
                for s in states
            ],
        }
    )  # fmt: skip


@pages.get("/sales/totals")
@needs("sales.view")
def sales_totals() -> Response:
    """The sums of a business day per store, net of returns."""
    day = checked_day(request.args.get("day", ""))
    store = request.args.get("store", "")
    if store:
        stores.require_known(ctx(), store)
    seen = ctx().actor.stores
    found = {
        code: sums
        for code, sums in sales.sums_by_store(hq().db, day).items()
        if (seen is None or code in seen) and store in ("", code)
    }
    plain = {
        code: {name: getattr(sums, name) for name in sums.__dataclass_fields__}
        for code, sums in found.items()
    }
    return jsonify({"ok": True, "day": day, "currency": chain(hq().db).currency, "stores": plain})
