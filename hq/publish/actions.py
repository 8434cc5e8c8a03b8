"""What changes the published rows: publish, subscribe, prune.

`publish` is the last thing in a transaction: it locks all touched scopes in byte order of their names, re-reads
each touched row, and only then takes one version per scope. So a version that is visible has everything below it
visible too, whatever the order in which writers commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hq.publish import repository, snapshots
from kit.sql import Connection, run
from sync.digest import moved, row_hash

if TYPE_CHECKING:
    from hq.running import Running

Touched = tuple[str, str, str]
Build = Callable[[Connection, str, str, str], bytes | None]

DAY_MS = 86_400_000
HORIZON_MS = 14 * DAY_MS
VERSIONS_KEPT_MS = 400 * DAY_MS


def publish(connection: Connection, now_ms: int, touched: Iterable[Touched], build: Build) -> dict[str, int]:
    """Give every touched scope whose rows really differ one new version; returns scope → version.

    Call it once, last in the transaction; `build` reads the row as of this transaction, None = it is gone.
    """
    by_scope: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for scope, kind, key in touched:
        by_scope[scope][kind].add(key)
    order = sorted(by_scope, key=str.encode)
    heads = {scope: repository.lock_scope(connection, scope, now_ms) for scope in order}
    made = {}
    for scope in order:
        version, digest = heads[scope]
        found = _differing(connection, scope, by_scope[scope], build)
        if found:
            made[scope] = version + 1
            _write(connection, scope, version + 1, digest, found, now_ms)
    return made


Difference = tuple[str, str, bytes | None, bytes | None, bytes | None]
"""(kind, key, bytes, hash, old hash)"""


def _differing(
    connection: Connection, scope: str, kinds: dict[str, set[str]], build: Build
) -> list[Difference]:
    found: list[Difference] = []
    for kind in sorted(kinds):
        keys = sorted(kinds[kind])
        old = repository.hashes(connection, scope, kind, keys)
        for key in keys:
            data = build(connection, scope, kind, key)
            new_hash = None if data is None else row_hash(kind, key, data)
            if new_hash != old.get(key):
                found.append((kind, key, data, new_hash, old.get(key)))
    return found


def _write(
    connection: Connection, scope: str, version: int, digest: bytes, found: list[Difference], now_ms: int
) -> None:
    gone = [old for _, _, _, _, old in found if old is not None]
    come = [new for _, _, _, new, _ in found if new is not None]
    repository.put_rows(
        connection, [(scope, kind, key, new, data) for kind, key, data, new, _ in found if data is not None]
    )
    repository.drop_rows(connection, [(scope, kind, key) for kind, key, data, _, _ in found if data is None])
    repository.add_changes(connection, [(scope, version, kind, key, data) for kind, key, data, _, _ in found])
    repository.set_version(connection, scope, version, moved(digest, gone, come), now_ms)


def subscribe(connection: Connection, node: str, scopes: set[str], now_ms: int) -> None:
    """A node reads exactly these scopes from now on."""
    have = repository.subscriptions(connection, node)
    repository.subscribe(connection, node, sorted(scopes - have), now_ms)
    repository.unsubscribe(connection, node, sorted(have - scopes))


def scopes_of_store(connection: Connection, store: str) -> set[str]:
    """What the node of a store reads: the chain, its zone, itself."""
    zone = run(connection, "SELECT zone FROM store WHERE code = :store", {"store": store}).scalar()
    found = {"chain", f"store:{store}"}
    return found | {f"zone:{zone}"} if zone else found


def prune(hq: Running) -> None:
    """Forget changes older than the horizon (never newer than a snapshot still served), old pairs, old snapshots."""
    now = hq.clock.now_ms()
    with hq.db.write() as connection:
        snapshots.prune(hq, connection, now)
        run(
            connection,
            "DELETE FROM scope_change WHERE version <= (SELECT COALESCE(MAX(v.version), 0) FROM scope_version v"
            " WHERE v.scope = scope_change.scope AND v.at < :before)"
            " AND version <= (SELECT COALESCE(MIN(n.version), scope_change.version) FROM snapshot n"
            " WHERE n.scope = scope_change.scope)",
            {"before": now - HORIZON_MS},
        )
        run(
            connection,
            "DELETE FROM scope_version WHERE at < :before AND version < (SELECT s.version FROM scope s"
            " WHERE s.scope = scope_version.scope)",
            {"before": now - VERSIONS_KEPT_MS},
        )
    snapshots.sweep(hq)
