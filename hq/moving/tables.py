"""One table: its rows counted and hashed on either engine, and copied with COPY.

The hash is the sum of SHA-256 over the rows modulo 2^256: it needs no order, so that no engine's sorting has a say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
import sqlalchemy as sa

from kit.sql import SqlDatabase
from retail.errors import Misconfigured

ROWS_AT_ONCE = 2_000
KEY_SHOWN = 100  # characters of a part of a key: it may be what is too long
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
_LINE = re.compile(r"^COPY .*, line (\d+)", re.MULTILINE)


class RowRefused(Exception):
    """PostgreSQL does not take what a row holds; `nth` is its place among the rows that were given, from 1."""

    def __init__(self, nth: int, why: str) -> None:
        super().__init__(why)
        self.nth = nth


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
    """The driver's own connection to PostgreSQL in one transaction; `Misconfigured` when the server breaks it off."""
    target.reach()
    connection = target.engine.raw_connection()
    try:
        yield connection.driver_connection
        connection.commit()
    except psycopg.OperationalError as error:
        connection.invalidate(error)
        words = str(error).partition("\n")[0]
        raise Misconfigured([f"PostgreSQL broke off: {words}; run the same command again"]) from error
    finally:
        connection.close()  # what was not committed is rolled back


def fill(connection: Any, table: str, names: list[str], rows: Iterator[Values]) -> None:
    """These rows and no others; raises `RowRefused` for one with a NUL in a text or a text too long for an index."""
    connection.execute(f"TRUNCATE {table}")
    nth = 0
    try:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({listed(names)}) FROM STDIN") as copy:
            for nth, row in enumerate(rows, 1):  # noqa: B007 — where the driver stopped
                copy.write_row(row)
    except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
        told = _LINE.search(error.diag.context or "")  # the server runs behind, and names its line
        raise RowRefused(int(told[1]) if told else nth, str(error).partition("\n")[0]) from error


def key_of(source: SqlDatabase, table: str, names: list[str], nth: int) -> str:
    """What a person finds the nth row of a SQLite table by, as `of_sqlite` reads the rows."""
    row = dict(zip(names, next(islice(of_sqlite(source, table, names), nth - 1, None)), strict=True))
    key = sa.inspect(source.engine).get_pk_constraint(table)["constrained_columns"]
    return ", ".join(f"{name} = {row[name]!r:.{KEY_SHOWN}}" for name in key)


def listed(names: list[str]) -> str:
    """Columns as a statement names them."""
    return ", ".join(f'"{name}"' for name in names)
