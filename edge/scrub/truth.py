"""Which bytes are the truth of a place in the log: those whose hashes something undamaged of ours has promised.

A body's hash and the hash before it make the link's hash; that one stands in the link itself, as `prev` in the next
link, in HQ's signed receipt and in signed heads. One of them is enough: nobody can make other bytes with that hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edge.scrub.model import UNREADABLE
from kit.db import Connection, Row
from retail.errors import Invalid
from schemas.events.base import Event, decode
from sync.chain import body_hash, extend, genesis, link_hash


@dataclass(frozen=True)
class Truth:
    """A link and its body, proven. `source` is "disk", "mirror" or "hq"."""

    inc: str
    seq: int
    prev: bytes
    bh: bytes
    hash: bytes
    body: bytes
    source: str

    @property
    def event(self) -> Event:
        """What happened."""
        return decode(self.body)


@dataclass(frozen=True)
class Place:
    """A place of the log that is in doubt."""

    node: str
    inc: str
    seq: int


def on_disk(tx: Connection, place: Place, before: bytes | None) -> Truth | None:
    """The truth of a place from this disk alone; `before` is the proven hash before it, where it was mended."""
    row = link_at(tx, place.inc, place.seq)
    prev = before or hash_before(tx, place.inc, place.seq)
    for start in dict.fromkeys(found for found in (prev, row and row["prev"]) if isinstance(found, bytes)):
        for body in _bodies(tx, row):
            bh = body_hash(body)
            hash_ = link_hash(place.node, place.inc, place.seq, start, bh)
            whole = row is not None and (row["prev"], row["bh"]) == (prev, bh)  # only its own hash is damaged
            if (whole or promised(tx, place.inc, place.seq, hash_)) and _reads(body):
                return Truth(place.inc, place.seq, start, bh, hash_, body, "disk")
    return None


def from_bodies(tx: Connection, place: Place) -> list[Truth]:
    """A run of lost links, from bodies that none carries: the run whose last hash is promised, in the order written."""
    before = hash_before(tx, place.inc, place.seq)
    if before is None or link_at(tx, place.inc, place.seq) is not None:
        return []
    bodies = [(body, body_hash(body)) for body in _without_link(tx)]
    for last in _ends(tx, place):
        count = last - place.seq + 1
        for at in range(len(bodies) - count + 1):
            hashes = [bh for _, bh in bodies[at : at + count]]
            links = extend(place.node, place.inc, place.seq, before, hashes)
            if promised(tx, place.inc, last, links[-1]) and all(
                _reads(bodies[at + n][0]) for n in range(count)
            ):
                prevs = [before, *links]
                return [
                    Truth(place.inc, place.seq + n, prevs[n], hashes[n], links[n], bodies[at + n][0], "disk")
                    for n in range(count)
                ]
    return []


def _ends(tx: Connection, place: Place) -> list[int]:
    """The last places of a run of lost links whose hashes may be promised: before the next link, at HQ's receipt."""
    after = one(tx, "SELECT min(seq) AS seq FROM link WHERE inc = ? AND seq > ?", place.inc, place.seq)
    known = one(tx, "SELECT seq FROM receipted WHERE inc = ?", place.inc)
    behind = after["seq"] if after is not None else None
    ends = {behind - 1} if behind is not None else set[int]()
    if known is not None and known["seq"] >= place.seq and (behind is None or known["seq"] < behind):
        ends.add(known["seq"])
    return sorted(ends, reverse=True)


def from_copy(tx: Connection, piece: Sequence[Truth]) -> list[Truth]:
    """What of a copy of our log is ours: all before the last hash that something of ours has promised too."""
    if not piece:
        return []
    ours = hash_before(tx, piece[0].inc, piece[0].seq)
    if ours is not None and ours != piece[0].prev:
        return []
    for count in range(len(piece), 0, -1):
        last = piece[count - 1]
        if promised(tx, last.inc, last.seq, last.hash):
            return list(piece[:count])
    return []


