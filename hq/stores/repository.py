"""Statements on stores, terminals and zones."""

from __future__ import annotations

from typing import Any

from kit.sql import Connection, Row, run

STORE = "SELECT code, name, address, zone, time_zone, receipt_head, receipt_foot, open, created_at FROM store"


def store(connection: Connection, code: str) -> Row | None:
    """One store."""
    return run(connection, f"{STORE} WHERE code = :c", {"c": code}).first()


def stores(connection: Connection) -> list[Row]:
    """All stores by code."""
    return list(run(connection, f"{STORE} ORDER BY code"))


def save_store(connection: Connection, values: dict[str, Any]) -> None:
    """Add or change a store."""
    run(
        connection,
        "INSERT INTO store (code, name, address, zone, time_zone, receipt_head, receipt_foot, open,"
        " created_at) VALUES (:code, :name, :address, :zone, :time_zone, :receipt_head, :receipt_foot,"
        " :open, :created_at)"
        " ON CONFLICT (code) DO UPDATE SET name = excluded.name, address = excluded.address,"
        " zone = excluded.zone, time_zone = excluded.time_zone, receipt_head = excluded.receipt_head,"
        " receipt_foot = excluded.receipt_foot, open = excluded.open",
        values,
    )


def terminal(connection: Connection, store_code: str, code: str) -> Row | None:
    """One terminal."""
    return run(
        connection,
        "SELECT store, code, name, devices, active FROM terminal WHERE store = :s AND code = :c",
        {"s": store_code, "c": code},
    ).first()


def terminals(connection: Connection, store_code: str) -> list[Row]:
    """The terminals of a store."""
    return list(
        run(
            connection,
            "SELECT store, code, name, devices, active FROM terminal WHERE store = :s ORDER BY code",
            {"s": store_code},
        )
    )


def save_terminal(connection: Connection, values: dict[str, Any]) -> None:
    """Add or change a terminal."""
    run(
        connection,
        "INSERT INTO terminal (store, code, name, devices, active)"
        " VALUES (:store, :code, :name, :devices, :active) ON CONFLICT (store, code) DO UPDATE SET"
        " name = excluded.name, devices = excluded.devices, active = excluded.active",
        values,
    )


def zones(connection: Connection) -> list[Row]:
    """All price zones."""
    return list(run(connection, "SELECT code, name FROM zone ORDER BY code"))


def zone(connection: Connection, code: str) -> Row | None:
    """One price zone."""
    return run(connection, "SELECT code, name FROM zone WHERE code = :c", {"c": code}).first()


def save_zone(connection: Connection, code: str, name: str) -> None:
    """Add or rename a zone."""
    run(
        connection,
        "INSERT INTO zone (code, name) VALUES (:c, :n) ON CONFLICT (code) DO UPDATE SET name = excluded.name",
        {"c": code, "n": name},
    )


def move_subscription(connection: Connection, node: str, scope: str, now_ms: int) -> None:
    """An enrolled node follows another zone from now on."""
    enrolled = run(connection, "SELECT 1 FROM node WHERE node = :n", {"n": node}).first()
    run(
        connection,
        "DELETE FROM subscription WHERE node = :n AND scope LIKE 'zone:%' AND scope <> :s",
        {"n": node, "s": scope},
    )
    if enrolled is not None:
        run(
            connection,
            "INSERT INTO subscription (node, scope, since) VALUES (:n, :s, :now) ON CONFLICT (node, scope)"
            " DO NOTHING",
            {"n": node, "s": scope, "now": now_ms},
        )
