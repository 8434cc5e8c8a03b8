"""The greeting: what the node has, what HQ has, and what follows for epoch, holes and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hq.ingest import epoch, log, protocols, trusted
from hq.ingest.alarms import alarm, last_facts
from hq.ingest.sessions import Speaker, hold_key
from hq.publish import actions as publish
from hq.publish import freeze
from hq.publish import queries as published
from hq.publish import repository as scopes
from kit.crypto import fingerprint, verify
from kit.sql import Connection, run
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire.bounds import Count, Hex, Name
from schemas.wire.up import Hello, HelloAnswer, IncAnswer, IncState, Receipt, ScopeHead, SignedReceipt
from sync.chain import genesis

if TYPE_CHECKING:
    from hq.running import Running


UNKNOWN = "node.inc_unknown"


class Record(msgspec.Struct, frozen=True):
    """An inc record as `sync.chain.inc_record` writes it."""

    inc: Name
    node: Name
    parent: tuple[Name, Count, Hex] | None
    public_key: Hex


def greet(hq: Running, who: Speaker, raw: bytes, signature: bytes, *, carried: bool = False) -> HelloAnswer:
    """Register incarnations, raise the epoch if HQ has lost something, answer where everything stands.

    A greeting comes every fifteen seconds and says the same again, so its traces need not outlive a power cut; only
    a new epoch is on the disk before anybody hears of it.

    A greeting that was `carried` on a stick is days old: of the node's clock and cursors now it says nothing. Nor need
    it share a version of the protocol with us: a bundle has its own format (P1).
    """
    if not verify(who.public_key, signature, "hello", raw):
        raise ProtocolError("sync.hello_not_signed")
    protocol = 0 if carried else protocols.agree(hq, who, raw)
    said = wire.decode(raw, Hello)
    if said.node != who.node:
        raise ProtocolError("sync.node_differs")
    now = hq.clock.now_ms()
    with hq.db.write(durable=False) as connection:
        if not carried:
            protocols.agreed(connection, who.node, now)
        known, unknown = _registered(connection, who, said.incs, now)
        _name_unknown(connection, who, unknown, now)
        this_epoch = _epoch(hq, connection, who, said.incs)
        for state in known:
            _note_hole(connection, who, state, now)
            if 0 < state.diverged_seq <= _head(connection, who.node, state.inc)[0]:
                log.remember_fork(connection, who, state.inc, state.diverged_seq, now)
        answers = [standing(hq, connection, who, state.inc, this_epoch, now) for state in known]
        allowed = publish.scopes_of_store(connection, who.store)
        publish.subscribe(connection, who.node, allowed, now)
        if not carried:
            _note_contact(connection, who, said, allowed, now)
        epoch.seen(hq, connection, said.epoch_seen, this_epoch)
        heads = _heads(connection, who, said, allowed)
        settled = epoch.settled(connection) == this_epoch
    if not settled:  # raised here, or by a greeting that has not come so far yet
        epoch.settle(hq)
    return HelloAnswer(
        nonce=said.nonce,
        epoch=this_epoch,
        protocol=protocol,
        incs=answers,
        scopes=heads,
        hq_at=now,
        store=who.store,
    )


def _registered(
    connection: Connection, who: Speaker, incs: list[IncState], now: int
) -> tuple[list[IncState], set[bytes]]:
    """The incarnations that HQ knows now, and the keys of those that it leaves out."""
    strange = {state.inc: _register(connection, who, state, now) for state in incs}
    known = [state for state in incs if strange[state.inc] is None]
    return known, {key for key in strange.values() if key is not None}


def _name_unknown(connection: Connection, who: Speaker, keys: set[bytes], now: int) -> None:
    """An HQ that was put back to before a device was enrolled cannot know it: its incarnations hold nobody up.

    They are told with every greeting, so a person who has closed the alarm hears of the same devices no more.
    """
    devices = sorted(fingerprint(key) for key in keys)
    if not set(devices) <= set(last_facts(connection, f"{UNKNOWN}|{who.node}").get("devices", ())):
        alarm(
            connection,
            store=who.store,
            code=UNKNOWN,
            subject=who.node,
            now_ms=now,
            facts={"devices": devices},
        )


def _register(connection: Connection, who: Speaker, state: IncState, now: int) -> bytes | None:
    """Remember an incarnation; it must be signed by a key of this node, its lineage is information only.

    A key that HQ does not know as this node's comes back, and nothing is remembered. A known one is held until this
    transaction ends: nobody declares its device lost between the look at that and the end, and a greeting that brings
    the same incarnation waits.
    """
    facts: dict[str, Any] = {"node": who.node, "inc": state.inc}
    if _is_known(connection, facts):
        return None
    record = wire.decode(state.record, Record)
    key = bytes.fromhex(record.public_key)
    held = hold_key(connection, who.node, key)
    if record.node != who.node or record.inc != state.inc:
        raise ProtocolError("sync.inc_not_ours")
    if not verify(key, state.signature, "inc", state.record):
        raise ProtocolError("sync.inc_not_signed")
    if not held:
        return key
    if _is_known(connection, facts):
        return None
    parent = record.parent or (None, None, None)
    ordinal = run(connection, "SELECT COUNT(*) FROM inc WHERE node = :node", facts).scalar_one() + 1
    facts |= {
        "ordinal": ordinal, "parent_inc": parent[0], "parent_seq": parent[1], "key": key, "now": now,
        "parent_hash": bytes.fromhex(parent[2]) if parent[2] else None, "record": state.record,
        "signature": state.signature, "genesis": genesis(state.record),
    }  # fmt: skip
    add_inc(connection, facts)
    if trusted.is_lost(connection, who.node, key):
        trusted.distrust(connection, who.node, state.inc, now)
    return None


def _is_known(connection: Connection, facts: dict[str, Any]) -> bool:
    return run(connection, "SELECT 1 FROM inc WHERE node = :node AND inc = :inc", facts).first() is not None


def add_inc(connection: Connection, facts: dict[str, Any]) -> None:
    """A new incarnation at seq 0."""
    run(
        connection,
        "INSERT INTO inc (node, inc, ordinal, parent_inc, parent_seq, parent_hash, public_key, record, signature,"
        " first_seen_at) VALUES (:node, :inc, :ordinal, :parent_inc, :parent_seq, :parent_hash, :key, :record,"
        " :signature, :now)",
        facts,
    )
    run(
        connection,
        "INSERT INTO origin (node, inc, seq, hash, at) VALUES (:node, :inc, 0, :genesis, :now)",
        facts,
    )


def _epoch(hq: Running, connection: Connection, who: Speaker, incs: list[IncState]) -> str:
    """The epoch in force; the next one, once, when HQ has lost what it acknowledged in this one (I3)."""
    this = epoch.current(connection)
    if not any(_lost(hq, connection, who, state, this) for state in incs):
        return this
    this = epoch.held(connection)
    if not any(_lost(hq, connection, who, state, this) for state in incs):
        return this  # another greeting has raised it just now
    return epoch.raised(hq, connection, why="receipts", subject=who.node)


def _lost(hq: Running, connection: Connection, who: Speaker, state: IncState, this_epoch: str) -> bool:
    """Did HQ acknowledge, in this very epoch, more than it has?"""
    if state.receipt is None or not verify(
        hq.key.public, state.receipt.signature, "receipt", state.receipt.receipt
    ):
        return False
    said = wire.decode(state.receipt.receipt, Receipt)
    if (said.node, said.inc) != (who.node, state.inc) or said.epoch != this_epoch:
        return False
    if not _is_known(connection, {"node": who.node, "inc": state.inc}):
        return said.seq > 0
    return said.seq > _head(connection, who.node, state.inc)[0]


def _head(connection: Connection, node: str, inc: str) -> tuple[int, bytes]:
    row = run(
        connection,
        "SELECT seq, hash FROM origin WHERE node = :node AND inc = :inc",
        {"node": node, "inc": inc},
    ).one()
    return int(row[0]), bytes(row[1])


def _note_hole(connection: Connection, who: Speaker, state: IncState, now: int) -> None:
    """A closed incarnation whose purged part HQ does not have: those events exist nowhere any more."""
    if not state.closed:
        return
    seq, _ = _head(connection, who.node, state.inc)
    facts = {"node": who.node, "inc": state.inc, "first": seq + 1, "last": state.purged_seq, "now": now}
    run(connection, "UPDATE inc SET closed = 1 WHERE node = :node AND inc = :inc", facts)
    if state.purged_seq <= seq:
        return
    found = run(
        connection,
        "INSERT INTO hole (node, inc, from_seq, to_seq, found_at) VALUES (:node, :inc, :first, :last, :now)"
        " ON CONFLICT (node, inc, from_seq) DO NOTHING",
        facts,
    )
    if not found.rowcount:
        return  # named before: a greeting is repeated all day
    alarm(
        connection, store=who.store, code="hole.found", subject=f"{who.node}/{state.inc}", now_ms=now,
        facts={"from": seq + 1, "to": state.purged_seq},
    )  # fmt: skip


def standing(
    hq: Running, connection: Connection, who: Speaker, inc: str, this_epoch: str, now: int
) -> IncAnswer:
    """How far HQ has an incarnation, with its receipt, and up to where it promises to be able to restore it."""
    seq, hash_ = _head(connection, who.node, inc)
    said = log.signed_before(connection, who.node, inc, seq, this_epoch) or log.receipt(
        hq, connection, who.node, inc, seq, hash_, this_epoch, now
    )
    durable = run(
        connection,
        "SELECT seq, hash FROM durable WHERE node = :node AND inc = :inc AND seq <= :seq AND epoch = :epoch",
        {"node": who.node, "inc": inc, "seq": seq, "epoch": this_epoch},
    ).first()
    return IncAnswer(
        inc=inc, receipt=SignedReceipt(said.body, said.signature), durable_seq=int(durable[0]) if durable else 0,
        durable_hash=bytes(durable[1]) if durable else None,
    )  # fmt: skip


def _heads(connection: Connection, who: Speaker, said: Hello, allowed: set[str]) -> list[ScopeHead]:
    """Where the node's scopes are; while they are frozen, exactly where it says that it stands."""
    if freeze.frozen(connection):
        freeze.note(connection, {c.scope: c.version for c in said.cursors if c.scope in allowed})
        return [ScopeHead(cursor.scope, cursor.version, cursor.digest) for cursor in said.cursors]
    heads = published.heads(connection, who.node)
    return [ScopeHead(name, head.version, head.digest) for name, head in heads.items()]


def _note_contact(connection: Connection, who: Speaker, said: Hello, allowed: set[str], now: int) -> None:
    scopes.put_cursors(
        connection,
        [
            (who.node, cursor.scope, cursor.epoch, cursor.version, cursor.digest, now)
            for cursor in said.cursors
            if cursor.scope in allowed
        ],
    )
    run(
        connection,
        "INSERT INTO contact (node, inc, app_version, hello_at, clock_ms, offset_ms)"
        " VALUES (:node, :inc, :version, :now, :clock, :offset) ON CONFLICT (node) DO UPDATE SET"
        " inc = excluded.inc, app_version = excluded.app_version, hello_at = excluded.hello_at,"
        " clock_ms = excluded.clock_ms, offset_ms = excluded.offset_ms",
        {
            "node": who.node, "inc": said.incs[-1].inc if said.incs else "", "version": said.app_version[:40],
            "now": now, "clock": said.clock_ms, "offset": said.clock_ms - now,
        },
    )  # fmt: skip
