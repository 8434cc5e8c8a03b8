"""What the journal says to HQ: incarnations for the hello, batches for a push, hashes for a comparison; receipts.

Abandoned links are evidence and not part of the log any more: they never count as ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.journal import repository as journal_rows
from edge.syncing import aging
from kit.db import Connection, Database, Row
from schemas.wire.up import INCS_MAX, IncState, Receipt, SignedReceipt
from sync import plan
from sync.calls import Batch
from sync.chain import genesis

Durable = tuple[int, bytes | None]
"""Up to which seq HQ promises to be able to restore, and its hash there; (0, None) when it promises nothing."""
NOTHING: Durable = (0, None)
HALF = INCS_MAX // 2


@dataclass(frozen=True)
class OwnInc:
    """One incarnation as this disk has it."""

    inc: str
    current: bool
    record: bytes
    signature: bytes
    public_key: bytes
    last_seq: int
    last_hash: bytes
    purged_seq: int
    closed: bool
    fetched_seq: int
    receipt: Receipt | None
    signed: SignedReceipt | None
    durable: Durable
    diverged_seq: int = 0


def incs(tx: Connection) -> list[OwnInc]:
    """Every incarnation, oldest first."""
    meta = {
        row["name"]: row["value"] for row in tx.execute("SELECT name, value FROM meta WHERE name LIKE '%:%'")
    }
    receipted = {row["inc"]: row for row in tx.execute("SELECT * FROM receipted")}
    parted = dict(tx.execute("SELECT inc, min(seq) FROM link WHERE abandoned = 1 GROUP BY inc").fetchall())
    found = []
    for row in journal_rows.all_incs(tx):
        last_seq, last_hash = head_of(tx, row)
        known = receipted.get(row["inc"])
        found.append(
            OwnInc(
                inc=row["inc"],
                current=bool(row["current"]),
                record=row["record"],
                signature=row["signature"],
                public_key=row["public_key"],
                last_seq=last_seq,
                last_hash=last_hash,
                purged_seq=row["purged_seq"],
                closed=f"closed:{row['inc']}" in meta,
                fetched_seq=int(meta.get(f"fetched:{row['inc']}", 0)),
                receipt=_receipt(row["node"], known),
                signed=SignedReceipt(known["receipt"], known["signature"]) if known else None,
                durable=(known["durable_seq"], known["durable_hash"]) if known else NOTHING,
                diverged_seq=parted.get(row["inc"], 0),
            )
        )
    return found


def _receipt(node: str, row: Row | None) -> Receipt | None:
    if row is None:
        return None
    return Receipt(
        node=node, inc=row["inc"], seq=row["seq"], hash=row["hash"], epoch=row["epoch"], at=row["hq_at"]
    )


def head_of(tx: Connection, inc: Row) -> tuple[int, bytes]:
    """The newest live link of an incarnation, or where its purged part ends, or its genesis."""
    row = journal_rows.last_link(tx, inc["inc"])
    if row is not None:
        return row["seq"], row["hash"]
    if inc["purged_seq"]:
        return inc["purged_seq"], inc["purged_hash"]
    return 0, genesis(inc["record"])


def told(own: Sequence[OwnInc], turn: int) -> list[OwnInc]:
    """As many incarnations as one greeting may name: the newest half always, of the others some each turn."""
    if len(own) <= INCS_MAX:
        return list(own)
    older, newest = own[:-HALF], own[-HALF:]
    at = turn * HALF % len(older)
    return [*[*older, *older][at : at + HALF], *newest]


def state_of(own: OwnInc) -> IncState:
    """An incarnation as the hello says it."""
    return IncState(
        inc=own.inc,
        record=own.record,
        signature=own.signature,
        last_seq=own.last_seq,
        last_hash=own.last_hash,
        purged_seq=own.purged_seq,
        closed=own.closed,
        receipt=own.signed,
        diverged_seq=own.diverged_seq,
    )


def hash_at(tx: Connection, inc: str, seq: int) -> bytes | None:
    """Our own live hash at a seq; None when there is no such link (any more)."""
    row = tx.execute(
        "SELECT hash FROM link WHERE inc = ? AND seq = ? AND abandoned = 0", (inc, seq)
    ).fetchone()
    if row is not None:
        found: bytes = row["hash"]
        return found
    start = tx.execute("SELECT record, purged_seq, purged_hash FROM inc WHERE inc = ?", (inc,)).fetchone()
    if start is None:
        return None
    if seq == 0:
        return genesis(start["record"])
    return start["purged_hash"] if seq == start["purged_seq"] else None


def hashes(tx: Connection, inc: str, seqs: Sequence[int]) -> dict[int, bytes]:
    """Our live hashes at these seqs, as far as there are any."""
    found = {seq: hash_at(tx, inc, seq) for seq in seqs}
    return {seq: hash_ for seq, hash_ in found.items() if hash_ is not None}


def batch(tx: Connection, inc: str, after_seq: int, events_max: int) -> Batch | None:
    """What follows `after_seq`, as much as one push may hold; None when there is nothing, or nothing sound.

    It ends before bytes that the disk has damaged: nobody else is to keep them as ours.
    """
    prev = hash_at(tx, inc, after_seq)
    if prev is None:
        return None
    cursor = tx.execute(
        "SELECT l.hash, b.body, l.bh, l.seq FROM link l JOIN body b ON b.id = l.id"
        " WHERE l.inc = ? AND l.seq > ? AND l.abandoned = 0 ORDER BY l.seq LIMIT ?",
        (inc, after_seq, events_max),
    )
    rows: list[Row] = []
    plain = 0
    for row in cursor:
        if row["seq"] != after_seq + len(rows) + 1 or not journal_rows.is_sound(row):
            break
        rows.append(row)
        plain += len(row[1])
        if plain > plan.PLAIN_BYTES_MAX:
            break  # what follows would only be cut off again
    cursor.close()
    if not rows:
        return None
    rows = rows[: plan.cut([len(row[1]) for row in rows], events_max)]
    return Batch(inc, after_seq + 1, prev, [row[0] for row in rows], [row[1] for row in rows])


def damaged_at(tx: Connection, inc: str, seq: int) -> bool:
    """Has our log an event at this place or behind it, and here none with the bytes that its link carries?"""
    row = tx.execute(
        "SELECT l.seq, l.bh, b.body FROM link l LEFT JOIN body b ON b.id = l.id"
        " WHERE l.inc = ? AND l.seq >= ? AND l.abandoned = 0 ORDER BY l.seq LIMIT 1",
        (inc, seq),
    ).fetchone()
    return row is not None and not (row["seq"] == seq and journal_rows.is_sound(row))


def keep_receipt(tx: Connection, receipt: Receipt, signed: SignedReceipt) -> None:
    """Remember the newest receipt of an incarnation; a new epoch's counts even when it is lower.

    What HQ promised in an older epoch is worth nothing in a new one until it is promised again.
    """
    before = tx.execute("SELECT epoch, seq, hq_at FROM receipted WHERE inc = ?", (receipt.inc,)).fetchone()
    kept = tx.execute(
        "INSERT INTO receipted (inc, epoch, seq, hash, hq_at, receipt, signature) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (inc) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash,"
        " hq_at = excluded.hq_at, receipt = excluded.receipt, signature = excluded.signature,"
        " durable_seq = CASE excluded.epoch WHEN receipted.epoch THEN durable_seq ELSE 0 END,"
        " durable_hash = CASE excluded.epoch WHEN receipted.epoch THEN durable_hash END"
        " WHERE excluded.epoch <> receipted.epoch OR excluded.seq >= receipted.seq",
        (
            receipt.inc,
            receipt.epoch,
            receipt.seq,
            receipt.hash,
            receipt.at,
            signed.receipt,
            signed.signature,
        ),
    )
    if before is not None and kept.rowcount:
        aging.note(tx, before, receipt)


def keep_durable(tx: Connection, inc: str, durable: Durable) -> None:
    """What HQ promises now, the lower too (SYNC §14)."""
    tx.execute("UPDATE receipted SET durable_seq = ?, durable_hash = ? WHERE inc = ?", (*durable, inc))


@dataclass(frozen=True)
class Unsent:
    """Events without a receipt, and when the oldest of them happened."""

    count: int
    oldest_at: int | None
    last_contact_at: int | None


FIRST_WORDS_MAX = 100  # what a new incarnation says before it carries older events over
_UNSENT = """
WITH base AS (
    SELECT i.inc, MAX(COALESCE(r.seq, 0), COALESCE(CAST(m.value AS INTEGER), 0), i.purged_seq) AS seq
    FROM inc i LEFT JOIN receipted r ON r.inc = i.inc LEFT JOIN meta m ON m.name = 'fetched:' || i.inc
), waiting AS MATERIALIZED (
    SELECT
        MAX(0, COALESCE((
            SELECT seq FROM link WHERE inc = b.inc AND seq < COALESCE(
                (SELECT MIN(seq) FROM link WHERE inc = b.inc AND abandoned = 1), 9223372036854775807
            ) ORDER BY seq DESC LIMIT 1
        ), 0) - b.seq) AS n,
        (SELECT MIN(id) FROM (
            SELECT id FROM link WHERE inc = b.inc AND seq > b.seq AND abandoned = 0 ORDER BY seq LIMIT :look
        )) AS first
    FROM base b
)
SELECT COALESCE(SUM(n), 0) AS n, (SELECT at FROM body WHERE id = (SELECT MIN(first) FROM waiting)) AS oldest
FROM waiting
"""


def unsent(db: Database) -> Unsent:
    """What HQ has not acknowledged, over all incarnations; what it gave back it has, and all before it.

    Asked with every state of a screen, so it costs the same after a day and after ninety without a line: above what was
    deleted and before the abandoned, which are the end of a log, seqs have no gaps, so the count is a difference; ids
    are in the order of time, and only what a new incarnation says first (a few events) stands before older ones.
    """
    row = db.row(_UNSENT, {"look": FIRST_WORDS_MAX})
    assert row is not None
    contact = db.value("SELECT MAX(hq_at) FROM receipted")
    return Unsent(row["n"], row["oldest"], contact)
