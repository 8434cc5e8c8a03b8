"""Delete old events that HQ can restore from a backup (SYNC §4): never on a receipt alone.

Only inside a session whose hello confirmed the epoch, only up to min(durable, receipted) whose own hash is the one
that HQ named, only older than 30 days and than the node's own setting. A date that has not come was a wrong clock's:
such an event is as old as the receipt by which HQ told that it has it (`aging`), for what was written behind it may be
dated too early.

The last receipted event stays, and (seq, hash) of the purged part; so does everything of a shift that is still open:
its drawer is the sum of its events. A return may go before its sale, which another log holds: what it took back stays
with the sale. What had come back from a mirror or HQ is remembered by its hash (`purged_replay`), for its copy may be
read again. A piece at a time, so that no sale waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.journal.actions import Journal
from edge.journal.repository import get_meta, set_meta
from edge.sales.repository import keep_what_returned
from edge.syncing import aging, outbox
from kit.db import Connection, Row
from retail.civil import store_local

DAY_MS = 86_400_000
KEEP_MS = 30 * DAY_MS
PIECE = 200
PURGED_DAY = "purged_day"
PURGED_AHEAD = "purged_ahead"
PURGED_ANEW = "purged_anew:"
_REPLAYS = "INSERT OR IGNORE INTO purged_replay (bh) SELECT bh FROM body WHERE id = ? AND replayed = 1"
_CHILDREN = (
    "DELETE FROM basket WHERE id = (SELECT basket FROM document WHERE id = ?) AND state = 'done'",
    "DELETE FROM document_tender WHERE id = ?",
    "DELETE FROM document_line WHERE id = ?",
    "DELETE FROM document WHERE id = ?",
    "DELETE FROM purged_return WHERE original = ?",
    "DELETE FROM cash_move WHERE id = ?",
    "DELETE FROM stock_document WHERE id = ?",
    "DELETE FROM posting WHERE id = ?",
)


def purge_point(tx: Connection, inc: str, epoch: str, now_ms: int, keep_ms: int = KEEP_MS) -> int:
    """Up to which seq an incarnation may be deleted now, at most a piece; 0 when nothing may."""
    row = tx.execute("SELECT * FROM receipted WHERE inc = ? AND epoch = ?", (inc, epoch)).fetchone()
    if row is None or not row["durable_seq"] or row["durable_hash"] is None:
        return 0
    if outbox.hash_at(tx, inc, row["durable_seq"]) != row["durable_hash"]:
        return 0
    if outbox.hash_at(tx, inc, row["seq"]) != row["hash"]:
        return 0
    before_ms = now_ms - max(keep_ms, KEEP_MS)
    had = aging.had(tx, inc, epoch, before_ms)
    point = 0
    for event in _piece(tx, inc, min(row["durable_seq"], row["seq"] - 1)):
        ahead = event["at"] > now_ms and event["seq"] <= had
        if event["in_open_shift"] or not (event["at"] <= before_ms or ahead):
            break
        point = event["seq"]
    return point


def _piece(tx: Connection, inc: str, limit: int) -> list[Row]:
    """The next events: a log is deleted from its beginning only."""
    return tx.execute(
        "SELECT l.seq, b.at, EXISTS (SELECT 1 FROM shift s WHERE s.id = b.shift AND s.state = 'open') AS in_open_shift"
        " FROM inc i CROSS JOIN link l CROSS JOIN body b WHERE i.inc = ? AND l.inc = i.inc"
        " AND l.seq > i.purged_seq AND l.seq <= ? AND b.id = l.id ORDER BY l.seq LIMIT ?",
        (inc, limit, PIECE),
    ).fetchall()


def purge(journal: Journal, epoch: str, now_ms: int, keep_ms: int = KEEP_MS) -> int:
    """Delete a piece of each log that may be deleted; returns how many events went."""
    with journal.db.read() as tx:
        found = any(purge_point(tx, own.inc, epoch, now_ms, keep_ms) for own in outbox.incs(tx))
    if not found:
        return 0  # asked with every hello: nothing is locked for nothing
    gone = 0
    with journal.writing() as tx:
        for own in outbox.incs(tx):
            point = purge_point(tx, own.inc, epoch, now_ms, keep_ms)
            if point > own.purged_seq:
                gone += _delete(tx, own.inc, point, now_ms)
    return gone


def _delete(tx: Connection, inc: str, point: int, now_ms: int) -> int:
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
    _remember_days(tx, ids, now_ms)
    for id_ in ids:
        keep_what_returned(tx, *id_)
    _remember_anew(tx, {row["id"] for row in rows} - {id_ for (id_,) in ids})
    tx.executemany(_REPLAYS, ids)
    for sql in _CHILDREN:
        tx.executemany(sql, ids)
    tx.executemany("DELETE FROM body WHERE id = ?", ids)
    tx.execute("DELETE FROM meta WHERE name = 'purging'")
    return len(ids)


def _remember_days(tx: Connection, ids: list[tuple[str]], now_ms: int) -> None:
    """Of these business days, and of all before the newest, this disk may have only a part: it counts them no more.

    A day that has not come is remembered by itself: all real days lie before it.
    """
    days = {tx.execute("SELECT coalesce(day, '') FROM body WHERE id = ?", id_).fetchone()[0] for id_ in ids}
    tomorrow = store_local(now_ms + DAY_MS, "UTC")[:10]
    ahead = {day for day in days if day > tomorrow}
    set_meta(tx, PURGED_DAY, max([get_meta(tx, PURGED_DAY) or "", *(days - ahead)]))
    if ahead:
        ahead |= set((get_meta(tx, PURGED_AHEAD) or "").split())
        set_meta(tx, PURGED_AHEAD, " ".join(sorted(ahead)))


def _remember_anew(tx: Connection, ids: Iterable[str]) -> None:
    """What was written anew and deleted now is at HQ for good: its abandoned places say so, which keep its body."""
    found: dict[str, set[int]] = {}
    for id_ in ids:
        links = tx.execute("SELECT inc, seq, abandoned FROM link WHERE id = ?", (id_,)).fetchall()
        if all(link["abandoned"] for link in links):
            for link in links:
                found.setdefault(link["inc"], set()).add(link["seq"])
    for inc, seqs in found.items():
        spans = _joined([*purged_anew(tx, inc), *((seq, seq) for seq in seqs)])
        set_meta(tx, PURGED_ANEW + inc, " ".join(f"{first}-{last}" for first, last in spans))


def purged_anew(tx: Connection, inc: str) -> list[tuple[int, int]]:
    """Abandoned places of a log whose events were written anew, went to HQ and were deleted: (first, last) each."""
    spans = [span.partition("-") for span in (get_meta(tx, PURGED_ANEW + inc) or "").split()]
    return [(int(a), int(b)) for a, _, b in spans if a.isdecimal() and b.isdecimal()]


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
