"""Consolidated sales: chain → zone → store → terminal → receipt → journal entry; the CSV export."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from hq.allowed import require_store
from hq.imports.pages import download
from hq.imports.reading import write
from hq.sales import queries, receipt
from hq.sales.model import checked_day, shifted
from hq.sales.queries import Sums
from hq.settings.queries import chain, store_zones
from hq.stores import queries as stores
from hq.web import ctx, hq, needs, render
from retail.civil import store_local
from retail.errors import Invalid, NotFound
from retail.money import format_minor
from schemas.currencies import EXPONENTS

pages = Blueprint("sales", __name__, template_folder="templates", url_prefix="/sales")
EXPORT_DAYS_MAX = 92
HEADER = (
    "store", "terminal", "number", "day", "time", "kind", "staff", "currency", "pieces", "gross", "discount", "tax",
    "rounding", "payable", "cash", "card", "returned_receipt", "body_hash", "counts",
)  # fmt: skip


@pages.get("/")
@needs("sales.view")
def index() -> str:
    """The ladder for a day."""
    db, seen = hq().db, ctx().actor.stores
    states = queries.store_states(db, seen, hq().clock.now_ms())
    today = max((state.day for state in states), default=store_local(hq().clock.now_ms(), "UTC")[:10])
    day = checked_day(request.args["day"]) if request.args.get("day") else today
    by_store = {
        code: sums for code, sums in queries.sums_by_store(db, day).items() if seen is None or code in seen
    }
    zone, store = request.args.get("zone", ""), request.args.get("store", "")
    terminal, chosen = request.args.get("terminal", ""), request.args.get("receipt", "")
    zones: dict[str, Sums] = {}
    for state in states:
        zones[state.zone] = zones.get(state.zone, Sums()) + by_store.get(state.code, Sums())
    if zone and not store and zone not in zones:
        raise NotFound("stores.zone_unknown", zone=zone[:20])
    if store:
        stores.require_known(ctx(), store)
        zone = next((state.zone for state in states if state.code == store), "")
    facts = {
        "terminals": queries.sums_by_terminal(db, store, day) if store else [],
        "receipts": queries.receipts(db, store, day, terminal) if store else [],
        "entry": receipt.load(db, store, chosen) if store and chosen else None,
    }
    return render(
        "sales/index.html", day=day, today=today, previous=shifted(day, -1), following=shifted(day, 1), states=states,
        total=sum(by_store.values(), Sums()), zones=sorted(zones.items()), price_zone=zone, by_store=by_store,
        store=store, terminal=terminal, chosen=chosen, late=[s for s in states if s.late], now=hq().clock.now_ms(),
        zone_names={row.code: row.name for row in stores.zones(db)}, **facts,
    )  # fmt: skip


@pages.get("/receipt/<store>/<event_id>")
@needs("sales.view")
def show(store: str, event_id: str) -> AnyResponse:
    """The ladder opened at one receipt."""
    require_store(ctx(), store)
    sale = receipt.load(hq().db, store, event_id).sale
    return redirect(
        url_for("sales.index", day=sale.day, store=store, terminal=sale.terminal, receipt=event_id)
        + "#receipt"
    )


@pages.get("/number")
@needs("sales.view")
def by_number() -> AnyResponse | str:
    """A receipt by its printed number; two bodies with one number are both listed."""
    number = request.args.get("number", "").strip()[:60]
    seen = ctx().actor.stores
    rows = [row for row in queries.by_number(hq().db, number) if seen is None or row.store in seen]
    if len(rows) == 1:
        return redirect(url_for("sales.show", store=rows[0].store, event_id=rows[0].id))
    return render("sales/number.html", number=number, rows=rows)


@pages.get("/export.csv")
@needs("sales.export")
def export() -> Response:
    """Every receipt of some days as CSV: UTF-8 with BOM, formula-safe, store time."""
    first = checked_day(request.args.get("from", ""))
    last = checked_day(request.args.get("to", first))
    if not first <= last <= shifted(first, EXPORT_DAYS_MAX):
        raise Invalid("sales.too_many_days", limit=EXPORT_DAYS_MAX)
    wanted, seen = request.args.get("store", ""), ctx().actor.stores
    if wanted:
        stores.require_known(ctx(), wanted)
    codes = [
        code for code in stores.names(hq().db) if (seen is None or code in seen) and wanted in ("", code)
    ]
    zones, exponent = store_zones(hq().db), EXPONENTS[chain(hq().db).currency]
    rows = []
    for row in queries.export(hq().db, first, last, codes):
        sign = 1 if row.kind == "sale" else -1
        amounts = [
            format_minor(sign * int(minor), exponent)
            for minor in (
                row.gross_minor, row.discount_minor, row.tax_minor, row.rounding_minor, row.payable_minor,
                row.cash_minor, row.card_minor,
            )
        ]  # fmt: skip
        local = store_local(row.at, zones.get(row.store, "UTC"))
        rows.append(
            [row.store, row.terminal, row.number, row.day, local, row.kind, row.staff, row.currency,
             str(sign * row.pieces), *amounts, row.original_number or "", bytes(row.bh).hex(),
             "no" if row.untrusted else "yes"]
        )  # fmt: skip
    return download(write(list(HEADER), rows), f"sales-{first}-{last}.csv")
