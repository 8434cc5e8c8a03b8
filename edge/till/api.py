"""JSON of the basket, search, holding and tender."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from edge.catalogue import queries as catalogue
from edge.catalogue.queries import Offer
from edge.sales import actions as sales
from edge.stock.queries import on_hand
from edge.till import actions, lines, repository, state
from edge.till.model import OpenBasket, tender_from
from edge.web import (
    approval_of,
    code_of,
    command,
    device_context,
    integer_of,
    list_of,
    node,
    optional_integer,
    person_context,
    text_of,
)
from kit.context import Context
from retail import basket as rules
from retail.civil import store_local

api = Blueprint("till_api", __name__, url_prefix="/api/v1")
Body = dict[str, Any]


@api.get("/state")
def get_state() -> Response:
    """Everything that the screen shows."""
    return jsonify({"ok": True, **state.answer(device_context())})


@api.post("/basket/scan", endpoint="scan")
@command
def scan(ctx: Context, body: Body) -> Body:
    """A code from a wedge, a serial scanner or the keyboard."""
    return actions.scan(ctx, code_of(body), quantity=optional_integer(body, "quantity"))


@api.post("/basket/add", endpoint="add")
@command
def add(ctx: Context, body: Body) -> Body:
    """A product from search, a quick key or the price check."""
    return actions.add_product(
        ctx,
        text_of(body, "sku", limit=40),
        quantity=optional_integer(body, "quantity"),
        grams=optional_integer(body, "grams"),
        approval=approval_of(body),
    )


@api.post("/basket/line", endpoint="line")
@command
def line(ctx: Context, body: Body) -> Body:
    """Change a quantity."""
    return actions.change_quantity(
        ctx, text_of(body, "line"), integer_of(body, "quantity"), approval_of(body)
    )


@api.post("/basket/remove", endpoint="remove")
@command
def remove(ctx: Context, body: Body) -> Body:
    """Remove a line."""
    return actions.remove_line(ctx, text_of(body, "line"))


@api.post("/basket/choose", endpoint="choose")
@command
def choose(ctx: Context, body: Body) -> Body:
    """One of several products under a code."""
    return actions.choose(
        ctx,
        text_of(body, "line"),
        text_of(body, "sku", limit=40),
        grams=optional_integer(body, "grams"),
        approval=approval_of(body),
    )


@api.post("/basket/resolve", endpoint="resolve")
@command
def resolve(ctx: Context, body: Body) -> Body:
    """The product behind an unknown code."""
    return actions.resolve_unknown(
        ctx,
        text_of(body, "line"),
        text_of(body, "sku", limit=40),
        approval_of(body),
        grams=optional_integer(body, "grams"),
    )


@api.post("/basket/discount", endpoint="discount")
@command
def discount(ctx: Context, body: Body) -> Body:
    """Discount a line or the basket; value 0 takes it back."""
    where = body.get("line")
    return actions.discount(
        ctx,
        text_of(body, "line") if where is not None else None,
        text_of(body, "kind", default="percent"),
        integer_of(body, "value"),
        text_of(body, "reason", default=""),
        approval_of(body),
    )


@api.post("/basket/accept-prices", endpoint="accept_prices")
@command
def accept_prices(ctx: Context, body: Body) -> Body:
    """Take the new prices or keep the scanned ones."""
    return actions.accept_prices(ctx, body.get("keep") is True)


@api.post("/basket/hold", endpoint="hold")
@command
def hold(ctx: Context, body: Body) -> Body:
    """Put the basket aside."""
    return actions.hold(ctx, text_of(body, "note", default=""))


@api.post("/basket/abort", endpoint="abort")
@command
def abort(ctx: Context, body: Body) -> Body:
    """Give the basket up."""
    return actions.abort(ctx, text_of(body, "reason"), approval_of(body))


@api.get("/held")
def held() -> Response:
    """Baskets that wait, of the whole store."""
    ctx = person_context()
    settings = node().reference.settings
    zone = settings.need_store().time_zone
    found = []
    for row in repository.held(node().db):
        opened = OpenBasket.from_row(row)
        sums = rules.totals(lines.with_known_taxes(opened.basket, settings.tax_policy), settings.tax_policy)
        found.append(
            {
                "id": row["id"],
                "terminal": row["terminal"],
                "staff": row["staff"],
                "staff_name": ctx.app.people.name(row["staff"]),
                "mine": row["terminal"] == ctx.device,
                "time": store_local(row["changed_at"], zone),
                "lines": len(opened.basket.lines),
                "pieces": sums.pieces,
                "total_minor": sums.total,
                "first": [line.name or {"en": line.code} for line in opened.basket.lines[:3]],
                "note": row["note"],
            }
        )
    return jsonify({"ok": True, "held": found})


@api.post("/held/recall", endpoint="recall")
@command
def recall(ctx: Context, body: Body) -> Body:
    """Take a held basket here."""
    return actions.recall(ctx, text_of(body, "id"))


@api.post("/tender/add", endpoint="tender_add")
@command
def tender_add(ctx: Context, body: Body) -> Body:
    """A part payment."""
    return sales.add_tender(ctx, tender_from(body))


@api.post("/tender/remove", endpoint="tender_remove")
@command
def tender_remove(ctx: Context, body: Body) -> Body:
    """Take a part payment back."""
    return sales.remove_tender(ctx, integer_of(body, "n"))


@api.post("/sale/finish", endpoint="finish")
@command
def finish(ctx: Context, body: Body) -> Body:
    """Complete the sale: one basket, one sale, one number."""
    added = [tender_from(plain) for plain in list_of(body, "add", limit=20)]
    given = optional_integer(body, "cash_given_minor")
    if given is not None:
        added.append(tender_from({"kind": "cash", "given_minor": given}))
    return sales.finish(
        ctx,
        basket=text_of(body, "basket") if body.get("basket") else None,
        version=optional_integer(body, "version"),
        added=added,
    )


@api.get("/search")
def search() -> Response:
    """Products by name, pinyin initials or code."""
    ctx = person_context()
    found = catalogue.search(node().reference, request.args.get("q", "")[:80], ctx.app.clock.price_ms())
    return jsonify({"ok": True, "results": [offer_json(offer) for offer in found]})


@api.get("/price-check")
def price_check() -> Response:
    """What a code costs and how much is here; adds nothing."""
    ctx = person_context()
    text = request.args.get("code", "")[:128]
    _, offers = lines.read_code(node().reference, text, ctx.app.clock.price_ms())
    if not offers:
        offers = catalogue.search(node().reference, text, ctx.app.clock.price_ms(), limit=10)
    stock = on_hand(node().db, node().store, [offer.sku for offer in offers])
    return jsonify(
        {"ok": True, "results": [offer_json(offer) | {"stock": stock.get(offer.sku)} for offer in offers]}
    )


def offer_json(offer: Offer) -> Body:
    """A product for a list."""
    return {
        "sku": offer.sku,
        "code": offer.code,
        "name": offer.name,
        "spec": offer.spec,
        "unit": offer.unit,
        "weighed": offer.weighed,
        "price_minor": offer.price_minor,
    }
