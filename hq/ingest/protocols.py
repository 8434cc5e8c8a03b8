"""Which version of the sync protocol is spoken: the greatest that both know (P1).

A node that shares none with HQ is told so and goes on selling; HQ keeps nothing of its greeting but that it was there,
and names it to a person (alarm `node.protocol`) until it greets in a version that HQ speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from hq.ingest import alarms
from hq.ingest.sessions import Speaker
from kit.sql import Connection
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire.bounds import Count, Words

if TYPE_CHECKING:
    from hq.running import Running

CODE = "node.protocol"
SHOWN = 8


class Offer(msgspec.Struct, frozen=True):
    """As much of a greeting as every version has: it is read before a version is agreed."""

    protocols: Annotated[list[Count], msgspec.Meta(min_length=1, max_length=64)]
    app_version: Words = ""


def agree(hq: Running, who: Speaker, raw: bytes) -> int:
    """The version to speak; raises `ProtocolError("sync.protocol_unknown")` after a person was told."""
    offer = wire.decode(raw, Offer)
    common = [number for number in offer.protocols if number in hq.protocols]
    if common:
        return max(common)
    facts = {
        "offered": offer.protocols[:SHOWN], "spoken": list(hq.protocols), "app_version": offer.app_version[:40],
    }  # fmt: skip
    with hq.db.write() as connection:
        alarms.alarm(
            connection, store=who.store, code=CODE, subject=who.node, now_ms=hq.clock.now_ms(), facts=facts
        )
    raise ProtocolError("sync.protocol_unknown", offered=facts["offered"], spoken=facts["spoken"])


def agreed(connection: Connection, node: str, now_ms: int) -> None:
    """It speaks a common version again: whoever was told of it need not do anything."""
    alarms.close(connection, f"{CODE}|{node}", by="", note="", now_ms=now_ms)
