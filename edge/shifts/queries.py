"""Reads about shifts."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.journal.repository import is_sound
from kit.db import Connection, Database, Row
from kit.logs import logger
from retail.errors import NotNow
from retail.shift import CashMoveFact, DocumentFact
from schemas.events.base import decode
from schemas.events.sales import ReturnCompleted, SaleCompleted

log = logger("lianpu.shifts")


def open_shift(db: Connection | Database, terminal: str) -> Row | None:
    """The open shift of a terminal."""
    sql = "SELECT * FROM shift WHERE terminal = ? AND state = 'open'"
    if isinstance(db, Database):
        return db.row(sql, (terminal,))
    return db.execute(sql, (terminal,)).fetchone()


def open_shifts(tx: Connection) -> list[Row]:
    """Every open shift of this node."""
    return list(tx.execute("SELECT * FROM shift WHERE state = 'open' ORDER BY terminal"))


def currency_of(tx: Connection, shift: str) -> str | None:
    """The currency that a shift was opened in.

    Where the disk has damaged or lost those bytes, the one that its drawer was booked in; None when nothing was.
    """
    facts = {"id": shift}
    row = tx.execute(
        "SELECT body, bh FROM body WHERE day = (SELECT day FROM shift WHERE id = :id) AND type = 'shift.opened'"
        " AND shift = :id",
        facts,
    ).fetchone()
    if row is not None and is_sound(row):
        return str(decode(row["body"]).p["currency"])
    log.error("shifts.opening_damaged", shift=shift)
    booked = tx.execute(
        "SELECT p.commodity FROM body b JOIN posting p ON p.id = b.id"
        " WHERE b.day = (SELECT day FROM shift WHERE id = :id) AND b.shift = :id AND p.account LIKE 'cash:%' LIMIT 1",
        facts,
    ).fetchone()
    return None if booked is None else str(booked["commodity"])


def continued_by(tx: Connection, shift: str) -> Row | None:
    """The shift that `<id>.<inc>` continues: the newest one before it with that id; None for any other shift."""
    base, dot, _ = shift.partition(".")
    if not dot:
        return None
    return tx.execute(
        "SELECT * FROM shift WHERE (id = :base OR id LIKE :base || '.%') AND id <> :id ORDER BY rowid DESC LIMIT 1",
        {"base": base, "id": shift},
    ).fetchone()


def expected_cash(tx: Connection, shift: str) -> int:
    """What this shift's own events have put into the drawer, less what they took out."""
    row = tx.execute(
        "SELECT coalesce(sum(p.quantity), 0) FROM body b JOIN posting p ON p.id = b.id"
        " WHERE b.day = (SELECT day FROM shift WHERE id = :id) AND b.shift = :id AND b.replayed = 0"
        " AND p.account LIKE 'cash:%'",
        {"id": shift},
    ).fetchone()
    return int(row[0])


def need_open_shift(tx: Connection, terminal: str) -> Row:
    """The open shift, or `NotNow("shifts.none_open")`."""
    row = open_shift(tx, terminal)
    if row is None:
        raise NotNow("shifts.none_open", terminal=terminal)
    return row


def last_day(tx: Connection, terminal: str) -> str:
    """The greatest business date that a terminal ever had."""
    row = tx.execute("SELECT coalesce(max(day), '') FROM shift WHERE terminal = ?", (terminal,)).fetchone()
    return str(row[0])


def document_facts(tx: Connection, shift: str) -> tuple[DocumentFact, ...]:
    """The shift's sales and returns in the order they were made; replayed ones are not of this drawer.

    Of a document whose bytes the disk has damaged its rows tell the same: a drawer can always be closed.
    """
    rows = tx.execute(
        "SELECT d.*, b.body, b.bh FROM document d JOIN body b ON b.id = d.id"
        " WHERE d.shift = ? AND d.replayed = 0 ORDER BY d.rowid",
        (shift,),
    ).fetchall()
    return tuple(_fact(decode(row["body"])) if is_sound(row) else _fact_of_rows(tx, row) for row in rows)


def _fact(event: Any) -> DocumentFact:
    kind: type[Any] = SaleCompleted if event.type == "sale.completed" else ReturnCompleted
    document = msgspec.convert(event.p, kind)
    return DocumentFact(
        kind="sale" if event.type == "sale.completed" else "return",
        number=document.number,
        total_minor=document.total_minor,
        rounding_minor=document.rounding_minor,
        tenders=tuple((tender.kind, tender.amount_minor) for tender in document.tenders),
        taxes=tuple((tax.code, tax.amount_minor) for tax in document.taxes),
    )


def _fact_of_rows(tx: Connection, row: Row) -> DocumentFact:
    """The same from what was written beside the event: its tenders, and its postings on the accounts of taxes."""
    log.error("shifts.document_damaged", id=row["id"], number=row["number"])
    tenders = tx.execute(
        "SELECT kind, amount_minor FROM document_tender WHERE id = ? ORDER BY n", (row["id"],)
    )
    taxes = tx.execute(
        "SELECT account, quantity FROM posting WHERE id = ? AND account LIKE 'tax:%' ORDER BY account",
        (row["id"],),
    )
    sign = -1 if row["kind"] == "sale" else 1  # an account is debited where money comes from
    return DocumentFact(
        kind=row["kind"],
        number=row["number"],
        total_minor=row["total_minor"],
        rounding_minor=row["rounding_minor"],
        tenders=tuple((tender["kind"], tender["amount_minor"]) for tender in tenders.fetchall()),
        taxes=tuple((tax["account"].split(":", 2)[2], sign * tax["quantity"]) for tax in taxes.fetchall()),
    )


def cash_facts(tx: Connection, shift: str) -> tuple[CashMoveFact, ...]:
    """Cash in and out of the shift."""
    rows = tx.execute(
        "SELECT kind, amount_minor FROM cash_move WHERE shift = ? AND kind IN ('in', 'out') ORDER BY at",
        (shift,),
    )
    return tuple(CashMoveFact(row["kind"], row["amount_minor"]) for row in rows)


def no_sale_openings(tx: Connection, shift: str) -> int:
    """How often the drawer was opened without a sale."""
    row = tx.execute(
        "SELECT count(*) FROM cash_move WHERE shift = ? AND kind = 'no_sale'", (shift,)
    ).fetchone()
    return int(row[0])


def aborted_baskets(tx: Connection, shift: str, day: str) -> int:
    """Baskets that were given up in a shift."""
    row = tx.execute(
        "SELECT count(*) FROM body WHERE day = ? AND type = 'basket.aborted' AND shift = ? AND replayed = 0",
        (day, shift),
    ).fetchone()
    return int(row[0])


def unknown_papers(tx: Connection, terminal: str) -> list[Row]:
    """Papers of a terminal of which nobody knows whether they came out."""
    return list(
        tx.execute(
            "SELECT id FROM print_job WHERE terminal = ? AND state = 'UNKNOWN' ORDER BY id", (terminal,)
        )
    )


def drawer_balance(tx: Connection, store: str, terminal: str, currency: str) -> int:
    """What the postings say is in the drawer."""
    row = tx.execute(
        "SELECT quantity FROM balance WHERE account = ? AND commodity = ?",
        (f"cash:{store}:{terminal}", currency),
    ).fetchone()
    return int(row[0]) if row else 0
