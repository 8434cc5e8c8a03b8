"""Find receipts by number, day, terminal, amount or QR; read one with its lines and what may come back."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from edge.journal.repository import is_sound
from edge.sales import repository as documents
from kit.context import Context
from kit.db import Connection, Database, Row
from retail.civil import store_local
from retail.errors import Invalid, LianpuError, NotFound
from retail.money import parse_minor
from retail.returns import returnable
from schemas.events.base import Event, decode
from schemas.events.sales import ReturnCompleted, SaleCompleted

LIST_LIMIT = 100
NO_AMOUNT = -(2**62)  # what is no amount equals none


def event_of(tx: Connection, id_: str) -> Event | None:
    """The journal's own event of a document; `Invalid` when the disk has made other bytes of it.

    Those may still be read, with an amount that nobody was ever asked for.
    """
    row = tx.execute("SELECT body, bh FROM body WHERE id = ?", (id_,)).fetchone()
    if row is None:
        return None
    if not is_sound(row):
        raise Invalid("event.unreadable", why="the bytes are not those that were written")
    return decode(row["body"])


def search(ctx: Context, text: str, day: str, terminal: str) -> list[dict[str, Any]]:
    """Newest first; the text is (part of) a number, a time HH:MM or an amount."""
    where = ["1 = 1"]
    params: dict[str, Any] = {}
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        where.append("day = :day")
        params["day"] = day
    if terminal:
        where.append("terminal = :terminal")
        params["terminal"] = terminal
    clock = text.zfill(5) if re.fullmatch(r"\d{1,2}:\d{2}", text) else ""
    if text and not clock:
        where.append(
            "(number LIKE :part ESCAPE '!' OR total_minor = :amount OR total_minor + rounding_minor = :amount)"
        )
        params["part"] = "%" + re.sub(r"([!%_])", r"!\1", text.upper()) + "%"
        params["amount"] = _amount(text, ctx.app.reference.settings.exponent)
    zone = ctx.app.reference.settings.need_store().time_zone
    found: list[dict[str, Any]] = []
    with ctx.app.db.read() as tx:
        for row in tx.execute(
            "SELECT * FROM document WHERE " + " AND ".join(where) + " ORDER BY at DESC, n DESC", params
        ):
            shown = listed(ctx, row, zone)
            if not clock or shown["time"].endswith(f" {clock}"):
                found.append(shown)
            if len(found) == LIST_LIMIT:
                break
    return found


def listed(ctx: Context, row: Row, zone: str) -> dict[str, Any]:
    """One row of the list."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "number": row["number"],
        "at": row["at"],
        "time": store_local(row["at"], zone),
        "day": row["day"],
        "terminal": row["terminal"],
        "staff": row["staff"],
        "staff_name": ctx.app.people.name(row["staff"]),
        "total_minor": row["total_minor"],
        "payable_minor": row["total_minor"] + row["rounding_minor"],
        "pieces": row["pieces"],
        "copies": row["copies"],
    }


def by_number(db: Database, number: str) -> Row | None:
    """A document by its printed number."""
    return db.row("SELECT * FROM document WHERE number = ?", (number,))


def view(ctx: Context, id_: str) -> dict[str, Any]:
    """One receipt: its payload, its hash, and per line what may still come back."""
    with ctx.app.db.read() as tx:
        row = documents.document(tx, id_)
        event = event_of(tx, id_)
        if row is None or event is None:
            raise NotFound("receipts.not_found", id=id_)
        bh = tx.execute("SELECT bh FROM body WHERE id = ?", (id_,)).fetchone()["bh"]
        back = documents.returned_lines(tx, id_)
    zone = ctx.app.reference.settings.need_store().time_zone
    shown = listed(ctx, row, zone) | {"bh": bh.hex(), "payload": event.p, "returnable": []}
    if event.type == "sale.completed":
        sale = msgspec.convert(event.p, SaleCompleted)
        left = returnable(sale.lines, back)
        shown["returnable"] = [
            {
                "line": line.line,
                "name": line.name,
                "sku": line.sku,
                "unit": line.unit,
                "quantity": line.quantity,
                "left": left[line.line],
                "total_minor": line.total_minor,
            }
            for line in sale.lines
        ]
    return shown


def payload_of(event: Event) -> SaleCompleted | ReturnCompleted:
    """The typed payload of a document."""
    kind: Any = SaleCompleted if event.type == "sale.completed" else ReturnCompleted
    payload: SaleCompleted | ReturnCompleted = msgspec.convert(event.p, kind)
    return payload


def _amount(text: str, exponent: int) -> int:
    try:
        amount = parse_minor(text, exponent)
        return amount if abs(amount) < 2**53 else NO_AMOUNT
    except LianpuError:
        return NO_AMOUNT
