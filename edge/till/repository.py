"""SQL of the baskets."""

from __future__ import annotations

from edge.till.model import OpenBasket
from kit.db import Connection, Database, Row


def open_row(db: Connection | Database, terminal: str) -> Row | None:
    """The open basket of a terminal."""
    sql = "SELECT * FROM basket WHERE terminal = ? AND state = 'open'"
    if isinstance(db, Database):
        return db.row(sql, (terminal,))
    return db.execute(sql, (terminal,)).fetchone()


def basket_row(tx: Connection, basket: str) -> Row | None:
    """A basket by id, whatever its state."""
    return tx.execute("SELECT * FROM basket WHERE id = ?", (basket,)).fetchone()


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
    return list(tx.execute("SELECT id, changed_at FROM basket WHERE state IN ('open', 'held')"))


def rename(tx: Connection, basket: str, name: str) -> None:
    """The basket goes on under another id."""
    tx.execute(
        "UPDATE basket SET id = :name, content = json_set(content, '$.basket.id', :name) WHERE id = :id",
        {"id": basket, "name": name},
    )


def settle(tx: Connection, basket: str, document: str) -> None:
    """The basket had become this sale, which has come back; when it was changed last stays."""
    tx.execute("UPDATE basket SET state = 'done', document = ? WHERE id = ?", (document, basket))


def held(db: Connection | Database) -> list[Row]:
    """Held baskets of the whole store, oldest first."""
    sql = "SELECT * FROM basket WHERE state = 'held' ORDER BY changed_at"
    if isinstance(db, Database):
        return db.rows(sql)
    return list(db.execute(sql))


def held_count(db: Database) -> int:
    """How many baskets wait."""
    return int(db.value("SELECT count(*) FROM basket WHERE state = 'held'"))
