"""What HQ holds at the end of a world, as one hash a table: engines that play the same seed must hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from kit.sql import Connection, SqlDatabase


def digests(database: SqlDatabase) -> dict[str, str]:
    """SHA-256 over the rows of every table, in the order of their own content: no engine has a say in it."""
    names = database.tables()
    with database.read() as connection:
        return {table: _digest(connection, table) for table in names}


def _digest(connection: Connection, table: str) -> str:
    total = hashlib.sha256()
    names, rows = plain_rows(connection, f'"{table}"')
    order = [n for _, n in sorted((name, n) for n, name in enumerate(names))]
    for line in sorted(repr([row[n] for n in order]) for row in rows):
        total.update(line.encode() + b"\n")
    return total.hexdigest()


def plain_rows(connection: Connection, table: str) -> tuple[list[str], Sequence[Any]]:
    """The columns and rows of a table as the driver gives them: a world is looked at row by row, so rows are cheap."""
    cursor = connection.exec_driver_sql(f"SELECT * FROM {table}").cursor
    assert cursor is not None
    return [column[0] for column in cursor.description], cursor.fetchall()


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The tables that two runs do not agree on."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def together(books: dict[str, str]) -> str:
    """One hash over all tables."""
    return hashlib.sha256("".join(f"{name}{books[name]}" for name in sorted(books)).encode()).hexdigest()
