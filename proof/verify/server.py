"""A headquarters on PostgreSQL as evidence: one snapshot of its tables becomes a file, which is judged like any other.

Needs `psycopg` on this machine; nothing else of the verifier does.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

SCHEMES = ("postgresql://", "postgresql+psycopg://")
_TABLES = (
    "SELECT c.oid, c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
    " AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname"
)
_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)
MANY = 2_000


def is_address(text: str) -> bool:
    """Does this name a server and not a file?"""
    return text.startswith(SCHEMES)


def without_password(address: str) -> str:
    """The address as it may be printed."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    facts = conninfo_to_dict(_plain(address))
    return make_conninfo(
        "", **{name: str(facts[name]) for name in ("host", "port", "dbname") if name in facts}
    )


def fetch(address: str, target: Path) -> None:
    """Write the server's tables to a new SQLite file, all of one moment; nothing at the server is changed.

    Raises `ConnectionError` when the server does not answer or does not let us read.
    """
    import psycopg

    try:
        with psycopg.connect(_plain(address)) as there, sqlite3.connect(target) as here:
            there.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            there.read_only = True
            for oid, table in there.execute(_TABLES).fetchall():
                columns = [row[0] for row in there.execute(_COLUMNS, (oid,))]
                _copy(there, here, table, columns)
        here.close()
    except psycopg.Error as error:
        raise ConnectionError(str(error).strip()) from error


def _copy(there: Any, here: sqlite3.Connection, table: str, columns: list[str]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    here.execute(f'CREATE TABLE "{table}" ({names})')
    statement = f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(columns))})'
    with there.cursor(name="evidence") as cursor:  # at the server: a table may be longer than our memory
        cursor.itersize = MANY
        cursor.execute(f'SELECT {names} FROM "{table}"')
        here.executemany(statement, cursor)


def _plain(address: str) -> str:
    """The address as the server's own library reads it: without SQLAlchemy's driver, and a space is no plus."""
    parts = urlsplit(address.replace(SCHEMES[1], SCHEMES[0], 1))
    return parts._replace(query=urlencode(parse_qsl(parts.query), quote_via=quote)).geturl()
