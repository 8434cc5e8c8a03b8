"""What is on hand."""

from __future__ import annotations

from collections.abc import Iterable

from kit.db import Database


def on_hand(db: Database, store: str, skus: Iterable[str]) -> dict[str, int]:
    """Thousandths on hand per sku; a product that never moved is missing."""
    wanted = [f"sku:{sku}" for sku in skus]
    marks = ",".join("?" * len(wanted))
    rows = db.rows(
        f"SELECT commodity, quantity FROM balance WHERE account = ? AND commodity IN ({marks})",
        (f"stock:{store}:on_hand", *wanted),
    )
    return {row["commodity"][4:]: row["quantity"] for row in rows}
