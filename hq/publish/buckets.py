"""Buckets for repair: a node whose rows are not what HQ signed says its sums, and gets the buckets that differ.

The sums are made when somebody asks and not kept with each version: rows are published all day, and rot is rare.
"""

from __future__ import annotations

import threading

from hq.publish import queries
from kit.sql import Connection
from retail.errors import Unavailable
from schemas.wire.down import Buckets
from sync.buckets import bucket_of, differing, sums_of
from sync.digest import EMPTY, moved, of_rows

ROWS_MAX = 5_000
BYTES_MAX = 2 * 1024 * 1024
_SUMMING = threading.Lock()


def mend(connection: Connection, scope: str, epoch: str, sums: bytes) -> Buckets | None:
    """The buckets of the newest version that differ from these sums; None when a snapshot is the shorter way.

    Raises `Unavailable` while another one is being made, or when a version came in between.
    """
    if not _SUMMING.acquire(blocking=False):
        raise Unavailable("publish.snapshot_moving", retry_after_seconds=2)
    try:
        return _differing(connection, scope, epoch, sums)
    finally:
        _SUMMING.release()


def _differing(connection: Connection, scope: str, epoch: str, sums: bytes) -> Buckets | None:
    head = queries.head(connection, scope)
    hashes = queries.row_hashes(connection, scope)
    named = frozenset(differing(sums, sums_of(hashes)))
    told = [hash_ for key, hash_ in hashes if bucket_of(key) in named]
    if len(told) > min(ROWS_MAX, len(hashes) // 2):
        return None
    rows = [row for row in queries.stream(connection, scope) if bucket_of(row[1]) in named]
    whole = moved(EMPTY, (), (hash_ for _, hash_ in hashes))
    if whole != head.digest or moved(EMPTY, (), told) != of_rows(rows):
        if queries.head(connection, scope) != head:
            raise Unavailable("publish.snapshot_moving", retry_after_seconds=2)
        return None  # a bit flipped here: a snapshot is made of the rows alone, and proven before it goes out
    if sum(len(data) for _, _, data in rows) > BYTES_MAX:
        return None
    return Buckets(
        scope=scope,
        epoch=epoch,
        version=head.version,
        digest=head.digest,
        buckets=sorted(named),
        rows=[(kind, key, data.decode()) for kind, key, data in rows],
    )
