"""What nodes and pages read about logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hq.ingest.alarms import alarm
from hq.ingest.log import stored_hashes
from kit.logs import logger
from kit.sql import Row, run
from retail.errors import NotFound
from schemas import wire
from schemas.wire import frame
from schemas.wire.up import LogHeader, MirrorKey, OwnLife, OwnLives, Telemetry
from sync import guard, plan
from sync.chain import body_hash, extend, genesis

if TYPE_CHECKING:
    from hq.running import Running

log = logger("lianpu.ingest")
_HASHES = sa.text("SELECT seq, hash FROM link WHERE node = :node AND inc = :inc AND seq IN :seqs").bindparams(
    sa.bindparam("seqs", expanding=True)
)


def hashes(hq: Running, node: str, inc: str, seqs: Sequence[int]) -> dict[int, bytes]:
    """HQ's link hashes of an incarnation at these seqs; 0 is its genesis."""
    with hq.db.read() as connection:
        record = run(
            connection, "SELECT record FROM inc WHERE node = :node AND inc = :inc", {"node": node, "inc": inc}
        ).scalar()
        if record is None:
            raise NotFound("sync.inc_unknown")
        rows = connection.execute(_HASHES, {"node": node, "inc": inc, "seqs": list(seqs)})
        found = {int(row[0]): bytes(row[1]) for row in rows}
    if 0 in seqs:
        found[0] = genesis(bytes(record))
    return found


def lives(hq: Running, node: str, asking: bytes) -> OwnLives:
    """Every incarnation of a node with HQ's head of it, and the backlog that a device other than `asking` told last."""
    with hq.db.read() as connection:
        rows = run(
            connection,
            "SELECT i.inc, i.record, i.signature, o.seq, o.hash FROM inc i"
            " JOIN origin o ON o.node = i.node AND o.inc = i.inc WHERE i.node = :node ORDER BY i.ordinal",
            {"node": node},
        )
        found = [
            OwnLife(inc=row[0], record=bytes(row[1]), signature=bytes(row[2]), seq=row[3], hash=bytes(row[4]))
            for row in rows
        ]
        told = run(
            connection,
            "SELECT t.at, t.facts FROM telemetry t WHERE t.node = :node AND NOT EXISTS (SELECT 1 FROM inc i"
            " WHERE i.node = t.node AND i.inc = t.inc AND i.public_key = :key) ORDER BY t.at DESC LIMIT 1",
            {"node": node, "key": asking},
        ).first()
    if told is None:
        return OwnLives(lives=found)
    said = wire.decode(told[1].encode(), Telemetry)
    return OwnLives(lives=found, unsent=said.unsent, told_at=told[0])


def mirror_key(hq: Running, node: str, device: bytes) -> MirrorKey:
    """What seals the mirror of a device, revoked or not, of this very node (docs/adr/0014)."""
    with hq.db.read() as connection:
        known = run(
            connection,
            "SELECT 1 FROM node_key WHERE node = :node AND public_key = :key",
            {"node": node, "key": device},
        ).first()
    if known is None:
        raise NotFound("enrolment.key_unknown", node=node)
    return MirrorKey(node=node, device=device, key=hq.key.derive("mirror", node.encode(), device))


def log_piece(hq: Running, node: str, inc: str, first: int) -> bytes:
    """A compressed frame of events from `first` on, as many as fit one batch. It ends before what is damaged here:
    the node could prove nothing of a frame that holds it. Then a person is told, and `more` says that there is more.
    """
    facts = {"node": node, "inc": inc, "first": first, "limit": plan.EVENTS_MAX + 1}
    with hq.db.read() as connection:
        rows = list(
            run(
                connection,
                "SELECT b.body, l.prev, l.hash FROM body b JOIN link l ON l.node = b.node AND l.inc = b.inc"
                " AND l.seq = b.seq WHERE b.node = :node AND b.inc = :inc AND b.seq >= :first"
                " ORDER BY b.seq LIMIT :limit",
                facts,
            )
        )
        before = stored_hashes(connection, node, inc, first - 1, first - 1)
    sound = _sound(node, inc, first, rows)
    if sound < len(rows):
        _name_rotten(hq, node, inc, first + sound)
    count = plan.cut([len(row[0]) for row in rows[:sound]], plan.EVENTS_MAX) if sound else 0
    plain = frame.join([bytes(row[0]) for row in rows[:count]])
    header = LogHeader(
        inc=inc, first_seq=first, prev=bytes(rows[0][1]) if count else before.get(first - 1, b""), count=count,
        last_hash=bytes(rows[count - 1][2]) if count else b"", digest=frame.digest(plain), more=len(rows) > count,
    )  # fmt: skip
    return guard.compress(frame.pack(wire.encode(header), plain))


def _sound(node: str, inc: str, first: int, rows: Sequence[Row]) -> int:
    """How many of these are, without a gap, the bytes that lead from link to link."""
    if not rows:
        return 0
    links = extend(node, inc, first, bytes(rows[0].prev), [body_hash(bytes(row.body)) for row in rows])
    pairs = zip(links, rows, strict=True)
    return next((n for n, (link, row) in enumerate(pairs) if link != bytes(row.hash)), len(rows))


def _name_rotten(hq: Running, node: str, inc: str, seq: int) -> None:
    log.error("ingest.log_rotten", node=node, inc=inc, seq=seq)
    with hq.db.write() as connection:
        store = run(connection, "SELECT store FROM node WHERE node = :node", {"node": node}).scalar_one()
        alarm(
            connection, store=store, code="ingest.log_rotten", subject=f"{node}/{inc}/{seq}",
            now_ms=hq.clock.now_ms(), facts={"inc": inc, "seq": seq},
        )  # fmt: skip
