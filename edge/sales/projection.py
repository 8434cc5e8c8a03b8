"""From an event to its local rows: used when a document is made and when HQ gives an own event back."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.sales import repository
from kit.db import Connection
from schemas.events.base import Event
from schemas.events.sales import ReturnCompleted, SaleCompleted

DOCUMENTS = ("sale.completed", "return.completed")
"""Types of events that are documents: what a buyer has a paper of."""


def project(tx: Connection, event: Event, *, replayed: bool = False) -> None:
    """Write the document rows of a sale or return, count a reprint; other types have no rows here."""
    if event.type == "sale.completed":
        write_sale(tx, event_facts(event), msgspec.convert(event.p, SaleCompleted), replayed=replayed)
    elif event.type == "return.completed":
        write_return(tx, event_facts(event), msgspec.convert(event.p, ReturnCompleted), replayed=replayed)
    elif event.type == "receipt.reprinted" and repository.document(tx, event.p["document"]) is not None:
        repository.count_copy(tx, event.p["document"])


def event_facts(event: Event) -> dict[str, Any]:
    """What the rows take from the envelope."""
    return {
        "id": event.id,
        "at": event.at,
        "day": event.day or "",
        "shift": event.shift or "",
        "staff": event.actor.staff,
    }


def write_sale(tx: Connection, facts: dict[str, Any], sale: SaleCompleted, *, replayed: bool = False) -> None:
    """The rows of a sale."""
    repository.insert_document(
        tx,
        facts
        | {
            "kind": "sale",
            "number": sale.number,
            "terminal": sale.terminal,
            "series": sale.series,
            "n": sale.n,
            "basket": sale.basket,
            "original": None,
            "pieces": sale.pieces,
            "total_minor": sale.total_minor,
            "rounding_minor": sale.rounding_minor,
            "replayed": int(replayed),
        },
    )
    repository.insert_lines(
        tx, facts["id"], [(line.line, line.sku, line.quantity, line.total_minor, None) for line in sale.lines]
    )
    _write_tenders(tx, facts["id"], sale)


def write_return(
    tx: Connection, facts: dict[str, Any], back: ReturnCompleted, *, replayed: bool = False
) -> None:
    """The rows of a return; amounts positive."""
    repository.forget_purged_return(tx, facts["id"])
    repository.insert_document(
        tx,
        facts
        | {
            "kind": "return",
            "number": back.number,
            "terminal": back.terminal,
            "series": back.series,
            "n": back.n,
            "basket": None,
            "original": back.original,
            "pieces": back.pieces,
            "total_minor": back.total_minor,
            "rounding_minor": back.rounding_minor,
            "replayed": int(replayed),
        },
    )
    repository.insert_lines(
        tx,
        facts["id"],
        [(line.line, line.sku, line.quantity, line.total_minor, line.original_line) for line in back.lines],
    )
    _write_tenders(tx, facts["id"], back)


def _write_tenders(tx: Connection, id_: str, document: SaleCompleted | ReturnCompleted) -> None:
    repository.insert_tenders(
        tx,
        id_,
        [(t.kind, t.amount_minor, t.given_minor, t.change_minor, t.approval) for t in document.tenders],
    )
