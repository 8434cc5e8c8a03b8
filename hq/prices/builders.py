"""The reference row of a price in its scope."""

from __future__ import annotations

from hq.prices import repository
from kit.sql import Connection
from schemas.rows.catalogue import PriceRow
from schemas.rows.registry import encode


def price_row(connection: Connection, scope: str, key: str) -> bytes | None:
    """None when the price was cancelled."""
    row = repository.price(connection, key.rsplit("|", 1)[1])
    if row is None or row.cancelled_at is not None or row.scope != scope:
        return None
    return encode(
        PriceRow(
            sku=row.sku,
            id=row.id,
            price_minor=row.price_minor,
            from_civil=row.from_civil,
            until_civil=row.until_civil,
        )
    )


BUILDERS = {"price": price_row}
