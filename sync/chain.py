"""The hash chain of an incarnation (SYNC §3): pure functions over bytes.

    bh      = SHA-256("lianpu-body/1\\0" ‖ body)
    hash    = SHA-256("lianpu-link/1\\0" ‖ len·node ‖ len·inc ‖ u64 seq ‖ prev ‖ bh)
    genesis = SHA-256("lianpu-inc/1\\0" ‖ inc record)          the `prev` of seq 1

"len·" is a length of 4 bytes, big endian, in front. Body and link are apart: re-homing an event writes a new
link and never touches its body.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

_BODY = b"lianpu-body/1\0"
_LINK = b"lianpu-link/1\0"
_INC = b"lianpu-inc/1\0"

Parent = tuple[str, int, bytes]


def length_prefixed(data: bytes) -> bytes:
    """`len·data`."""
    return len(data).to_bytes(4, "big") + data


def body_hash(body: bytes) -> bytes:
    """The identity of a content: same bytes ⇔ same hash."""
    return hashlib.sha256(_BODY + body).digest()


def link_hash(node: str, inc: str, seq: int, prev: bytes, bh: bytes) -> bytes:
    """The hash of link (node, inc, seq) behind `prev`, carrying the body with hash `bh`."""
    head = _LINK + length_prefixed(node.encode()) + length_prefixed(inc.encode())
    return hashlib.sha256(head + seq.to_bytes(8, "big") + prev + bh).digest()


def genesis(record: bytes) -> bytes:
    """What stands before the first link of an incarnation: it binds the log to its signed record."""
    return hashlib.sha256(_INC + record).digest()


def inc_record(node: str, inc: str, parent: Parent | None, public_key: bytes) -> bytes:
    """The bytes that the device signs with purpose "inc": JSON with sorted keys, binary as hex."""
    fields = {
        "inc": inc,
        "node": node,
        "parent": None if parent is None else [parent[0], parent[1], parent[2].hex()],
        "public_key": public_key.hex(),
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def extend(node: str, inc: str, first_seq: int, prev: bytes, hashes: Iterable[bytes]) -> list[bytes]:
    """The link hashes of consecutive bodies from `first_seq` on, behind `prev`: the hot loop of a push.

    The part of the hashed bytes that never changes is absorbed once and copied per link.
    """
    start = hashlib.sha256(_LINK + length_prefixed(node.encode()) + length_prefixed(inc.encode()))
    found: list[bytes] = []
    for seq, bh in enumerate(hashes, first_seq):
        step = start.copy()
        step.update(seq.to_bytes(8, "big") + prev + bh)
        prev = step.digest()
        found.append(prev)
    return found
