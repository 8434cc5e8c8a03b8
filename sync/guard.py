"""Bounds on what a peer may send: compressed and inflated size, and ratio.

body 4 MiB · inflated 8 MiB · ratio 100. Depth is bounded where it is read: a message has the depth of its type and what
is nested without end is `wire.unreadable` (`schemas.wire`), a body has 16 (`schemas.events`).
"""

from __future__ import annotations

import zlib

from retail.errors import ProtocolError

BODY_BYTES_MAX = 4 * 1024 * 1024
INFLATED_BYTES_MAX = 8 * 1024 * 1024
RATIO_MAX = 100
RATIO_FREE_BYTES = 64 * 1024
_GZIP = 31
_LEVEL = 1


def compress(plain: bytes) -> bytes:
    """Gzip at the level that does not cost more time than it saves."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(plain) + packer.flush()


def inflate(packed: bytes, limit: int = INFLATED_BYTES_MAX, packed_max: int = BODY_BYTES_MAX) -> bytes:
    """Gunzip within the bounds; raises `ProtocolError` for a bomb, a cut or anything behind the end."""
    if len(packed) > packed_max:
        raise ProtocolError("wire.too_large", bytes=len(packed))
    allowed = min(limit, max(RATIO_FREE_BYTES, len(packed) * RATIO_MAX))
    opener = zlib.decompressobj(_GZIP)
    try:
        plain = opener.decompress(packed, allowed + 1)
    except zlib.error:
        raise ProtocolError("wire.gzip_broken")
    if len(plain) > allowed:
        raise ProtocolError("wire.too_large", inflated=True)
    if not opener.eof or opener.unused_data:
        raise ProtocolError("wire.gzip_broken")
    return plain
