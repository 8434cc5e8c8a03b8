"""Stage 1: append a batch to an origin's log, or say gap or fork. One transaction, under the origin's row lock.

Nothing in a body is looked at. The receipt is written in the same transaction as the links and sent only after
the commit: a receipt in a store's hands means that HQ has it (U4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hq.ingest import epoch
from hq.ingest.alarms import alarm
from hq.ingest.sessions import Speaker
from kit.crypto import verify
from kit.sql import Connection, bulk, insert, run
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire import frame
from schemas.wire.up import Fork, Gap, HelloNeeded, PushHeader, Receipt
from sync import accept, guard
from sync.calls import head_fields
from sync.chain import body_hash, extend, genesis

if TYPE_CHECKING:
    from hq.running import Running

EVIDENCE_MAX = 2_000
_EVIDENCE = "SELECT COUNT(*) FROM fork_evidence WHERE node = :node AND inc = :inc"


@dataclass(frozen=True)
class Batch:
    """A frame that holds together: every link computed, the last one as the node said."""

    header: PushHeader
    bodies: list[bytes]
    body_hashes: list[bytes]
    hashes: list[bytes]

    @property
    def last_seq(self) -> int:
        """The seq of the last link."""
        return self.header.first_seq + len(self.bodies) - 1


def read(packed: bytes, node: str) -> Batch:
    """Unpack and check a frame; raises `ProtocolError` for a broken envelope, before anything is stored (P3)."""
    raw, plain = frame.header_of(guard.inflate(packed))
    header = wire.decode(raw, PushHeader)
    if header.node != node:
        raise ProtocolError("sync.node_differs")
    if frame.digest(plain) != header.digest:
        raise ProtocolError("wire.frame_broken", why="digest")
    bodies = frame.split(plain, header.count)
    body_hashes = [body_hash(body) for body in bodies]
    hashes = extend(node, header.inc, header.first_seq, header.prev, body_hashes)
    if hashes[-1] != header.last_hash:
        raise ProtocolError("sync.chain_broken")
    return Batch(header, bodies, body_hashes, hashes)


@dataclass(frozen=True)
class Said:
    """An answer and its signature; `grew` when there is something for stage 2."""

    body: bytes
    signature: bytes
    grew: bool = False


def push(hq: Running, who: Speaker, packed: bytes, *, carried: bool = False) -> Said:
    """Take a batch from the line, or one that was `carried` on a stick, where no protocol is agreed (P1)."""
    batch = read(packed, who.node)
    if (
        batch.header.protocol not in hq.protocols and not carried
    ):  # agreed with another program of HQ: agree anew
        return _say(hq, HelloNeeded(inc=batch.header.inc))
    now = hq.clock.now_ms()
    with hq.db.write() as connection:
        known = _inc(connection, who.node, batch.header.inc)
        if known is None:
            return _say(hq, HelloNeeded(inc=batch.header.inc))
        fields = head_fields(who.node, batch.header.inc, batch.last_seq, batch.header.last_hash)
        if not verify(known.public_key, batch.header.head_signature, "head", *fields):
            raise ProtocolError("sync.head_not_signed")
        seq, hash_ = lock_origin(connection, who.node, batch.header.inc, now)
        decision = _decide(connection, batch, known, seq)
        if isinstance(decision, accept.Gap) and not known.closed:
            return _say(hq, Gap(inc=batch.header.inc, seq=seq, hash=hash_))
        if isinstance(decision, accept.Fork):
            _keep_evidence(connection, who, batch, decision.seq, now)
            return _say(hq, Fork(inc=batch.header.inc, seq=seq, hash=hash_))
        if isinstance(decision, accept.Append):
            _append(connection, batch, decision.skip, now)
            seq, hash_ = batch.last_seq, batch.hashes[-1]
        return receipt(hq, connection, who.node, batch.header.inc, seq, hash_, epoch.current(connection), now)


@dataclass(frozen=True)
class KnownInc:
    """What HQ knows about an incarnation before its first link."""

    public_key: bytes
    genesis: bytes
    closed: bool


def _inc(connection: Connection, node: str, inc: str) -> KnownInc | None:
    row = run(
        connection,
        "SELECT public_key, record, closed FROM inc WHERE node = :node AND inc = :inc",
        {"node": node, "inc": inc},
    ).first()
    return None if row is None else KnownInc(bytes(row[0]), genesis(bytes(row[1])), bool(row[2]))


def lock_origin(connection: Connection, node: str, inc: str, now: int) -> tuple[int, bytes]:
    """HQ's head of an incarnation, locked until the transaction ends."""
    facts = {"node": node, "inc": inc, "now": now}
    run(connection, "UPDATE origin SET at = :now WHERE node = :node AND inc = :inc", facts)
    row = run(connection, "SELECT seq, hash FROM origin WHERE node = :node AND inc = :inc", facts).one()
    return int(row[0]), bytes(row[1])


def stored_hashes(connection: Connection, node: str, inc: str, first: int, last: int) -> dict[int, bytes]:
    """HQ's link hashes first..last, as far as there are any."""
    rows = run(
        connection,
        "SELECT seq, hash FROM link WHERE node = :node AND inc = :inc AND seq BETWEEN :first AND :last",
        {"node": node, "inc": inc, "first": first, "last": last},
    )
    return {int(row[0]): bytes(row[1]) for row in rows}


def _decide(connection: Connection, batch: Batch, known: KnownInc, head_seq: int) -> accept.Decision:
    header = batch.header
    last = min(head_seq, batch.last_seq)
    stored = stored_hashes(connection, header.node, header.inc, header.first_seq - 1, last)
    stored[0] = known.genesis
    return accept.decide(head_seq, header.first_seq, header.prev, batch.hashes, stored)


