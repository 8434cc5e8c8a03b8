"""Delete old events that HQ can restore from a backup (SYNC §4): never on a receipt alone.

Only inside a session whose hello confirmed the epoch, only up to min(durable, receipted) whose own hash is the one
that HQ named, only older than 30 days. The last receipted event stays, and (seq, hash) of the purged part.
"""

from __future__ import annotations

from edge.journal.actions import Journal
from edge.syncing import outbox
from kit.db import Connection

KEEP_MS = 30 * 86_400_000
_CHILDREN = (
    "DELETE FROM document_tender WHERE id = ?",
    "DELETE FROM document_line WHERE id = ?",
    "DELETE FROM document WHERE id = ?",
    "DELETE FROM cash_move WHERE id = ?",
    "DELETE FROM stock_document WHERE id = ?",
    "DELETE FROM posting WHERE id = ?",
)


def purge_point(tx: Connection, inc: str, epoch: str, now_ms: int) -> int:
    """Up to which seq an incarnation may be deleted; 0 when nothing may."""
    row = tx.execute("SELECT * FROM receipted WHERE inc = ? AND epoch = ?", (inc, epoch)).fetchone()
    if row is None or not row["durable_seq"] or row["durable_hash"] is None:
        return 0
    if outbox.hash_at(tx, inc, row["durable_seq"]) != row["durable_hash"]:
        return 0
    if outbox.hash_at(tx, inc, row["seq"]) != row["hash"]:
        return 0
    limit: int = min(row["durable_seq"], row["seq"] - 1)
    young = tx.execute(
        "SELECT MIN(l.seq) FROM link l JOIN body b ON b.id = l.id WHERE l.inc = ? AND b.at > ?",
        (inc, now_ms - KEEP_MS),
    ).fetchone()[0]
    return max(0, limit if young is None else min(limit, int(young) - 1))


def purge(journal: Journal, epoch: str, now_ms: int) -> int:
    """Delete what may be deleted; returns how many events went."""
    gone = 0
    with journal.writing() as tx:
        for own in outbox.incs(tx):
            point = purge_point(tx, own.inc, epoch, now_ms)
            if point > own.purged_seq:
                gone += _delete(tx, own.inc, point)
    return gone


def _delete(tx: Connection, inc: str, point: int) -> int:
    hash_ = outbox.hash_at(tx, inc, point)
    rows = tx.execute("SELECT id FROM link WHERE inc = ? AND seq <= ?", (inc, point)).fetchall()
    tx.execute("INSERT INTO meta (name, value) VALUES ('purging', '1')")
    tx.execute("UPDATE inc SET purged_seq = ?, purged_hash = ? WHERE inc = ?", (point, hash_, inc))
    tx.execute("DELETE FROM link WHERE inc = ? AND seq <= ?", (inc, point))
    ids = [
        (row["id"],)
        for row in rows
        if tx.execute("SELECT 1 FROM link WHERE id = ?", (row["id"],)).fetchone() is None
    ]
    for sql in _CHILDREN:
        tx.executemany(sql, ids)
    tx.executemany("DELETE FROM body WHERE id = ?", ids)
    tx.execute("DELETE FROM meta WHERE name = 'purging'")
    return len(ids)
