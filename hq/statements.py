"""What several slices share of SQL: set columns, replace a set, a pattern for part of a text, a sum.

Names of tables and columns are words of our own code, never of a request; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kit.sql import Connection, run, run_many
from schemas.events.base import INTEGER_MAX

HALF = 2**32


def set_columns(connection: Connection, table: str, key: tuple[str, str], values: dict[str, Any]) -> int:
    """Set some columns of the row that `key` (column, value) names; answers how many rows changed."""
    column, value = key
    columns = ", ".join(f"{name} = :{name}" for name in values)
    sql = f"UPDATE {table} SET {columns} WHERE {column} = :key_value"
    return run(connection, sql, {**values, "key_value": value}).rowcount


def replace_set(
    connection: Connection, table: str, owner: tuple[str, str], member: str, values: Iterable[str]
) -> None:
    """An owner (column, value) has exactly these members from now on."""
    column, value = owner
    run(connection, f"DELETE FROM {table} WHERE {column} = :owner", {"owner": value})
    run_many(
        connection,
        f"INSERT INTO {table} ({column}, {member}) VALUES (:owner, :member)",
        [{"owner": value, "member": one} for one in sorted(set(values))],
    )


def like(text: str) -> str:
    """A LIKE pattern for part of a text; its own signs are taken literally (ESCAPE '!')."""
    plain = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{plain}%"


def sum_of(value: str) -> str:
    """The sum of an integer expression, in SQL, over any rows: exact, or ±`INTEGER_MAX` where it is beyond.

    Stores tell their figures themselves, and a thousand of the largest are beyond 64 bits: SQLite's own sum ends in an
    error there, PostgreSQL's goes on. So upper and lower halves are added apart. Like a balance, no sum is more than
    JSON shows exactly. NULL over no rows.
    """
    total = f"(sum(({value}) / {HALF}) * {HALF} + sum(({value}) % {HALF}))"
    return (
        f"CASE WHEN {total} > {INTEGER_MAX} THEN {INTEGER_MAX} WHEN {total} < -{INTEGER_MAX} THEN -{INTEGER_MAX}"
        f" ELSE {total} END"
    )
