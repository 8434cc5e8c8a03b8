"""What the rows of an event must be: its body projected once more, by the node's own code, into a memory database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import schemas
from edge.journal.repository import insert_postings
from edge.sales.projection import DOCUMENTS, project
from edge.sales.repository import place_taken
from kit.db import Connection, Database, Row, migrate
from schemas.events.base import Event

SQL = Path(schemas.__file__).parent / "sql"
TABLES = ("posting", "document", "document_line", "document_tender")
LEFT_OUT = {"document": frozenset({"copies"})}  # counted by later events: looked at by themselves
Rows = dict[str, set[tuple[object, ...]]]
"""Event id → its rows in one table, as sets of values."""


class Mirror:
    """The node's schema in memory, without its foreign keys."""

    def __init__(self) -> None:
        self.db = Database(":memory:")
        migrate(self.db, SQL / "edge", "edge")
        self.db.writer.execute("PRAGMA foreign_keys = 0")

    @contextmanager
    def showing(self, events: Iterable[tuple[Event, bool]]) -> Iterator[Connection]:
        """The rows of these (event, replayed), until the end of the block."""
        tx = self.db.writer
        tx.execute("BEGIN")
        try:
            for event, replayed in events:
                insert_postings(tx, event.id, event.post)
                if event.type in DOCUMENTS and not place_taken(tx, event):
                    project(tx, event, replayed=replayed)
            yield tx
        finally:
            tx.execute("ROLLBACK")

    def close(self) -> None:
        """Give the memory back."""
        self.db.close()


def rows_of(tx: Connection, table: str, ids: list[str]) -> Rows:
    """The rows of these events in one table."""
    marks = ",".join("?" * len(ids))
    found: Rows = {}
    for row in tx.execute(f"SELECT * FROM {table} WHERE id IN ({marks})", ids):
        found.setdefault(row["id"], set()).add(values(table, row))
    return found


def values(table: str, row: Row) -> tuple[object, ...]:
    """A row as (name, value) pairs without what later events count."""
    left_out = LEFT_OUT.get(table, frozenset())
    return tuple(value for name, value in zip(row.keys(), tuple(row), strict=True) if name not in left_out)
