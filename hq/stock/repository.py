"""Statements on opening stock."""

from __future__ import annotations

from typing import Any

from kit.sql import Connection, run, run_many


def openings(connection: Connection) -> dict[tuple[str, str], int]:
    """The opening quantity that was set, by (store, sku)."""
    rows = run(connection, "SELECT store, sku, quantity FROM stock_opening")
    return {(row.store, row.sku): row.quantity for row in rows}


def insert_openings(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Remember what was set by which event."""
    run_many(
        connection,
        "INSERT INTO stock_opening (store, sku, quantity, event_id, at)"
        " VALUES (:store, :sku, :quantity, :event_id, :at)",
        rows,
    )
