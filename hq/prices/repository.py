"""Statements on prices."""

from __future__ import annotations

from typing import Any

from kit.sql import Connection, Row, run, run_many

PRICE = (
    "SELECT id, sku, scope, price_minor, from_civil, until_civil, made_at, made_by, made_by_name, note,"
    " cancelled_at, cancelled_by_name FROM price"
)


def price(connection: Connection, price_id: str) -> Row | None:
    """One price."""
    return run(connection, f"{PRICE} WHERE id = :id", {"id": price_id}).first()


def prices_of(connection: Connection, sku: str) -> list[Row]:
    """Every price that a product ever had, newest start first."""
    return list(run(connection, f"{PRICE} WHERE sku = :s ORDER BY from_civil DESC, id DESC", {"s": sku}))


def insert_prices(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add prices."""
    run_many(
        connection,
        "INSERT INTO price (id, sku, scope, price_minor, from_civil, until_civil, made_at, made_by, made_by_name,"
        " note) VALUES (:id, :sku, :scope, :price_minor, :from_civil, :until_civil, :made_at, :made_by,"
        " :made_by_name, :note)",
        rows,
    )


def cancel(connection: Connection, price_id: str, now_ms: int, name: str) -> int:
    """Take a price back; answers how many rows changed."""
    return run(
        connection,
        "UPDATE price SET cancelled_at = :now, cancelled_by_name = :name WHERE id = :id AND cancelled_at IS NULL",
        {"now": now_ms, "name": name, "id": price_id},
    ).rowcount


def in_force_or_coming(connection: Connection) -> dict[tuple[str, str], list[Row]]:
    """Every price that was not cancelled, by (sku, scope), oldest start first; for imports."""
    found: dict[tuple[str, str], list[Row]] = {}
    sql = (
        "SELECT id, sku, scope, price_minor, from_civil, until_civil FROM price WHERE cancelled_at IS NULL"
        " ORDER BY from_civil, id"
    )
    for row in run(connection, sql):
        found.setdefault((row.sku, row.scope), []).append(row)
    return found


def time_zones(connection: Connection, scope: str) -> list[str]:
    """The time zones of the stores that a scope reaches."""
    kind, _, name = scope.partition(":")
    rows = run(
        connection,
        "SELECT DISTINCT time_zone FROM store WHERE :kind = 'chain' OR (:kind = 'zone' AND zone = :name)"
        " OR (:kind = 'store' AND code = :name)",
        {"kind": kind, "name": name},
    )
    return [row[0] for row in rows]


def scopes(connection: Connection) -> set[str]:
    """Every scope that can carry a price."""
    zones = {f"zone:{row[0]}" for row in run(connection, "SELECT code FROM zone")}
    stores = {f"store:{row[0]}" for row in run(connection, "SELECT code FROM store")}
    return {"chain"} | zones | stores


def skus(connection: Connection) -> set[str]:
    """Every product's sku."""
    return {row[0] for row in run(connection, "SELECT sku FROM product")}
