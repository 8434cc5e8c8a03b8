"""Sales and returns as HQ shows them, and what happened around a basket."""

from __future__ import annotations

import msgspec

from hq.ingest.model import Entry, Family, Rows
from schemas.events.sales import BasketAborted, ReceiptReprinted, ReturnCompleted, SaleCompleted

_encode = msgspec.json.Encoder(order="sorted").encode


def _json(value: object) -> str:
    return _encode(value).decode()


def completed(entry: Entry, sale: SaleCompleted) -> Rows:
    """A sale: header, lines, tenders."""
    event, store = entry.event, entry.store
    assert event is not None
    id_ = event.id
    tax = sum(part.amount_minor for part in sale.taxes)
    found: Rows = [
        ("sale", (
            store, id_, entry.node, entry.inc, entry.seq, entry.bh, "sale", sale.number, sale.terminal, sale.series,
            sale.n, event.at, event.day or "", event.shift, event.actor.staff, event.actor.approved_by,
            sale.currency, sale.pieces, sale.gross_minor, sale.discount_minor, sale.total_minor, tax,
            sale.rounding_minor, sale.payable_minor, sale.change_minor, _json(sale.taxes), None, None, "",
            entry.recv_at,
        ))
    ]  # fmt: skip
    for line in sale.lines:
        found.append(("sale_line", (
            store, id_, line.line, line.sku, line.code, _json(line.name), line.quantity, line.unit,
            line.unit_price_minor, line.gross_minor, line.discount_minor + line.basket_discount_minor,
            line.total_minor, line.tax_code, line.tax_minor, line.price_ref, None,
        )))  # fmt: skip
    for n, tender in enumerate(sale.tenders):
        found.append(("sale_tender", (
            store, id_, n, tender.kind, tender.amount_minor, tender.given_minor, tender.change_minor,
            tender.approval,
        )))  # fmt: skip
    return found


def returned(entry: Entry, back: ReturnCompleted) -> Rows:
    """A return: all amounts positive, `kind` says which way they flow."""
    event, store = entry.event, entry.store
    assert event is not None
    id_ = event.id
    tax = sum(part.amount_minor for part in back.taxes)
    found: Rows = [
        ("sale", (
            store, id_, entry.node, entry.inc, entry.seq, entry.bh, "return", back.number, back.terminal,
            back.series, back.n, event.at, event.day or "", event.shift, event.actor.staff,
            event.actor.approved_by, back.currency, back.pieces, back.total_minor, 0, back.total_minor, tax,
            back.rounding_minor, back.payable_minor, 0, _json(back.taxes), back.original, back.original_number,
            back.reason, entry.recv_at,
        )),
        ("sale_return", (store, id_, back.original, back.original_number)),
    ]  # fmt: skip
    for line in back.lines:
        found.append(("sale_line", (
            store, id_, line.line, line.sku, "", _json(line.name), line.quantity, line.unit, 0, line.total_minor, 0,
            line.total_minor, line.tax_code, line.tax_minor, "", line.original_line,
        )))  # fmt: skip
    for n, tender in enumerate(back.tenders):
        found.append(("sale_tender", (
            store, id_, n, tender.kind, tender.amount_minor, tender.given_minor, tender.change_minor,
            tender.approval,
        )))  # fmt: skip
    return found


def reprinted(entry: Entry, copy: ReceiptReprinted) -> Rows:
    """A copy of a receipt."""
    return note(
        entry, "reprint", copy.document, {"number": copy.number, "copy": copy.copy, "reason": copy.reason}
    )


def aborted(entry: Entry, basket: BasketAborted) -> Rows:
    """A basket that was begun and not sold."""
    facts = {
        "reason": basket.reason, "lines": basket.lines, "pieces": basket.pieces,
        "total_minor": basket.total_minor, "currency": basket.currency,
    }  # fmt: skip
    return note(entry, "abort", basket.basket, facts)


def note(entry: Entry, kind: str, subject: str, facts: dict[str, object]) -> Rows:
    """A line in the list of what happened at a till."""
    event = entry.event
    assert event is not None
    return [
        ("till_note", (
            entry.store, event.id, kind, event.at, event.day, event.actor.staff, event.actor.terminal, subject,
            _json(facts),
        ))
    ]  # fmt: skip


HANDLERS: Family = {
    "sale.completed": (1, completed),
    "return.completed": (1, returned),
    "receipt.reprinted": (1, reprinted),
    "basket.aborted": (1, aborted),
}
