"""Complete a sale: decide with pure code, then write everything in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edge.journal.draft import Draft
from edge.sales import repository as documents
from edge.sales.papers import drawer_pulse, receipt_paper
from edge.sales.projection import write_sale
from edge.sales.shape import sale_of
from edge.shifts.queries import need_open_shift
from edge.till import repository as baskets
from edge.till.actions import need_right, switched_prices
from edge.till.going_on import goes_on
from edge.till.model import OpenBasket
from kit.context import Context
from kit.db import Row
from retail import basket as rules
from retail.basket import Basket, Totals
from retail.errors import Conflict, NotFound, NotNow
from retail.postings import for_sale
from retail.tender import Settlement, Tender, cash, left_for_cash, settle


def add_tender(ctx: Context, tender: Tender) -> dict[str, Any]:
    """Keep a part payment with the basket; checked as if the sale ended with it."""
    need_right(ctx)
    with ctx.app.journal.changing(ctx) as draft:
        need_open_shift(draft.tx, ctx.device)
        opened = _need_payable(_need_open(draft, None))
        sums = _totals(ctx, opened.basket)
        tenders = (*opened.tenders, tender)
        settle(sums.total, tenders, _cash_step(ctx))
        baskets.save(draft.tx, replace(opened, tenders=tenders), "open", draft.at)
        return draft.result


def remove_tender(ctx: Context, n: int) -> dict[str, Any]:
    """Take a part payment back; a card's is the standalone terminal's business and is audited."""
    need_right(ctx)
    with ctx.app.journal.changing(ctx) as draft:
        opened = _need_open(draft, None)
        if not 1 <= n <= len(opened.tenders):
            raise NotFound("till.tender_not_found", n=n)
        gone = opened.tenders[n - 1]
        kept = tuple(tender for at, tender in enumerate(opened.tenders, 1) if at != n)
        draft.audit(
            "till.tender_removed", f"basket:{opened.basket.id}", kind=gone.kind, amount=gone.given_minor
        )
        baskets.save(draft.tx, replace(opened, tenders=kept), "open", draft.at)
        return draft.result


def finish(
    ctx: Context, *, basket: str | None, version: int | None, added: Sequence[Tender] = ()
) -> dict[str, Any]:
    """Complete the sale of the open basket; with no tender at all the exact amount is paid in cash.

    A basket that was finished before, in this version, answers that same sale, whatever the key (UI-01).
    Raises `Conflict("till.basket_changed")`, `NotNow("till.red_rows" | "till.price_switched" | "till.left_to_pay")`.
    """
    need_right(ctx)
    with ctx.app.journal.changing(ctx) as draft:
        done = documents.document_of_basket(draft.tx, basket) if basket else None
        if done is not None and not _goes_on(draft, done["basket"]):
            _need_version(draft, done, version)
            draft.result |= {"sale": sale_summary(draft, done)}
            return draft.result
        shift = need_open_shift(draft.tx, ctx.device)
        opened = _need_open(draft, basket)
        if version is not None and version != opened.basket.version:
            raise Conflict("till.basket_changed", version=opened.basket.version)
        _need_payable(opened)
        if any(
            opened.kept.get(line) != row.price_ref
            for line, row in switched_prices(ctx, opened.basket).items()
        ):
            raise NotNow("till.price_switched")
        sums = _totals(ctx, opened.basket)
        settlement = _settle(ctx, sums.total, (*opened.tenders, *added))
        draft.result |= {"sale": _complete(draft, opened, shift, sums, settlement)}
        return draft.result


def _complete(
    draft: Draft, opened: OpenBasket, shift: Row, sums: Totals, settlement: Settlement
) -> dict[str, Any]:
    """Number, event, postings, rows, papers."""
    ctx, basket = draft.ctx, opened.basket
    series, n, number = draft.number(ctx.device)
    sale = sale_of(basket, sums, settlement, number=number, series=series, n=n)
    post = for_sale(ctx.app.store, ctx.device, basket.currency, sale.lines, sale.taxes, settlement)
    made = draft.event(sale, post=post, agg=[f"sale:{basket.id}"], day=shift["day"], shift=shift["id"])
    facts = {
        "id": made.id,
        "at": made.at,
        "day": shift["day"],
        "shift": shift["id"],
        "staff": ctx.actor.staff,
    }
    write_sale(draft.tx, facts, sale)
    baskets.finish(draft.tx, basket.id, made.id, draft.at)
    draft.shows = 0
    draft.audit("sales.completed", f"sale:{made.id}", number=number, total=sale.total_minor)
    draft.paper(receipt_paper(ctx, made.id))
    if any(tender.kind == "cash" for tender in settlement.tenders):
        draft.paper(drawer_pulse(ctx, made.id))
    return {
        "id": made.id,
        "number": number,
        "total_minor": sale.total_minor,
        "payable_minor": sale.payable_minor,
        "change_minor": sale.change_minor,
        "bh": made.bh.hex(),
    }


def sale_summary(draft: Draft, row: Row) -> dict[str, Any]:
    """What the screen shows of a sale that is done."""
    change = draft.tx.execute(
        "SELECT coalesce(sum(change_minor), 0) FROM document_tender WHERE id = ?", (row["id"],)
    ).fetchone()[0]
    bh = draft.tx.execute("SELECT bh FROM body WHERE id = ?", (row["id"],)).fetchone()[0]
    return {
        "id": row["id"],
        "number": row["number"],
        "total_minor": row["total_minor"],
        "payable_minor": row["total_minor"] + row["rounding_minor"],
        "change_minor": change,
        "bh": bh.hex(),
    }


def _totals(ctx: Context, basket: Basket) -> Totals:
    return rules.totals(basket, ctx.app.reference.settings.tax_policy)


def _cash_step(ctx: Context) -> int:
    step: int = ctx.app.reference.settings.need_chain().cash_step_minor
    return step


def _settle(ctx: Context, total: int, tenders: Sequence[Tender]) -> Settlement:
    """All paid, or `NotNow("till.left_to_pay")`; an empty list means the exact amount in cash."""
    step = _cash_step(ctx)
    if not tenders and total:
        tenders = (cash(left_for_cash(total, (), step)),)
    settlement = settle(total, tenders, step)
    if not settlement.is_complete:
        raise NotNow("till.left_to_pay", left_minor=settlement.left)
    return settlement


def _goes_on(draft: Draft, basket: str) -> bool:
    """Is it open here under another name: sold on a disk that was put back, and more was scanned since?"""
    row = baskets.open_row(draft.tx, draft.ctx.device)
    return row is not None and goes_on(row["id"], basket)


def _need_version(draft: Draft, done: Row, version: int | None) -> None:
    """Is it sold as the screen shows it? Nobody hears of other goods that theirs are paid."""
    sold = baskets.version_sold(draft.tx, done["id"], done["basket"])
    if version is not None and sold is not None and sold != version:
        raise Conflict("till.basket_changed", version=sold)


def _need_open(draft: Draft, basket: str | None) -> OpenBasket:
    row = baskets.open_row(draft.tx, draft.ctx.device)
    if row is None or (basket is not None and row["id"] != basket):
        raise Conflict("till.basket_changed")
    return OpenBasket.from_row(row)


def _need_payable(opened: OpenBasket) -> OpenBasket:
    if not opened.basket.lines:
        raise NotNow("till.basket_empty")
    red = rules.blocked(opened.basket)
    if red:
        raise NotNow("till.red_rows", lines=list(red))
    return opened
