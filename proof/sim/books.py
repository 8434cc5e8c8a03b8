"""What HQ holds at the end of a world, as one hash a table: engines that play the same seed must hold the same."""

from __future__ import annotations

import hashlib

import msgspec

from kit.sql import SqlDatabase

MACHINES_OWN = "disk_free_bytes"  # the only fact of a world that its machine decides


def digests(database: SqlDatabase) -> dict[str, str]:
    """SHA-256 over the rows of every table, in the order of their own content: no engine has a say in it."""
    return {table: _digest(database, table) for table in database.tables()}


def _digest(database: SqlDatabase, table: str) -> str:
    total = hashlib.sha256()
    with database.read() as connection:
        found = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
        names = sorted(found.keys())
        for line in sorted(repr([_value(row._mapping[name]) for name in names]) for row in found):
            total.update(line.encode() + b"\n")
    return total.hexdigest()


def _value(value: object) -> object:
    if isinstance(value, str) and MACHINES_OWN in value:
        return {name: fact for name, fact in msgspec.json.decode(value).items() if name != MACHINES_OWN}
    return value


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The tables that two runs do not agree on."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def together(books: dict[str, str]) -> str:
    """One hash over all tables."""
    return hashlib.sha256("".join(f"{name}{books[name]}" for name in sorted(books)).encode()).hexdigest()
