"""The frame: `len·header JSON`, then `len·body` for each body; on the wire gzip around it.

Lengths are 4 bytes, big endian. The header's `digest` is SHA-256 of everything behind the header, so that a
frame which was cut or mixed up is known before anything is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from retail.errors import ProtocolError

BODY_BYTES_MAX = 1024 * 1024
HEADER_BYTES_MAX = 16 * 1024
BODIES_MAX = 500


def join(bodies: Sequence[bytes]) -> bytes:
    """The plain bytes of the bodies, each behind its length."""
    parts: list[bytes] = []
    for body in bodies:
        parts.append(len(body).to_bytes(4, "big"))
        parts.append(body)
    return b"".join(parts)


def digest(plain: bytes) -> bytes:
    """What a header says about the bytes behind it."""
    return hashlib.sha256(plain).digest()


def pack(header: bytes, plain: bytes) -> bytes:
    """Header and joined bodies as one frame."""
    return len(header).to_bytes(4, "big") + header + plain


def header_of(frame: bytes) -> tuple[bytes, bytes]:
    """(header JSON, joined bodies); raises `ProtocolError` for a frame that ends early."""
    size = int.from_bytes(frame[:4], "big")
    if len(frame) < 4 or size > HEADER_BYTES_MAX or len(frame) < 4 + size:
        raise ProtocolError("wire.frame_broken", why="header")
    return frame[4 : 4 + size], frame[4 + size :]


def split(plain: bytes, count: int) -> list[bytes]:
    """Exactly `count` bodies and nothing behind them; raises `ProtocolError` otherwise."""
    if not 0 <= count <= BODIES_MAX:
        raise ProtocolError("wire.frame_broken", why="count")
    bodies: list[bytes] = []
    at, end = 0, len(plain)
    for _ in range(count):
        size = int.from_bytes(plain[at : at + 4], "big")
        at += 4
        if at + size > end or size > BODY_BYTES_MAX or size == 0:
            raise ProtocolError("wire.frame_broken", why="body")
        bodies.append(plain[at : at + size])
        at += size
    if at != end:
        raise ProtocolError("wire.frame_broken", why="rest")
    return bodies
