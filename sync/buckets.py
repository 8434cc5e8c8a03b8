"""The 256 buckets of a scope (SYNC §6): which rows differ is found with 2 KiB, and only those are fetched.

A row lies in the bucket that the first byte of SHA-256(its key) names; a bucket's sum is the digest of its rows. On the
line a sum is cut to its first eight bytes: it only says where to look, the digest of the whole scope proves the result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sync.digest import MODULUS

COUNT = 256
SUM_BYTES = 8
SUMS_BYTES = COUNT * SUM_BYTES


def bucket_of(key: str) -> int:
    """Where the rows of a key lie, whatever their kind."""
    return hashlib.sha256(key.encode()).digest()[0]


def sums_of(hashes: Iterable[tuple[str, bytes]]) -> bytes:
    """The sums of all buckets, one behind the other, from (key, row hash)."""
    totals = [0] * COUNT
    for key, row_hash in hashes:
        totals[bucket_of(key)] += int.from_bytes(row_hash, "big")
    return b"".join((total % MODULUS).to_bytes(32, "big")[:SUM_BYTES] for total in totals)


def differing(one: bytes, other: bytes) -> list[int]:
    """The numbers of the buckets whose sums are not the same."""
    places = range(0, SUMS_BYTES, SUM_BYTES)
    return [
        place // SUM_BYTES
        for place in places
        if one[place : place + SUM_BYTES] != other[place : place + SUM_BYTES]
    ]
