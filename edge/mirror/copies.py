"""A node's own log as its mirror has it, in the words of the scrub: what HQ never got is mended from here."""

from __future__ import annotations

from typing import Any

from edge.mirror import reading
from edge.mirror.model import Place, Record
from edge.mirror.sealing import Seal
from edge.scrub import truth
from edge.scrub.truth import Truth
from sync.chain import genesis, link_hash


def piece(node: Any, place: Place, seal: Seal, inc: str, first: int) -> list[Truth]:
    """Events of an incarnation from a seq on, some of them; empty when the mirror lacks the first. Raises
    `MirrorTrouble`.
    """
    with node.db.read() as tx:
        row = truth.one(tx, "SELECT * FROM inc WHERE inc = ?", inc)
        prev = truth.hash_before(tx, inc, first)
    if row is None:
        return []
    life, found = reading.life_of(row, node.key.public), list[Truth]()
    prev, at = genesis(life.record) if first == 1 else prev, max(0, first - 2)
    while not found and (records := place.piece(life, at)):
        at = records[-1].seq
        for record in records:
            if record.seq < first:
                prev = record.hash  # the damaged place may not know what was before it
                continue
            if prev is None or not _follows(life.node, inc, record, first + len(found), prev):
                return found
            found.append(Truth(inc, record.seq, prev, record.bh, record.hash, seal.open(record), "mirror"))
            prev = record.hash
    return found


def _follows(node: str, inc: str, record: Record, seq: int, prev: bytes) -> bool:
    return record.seq == seq and link_hash(node, inc, seq, prev, record.bh) == record.hash
