"""HQ's own log: node `hq`, incarnation = epoch. Corrections and opening stock are events like any other.

An own event is appended and applied in the caller's transaction, so that a page shows it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from hq.ingest import epoch, hello, log
from hq.ingest.apply import apply, read_entry
from hq.ingest.handlers import HANDLERS
from hq.ingest.projector import lock_applied, move_applied
from hq.ingest.rules import HQ_NODE
from hq.ingest.settling import taking
from kit.crypto import random_bytes
from kit.sql import Connection, run
from retail.errors import Conflict
from retail.ids import uuid7
from schemas.events.base import Actor, Event, encode, payload
from schemas.events.registry import type_of
from sync.calls import head_fields
from sync.chain import body_hash, genesis, inc_record, link_hash
from sync.hlc import ZERO, Hlc

if TYPE_CHECKING:
    from hq.running import Running


def record(
    hq: Running,
    connection: Connection,
    fact: msgspec.Struct,
    *,
    staff: str,
    post: Sequence[tuple[str, str, int]] = (),
    agg: Sequence[str] = (),
    day: str | None = None,
    id: str | None = None,
    must_book: bool = False,
) -> str:
    """State a fact of HQ and book it; returns the event's id.

    What the ledger refuses is parked like any event; with `must_book` it raises `Conflict("ingest.not_booked")`.
    """
    taking(connection)
    now, inc = hq.clock.now_ms(), epoch.current(connection)
    _know_self(hq, connection, inc, now)
    seq, prev = log.lock_origin(connection, HQ_NODE, inc, now)
    kind = type_of(fact)
    event = Event(
        id=id or uuid7(now, random_bytes(10)), at=now, hlc=Hlc(_last_hlc(connection)).tick(now), type=kind.name,
        tv=kind.tv, day=day, actor=Actor(staff=staff, terminal=HQ_NODE), agg=list(agg), post=list(post),
        p=payload(fact),
    )  # fmt: skip
    body = encode(event)
    bh = body_hash(body)
    hash_ = link_hash(HQ_NODE, inc, seq + 1, prev, bh)
    signature = hq.key.sign("head", *head_fields(HQ_NODE, inc, seq + 1, hash_))
    facts: dict[str, Any] = {
        "node": HQ_NODE, "inc": inc, "seq": seq + 1, "prev": prev, "bh": bh, "hash": hash_, "body": body, "now": now,
        "signature": signature,
    }  # fmt: skip
    _append(connection, facts)
    lock_applied(connection, facts)
    [verdict] = apply(connection, [read_entry(HQ_NODE, HQ_NODE, inc, seq + 1, bh, now, body)], HANDLERS, now)
    if must_book and not verdict.books:
        raise Conflict("ingest.not_booked", reason=verdict.reason)
    move_applied(connection, facts)
    return event.id


def _append(connection: Connection, facts: dict[str, Any]) -> None:
    for sql in (
        "INSERT INTO link (node, inc, seq, prev, bh, hash) VALUES (:node, :inc, :seq, :prev, :bh, :hash)",
        "INSERT INTO body (node, inc, seq, recv_at, body) VALUES (:node, :inc, :seq, :now, :body)",
        "UPDATE origin SET seq = :seq, hash = :hash WHERE node = :node AND inc = :inc",
        "INSERT INTO head_signature (node, inc, seq, hash, signature, at)"
        " VALUES (:node, :inc, :seq, :hash, :signature, :now)",
    ):
        run(connection, sql, facts)


def _know_self(hq: Running, connection: Connection, inc: str, now: int) -> None:
    """Its incarnation of this epoch; its node is held until the transaction ends, so that a second worker waits."""
    facts = {"node": HQ_NODE, "inc": inc}
    known = "SELECT 1 FROM inc WHERE node = :node AND inc = :inc"
    if run(connection, known, facts).first():
        return
    run(
        connection,
        "INSERT INTO node (node, store, state, enrolled_at) VALUES (:node, :node, 'active', :now)"
        " ON CONFLICT (node) DO NOTHING",
        facts | {"now": now},
    )
    run(connection, "UPDATE node SET state = state WHERE node = :node", facts)
    if run(connection, known, facts).first():
        return
    made = inc_record(HQ_NODE, inc, None, hq.key.public)
    ordinal = run(connection, "SELECT COUNT(*) FROM inc WHERE node = :node", facts).scalar_one() + 1
    hello.add_inc(
        connection,
        facts
        | {
            "ordinal": ordinal, "parent_inc": None, "parent_seq": None, "parent_hash": None, "key": hq.key.public,
            "now": now, "record": made, "signature": hq.key.sign("inc", made), "genesis": genesis(made),
        },
    )  # fmt: skip


def _last_hlc(connection: Connection) -> str:
    row = run(
        connection,
        "SELECT b.body FROM body b JOIN inc i ON i.node = b.node AND i.inc = b.inc WHERE b.node = 'hq'"
        " ORDER BY i.ordinal DESC, b.seq DESC LIMIT 1",
    ).first()
    if row is None:
        return ZERO
    entry = read_entry(HQ_NODE, HQ_NODE, "", 0, b"", 0, bytes(row[0]))
    return entry.event.hlc if entry.event else ZERO
