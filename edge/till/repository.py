"""SQL of the baskets."""

from __future__ import annotations

from edge.till.model import OpenBasket
from kit.db import Connection, Database, Row

COLUMNS = (
    "id, terminal, state, version, CAST(content AS BLOB) AS content, CAST(tenders AS BLOB) AS tenders,"
    " CAST(note AS BLOB) AS note, changed_at, document"
)
"""What is read of a basket: as bytes what the disk may have damaged, for the engine hands out no text that is none."""


def open_row(db: Connection | Database, terminal: str) -> Row | None:
    """The open basket of a terminal."""
    sql = f"SELECT {COLUMNS} FROM basket WHERE terminal = ? AND state = 'open'"
    if isinstance(db, Database):
        return db.row(sql, (terminal,))
    return db.execute(sql, (terminal,)).fetchone()


def basket_row(tx: Connection, basket: str) -> Row | None:
    """A basket by id, whatever its state."""
    return tx.execute(f"SELECT {COLUMNS} FROM basket WHERE id = ?", (basket,)).fetchone()


def version_sold(tx: Connection, document: str, basket: str) -> int | None:
    """The version of the basket, under whatever name it has since, that became this sale; None when it is not here."""
    name = basket.split(".")[0]
    row = tx.execute(
        "SELECT version FROM basket WHERE (id = ? OR id BETWEEN ? AND ?) AND document = ?",
        (name, f"{name}.", f"{name}/", document),
    ).fetchone()
    return None if row is None else int(row["version"])


def save(tx: Connection, opened: OpenBasket, state: str, at: int) -> None:
    """Insert or replace a basket's row."""
    basket = opened.basket
    tx.execute(
        "INSERT INTO basket (id, terminal, state, version, content, tenders, staff, note, started_at, changed_at)"
        " VALUES (:id, :terminal, :state, :version, :content, :tenders, :staff, :note, :started, :at)"
        " ON CONFLICT (id) DO UPDATE SET terminal = excluded.terminal, state = excluded.state,"
        " version = excluded.version, content = excluded.content, tenders = excluded.tenders,"
        " note = excluded.note, changed_at = excluded.changed_at",
        {
            "id": basket.id,
            "terminal": basket.terminal,
            "state": state,
            "version": basket.version,
            "content": opened.content(),
            "tenders": opened.tenders_text(),
            "staff": basket.staff,
            "note": opened.note,
            "started": basket.started_at,
            "at": at,
        },
    )


def finish(tx: Connection, basket: str, document: str, at: int) -> None:
    """The basket became a sale."""
    tx.execute(
        "UPDATE basket SET state = 'done', document = ?, changed_at = ? WHERE id = ?", (document, at, basket)
    )


def waiting(tx: Connection) -> list[Row]:
    """Every basket of which nothing has become yet: open or held."""
    return list(tx.execute(f"SELECT {COLUMNS} FROM basket WHERE state IN ('open', 'held')"))


def give_up(tx: Connection, basket: str) -> None:
    """Nobody can read it: the row stays as it is, and is in nobody's way."""
    tx.execute("UPDATE basket SET state = 'aborted' WHERE id = ?", (basket,))


def rename(tx: Connection, basket: str, name: str) -> None:
    """The basket goes on under another id, also one that the disk has damaged."""
    tx.execute("UPDATE basket SET id = :name WHERE id = :id", {"id": basket, "name": name})
    tx.execute(
        "UPDATE basket SET content = json_set(content, '$.basket.id', :name)"
        " WHERE id = :name AND json_valid(content)",
        {"name": name},
    )


def settle(tx: Connection, basket: str, document: str, *, as_sold: bool) -> None:
    """The basket had become this sale, which has come back; when it was changed last stays.

    One that was not sold as it is here has another version: who still sees it is not told that it is paid.
    """
    tx.execute(
        "UPDATE basket SET state = 'done', document = ?, version = version + ? WHERE id = ?",
        (document, 0 if as_sold else 1, basket),
    )


def held(db: Connection | Database) -> list[Row]:
    """Held baskets of the whole store, oldest first."""
    sql = f"SELECT {COLUMNS} FROM basket WHERE state = 'held' ORDER BY changed_at"
    if isinstance(db, Database):
        return db.rows(sql)
    return list(db.execute(sql))


def held_count(db: Database) -> int:
    """How many baskets wait."""
    return int(db.value("SELECT count(*) FROM basket WHERE state = 'held'"))
