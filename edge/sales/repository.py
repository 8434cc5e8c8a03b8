"""SQL of documents: sales and returns, projected from their events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from kit.db import Connection, Row

_DOCUMENT = (
    "INSERT INTO document (id, kind, number, terminal, series, n, at, day, shift, staff, basket, original, pieces,"
    " total_minor, rounding_minor, replayed) VALUES (:id, :kind, :number, :terminal, :series, :n, :at, :day, :shift,"
    " :staff, :basket, :original, :pieces, :total_minor, :rounding_minor, :replayed)"
)


def insert_document(tx: Connection, row: dict[str, Any]) -> None:
    """The head of a sale or return."""
    tx.execute(_DOCUMENT, row)


def insert_lines(tx: Connection, id_: str, lines: Iterable[tuple[int, str, int, int, int | None]]) -> None:
    """(line, sku, quantity, total_minor, original_line)."""
    tx.executemany(
        "INSERT INTO document_line (id, line, sku, quantity, total_minor, original_line) VALUES (?, ?, ?, ?, ?, ?)",
        [(id_, *line) for line in lines],
    )


def insert_tenders(
    tx: Connection, id_: str, tenders: Iterable[tuple[str, int, int, int, str | None]]
) -> None:
    """(kind, amount, given, change, approval)."""
    tx.executemany(
        "INSERT INTO document_tender (id, n, kind, amount_minor, given_minor, change_minor, approval)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(id_, n, *tender) for n, tender in enumerate(tenders, 1)],
    )


def document_of_basket(tx: Connection, basket: str) -> Row | None:
    """The sale that a basket became."""
    return tx.execute("SELECT * FROM document WHERE basket = ?", (basket,)).fetchone()


def document(tx: Connection, id_: str) -> Row | None:
    """One document's head."""
    return tx.execute("SELECT * FROM document WHERE id = ?", (id_,)).fetchone()


class Back(NamedTuple):
    """A line of a sale that came back before."""

    original_line: int
    quantity: int


def returned_lines(tx: Connection, original: str) -> list[Back]:
    """Lines that came back for a sale so far."""
    rows = tx.execute(
        "SELECT l.original_line, l.quantity FROM document_line l JOIN document d ON d.id = l.id"
        " WHERE d.original = ? AND d.kind = 'return'",
        (original,),
    )
    return [Back(row["original_line"], row["quantity"]) for row in rows]


def returned_total(tx: Connection, original: str) -> int:
    """What returns of a sale were worth so far, before cash rounding."""
    row = tx.execute(
        "SELECT coalesce(sum(total_minor), 0) FROM document WHERE original = ? AND kind = 'return'",
        (original,),
    ).fetchone()
    return int(row[0])


def refunded(tx: Connection, original: str, kind: str) -> int:
    """What returns of a sale have paid back by one kind of tender so far."""
    row = tx.execute(
        "SELECT coalesce(sum(t.amount_minor), 0) FROM document_tender t JOIN document d ON d.id = t.id"
        " WHERE d.original = ? AND d.kind = 'return' AND t.kind = ?",
        (original, kind),
    ).fetchone()
    return int(row[0])


def count_copy(tx: Connection, id_: str) -> int:
    """One more copy of a receipt; returns which one it is."""
    row = tx.execute(
        "UPDATE document SET copies = copies + 1 WHERE id = ? RETURNING copies", (id_,)
    ).fetchone()
    return int(row[0])
