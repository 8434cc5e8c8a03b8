"""Incarnations: minting one, re-homing events into it, and adopting events that HQ gave back (SYNC §2, §4)."""

from __future__ import annotations

from collections.abc import Iterable

from edge.journal import repository
from edge.journal.model import Head, Incarnation
from kit.crypto import SigningKey, random_bytes
from kit.db import Connection, DatabaseDamaged
from retail.ids import series_code
from sync.chain import genesis, inc_record, link_hash


def load_current(tx: Connection) -> Incarnation | None:
    """The incarnation that grows, or None before enrolment. Raises `DatabaseDamaged` when its record is none."""
    row = repository.current_inc(tx)
    if row is None:
        return None
    if not isinstance(row["record"], bytes):
        raise DatabaseDamaged([f"incarnation {row['inc']} has no record"])
    return Incarnation(
        inc=row["inc"],
        node=row["node"],
        ordinal=row["ordinal"],
        series=row["series"],
        public_key=row["public_key"],
        record=row["record"],
        genesis=genesis(row["record"]),
    )


def mint_in(
    tx: Connection,
    key: SigningKey,
    *,
    node: str,
    reason: str,
    now_ms: int,
    previous: Incarnation | None,
    head: Head | None,
) -> Incarnation:
    """A new incarnation with a new series; the old one is its parent and never grows again."""
    inc = random_bytes(16).hex()
    parent = (head.inc, head.seq, head.hash) if previous is not None and head is not None else None
    record = inc_record(node, inc, parent, key.public)
    made = Incarnation(
        inc=inc,
        node=node,
        ordinal=repository.newest_ordinal(tx) + 1,
        series=_new_series(tx),
        public_key=key.public,
        record=record,
        genesis=genesis(record),
    )
    values = {
        "parent_inc": parent[0] if parent else None,
        "parent_seq": parent[1] if parent else None,
        "parent_hash": parent[2] if parent else None,
        "signature": key.sign("inc", record),
        "reason": reason,
        "minted_at": now_ms,
    }
    repository.insert_inc(tx, made, values)
    return made


def _new_series(tx: Connection) -> str:
    """Drawn, and drawn again while a life of this disk has had it: its numbers would come twice."""
    while True:
        series = series_code(random_bytes(8))
        if not repository.has_series(tx, series):
            return series


def relink_in(tx: Connection, inc: Incarnation, head: Head, ids: Iterable[str]) -> Head:
    """Re-home events at the end of the current incarnation in the order given; bodies stay as they are.

    Raises `DatabaseDamaged` when a body cannot be found, such as by an index of which a page is lost.
    """
    for id_ in ids:
        row = tx.execute("SELECT bh FROM body WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise DatabaseDamaged([f"event {id_} has no body"])
        bh = row["bh"]
        hash_ = link_hash(inc.node, inc.inc, head.seq + 1, head.hash, bh)
        repository.insert_link(tx, inc.inc, head.seq + 1, head.hash, bh, hash_, id_)
        head = Head(inc.inc, head.seq + 1, hash_)
    return head


def abandon_in(tx: Connection, inc: str, from_seq: int) -> list[str]:
    """Mark the divergent tail of an incarnation: kept as evidence, never sent as the log. Returns its events."""
    ids = [
        row["id"]
        for row in tx.execute(
            "SELECT id FROM link WHERE inc = ? AND seq >= ? AND abandoned = 0 ORDER BY seq", (inc, from_seq)
        )
    ]
    tx.execute("UPDATE link SET abandoned = 1 WHERE inc = ? AND seq >= ?", (inc, from_seq))
    return ids
