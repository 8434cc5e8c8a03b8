"""One text for everything that a database says: schema and rows, so that two contents can be compared."""

from __future__ import annotations

import hashlib
from typing import Any

from kit.db import Connection

MASKED = {"_sqlite_migrations": "applied_at"}  # the only column that tells the real time


def digest_of(connection: Connection) -> str:
    """SHA-256 over the schema and all rows of all tables."""
    total = hashlib.sha256()
    schema = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()
    for kind, name, sql in schema:
        total.update(f"{kind} {name} {sql}\n".encode())
        if kind == "table":
            total.update("\n".join(_rows(connection, name)).encode())
    return total.hexdigest()


def _rows(connection: Connection, table: str) -> list[str]:
    cursor = connection.execute(f'SELECT * FROM "{table}"')
    masked = MASKED.get(table)
    names = [column[0] for column in cursor.description]
    return sorted(
        repr([None if name == masked else _plain(value) for name, value in zip(names, row, strict=True)])
        for row in cursor
    )


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