def promised(tx: Connection, inc: str, seq: int, hash_: bytes) -> bool:
    """Does anything on this disk say that the link here has this hash?"""
    return any(found == hash_ for found in _promises(tx, inc, seq))


def _promises(tx: Connection, inc: str, seq: int) -> Iterator[Any]:
    link, after = link_at(tx, inc, seq), link_at(tx, inc, seq + 1)
    if link is not None:
        yield link["hash"]
    if after is not None:
        yield after["prev"]
    for table in ("receipted", "head_signature"):
        row = one(tx, f"SELECT hash FROM {table} WHERE inc = ? AND seq = ?", inc, seq)
        if row is not None:
            yield row["hash"]


def hash_before(tx: Connection, inc: str, seq: int) -> bytes | None:
    """The hash that our own log has before a place."""
    link = link_at(tx, inc, seq - 1)
    if link is not None:
        return bytes(link["hash"]) if isinstance(link["hash"], bytes) else None
    row = one(tx, "SELECT record, purged_seq, purged_hash FROM inc WHERE inc = ?", inc)
    if row is None:
        return None
    if seq == 1:
        return genesis(row["record"])
    return row["purged_hash"] if row["purged_seq"] == seq - 1 else None


def missing_before(tx: Connection, inc: str, seq: int) -> range:
    """Places that have no link directly before one that has."""
    row = one(tx, "SELECT max(seq) AS seq FROM link WHERE inc = ? AND seq < ?", inc, seq)
    own = one(tx, "SELECT purged_seq FROM inc WHERE inc = ?", inc)
    before = max(row["seq"] or 0 if row is not None else seq - 1, own["purged_seq"] if own is not None else 0)
    return range(before + 1, seq)


def stands(tx: Connection, place: Place) -> bool:
    """Does the link here follow from its own hashes, and from the link before it where there is one that does?"""
    link, before = link_at(tx, place.inc, place.seq), link_at(tx, place.inc, place.seq - 1)
    if link is None or not _follows(place.node, link):
        return False
    return before is None or not _follows(place.node, before) or bool(before["hash"] == link["prev"])


def _follows(node: str, link: Row) -> bool:
    if not all(isinstance(link[name], bytes) for name in ("prev", "bh", "hash")):
        return False
    return link_hash(node, link["inc"], link["seq"], link["prev"], link["bh"]) == bytes(link["hash"])


def link_at(tx: Connection, inc: str, seq: int) -> Row | None:
    """A link, where it can be read."""
    return one(tx, "SELECT * FROM link WHERE inc = ? AND seq = ?", inc, seq)


def one(tx: Connection, sql: str, *values: object) -> Row | None:
    """A row, where it can be read."""
    try:
        row: Row | None = tx.execute(sql, values).fetchone()
    except UNREADABLE:
        return None
    return row


def _bodies(tx: Connection, link: Row | None) -> Iterator[bytes]:
    """Bytes on this disk that may be the body of a link: by its id, then by its hash; of a lost link any without."""
    if link is None:
        yield from _without_link(tx)
        return
    for sql, value in (("id = ?", link["id"]), ("bh = ?", link["bh"])):
        row = one(tx, f"SELECT body FROM body WHERE {sql}", value)
        if row is not None and isinstance(row["body"], bytes):
            yield row["body"]


def _without_link(tx: Connection) -> list[bytes]:
    try:
        rows = tx.execute(
            "SELECT body FROM body b WHERE NOT EXISTS (SELECT 1 FROM link l WHERE l.id = b.id) ORDER BY rowid"
        ).fetchall()
    except UNREADABLE:
        return []
    return [row["body"] for row in rows if isinstance(row["body"], bytes)]


def _reads(body: bytes) -> bool:
    try:
        decode(body)
    except Invalid:
        return False
    return True
