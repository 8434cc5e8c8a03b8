"""The whole state of one till screen as one JSON value: what a reload, a second tab or a new browser sees."""

from __future__ import annotations

from typing import Any

from edge.catalogue.queries import offers_for_skus
from edge.people import repository as people
from edge.shifts.queries import open_shift
from edge.till import lines, repository
from edge.till.actions import switched_prices
from edge.till.answers import (
    BasketShown,
    Built,
    Discount,
    LastSale,
    LineShown,
    Option,
    Person,
    PriceChange,
    QuickKeys,
    Settled,
    Shift,
    Shown,
    TenderShown,
    Totals,
)
from edge.till.model import OpenBasket
from kit.context import Context
from kit.db import Row
from retail import basket as rules
from retail.basket import Basket, Line, LineTotal
from retail.civil import business_day, store_local
from retail.errors import Invalid
from retail.tender import Settlement, Tender, settle
from schemas.rows.chain import QuickKeyRow


def build(ctx: Context) -> Built:
    """State of the terminal `ctx.device`; see docs/api-till.md for its shape."""
    node, settings = ctx.app, ctx.app.reference.settings
    store, chain = settings.need_store(), settings.need_chain()
    now = ctx.clock.now_ms()
    signed = people.sign_in_of(node.db, ctx.device)
    actor = node.people.actor(signed["staff"]) if signed else None
    terminal = settings.terminals.get(ctx.device)
    row = repository.open_row(node.db, ctx.device)
    opened = OpenBasket.from_row(row) if row else None
    today = business_day(now, store.time_zone, chain.day_turn)
    shift = _shift(ctx, today)
    return {
        "version": opened.basket.version if opened else 0,
        "language": signed["language"] if signed else chain.default_language,
        "store": {"code": store.code, "name": store.name},
        "terminal": {"code": ctx.device, "name": terminal.name if terminal else ctx.device},
        "currency": {
            "code": settings.currency,
            "exponent": settings.exponent,
            "symbol": settings.symbol,
            "denominations": list(settings.denominations),
            "cash_step_minor": chain.cash_step_minor,
        },
        "now": store_local(now, store.time_zone),
        "day": shift["day"] if shift else today,
        "staff": _staff(node, actor),
        "locked": signed is None or bool(signed["locked"]) or node.idle_too_long(ctx.device),
        "shift": shift,
        "basket": _basket(ctx, opened) if opened else _empty(),
        "held_count": repository.held_count(node.db),
        "quick_keys": quick_keys(ctx),
        "reasons": {
            name: [{"code": reason.code, "name": reason.name} for reason in reasons]
            for name, reasons in settings.reasons.items()
        },
        "chips": node.chips(ctx.device),
        "last_sale": _last_sale(ctx, opened),
    }


def answer(ctx: Context, known: str = "") -> Shown:
    """What an answer tells the page that asks: the State, or its changes since the one marked `known`."""
    told: Shown = ctx.app.screens.shown.answer(ctx.device, build(ctx), known)
    return told


def _staff(node: Any, actor: Any) -> Person | None:
    if actor is None:
        return None
    return {
        "number": actor.staff,
        "name": actor.name,
        "role": actor.role,
        "language": actor.language,
        "permissions": sorted(actor.permissions),
        "approvals": sorted(node.people.approvals(actor)),
        "discount_limit_ppm": node.people.discount_limit(actor),
    }


def _shift(ctx: Context, today: str) -> Shift | None:
    row = open_shift(ctx.app.db, ctx.device)
    if row is None:
        return None
    return {
        "id": row["id"],
        "day": row["day"],
        "opened_at": row["opened_at"],
        "mine": True,
        "stale": row["day"] < today,
        "recount": "." in row["id"],  # it goes on in a new incarnation: the drawer is to be counted (SYNC §2)
    }


def _empty() -> BasketShown:
    totals: Totals = {
        "gross_minor": 0,
        "discount_minor": 0,
        "tax": [],
        "total_minor": 0,
        "pieces": 0,
        "lines": 0,
    }
    settlement: Settled = {
        "payable_minor": 0,
        "rounding_minor": 0,
        "paid_minor": 0,
        "left_minor": 0,
        "change_minor": 0,
    }
    return {
        "id": None,
        "lines": [],
        "discount": None,
        "totals": totals,
        "blocked": [],
        "price_changes": [],
        "tenders": [],
        "settlement": settlement,
    }


def _basket(ctx: Context, opened: OpenBasket) -> BasketShown:
    policy = ctx.app.reference.settings.tax_policy
    basket = lines.with_known_taxes(opened.basket, policy)
    sums = rules.totals(basket, policy)
    switched = switched_prices(ctx, basket)
    return {
        "id": basket.id,
        "lines": [_line(ctx, line, total) for line, total in zip(basket.lines, sums.lines, strict=True)],
        "discount": _discount(basket.discount),
        "totals": {
            "gross_minor": sums.gross,
            "discount_minor": sums.discount,
            "tax": [
                {"code": tax.code, "included": tax.included, "amount_minor": tax.amount_minor}
                for tax in sums.taxes
            ],
            "total_minor": sums.total,
            "pieces": sums.pieces,
            "lines": len(basket.lines),
        },
        "blocked": list(rules.blocked(basket)),
        "price_changes": [
            _price_change(basket, line_id, row)
            for line_id, row in switched.items()
            if opened.kept.get(line_id) != row.price_ref
        ],
        "tenders": [_tender(n, tender) for n, tender in enumerate(opened.tenders, 1)],
        "settlement": _settlement(ctx, opened, sums.total),
    }


