"""JSON of the basket, search, holding and tender."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint

from edge.catalogue import queries as catalogue
from edge.catalogue.queries import Offer
from edge.sales import actions as sales
from edge.stock.queries import on_hand
from edge.till import actions, answers, bodies, lines, repository, state
from edge.till.answers import Changed
from edge.till.model import OpenBasket
from edge.web import call, command, device_context, node, person_context
from kit.context import Context
from kit.contract import Json
from retail import basket as rules
from retail.civil import store_local

api = Blueprint("till_api", __name__, url_prefix="/api/v1")
Basket = Annotated[Json, Changed]


@api.get("/state")
@call(device_context)
def get_state(ctx: Context) -> answers.Shown:
    """Everything that the screen shows."""
    return state.answer(ctx)


@api.post("/basket/scan", endpoint="scan")
@command("till.sell")
def scan(ctx: Context, body: bodies.Scan) -> Basket:
    """A code from a wedge, a serial scanner or the keyboard."""
    return actions.scan(ctx, body.code, quantity=body.quantity)


@api.post("/basket/add", endpoint="add")
@command("till.sell", "till.keyed_weight")
def add(ctx: Context, body: bodies.Add) -> Basket:
    """A product from search, a quick key or the price check."""
    return actions.add_product(
        ctx,
        body.sku,
        quantity=body.quantity,
        grams=body.grams,
        approval=body.approval,
    )


@api.post("/basket/line", endpoint="line")
@command("till.sell", "till.keyed_weight")
def line(ctx: Context, body: bodies.Quantity) -> Basket:
    """Change a quantity."""
    return actions.change_quantity(ctx, body.line, body.quantity, body.approval)


@api.post("/basket/remove", endpoint="remove")
@command("till.sell")
def remove(ctx: Context, body: bodies.Line) -> Basket:
    """Remove a line."""
    return actions.remove_line(ctx, body.line)


@api.post("/basket/choose", endpoint="choose")
@command("till.sell", "till.keyed_weight")
def choose(ctx: Context, body: bodies.Choice) -> Basket:
    """One of several products under a code."""
    return actions.choose(
        ctx,
        body.line,
        body.sku,
        grams=body.grams,
        approval=body.approval,
    )


@api.post("/basket/resolve", endpoint="resolve")
@command("till.resolve_unknown", "till.sell", "till.keyed_weight")
def resolve(ctx: Context, body: bodies.Choice) -> Basket:
    """The product behind an unknown code."""
    return actions.resolve_unknown(
        ctx,
        body.line,
        body.sku,
        body.approval,
        grams=body.grams,
    )


@api.post("/basket/discount", endpoint="discount")
@command("till.sell", "till.discount")
def discount(ctx: Context, body: bodies.DiscountWanted) -> Basket:
    """Discount a line or the basket; value 0 takes it back."""
    return actions.discount(
        ctx,
        body.line,
        body.kind,
        body.value,
        body.reason,
        body.approval,
    )


@api.post("/basket/accept-prices", endpoint="accept_prices")
@command("till.sell")
def accept_prices(ctx: Context, body: bodies.Keep) -> Basket:
    """Take the new prices or keep the scanned ones."""
    return actions.accept_prices(ctx, body.keep)


@api.post("/basket/hold", endpoint="hold")
@command("till.sell")
def hold(ctx: Context, body: bodies.Note) -> Annotated[Json, answers.HeldNow]:
    """Put the basket aside."""
    return actions.hold(ctx, body.note)


@api.post("/basket/abort", endpoint="abort")
@command("till.void_basket")
def abort(ctx: Context, body: bodies.Why) -> Json:
    """Give the basket up."""
    return actions.abort(ctx, body.reason, body.approval)


@api.get("/held")
@call(person_context)
def held(ctx: Context) -> answers.HeldBaskets:
    """Baskets that wait, of the whole store."""
    settings = node().reference.settings
    zone = settings.need_store().time_zone
    found: list[answers.HeldBasket] = []
    for row in repository.held(node().db):
        opened = OpenBasket.from_row(row)
        sums = rules.totals(lines.with_known_taxes(opened.basket, settings.tax_policy), settings.tax_policy)
        found.append(
            {
                "id": row["id"],
                "terminal": row["terminal"],
                "staff": opened.basket.staff,
                "staff_name": ctx.app.people.name(opened.basket.staff),
                "mine": row["terminal"] == ctx.device,
                "time": store_local(row["changed_at"], zone),
                "lines": len(opened.basket.lines),
                "pieces": sums.pieces,
                "total_minor": sums.total,
                "first": [line.name or {"en": line.code} for line in opened.basket.lines[:3]],
                "note": opened.note,
            }
        )
    return {"held": found}


@api.post("/held/recall", endpoint="recall")
@command("till.sell")
def recall(ctx: Context, body: bodies.Held) -> Annotated[Json, answers.Recalled]:
    """Take a held basket here."""
    return actions.recall(ctx, body.id)


@api.post("/tender/add", endpoint="tender_add")
@command("till.sell")
def tender_add(ctx: Context, body: bodies.TenderAdded) -> Json:
    """A part payment."""
    return sales.add_tender(ctx, bodies.tender(body))


@api.post("/tender/remove", endpoint="tender_remove")
@command("till.sell")
def tender_remove(ctx: Context, body: bodies.Place) -> Json:
    """Take a part payment back."""
    return sales.remove_tender(ctx, body.n)


@api.post("/sale/finish", endpoint="finish")
@command("till.sell")
def finish(ctx: Context, body: bodies.Finish) -> Annotated[Json, answers.Sold]:
    """Complete the sale: one basket, one sale, one number."""
    return sales.finish(ctx, basket=body.basket or None, version=body.version, added=body.tenders())


@api.get("/search")
@call(person_context)
def search(ctx: Context, query: bodies.Words) -> answers.Found:
    """Products by name, pinyin initials or code."""
    found = catalogue.search(node().reference, query.q[:80], ctx.app.clock.price_ms())
    return {"results": [offer_json(offer) for offer in found]}


@api.get("/price-check")
@call(person_context)
def price_check(ctx: Context, query: bodies.Code) -> answers.Found:
    """What a code costs and how much is here; adds nothing."""
    text = query.code[:128]
    _, offers = lines.read_code(node().reference, text, ctx.app.clock.price_ms())
    if not offers:
        offers = catalogue.search(node().reference, text, ctx.app.clock.price_ms(), limit=10)
    stock = on_hand(node().db, node().store, [offer.sku for offer in offers])
    return {"results": [{**offer_json(offer), "stock": stock.get(offer.sku)} for offer in offers]}


def offer_json(offer: Offer) -> answers.OfferShown:
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
