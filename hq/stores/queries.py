"""Reading stores for lists and pages."""

from __future__ import annotations

from hq.allowed import require_store
from kit.context import Context
from kit.sql import Row, SqlDatabase
from retail.errors import NotFound


def stores(db: SqlDatabase, seen: frozenset[str] | None) -> list[Row]:
    """Stores that this person may see, with node and terminals."""
    rows = db.rows(
        "SELECT s.code, s.name, s.address, s.zone, s.time_zone, s.open, z.name AS zone_name, n.state AS node_state,"
        " n.enrolled_at, c.hello_at, c.app_version,"
        " (SELECT count(*) FROM terminal t WHERE t.store = s.code AND t.active = 1) AS terminals"
        " FROM store s LEFT JOIN zone z ON z.code = s.zone LEFT JOIN node n ON n.store = s.code"
        " LEFT JOIN contact c ON c.node = n.node ORDER BY s.code"
    )
    return [row for row in rows if seen is None or row.code in seen]


def names(db: SqlDatabase) -> dict[str, str]:
    """The stored name (JSON) of every store."""
    return {row.code: row.name for row in db.rows("SELECT code, name FROM store ORDER BY code")}


def require_known(context: Context, code: str) -> None:
    """A store that this person covers and that exists; for every address that names a store."""
    require_store(context, code)
    if code not in names(context.app.db):
        raise NotFound("stores.store_unknown", store=code[:20])


def zones(db: SqlDatabase) -> list[Row]:
    """Price zones with the number of their stores."""
    return db.rows(
        "SELECT z.code, z.name, (SELECT count(*) FROM store s WHERE s.zone = z.code) AS stores"
        " FROM zone z ORDER BY z.code"
    )


def node_keys(db: SqlDatabase, store: str) -> list[Row]:
    """The device keys that were ever enrolled for a store."""
    return db.rows(
        "SELECT k.node, k.fingerprint, k.enrolled_at, k.revoked_at FROM node_key k JOIN node n ON n.node = k.node"
        " WHERE n.store = :s ORDER BY k.enrolled_at DESC",
        {"s": store},
    )
