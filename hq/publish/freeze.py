"""Frozen scopes: after `lianpu-hq restore` the stores hold newer rows than HQ, so nothing goes down.

Until a person releases them, HQ answers every question with what the store has already. The release lifts each scope
above every version that a store has named meanwhile, so that versions never fall within an epoch (D4); such a scope
begins its history there: no path leads from a version of the lost time, only an equal digest or a snapshot.

HQ does not know the versions of the lost time, so it takes a store's word for them, within `AHEAD_MAX`: one that lies
costs a jump of the number, and never lifts a scope to where no message can name its version.
"""

from __future__ import annotations

from collections.abc import Mapping

from hq.publish import queries, repository
from kit.sql import Connection, run

NAME = "scopes_frozen"
SEEN = "scope_seen:"
AHEAD_MAX = 2**32
"""So many versions may be lost: thirteen years at ten a second. A claim beyond was never HQ's word."""


def frozen(connection: Connection) -> bool:
    """Is nothing to be sent down?"""
    return run(connection, "SELECT 1 FROM hq_meta WHERE name = :name", {"name": NAME}).first() is not None


def freeze(connection: Connection, epoch: str) -> None:
    """From now on, until `release`."""
    facts = {"name": NAME, "epoch": epoch}
    run(connection, "DELETE FROM hq_meta WHERE name = :name", facts)
    run(connection, "INSERT INTO hq_meta (name, value) VALUES (:name, :epoch)", facts)


def note(connection: Connection, cursors: Mapping[str, int]) -> None:
    """Remember the greatest version that anybody names of a scope: a node has one cursor, but may have two disks."""
    for scope, version in cursors.items():
        if version > queries.head(connection, scope).version + AHEAD_MAX:
            continue
        run(
            connection,
            "INSERT INTO hq_meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET"
            " value = excluded.value WHERE CAST(hq_meta.value AS BIGINT) < CAST(excluded.value AS BIGINT)",
            {"name": f"{SEEN}{scope}", "value": str(version)},
        )


def _taken(connection: Connection) -> dict[str, int]:
    """What was noted, and forgotten with it."""
    facts = {"like": f"{SEEN}%"}
    rows = run(connection, "SELECT name, value FROM hq_meta WHERE name LIKE :like", facts).all()
    run(connection, "DELETE FROM hq_meta WHERE name LIKE :like", facts)
    return {str(name).removeprefix(SEEN): int(value) for name, value in rows}


def release(connection: Connection, now_ms: int) -> bool:
    """Let the scopes go down again; False when they were not frozen."""
    if not run(connection, "DELETE FROM hq_meta WHERE name = :name", {"name": NAME}).rowcount:
        return False
    known = run(
        connection,
        "SELECT c.scope, MAX(c.version) FROM scope_cursor c LEFT JOIN scope s ON s.scope = c.scope"
        " WHERE c.version <= COALESCE(s.version, 0) + :ahead GROUP BY c.scope",
        {"ahead": AHEAD_MAX},
    )
    seen = {str(scope): int(version) for scope, version in known}
    for scope, version in _taken(connection).items():
        seen[scope] = max(version, seen.get(scope, 0))
    for scope in sorted(seen, key=str.encode):
        version, digest = repository.lock_scope(connection, scope, now_ms)
        if seen[scope] > version:
            repository.forget_versions(connection, scope)
            repository.set_version(connection, scope, seen[scope] + 1, digest, now_ms)
    return True
