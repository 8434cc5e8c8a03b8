"""Is an incarnation what a device has signed? Whatever comes from a stick or over a line is asked first."""

from __future__ import annotations

from typing import Any

import msgspec

from kit.crypto import verify
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire.bounds import Count, Hex, Name


class IncRecord(msgspec.Struct, frozen=True):
    """An inc record as `sync.chain.inc_record` writes it."""

    inc: Name
    node: Name
    parent: tuple[Name, Count, Hex] | None
    public_key: Hex

    def columns(self) -> dict[str, Any]:
        """What the `inc` table says of it beside its bytes; a scrub holds the one against the other."""
        inc, seq, hash_ = self.parent or (None, None, None)
        return {
            "inc": self.inc,
            "node": self.node,
            "parent_inc": inc,
            "parent_seq": seq,
            "parent_hash": bytes.fromhex(hash_) if hash_ is not None else None,
            "public_key": bytes.fromhex(self.public_key),
        }


def inc_record(store: str, inc: str, record: bytes, signature: bytes) -> IncRecord | None:
    """The record when it names this store and incarnation and is signed by the device that it names."""
    try:
        found = wire.decode(record, IncRecord)
        key = bytes.fromhex(found.public_key)
    except (ProtocolError, ValueError):
        return None
    named = (found.node, found.inc) == (store, inc)
    return found if named and verify(key, signature, "inc", record) else None
