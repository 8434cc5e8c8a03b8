"""Goods in, write-offs, opening stock: the documents; the quantities are postings."""

from __future__ import annotations

import msgspec

from hq.ingest.model import Entry, Family, Rows
from schemas.events.stock import OpeningStockSet, StockReceived, StockWrittenOff


def _document(
    entry: Entry,
    kind: str,
    lines: object,
    *,
    reference: str = "",
    reason: str = "",
    note: str = "",
    store: str = "",
) -> Rows:
    event = entry.event
    assert event is not None
    text = msgspec.json.encode(lines, order="sorted").decode()
    return [
        ("stock_document", (
            store or entry.store, event.id, kind, event.at, event.day, event.actor.staff, reference, reason, text,
            note,
        ))
    ]  # fmt: skip


def received(entry: Entry, document: StockReceived) -> Rows:
    """Goods came in."""
    return _document(entry, "received", document.lines, reference=document.reference, note=document.note)


def written_off(entry: Entry, document: StockWrittenOff) -> Rows:
    """Goods left unsold."""
    return _document(entry, "written_off", document.lines, reason=document.reason, note=document.note)


def opening_set(entry: Entry, document: OpeningStockSet) -> Rows:
    """What a store starts with, booked by HQ."""
    return _document(entry, "opening", document.lines, note=document.note, store=document.store)


HANDLERS: Family = {
    "stock.received": (1, received),
    "stock.written_off": (1, written_off),
    "stock.opening_set": (1, opening_set),
}
