"""Reading the chain's settings for pages, once per request."""

from __future__ import annotations

from flask import g, has_request_context

from hq.settings import repository
from hq.settings.model import ChainSettings
from kit.sql import Row, SqlDatabase
from retail.errors import NotNow


def chain(db: SqlDatabase) -> ChainSettings:
    """The chain's settings; remembered for the length of a request."""
    if has_request_context() and "chain_settings" in g:
        known: ChainSettings = g.chain_settings
        return known
    with db.read() as connection:
        found = repository.chain(connection)
    if has_request_context():
        g.chain_settings = found
    return found


def time_zone(db: SqlDatabase) -> str:
    """The console's time zone; UTC before the chain is set up."""
    try:
        return chain(db).time_zone
    except NotNow:
        return "UTC"


def store_zones(db: SqlDatabase) -> dict[str, str]:
    """The time zone of every store."""
    return {row.code: row.time_zone for row in db.rows("SELECT code, time_zone FROM store")}


def product_names(db: SqlDatabase, skus: list[str]) -> dict[str, Row]:
    """Names of a few products."""
    found = {}
    for sku in skus:
        row = db.row(
            "SELECT sku, name_en, name_zh_hans, name_zh_hant FROM product WHERE sku = :s", {"s": sku}
        )
        if row is not None:
            found[sku] = row
    return found
