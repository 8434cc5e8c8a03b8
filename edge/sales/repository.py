"""SQL of documents: sales and returns, projected from their events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from kit.db import Connection, Row
from schemas.events.base import Event

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


def place_taken(tx: Connection, event: Event) -> bool:
    """Does another document have the number of this one, which a clone used too, or is it of the same basket, which a
    disk that was put back sold again? Then this one stays in the journal alone.
    """
    row = tx.execute(
        "SELECT 1 FROM document WHERE id <> ? AND (number = ? OR basket = ?)",
        (event.id, event.p.get("number"), event.p.get("basket")),
    ).fetchone()
    return row is not None


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
        " WHERE d.original = :original AND d.kind = 'return'"
        " UNION ALL SELECT line.value ->> 0, line.value ->> 1 FROM purged_return p, json_each(p.lines) line"
        " WHERE p.original = :original",
        {"original": original},
    )
    return [Back(*row) for row in rows]


def returned_total(tx: Connection, original: str) -> int:
    """What returns of a sale were worth so far, before cash rounding."""
    row = tx.execute(
        "SELECT coalesce(sum(total_minor), 0) FROM (SELECT total_minor FROM document WHERE original = :original"
        " AND kind = 'return' UNION ALL SELECT total_minor FROM purged_return WHERE original = :original)",
        {"original": original},
    ).fetchone()
    return int(row[0])


def refunded_to_cards(tx: Connection, original: str) -> int:
    """What returns of a sale have paid back to cards so far."""
    row = tx.execute(
        "SELECT coalesce(sum(minor), 0) FROM (SELECT t.amount_minor AS minor FROM document_tender t"
        " JOIN document d ON d.id = t.id WHERE d.original = :original AND d.kind = 'return' AND t.kind = 'card'"
        " UNION ALL SELECT card_minor FROM purged_return WHERE original = :original)",
        {"original": original},
    ).fetchone()
    return int(row[0])


def keep_what_returned(tx: Connection, id_: str) -> None:
    """Before a return is deleted: what it took back of a sale that is here. Of any other event nothing is kept."""
    tx.execute(
        "INSERT OR REPLACE INTO purged_return (id, original, total_minor, card_minor, lines)"
        " SELECT d.id, d.original, d.total_minor, (SELECT coalesce(sum(amount_minor), 0) FROM document_tender"
        " WHERE id = d.id AND kind = 'card'), (SELECT json_group_array(json_array(original_line, quantity))"
        " FROM document_line WHERE id = d.id)"
        " FROM document d JOIN body sale ON sale.id = d.original WHERE d.id = ? AND d.kind = 'return'",
        (id_,),
    )


def forget_purged_return(tx: Connection, id_: str) -> None:
    """The return itself is here again."""
    tx.execute("DELETE FROM purged_return WHERE id = ?", (id_,))


def count_copy(tx: Connection, id_: str) -> int:
    """One more copy of a receipt; returns which one it is."""
    row = tx.execute(
        "UPDATE document SET copies = copies + 1 WHERE id = ? RETURNING copies", (id_,)
    ).fetchone()
    return int(row[0])
