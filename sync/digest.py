"""The digest of a scope (SYNC §6): Σ SHA-256(len·kind ‖ len·key ‖ len·bytes) mod 2²⁵⁶.

A sum, so that a row that comes, changes or goes moves the digest without reading the others, in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

MODULUS = 2**256
EMPTY = b"\0" * 32
UNKNOWN = b"\xff" * 32
"""The digest of no rows at all: a cursor that has it says that what is here means nothing."""


def row_hash(kind: str, key: str, data: bytes) -> bytes:
    """What one row adds to its scope's digest; hundreds of thousands of times for a store's first boot."""
    kind_, key_ = kind.encode(), key.encode()
    parts = (len(kind_).to_bytes(4), kind_, len(key_).to_bytes(4), key_, len(data).to_bytes(4), data)
    return hashlib.sha256(b"".join(parts)).digest()


def moved(digest: bytes, gone: Iterable[bytes], come: Iterable[bytes]) -> bytes:
    """The digest after rows with these hashes have gone and come."""
    total = int.from_bytes(digest) - sum(map(int.from_bytes, gone)) + sum(map(int.from_bytes, come))
    return (total % MODULUS).to_bytes(32)


def of_rows(rows: Iterable[tuple[str, str, bytes]]) -> bytes:
    """The digest of (kind, key, bytes) rows from nothing."""
    return moved(EMPTY, (), (row_hash(kind, key, data) for kind, key, data in rows))
