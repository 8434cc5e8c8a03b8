"""Hashes and signatures, written from the published formats.

    bh      = SHA-256("lianpu-body/1\\0" ‖ body)
    hash    = SHA-256("lianpu-link/1\\0" ‖ len·node ‖ len·inc ‖ u64 seq ‖ prev ‖ bh)
    genesis = SHA-256("lianpu-inc/1\\0" ‖ inc record)
    signed  = "lianpu-sig/1\\0" ‖ purpose ‖ \\0 ‖ len·field …

"len·" is a length of 4 bytes, big endian, in front.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def prefixed(data: bytes) -> bytes:
    """`len·data`."""
    return len(data).to_bytes(4, "big") + data


def body_hash(body: bytes) -> bytes:
    """The identity of a content."""
    return hashlib.sha256(b"lianpu-body/1\0" + body).digest()


def link_hash(node: str, inc: str, seq: int, prev: bytes, bh: bytes) -> bytes:
    """The hash of one place in a chain."""
    where = prefixed(node.encode()) + prefixed(inc.encode()) + seq.to_bytes(8, "big")
    return hashlib.sha256(b"lianpu-link/1\0" + where + prev + bh).digest()


def genesis(record: bytes) -> bytes:
    """What stands before seq 1."""
    return hashlib.sha256(b"lianpu-inc/1\0" + record).digest()


def row_hash(kind: str, key: str, data: bytes) -> int:
    """What one published row adds to the digest of its scope, as a number."""
    plain = prefixed(kind.encode()) + prefixed(key.encode()) + prefixed(data)
    return int.from_bytes(hashlib.sha256(plain).digest(), "big")


def digest_of(rows: list[tuple[str, str, bytes]]) -> bytes:
    """The digest of a scope: the sum of its rows' hashes modulo 2²⁵⁶."""
    return (sum(row_hash(*row) for row in rows) % 2**256).to_bytes(32, "big")


def signature_holds(public: bytes, signature: bytes, purpose: str, *fields: bytes) -> bool:
    """Did the owner of this key sign these fields for this purpose?"""
    signed = b"lianpu-sig/1\0" + purpose.encode() + b"\0" + b"".join(prefixed(part) for part in fields)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def head_signature_holds(
    public: bytes, signature: bytes, node: str, inc: str, seq: int, hash_: bytes
) -> bool:
    """A signed head covers node, inc, u64 seq and hash."""
    where = seq.to_bytes(8, "big")
    return signature_holds(public, signature, "head", node.encode(), inc.encode(), where, hash_)


def read_record(record: bytes) -> dict[str, Any] | None:
    """The fields of an inc record, or None when it is not one."""
    try:
        found = json.loads(record)
    except (ValueError, RecursionError):
        return None
    wanted = {"inc", "node", "parent", "public_key"}
    return found if isinstance(found, dict) and set(found) == wanted else None
