"""Statements on till staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hq.statements import replace_set, set_columns
from kit.sql import Connection, Row, run

STAFF = "SELECT number, name, role, language, active, generation, initial, created_at FROM staff"


def staff(connection: Connection, number: str) -> Row | None:
    """One person."""
    return run(connection, f"{STAFF} WHERE number = :n", {"n": number}).first()


def stores_of(connection: Connection, number: str) -> list[str]:
    """Where a person works."""
    rows = run(connection, "SELECT store FROM staff_store WHERE number = :n ORDER BY store", {"n": number})
    return [row[0] for row in rows]


def works_in(connection: Connection, number: str, store: str) -> bool:
    """Does the person work in this store?"""
    found = run(
        connection, "SELECT 1 FROM staff_store WHERE number = :n AND store = :s", {"n": number, "s": store}
    ).first()
    return found is not None


def insert_staff(connection: Connection, values: dict[str, Any]) -> None:
    """Add a person."""
    run(
        connection,
        "INSERT INTO staff (number, name, role, language, active, generation, initial, created_at)"
        " VALUES (:number, :name, :role, :language, 1, 1, :initial, :created_at)",
        values,
    )


def update_staff(connection: Connection, number: str, **values: Any) -> None:
    """Set some columns of a person."""
    set_columns(connection, "staff", ("number", number), values)


def set_stores(connection: Connection, number: str, stores: Iterable[str]) -> None:
    """Replace the stores."""
    replace_set(connection, "staff_store", ("number", number), "store", stores)


def known_stores(connection: Connection) -> set[str]:
    """Every store code."""
    return {row[0] for row in run(connection, "SELECT code FROM store")}


def all_staff(connection: Connection) -> list[Row]:
    """Everybody, active first."""
    return list(run(connection, f"{STAFF} ORDER BY active DESC, number"))


def all_stores(connection: Connection) -> dict[str, list[str]]:
    """The stores of everybody."""
    found: dict[str, list[str]] = {}
    for row in run(connection, "SELECT number, store FROM staff_store ORDER BY number, store"):
        found.setdefault(row[0], []).append(row[1])
    return found
