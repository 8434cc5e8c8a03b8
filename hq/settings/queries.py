"""Reading the chain's settings for pages."""

from __future__ import annotations

from hq.settings import repository
from hq.settings.model import ChainSettings
from kit.sql import SqlDatabase
from retail.errors import NotNow


def chain(db: SqlDatabase) -> ChainSettings:
    """The chain's settings as they are now."""
    with db.read() as connection:
        return repository.chain(connection)


def time_zone(db: SqlDatabase) -> str:
    """The console's time zone; UTC before the chain is set up."""
    try:
        return chain(db).time_zone
    except NotNow:
        return "UTC"


def store_zones(db: SqlDatabase) -> dict[str, str]:
    """The time zone of every store."""
    return {row.code: row.time_zone for row in db.rows("SELECT code, time_zone FROM store")}
