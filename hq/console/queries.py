"""Figures about the server itself."""

from __future__ import annotations

from kit.sql import SqlDatabase

GAUGES = {
    "lianpu_hq_nodes": ("Enrolled store nodes", "SELECT count(*) FROM node WHERE node <> 'hq'"),
    "lianpu_hq_events_stored": ("Events stored", "SELECT coalesce(sum(seq), 0) FROM origin"),
    "lianpu_hq_events_parked": (
        "Events that wait for a person",
        "SELECT count(*) FROM parked WHERE state = 'parked'",
    ),
    "lianpu_hq_forks_open": ("Forks that nobody closed", "SELECT count(*) FROM fork WHERE closed_at IS NULL"),
    "lianpu_hq_products_active": ("Active products", "SELECT count(*) FROM product WHERE active = 1"),
    "lianpu_hq_sessions": ("Browser sessions", "SELECT count(*) FROM hq_session"),
}


def gauge(db: SqlDatabase, name: str) -> int:
    """One figure by its metric's name."""
    return int(db.value(GAUGES[name][1], default=0))


def administrators(db: SqlDatabase) -> int:
    """People who can still manage people: active administrators of the whole chain."""
    return int(
        db.value(
            "SELECT count(*) FROM hq_user u JOIN hq_user_role r ON r.user_id = u.id"
            " WHERE u.active = 1 AND u.all_stores = 1 AND r.role = 'administrator'"
        )
    )


def console_users(db: SqlDatabase) -> int:
    """Everybody who was ever given access to the console."""
    return int(db.value("SELECT count(*) FROM hq_user"))


def integrity(db: SqlDatabase) -> str:
    """`ok`, or what the engine finds; PostgreSQL answers by being there."""
    return str(db.value("PRAGMA integrity_check" if db.is_sqlite else "SELECT 'ok'"))
