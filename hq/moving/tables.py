"""One table: its rows counted and hashed on either engine, and copied with COPY.

The hash is the sum of SHA-256 over the rows modulo 2^256: it needs no order, so that no engine's sorting has a say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kit.sql import SqlDatabase

ROWS_AT_ONCE = 2_000
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Sum:
    """How many rows there are, and the sum of their hashes."""

    rows: int
    total: int

    @property
    def hash(self) -> str:
        """The sum as 64 hex digits."""
        return f"{self.total:064x}"

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.rows + other.rows, (self.total + other.total) % 2**256)


NOTHING = Sum(0, 0)


def columns(source: SqlDatabase, table: str) -> list[str]:
    """The names of a table's columns, sorted."""
    with source.read() as connection:
        return sorted(connection.exec_driver_sql(f'SELECT * FROM "{table}" LIMIT 0').keys())


def sum_of(rows: Iterator[Values]) -> Sum:
    """Count and hash."""
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest(), "big")
    return Sum(count, total % 2**256)


def of_sqlite(source: SqlDatabase, table: str, names: list[str]) -> Iterator[Values]:
    """Every row of a table, a few thousand in memory."""
    connection = source.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"SELECT {listed(names)} FROM {table}")
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from (tuple(row) for row in rows)
    finally:
        connection.close()


def of_postgresql(connection: Any, table: str, names: list[str]) -> Iterator[Values]:
    """Every row of a table as this transaction sees it, a few thousand in memory."""
    with connection.cursor(name="rows") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(f"SELECT {listed(names)} FROM {table}")
        yield from cursor


@contextmanager
def transaction(target: SqlDatabase) -> Iterator[Any]:
    """The driver's own connection to PostgreSQL in one transaction."""
    connection = target.engine.raw_connection()
    try:
        yield connection.driver_connection
        connection.commit()
    finally:
        connection.close()  # what was not committed is rolled back


def fill(connection: Any, table: str, names: list[str], rows: Iterator[Values]) -> None:
    """These rows and no others."""
    connection.execute(f"TRUNCATE {table}")
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({listed(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def listed(names: list[str]) -> str:
    """Columns as a statement names them."""
    return ", ".join(f'"{name}"' for name in names)
