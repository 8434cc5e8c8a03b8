"""Keep own events that HQ gives back after a rollback: no printing, no new event, not in this drawer.

A piece is taken only as a whole and only if its links join ours: the hash before its first event must be ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from edge.journal import repository as journal_rows
from edge.journal.repository import get_meta, set_meta
from edge.node import Node
from edge.sales.projection import DOCUMENTS, project
from edge.sales.repository import place_taken
from edge.syncing import outbox
from edge.till.going_on import end_sold
from kit.db import Connection
from kit.logs import logger
from retail.errors import Invalid, ProtocolError
from schemas.events.base import Event, decode
from schemas.wire.up import LogHeader
from sync.chain import body_hash, extend

log = logger("lianpu.sync")


def adopt(node: Node, header: LogHeader, bodies: Sequence[bytes], *, at_hq: bool = True) -> int:
    """Keep a piece of a copy of an own log; returns the seq up to which it is here now.

    What came from a mirror is not known to be `at_hq`: it is sent there like any other event.
    """
    hashes = [body_hash(body) for body in bodies]
    links = extend(node.store, header.inc, header.first_seq, header.prev, hashes)
    if bodies and links[-1] != header.last_hash:
        raise ProtocolError("sync.chain_broken")
    last = header.first_seq + len(bodies) - 1
    with node.journal.writing() as tx:
        _check_joins(tx, header)
        linked = linkable(tx, header.inc)
        for i, body in enumerate(bodies):
            id_ = keep_body(tx, header.inc, header.first_seq + i, hashes[i], body)
            if linked and id_:
                prev = header.prev if i == 0 else links[i - 1]
                journal_rows.insert_link(tx, header.inc, header.first_seq + i, prev, hashes[i], links[i], id_)
        if at_hq:
            note_fetched(tx, header.inc, last, links[-1] if bodies else header.prev)
    log.info("sync.fetched", inc=header.inc, to=last, events=len(bodies))
    return last


def note_fetched(tx: Connection, inc: str, seq: int, hash_: bytes) -> None:
    """Remember up to where HQ's copy of an own log is here, and its hash there: the next piece joins it."""
    set_meta(tx, f"fetched:{inc}", str(seq))
    set_meta(tx, f"fetched_hash:{inc}", hash_.hex())


def _check_joins(tx: Connection, header: LogHeader) -> None:
    row = tx.execute(
        "SELECT hash, abandoned FROM link WHERE inc = ? AND seq = ?", (header.inc, header.first_seq - 1)
    ).fetchone()
    ours = outbox.hash_at(tx, header.inc, header.first_seq - 1)
    fetched = get_meta(tx, f"fetched:{header.inc}"), get_meta(tx, f"fetched_hash:{header.inc}")
    if fetched == (str(header.first_seq - 1), header.prev.hex()):
        return
    if ours is not None and ours != header.prev:
        raise ProtocolError("sync.chain_broken")
    if ours is None and (row is None or not row["abandoned"]):
        raise ProtocolError("sync.piece_does_not_join")


def linkable(tx: Connection, inc: str) -> bool:
    """Links of ours that were abandoned keep their places as evidence: then HQ's are not laid beside them."""
    row = tx.execute("SELECT 1 FROM link WHERE inc = ? AND abandoned = 1 LIMIT 1", (inc,)).fetchone()
    return row is None


def keep_body(tx: Connection, inc: str, seq: int, bh: bytes, body: bytes) -> str:
    """Body, postings and local rows once per id; returns the id, empty for a body that no program can read."""
    try:
        event = decode(body)
    except Invalid:
        log.error("sync.fetched_unreadable", inc=inc, seq=seq)
        return ""
    if tx.execute("SELECT 1 FROM body WHERE id = ?", (event.id,)).fetchone() is None:
        journal_rows.insert_body(tx, (event.id, bh, event.type, event.at, event.day, event.shift, 1, body))
        journal_rows.insert_postings(tx, event.id, event.post)
        _project(tx, event)
    return event.id


def _project(tx: Connection, event: Event) -> None:
    """The local rows, but of a document whose place another one has; the basket that was sold is done, and a Z is
    not numbered like this one again.
    """
    if event.type == "shift.closed":
        journal_rows.raise_number(tx, event.p["terminal"], "Z", event.p["z_number"])
    if event.type in DOCUMENTS and place_taken(tx, event):
        return
    project(tx, event, replayed=True)
    if event.type == "sale.completed":
        end_sold(tx, event)
