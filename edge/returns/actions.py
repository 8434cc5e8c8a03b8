"""Take goods back: plan with `retail.returns`, refund to the old tender first, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from edge.journal.draft import Draft
from edge.people.model import Approval
from edge.receipts.queries import event_of
from edge.sales import repository as documents
from edge.sales.papers import drawer_pulse, receipt_paper
from edge.sales.projection import write_return
from edge.sales.shape import tax_lines, tender_lines
from edge.shifts.queries import drawer_balance, need_open_shift
from kit.context import Context
from kit.db import Connection, Row
from retail.basket import count_pieces
from retail.errors import Invalid, LimitExceeded, NotFound, NotNow
from retail.postings import for_return
from retail.returns import ReturnPlan, plan_return
from retail.tender import Settlement, Tender, card, cash, settle_refund
from schemas.events.sales import ReturnCompleted, ReturnLine, SaleCompleted


def quote(
    ctx: Context, original: str, wanted: Mapping[int, int], tenders: Sequence[Tender]
) -> dict[str, Any]:
    """What a return would pay out, without making it."""
    with ctx.app.db.read() as tx:
        sale = _sale(tx, original)
        plan = _plan(tx, original, sale, wanted)
        settlement = _settle(ctx, tx, original, sale, plan.total_minor, tenders)
    return {
        "total_minor": plan.total_minor,
        "payable_minor": settlement.payable,
        "rounding_minor": settlement.rounding,
        "lines": [
            {"line": refund.original_line, "quantity": refund.quantity, "total_minor": refund.total_minor}
            for refund in plan.refunds
        ],
        "tenders": [
            {"kind": tender.kind, "amount_minor": tender.amount_minor} for tender in settlement.tenders
        ],
    }


def make_return(
    ctx: Context,
    *,
    original: str,
    reason: str,
    wanted: Mapping[int, int],
    tenders: Sequence[Tender],
    approval: Approval | None,
) -> dict[str, Any]:
    """Book the return and owe its slip; the drawer opens when cash goes out."""
    ctx = ctx.app.people.need(ctx, "returns.make", approval)
    ctx.app.reference.settings.reason("return", reason)
    with ctx.app.journal.changing(ctx) as draft:
        shift = need_open_shift(draft.tx, ctx.device)
        sale = _sale(draft.tx, original)
        plan = _plan(draft.tx, original, sale, wanted)
        settlement = _settle(ctx, draft.tx, original, sale, plan.total_minor, tenders)
        _need_cash(draft, settlement)
        back = _document(draft, original, sale, reason, plan, settlement)
        draft.result |= {"document": _book(draft, shift, sale, back, settlement)}
        return draft.result


def _book(
    draft: Draft, shift: Row, sale: SaleCompleted, back: ReturnCompleted, settlement: Settlement
) -> dict[str, Any]:
    ctx = draft.ctx
    post = for_return(ctx.app.store, ctx.device, sale.currency, back.lines, back.taxes, settlement)
    made = draft.event(back, post=post, agg=[f"sale:{sale.basket}"], day=shift["day"], shift=shift["id"])
    facts = {
        "id": made.id,
        "at": made.at,
        "day": shift["day"],
        "shift": shift["id"],
        "staff": ctx.actor.staff,
    }
    write_return(draft.tx, facts, back)
    draft.audit(
        "returns.made", f"return:{made.id}", number=back.number, original=sale.number, total=back.total_minor
    )
    draft.paper(receipt_paper(ctx, made.id, kind="return"))
    if any(tender.kind == "cash" for tender in settlement.tenders):
        draft.paper(drawer_pulse(ctx, made.id))
    return {
        "id": made.id,
        "number": back.number,
        "total_minor": back.total_minor,
        "payable_minor": back.payable_minor,
        "change_minor": 0,
        "bh": made.bh.hex(),
    }


def _sale(tx: Connection, original: str) -> SaleCompleted:
    event = event_of(tx, original)
    if event is None or event.type != "sale.completed":
        raise NotFound("returns.no_such_sale", original=original)
    return msgspec.convert(event.p, SaleCompleted)


def _plan(tx: Connection, original: str, sale: SaleCompleted, wanted: Mapping[int, int]) -> ReturnPlan:
    for line in sale.lines:
        quantity = wanted.get(line.line, 0)
        if line.unit == "pc" and quantity % 1000:
            raise Invalid("basket.quantity_not_whole", line=str(line.line), quantity=quantity)
    return plan_return(sale.lines, sale.taxes, documents.returned_lines(tx, original), wanted)


def _settle(
    ctx: Context, tx: Connection, original: str, sale: SaleCompleted, total: int, tenders: Sequence[Tender]
) -> Settlement:
    """As asked, else to the old tender first: cards up to what they paid, the rest in cash."""
    step = ctx.app.reference.settings.need_chain().cash_step_minor
    to_cards = documents.refunded_to_cards(tx, original)
    on_cards = sum(tender.amount_minor for tender in sale.tenders if tender.kind == "card") - to_cards
    cash_before = documents.returned_total(tx, original) - to_cards
    settlement = settle_refund(total, tenders or _old_tenders(total, on_cards), step, cash_before)
    if not settlement.is_complete:
        raise Invalid("returns.refund_incomplete", left_minor=settlement.left)
    by_card = sum(tender.amount_minor for tender in settlement.tenders if tender.kind == "card")
    if by_card > on_cards:
        raise LimitExceeded("returns.card_got_less", limit_minor=on_cards)
    return settlement


def _need_cash(draft: Draft, settlement: Settlement) -> None:
    """The books know what the drawer holds: nobody can take more out of it."""
    out = sum(tender.amount_minor for tender in settlement.tenders if tender.kind == "cash")
    currency = draft.ctx.app.reference.settings.currency
    if out > drawer_balance(draft.tx, draft.ctx.app.store, draft.ctx.device, currency):
        raise NotNow("returns.drawer_short", cash_minor=out)


def _old_tenders(total: int, on_cards: int) -> list[Tender]:
    by_card = min(total, on_cards)
    found = [card(by_card)] if by_card else []
    return [*found, cash(total - by_card)] if total > by_card else found


def _document(
    draft: Draft, original: str, sale: SaleCompleted, reason: str, plan: ReturnPlan, settlement: Settlement
) -> ReturnCompleted:
    sold = {line.line: line for line in sale.lines}
    series, n, number = draft.number(draft.ctx.device)
    lines = [
        ReturnLine(
            line=at,
            original_line=refund.original_line,
            sku=sold[refund.original_line].sku,
            name=sold[refund.original_line].name,
            quantity=refund.quantity,
            unit=sold[refund.original_line].unit,
            total_minor=refund.total_minor,
            tax_code=refund.tax_code,
            tax_minor=refund.tax_minor,
        )
        for at, refund in enumerate(plan.refunds, 1)
    ]
    return ReturnCompleted(
        number=number,
        terminal=draft.ctx.device,
        series=series,
        n=n,
        original=original,
        original_number=sale.number,
        reason=reason,
        currency=sale.currency,
        lines=lines,
        taxes=tax_lines(plan.taxes),
        total_minor=plan.total_minor,
        rounding_minor=settlement.rounding,
        payable_minor=settlement.payable,
        tenders=tender_lines(settlement),
        pieces=count_pieces((line.quantity, line.unit) for line in lines),
    )
