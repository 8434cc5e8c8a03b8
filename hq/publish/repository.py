"""The SQL of scopes for actions, one statement a function."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from kit.sql import Connection, bulk, run
from schemas.wire.down import Reset
from sync.digest import EMPTY

CHUNK = 400

_HASHES = sa.text(
    "SELECT key, hash FROM scope_row WHERE scope = :scope AND kind = :kind AND key IN :keys"
).bindparams(sa.bindparam("keys", expanding=True))


def lock_scope(connection: Connection, scope: str, now_ms: int) -> tuple[int, bytes]:
    """Lock a scope until the transaction ends; it begins at version 0. Returns (version, digest)."""
    run(
        connection,
        "INSERT INTO scope (scope, version, digest, changed_at) VALUES (:scope, 0, :digest, :now)"
        " ON CONFLICT (scope) DO NOTHING",
        {"scope": scope, "digest": EMPTY, "now": now_ms},
    )
    run(connection, "UPDATE scope SET version = version WHERE scope = :scope", {"scope": scope})
    row = run(connection, "SELECT version, digest FROM scope WHERE scope = :scope", {"scope": scope}).one()
    return int(row[0]), bytes(row[1])


def hashes(connection: Connection, scope: str, kind: str, keys: Sequence[str]) -> dict[str, bytes]:
    """The hashes of those of these rows that are published now."""
    found: dict[str, bytes] = {}
    for start in range(0, len(keys), CHUNK):
        part = list(keys[start : start + CHUNK])
        rows = connection.execute(_HASHES, {"scope": scope, "kind": kind, "keys": part})
        found.update((row[0], bytes(row[1])) for row in rows)
    return found


def put_rows(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    """(scope, kind, key, hash, bytes) become what is published."""
    bulk(
        connection,
        "INSERT INTO scope_row (scope, kind, key, hash, bytes) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, kind, key) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes",
        rows,
    )


def drop_rows(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    """(scope, kind, key) are published no more."""
    bulk(connection, "DELETE FROM scope_row WHERE scope = ? AND kind = ? AND key = ?", rows)


def add_changes(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    """(scope, version, kind, key, bytes or None)."""
    bulk(
        connection,
        "INSERT INTO scope_change (scope, version, kind, key, bytes) VALUES (?, ?, ?, ?, ?)",
        rows,
    )


def set_version(connection: Connection, scope: str, version: int, digest: bytes, now_ms: int) -> None:
    """The scope's head moves; the pair stays known for 400 days."""
    facts = {"scope": scope, "version": version, "digest": digest, "now": now_ms}
    run(
        connection,
        "UPDATE scope SET version = :version, digest = :digest, changed_at = :now WHERE scope = :scope",
        facts,
    )
    run(
        connection,
        "INSERT INTO scope_version (scope, version, digest, at) VALUES (:scope, :version, :digest, :now)",
        facts,
    )


def forget_versions(connection: Connection, scope: str) -> None:
    """The history of a scope is void; its rows stay."""
    for table in ("scope_version", "scope_change", "snapshot"):
        run(connection, f"DELETE FROM {table} WHERE scope = :scope", {"scope": scope})


def subscriptions(connection: Connection, node: str) -> set[str]:
    """The scopes that a node may read."""
    rows = run(connection, "SELECT scope FROM subscription WHERE node = :node", {"node": node})
    return {row[0] for row in rows}


def subscribe(connection: Connection, node: str, scopes: Iterable[str], now_ms: int) -> None:
    """Allow scopes."""
    rows: list[tuple[Any, ...]] = [(node, scope, now_ms) for scope in scopes]
    bulk(
        connection,
        "INSERT INTO subscription (node, scope, since) VALUES (?, ?, ?) ON CONFLICT (node, scope) DO NOTHING",
        rows,
    )


def unsubscribe(connection: Connection, node: str, scopes: Iterable[str]) -> None:
    """Allow scopes no more, and forget where the node stood in them."""
    rows: list[tuple[Any, ...]] = [(node, scope) for scope in scopes]
    bulk(connection, "DELETE FROM subscription WHERE node = ? AND scope = ?", rows)
    bulk(connection, "DELETE FROM scope_cursor WHERE node = ? AND scope = ?", rows)


def put_cursors(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    """(node, scope, epoch, version, digest, at): where a node stands."""
    bulk(
        connection,
        "INSERT INTO scope_cursor (node, scope, epoch, version, digest, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (node, scope) DO UPDATE SET epoch = excluded.epoch, version = excluded.version,"
        " digest = excluded.digest, at = excluded.at",
        rows,
    )


def put_snapshot(connection: Connection, made: Reset, manifest: bytes, now_ms: int) -> None:
    """Keep a snapshot's manifest; one that is built again takes the place of the one before."""
    facts = {
        "scope": made.scope, "version": made.version, "digest": made.digest, "epoch": made.epoch, "rows": made.rows,
        "sha256": hashlib.sha256(manifest).digest(), "content": manifest, "now": now_ms,
    }  # fmt: skip
    run(
        connection,
        "INSERT INTO snapshot (scope, version, digest, epoch, rows, sha256, content, made_at, served_at)"
        " VALUES (:scope, :version, :digest, :epoch, :rows, :sha256, :content, :now, :now)"
        " ON CONFLICT (scope, version, digest) DO UPDATE SET epoch = excluded.epoch, sha256 = excluded.sha256,"
        " content = excluded.content, made_at = excluded.made_at, served_at = excluded.served_at",
        facts,
    )
