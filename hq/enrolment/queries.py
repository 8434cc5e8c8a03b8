"""What pages read about enrolment."""

from __future__ import annotations

from hq.enrolment.model import Code, Device
from hq.enrolment.repository import COLUMNS, code_of
from kit.sql import SqlDatabase


def codes(db: SqlDatabase, store: str | None = None, limit: int = 50) -> list[Code]:
    """The newest codes, of one store or of all."""
    where = "WHERE store = :store" if store is not None else ""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM enrolment_code {where} ORDER BY made_at DESC LIMIT :limit",
        {"store": store, "limit": limit} if store is not None else {"limit": limit},
    )
    return [code_of(row) for row in rows]


def devices(db: SqlDatabase) -> list[Device]:
    """Every device key that was ever enrolled."""
    rows = db.rows(
        "SELECT n.node, n.store, k.public_key, k.fingerprint, k.enrolled_at, k.revoked_at FROM node n"
        " JOIN node_key k ON k.node = n.node ORDER BY n.store, k.enrolled_at"
    )
    return [Device(row[0], row[1], bytes(row[2]), row[3], row[4], row[5]) for row in rows]
