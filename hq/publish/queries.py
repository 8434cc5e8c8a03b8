"""What nodes and pages read about scopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from kit.sql import Connection, SqlDatabase, run
from schemas import wire
from schemas.wire.down import Reset
from sync.digest import EMPTY

ROWS_MAX = 5_000
RESET_ROWS = 20_000


@dataclass(frozen=True)
class Head:
    """The newest version of a scope."""

    version: int
    digest: bytes


@dataclass(frozen=True)
class Delta:
    """What leads to whole version `to`: the newest bytes of each row that changed, None = gone."""

    to: int
    digest: bytes
    rows: list[tuple[str, str, bytes | None]]


def head(connection: Connection, scope: str) -> Head:
    """Version 0 and the empty digest for a scope in which nothing was ever published."""
    row = run(connection, "SELECT version, digest FROM scope WHERE scope = :scope", {"scope": scope}).first()
    return Head(0, EMPTY) if row is None else Head(int(row[0]), bytes(row[1]))


def heads(connection: Connection, node: str) -> dict[str, Head]:
    """The newest version of every scope that a node is subscribed to."""
    rows = run(
        connection,
        "SELECT u.scope, s.version, s.digest FROM subscription u LEFT JOIN scope s ON s.scope = u.scope"
        " WHERE u.node = :node ORDER BY u.scope",
        {"node": node},
    )
    return {row[0]: Head(row[1] or 0, bytes(row[2]) if row[2] else EMPTY) for row in rows}


def subscribed(connection: Connection, node: str, scope: str) -> bool:
    """May this node read this scope?"""
    facts = {"node": node, "scope": scope}
    return (
        run(connection, "SELECT 1 FROM subscription WHERE node = :node AND scope = :scope", facts).first()
        is not None
    )


def digest_at(connection: Connection, scope: str, version: int) -> bytes | None:
    """The digest of a version as far as it is remembered."""
    if version == 0:
        return EMPTY
    row = run(
        connection,
        "SELECT digest FROM scope_version WHERE scope = :scope AND version = :version",
        {"scope": scope, "version": version},
    ).first()
    return None if row is None else bytes(row[0])


def delta(connection: Connection, scope: str, since: int, newest: Head) -> Delta | None:
    """From a version to a later whole one, or None when there is no path or it is longer than a snapshot."""
    facts = {"scope": scope, "since": since, "to": newest.version}
    sizes = list(
        run(
            connection,
            "SELECT version, COUNT(*) FROM scope_change WHERE scope = :scope AND version > :since"
            " GROUP BY version ORDER BY version",
            facts,
        )
    )
    if not sizes or sizes[0][0] != since + 1:
        return None
    to, total = since, 0
    for version, count in sizes:
        if total and total + count > ROWS_MAX:
            break
        to, total = version, total + count
    if total > RESET_ROWS or sum(count for _, count in sizes) > RESET_ROWS:
        return None
    rows = run(
        connection,
        "SELECT kind, key, bytes FROM scope_change WHERE scope = :scope AND version > :since AND version <= :to"
        " ORDER BY version",
        facts | {"to": to},
    )
    newest_of = {(kind, key): None if data is None else bytes(data) for kind, key, data in rows}
    digest = digest_at(connection, scope, to)
    if digest is None:
        return None
    return Delta(to, digest, [(kind, key, data) for (kind, key), data in sorted(newest_of.items())])


def rows(connection: Connection, scope: str) -> list[tuple[str, str, bytes]]:
    """Every row of a scope."""
    found = run(
        connection,
        "SELECT kind, key, bytes FROM scope_row WHERE scope = :scope ORDER BY kind, key",
        {"scope": scope},
    )
    return [(kind, key, bytes(data)) for kind, key, data in found]


_STREAM = sa.text(
    "SELECT kind, key, bytes FROM scope_row WHERE scope = :scope ORDER BY kind, key"
).execution_options(stream_results=True, yield_per=1000)


def stream(connection: Connection, scope: str) -> Iterator[tuple[str, str, bytes]]:
    """Every row of a scope, a thousand of them in memory."""
    for kind, key, data in connection.execute(_STREAM, {"scope": scope}):
        yield kind, key, bytes(data)


def row_hashes(connection: Connection, scope: str) -> list[tuple[str, bytes]]:
    """(key, hash) of every row of a scope."""
    found = run(connection, "SELECT key, hash FROM scope_row WHERE scope = :scope", {"scope": scope})
    return [(key, bytes(hash_)) for key, hash_ in found]


def snapshots(connection: Connection, scope: str = "", version: int = 0) -> list[Reset]:
    """Manifests of snapshots that were built, the newest first: of a version of a scope, or all."""
    where = "WHERE scope = :scope AND version = :version" if scope else ""
    rows = run(
        connection,
        f"SELECT content FROM snapshot {where} ORDER BY made_at DESC",
        {"scope": scope, "version": version} if scope else {},
    )
    return [wire.decode(bytes(row[0]), Reset) for row in rows]


@dataclass(frozen=True)
class Delivered:
    """`stores` of `total` subscribed stores hold the newest version of a scope; the others are named."""

    stores: int
    total: int
    missing: tuple[str, ...]


def delivered(db: SqlDatabase, scope: str, seen: frozenset[str] | None = None) -> Delivered:
    """How far the newest version of a scope has come in these stores, by the cursors of the nodes' hellos."""
    rows = db.rows(
        "SELECT n.store, CASE WHEN s.version IS NULL OR (c.version = s.version AND c.digest = s.digest)"
        " THEN 1 ELSE 0 END FROM subscription u JOIN node n ON n.node = u.node"
        " LEFT JOIN scope s ON s.scope = u.scope"
        " LEFT JOIN scope_cursor c ON c.node = u.node AND c.scope = u.scope"
        " WHERE u.scope = :scope ORDER BY n.store",
        {"scope": scope},
    )
    rows = [row for row in rows if seen is None or row[0] in seen]
    missing = tuple(row[0] for row in rows if not row[1])
    return Delivered(len(rows) - len(missing), len(rows), missing)
