"""Stock per store, the ledger of a product, opening stock."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.allowed import require_store
from hq.catalogue import repository as catalogue
from hq.stock import actions, queries
from hq.stores import queries as stores
from hq.web import PAGE_ROWS, Page, ctx, hq, needs, page_number, render, say, say_refused
from retail.errors import LianpuError, NotFound
from retail.quantity import parse_quantity

pages = Blueprint("stock", __name__, template_folder="templates", url_prefix="/stock")


@pages.get("/")
@needs("stock.view")
def index() -> str:
    """Every store with the sum of its goods."""
    return render("stock/index.html", stores=queries.stores(hq().db, ctx().actor.stores))


@pages.get("/<store>")
@needs("stock.view")
def of_store(store: str) -> str:
    """The products of a store."""
    require_store(ctx(), store)
    names = stores.names(hq().db)
    if store not in names:
        raise NotFound("stores.store_unknown", store=store[:20])
    number = page_number()
    only = request.args.get("only", "")
    filters = {
        "text": request.args.get("text", "").strip()[:80], "only": only if only in ("negative", "zero") else ""
    }  # fmt: skip
    total, rows = queries.of_store(
        hq().db, store, **filters, offset=(number - 1) * PAGE_ROWS, limit=PAGE_ROWS
    )
    return render(
        "stock/store.html", store=store, name=names[store], page=Page(rows, total, number), filters=filters,
        sums=queries.pieces_of_store(hq().db, store),
    )  # fmt: skip


@pages.get("/<store>/<sku>")
@needs("stock.view")
def ledger(store: str, sku: str) -> str:
    """The postings that a product's stock is the sum of."""
    return _ledger(store, sku)


def _ledger(store: str, sku: str) -> str:
    require_store(ctx(), store)
    with hq().db.read() as connection:
        product = catalogue.product(connection, sku)
    names = stores.names(hq().db)
    if product is None or store not in names:
        raise NotFound("catalogue.product_unknown", sku=sku[:60])
    number = page_number()
    offset = (number - 1) * PAGE_ROWS
    total, rows = queries.ledger(hq().db, store, sku, offset=offset, limit=PAGE_ROWS)
    balance = queries.balance(hq().db, store, sku)
    running = balance.get("on_hand", 0) - queries.sum_after(hq().db, store, sku, offset)
    lines = []
    for row in rows:
        lines.append((row, running))
        running -= row.quantity
    return render(
        "stock/ledger.html", store=store, name=names[store], product=product, balance=balance,
        page=Page(lines, total, number),
    )  # fmt: skip


@pages.post("/<store>/<sku>/opening")
@needs("stock.open")
def set_opening(store: str, sku: str) -> Response:
    """Book the opening stock of one product."""
    try:
        quantity = parse_quantity(request.form.get("quantity", ""))
        actions.set_opening(
            ctx(), store=store, lines=[actions.Opening(sku, quantity)], note=request.form.get("note", "")
        )
        say("stock.opening_saved")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("stock.ledger", store=store, sku=sku))
