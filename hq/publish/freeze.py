"""Frozen scopes: after `lianpu-hq restore` the stores hold newer rows than HQ, so nothing goes down.

Until a person releases them, HQ answers every question with what the store has already. The release lifts each scope
above every version that a store has named meanwhile, so that versions never fall within an epoch (D4); such a scope
begins its history there: no path leads from a version of the lost time, only an equal digest or a snapshot.
"""

from __future__ import annotations

from hq.publish import repository
from kit.sql import Connection, run

NAME = "scopes_frozen"


def frozen(connection: Connection) -> bool:
    """Is nothing to be sent down?"""
    return run(connection, "SELECT 1 FROM hq_meta WHERE name = :name", {"name": NAME}).first() is not None


def freeze(connection: Connection, epoch: str) -> None:
    """From now on, until `release`."""
    facts = {"name": NAME, "epoch": epoch}
    run(connection, "DELETE FROM hq_meta WHERE name = :name", facts)
    run(connection, "INSERT INTO hq_meta (name, value) VALUES (:name, :epoch)", facts)


def release(connection: Connection, now_ms: int) -> bool:
    """Let the scopes go down again; False when they were not frozen."""
    if not run(connection, "DELETE FROM hq_meta WHERE name = :name", {"name": NAME}).rowcount:
        return False
    rows = run(
        connection,
        "SELECT s.scope, MAX(c.version) FROM scope s JOIN scope_cursor c ON c.scope = s.scope GROUP BY s.scope",
    ).all()
    for scope, seen in sorted(rows, key=lambda row: str(row[0]).encode()):
        version, digest = repository.lock_scope(connection, scope, now_ms)
        if seen > version:
            repository.forget_versions(connection, scope)
            repository.set_version(connection, scope, int(seen) + 1, digest, now_ms)
    return True