def _append(connection: Connection, batch: Batch, skip: int, now: int) -> None:
    header = batch.header
    node, inc = header.node, header.inc
    prevs = [header.prev, *batch.hashes[:-1]]
    seqs = range(header.first_seq, header.first_seq + len(batch.bodies))
    links = list(zip(seqs, prevs, batch.body_hashes, batch.hashes, batch.bodies, strict=True))[skip:]
    insert(
        connection, "link", "node, inc, seq, prev, bh, hash",
        [(node, inc, seq, prev, bh, hash_) for seq, prev, bh, hash_, _ in links],
    )  # fmt: skip
    insert(
        connection, "body", "node, inc, seq, recv_at, body",
        [(node, inc, seq, now, body) for seq, _, _, _, body in links],
    )  # fmt: skip
    facts: dict[str, Any] = {
        "node": node, "inc": inc, "seq": batch.last_seq, "hash": batch.hashes[-1], "now": now,
        "signature": header.head_signature,
    }  # fmt: skip
    run(connection, "UPDATE origin SET seq = :seq, hash = :hash WHERE node = :node AND inc = :inc", facts)
    run(
        connection,
        "INSERT INTO head_signature (node, inc, seq, hash, signature, at)"
        " VALUES (:node, :inc, :seq, :hash, :signature, :now) ON CONFLICT (node, inc, seq) DO NOTHING",
        facts,
    )


def _keep_evidence(connection: Connection, who: Speaker, batch: Batch, seq: int, now: int) -> None:
    """Both chains verify afterwards: HQ's own and what it refused. Bounded, because a clone may be mad."""
    header = batch.header
    facts = {"node": who.node, "inc": header.inc, "seq": seq, "now": now}
    kept = run(connection, _EVIDENCE, facts).scalar_one()
    prevs = [header.prev, *batch.hashes[:-1]]
    rows: list[tuple[Any, ...]] = [
        (
            who.node,
            header.inc,
            header.first_seq + i,
            batch.hashes[i],
            prevs[i],
            batch.body_hashes[i],
            body,
            now,
        )
        for i, body in enumerate(batch.bodies)
        if header.first_seq + i >= seq
    ]
    bulk(
        connection,
        "INSERT INTO fork_evidence (node, inc, seq, hash, prev, bh, body, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (node, inc, seq, hash) DO NOTHING",
        rows[: max(0, EVIDENCE_MAX - kept)],
    )
    if kept and kept == run(connection, _EVIDENCE, facts).scalar_one():
        return  # the same request again changes nothing (U16)
    run(
        connection,
        "INSERT INTO fork (node, inc, seq, found_at) VALUES (:node, :inc, :seq, :now)"
        " ON CONFLICT (node, inc) DO UPDATE SET found_at = excluded.found_at, closed_at = NULL"
        " WHERE fork.closed_at IS NOT NULL",
        facts,
    )
    _alarm_of_fork(connection, who, header.inc, seq, now)


def remember_fork(connection: Connection, who: Speaker, inc: str, seq: int, now: int) -> None:
    """A node says that it once parted from HQ's log: HQ may have lost the record with its own disk.

    One that is there, open or closed by a person, is left as it is.
    """
    made = run(
        connection,
        "INSERT INTO fork (node, inc, seq, found_at) VALUES (:node, :inc, :seq, :now)"
        " ON CONFLICT (node, inc) DO NOTHING",
        {"node": who.node, "inc": inc, "seq": seq, "now": now},
    )
    if made.rowcount:
        _alarm_of_fork(connection, who, inc, seq, now)


def _alarm_of_fork(connection: Connection, who: Speaker, inc: str, seq: int, now: int) -> None:
    alarm(
        connection,
        store=who.store,
        code="fork.found",
        subject=f"{who.node}/{inc}",
        now_ms=now,
        facts={"seq": seq},
    )


def signed_before(connection: Connection, node: str, inc: str, seq: int, this_epoch: str) -> Said | None:
    """The receipt that was signed when HQ's head of this incarnation came to stand where it stands."""
    row = run(
        connection,
        "SELECT receipt, signature FROM receipt WHERE node = :node AND inc = :inc AND seq = :seq AND epoch = :epoch",
        {"node": node, "inc": inc, "seq": seq, "epoch": this_epoch},
    ).first()
    return None if row is None else Said(bytes(row[0]), bytes(row[1]), grew=False)


def receipt(
    hq: Running,
    connection: Connection,
    node: str,
    inc: str,
    seq: int,
    hash_: bytes,
    this_epoch: str,
    now: int,
) -> Said:
    """Sign and store that HQ has 1..seq; the caller sends it after the commit."""
    message = Receipt(node=node, inc=inc, seq=seq, hash=hash_, epoch=this_epoch, at=now)
    said = _say(hq, message)
    facts = {
        "node": node, "inc": inc, "seq": seq, "epoch": message.epoch, "now": now, "receipt": said.body,
        "signature": said.signature,
    }  # fmt: skip
    run(
        connection,
        "INSERT INTO receipt (node, inc, seq, epoch, at, receipt, signature)"
        " VALUES (:node, :inc, :seq, :epoch, :now, :receipt, :signature) ON CONFLICT (node, inc) DO UPDATE"
        " SET seq = excluded.seq, epoch = excluded.epoch, at = excluded.at, receipt = excluded.receipt,"
        " signature = excluded.signature",
        facts,
    )
    run(connection, "UPDATE contact SET push_at = :now WHERE node = :node", facts)
    return Said(said.body, said.signature, grew=True)


def _say(hq: Running, message: Receipt | Gap | Fork | HelloNeeded) -> Said:
    body = wire.encode(message)
    return Said(body, hq.key.sign("receipt", body))
