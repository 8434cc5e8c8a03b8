"""The digest of a scope (SYNC §6): Σ SHA-256(len·kind ‖ len·key ‖ len·bytes) mod 2²⁵⁶.

A sum, so that a row that comes, changes or goes moves the digest without reading the others, in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sync.chain import length_prefixed

MODULUS = 2**256
EMPTY = b"\0" * 32
UNKNOWN = b"\xff" * 32
"""The digest of no rows at all: a cursor that has it says that what is here means nothing."""


def row_hash(kind: str, key: str, data: bytes) -> bytes:
    """What one row adds to its scope's digest."""
    return hashlib.sha256(
        length_prefixed(kind.encode()) + length_prefixed(key.encode()) + length_prefixed(data)
    ).digest()


def moved(digest: bytes, gone: Iterable[bytes], come: Iterable[bytes]) -> bytes:
    """The digest after rows with these hashes have gone and come."""
    total = int.from_bytes(digest, "big")
    total -= sum(int.from_bytes(part, "big") for part in gone)
    total += sum(int.from_bytes(part, "big") for part in come)
    return (total % MODULUS).to_bytes(32, "big")


def of_rows(rows: Iterable[tuple[str, str, bytes]]) -> bytes:
    """The digest of (kind, key, bytes) rows from nothing."""
    return moved(EMPTY, (), (row_hash(kind, key, data) for kind, key, data in rows))