def _tender(n: int, tender: Tender) -> TenderShown:
    return {
        "n": n,
        "kind": tender.kind,
        "amount_minor": tender.amount_minor,
        "given_minor": tender.given_minor,
        "approval": tender.approval,
    }


def _line(ctx: Context, line: Line, total: LineTotal) -> LineShown:
    state: str = line.state
    choices: list[Option] = []
    if state == rules.UNKNOWN:
        choices = _choices(ctx, line.code)
        state = "choose" if len(choices) > 1 else state
    return {
        "id": line.id,
        "state": state,
        "sku": line.sku,
        "code": line.code,
        "name": line.name,
        "spec": line.spec,
        "quantity": line.quantity,
        "unit": line.unit,
        "weighed": line.weighed,
        "keyed_weight": line.keyed_weight,
        "unit_price_minor": line.unit_price_minor,
        "gross_minor": total.gross,
        "discount_minor": total.discount,
        "total_minor": total.total,
        "discount": _discount(line.discount),
        "choices": choices,
    }


def _choices(ctx: Context, code: str) -> list[Option]:
    try:
        _, offers = lines.read_code(ctx.app.reference, code, ctx.app.clock.price_ms())
    except Invalid:
        return []
    return [
        {"sku": offer.sku, "name": offer.name, "spec": offer.spec, "price_minor": offer.price_minor}
        for offer in offers
    ]


def _discount(discount: Any) -> Discount | None:
    if discount is None:
        return None
    return {"kind": discount.kind, "value": discount.value, "reason": discount.reason}


def _price_change(basket: Basket, line_id: str, row: Line) -> PriceChange:
    old = rules.find(basket, line_id)
    return {
        "line": line_id,
        "sku": row.sku,
        "name": row.name,
        "old_minor": old.unit_price_minor,
        "new_minor": row.unit_price_minor,
    }


def _settlement(ctx: Context, opened: OpenBasket, total: int) -> Settled:
    step = ctx.app.reference.settings.need_chain().cash_step_minor
    try:
        settled = settle(total, opened.tenders, step)
    except Invalid:  # cards took more than the basket is worth now: the screen says by how much
        paid = sum(tender.amount_minor for tender in opened.tenders if tender.kind == "card")
        settled = Settlement(total, 0, paid, 0, opened.tenders, total - paid)
    return {
        "payable_minor": settled.payable,
        "rounding_minor": settled.rounding,
        "paid_minor": settled.paid,
        "left_minor": settled.left,
        "change_minor": settled.change,
    }


def quick_keys(ctx: Context) -> list[QuickKeys]:
    """Pages of quick keys with today's prices; a key whose product is gone is left out."""
    keys: tuple[QuickKeyRow, ...] = ctx.app.reference.settings.quick_keys
    offers = offers_for_skus(ctx.app.reference, [key.sku for key in keys], ctx.app.clock.price_ms())
    pages: dict[int, QuickKeys] = {}
    for key in keys:
        page = pages.setdefault(key.page, {"page": key.page, "name": key.page_name, "keys": []})
        offer = offers.get(key.sku)
        if offer is not None:
            page["keys"].append(
                {
                    "position": key.position,
                    "sku": offer.sku,
                    "name": offer.name,
                    "spec": offer.spec,
                    "unit": offer.unit,
                    "weighed": offer.weighed,
                    "price_minor": offer.price_minor,
                }
            )
    return [pages[page] for page in sorted(pages)]


def _last_sale(ctx: Context, opened: OpenBasket | None) -> LastSale | None:
    """The sale that this terminal made last, until the next line is scanned."""
    if opened is not None and opened.basket.lines:
        return None
    row: Row | None = ctx.app.db.row(
        "SELECT d.id, d.kind, d.number, d.at, d.total_minor + d.rounding_minor AS payable,"
        " (SELECT coalesce(sum(t.change_minor), 0) FROM document_tender t WHERE t.id = d.id) AS change"
        " FROM document d WHERE d.rowid = (SELECT max(own.rowid) FROM shift s CROSS JOIN document own"  # shift first
        " WHERE s.terminal = ? AND s.state = 'open' AND own.shift = s.id AND own.terminal = s.terminal"
        " AND own.replayed = 0)",
        (ctx.device,),
    )
    if row is None:
        return None
    return {
        "id": row["id"],
        "kind": row["kind"],
        "number": row["number"],
        "at": row["at"],
        "payable_minor": row["payable"],
        "change_minor": row["change"],
    }
