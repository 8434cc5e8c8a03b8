"""Goods in and write-off: one event, or several with the same reference where the names are long."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from edge.catalogue.queries import offers_for_skus
from edge.journal.draft import Draft
from edge.people.model import Approval
from kit.context import Context
from retail.civil import business_day
from retail.errors import Invalid, NotFound
from retail.postings import for_goods_in, for_write_off
from retail.quantity import check_quantity, is_whole
from schemas.events.parts import in_parts
from schemas.events.stock import StockLine, StockReceived, StockWrittenOff

LINES_MAX = 500


def receive(
    ctx: Context, *, reference: str, lines: Sequence[Mapping[str, Any]], approval: Approval | None
) -> dict[str, Any]:
    """Goods came in; `reference` is the delivery note's number."""
    ctx = ctx.app.people.need(ctx, "stock.receive", approval)
    taken = _lines(ctx, lines)
    with ctx.app.journal.changing(ctx) as draft:
        for part in in_parts(taken, partial(for_goods_in, ctx.app.store), lines_max=LINES_MAX):
            fact = StockReceived(reference=reference[:40], lines=part)
            post = for_goods_in(ctx.app.store, part)
            made = draft.event(fact, post=post, agg=[f"stock_in:{reference[:40]}"], day=_day(draft))
            _save(draft, made.id, "received", reference[:40], "", part)
            draft.audit("stock.received", f"stock:{made.id}", reference=reference[:40], lines=len(part))
        draft.result |= {"id": draft.recorded[0].id}
        return draft.result


def write_off(
    ctx: Context, *, reason: str, note: str, lines: Sequence[Mapping[str, Any]], approval: Approval | None
) -> dict[str, Any]:
    """Goods left unsold: broken, expired, used."""
    ctx = ctx.app.people.need(ctx, "stock.write_off", approval)
    ctx.app.reference.settings.reason("write_off", reason)
    taken = _lines(ctx, lines)
    with ctx.app.journal.changing(ctx) as draft:
        for part in in_parts(taken, partial(for_write_off, ctx.app.store), lines_max=LINES_MAX):
            fact = StockWrittenOff(reason=reason, lines=part, note=note[:200])
            post = for_write_off(ctx.app.store, part)
            made = draft.event(fact, post=post, day=_day(draft))
            _save(draft, made.id, "written_off", "", reason, part)
            draft.audit("stock.written_off", f"stock:{made.id}", why=reason, lines=len(part))
        draft.result |= {"id": draft.recorded[0].id}
        return draft.result


def _lines(ctx: Context, raw: Sequence[Mapping[str, Any]]) -> list[StockLine]:
    if not raw or len(raw) > LINES_MAX:
        raise Invalid("stock.lines_missing", limit=LINES_MAX)
    skus = [line.get("sku") for line in raw]
    if not all(isinstance(sku, str) for sku in skus):
        raise Invalid("stock.line_malformed")
    offers = offers_for_skus(ctx.app.reference, [str(sku) for sku in skus], ctx.app.clock.price_ms())
    taken = []
    for line in raw:
        offer = offers.get(str(line["sku"]))
        if offer is None:
            raise NotFound("till.product_unknown", sku=line["sku"])
        quantity = line.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool):
            raise Invalid("stock.line_malformed")
        if offer.unit == "pc" and not is_whole(quantity):
            raise Invalid("basket.quantity_not_whole", line=offer.sku, quantity=quantity)
        taken.append(
            StockLine(sku=offer.sku, name=offer.name, quantity=check_quantity(quantity), unit=offer.unit)
        )
    return taken


def _day(draft: Draft) -> str:
    settings = draft.ctx.app.reference.settings
    return business_day(draft.at, settings.need_store().time_zone, settings.need_chain().day_turn)


def _save(draft: Draft, id_: str, kind: str, reference: str, reason: str, lines: Sequence[StockLine]) -> None:
    draft.tx.execute(
        "INSERT INTO stock_document (id, kind, at, day, staff, reference, reason, lines)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id_,
            kind,
            draft.at,
            _day(draft),
            draft.ctx.actor.staff,
            reference,
            reason,
            json.dumps([msgspec.to_builtins(line) for line in lines], ensure_ascii=False),
        ),
    )
