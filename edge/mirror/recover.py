"""A mirror that knows more than this disk: the disk lost commits or was put back, and gets them back (ES-12).

    the mirror is ahead of our head            mint (reason "rollback"), then lay its links and bodies behind ours
    it has an incarnation that we have not     the same; HQ's own finding of such a disk ends the same way
    it has other events at our places          two disks wrote: `homing` with reason "fork", then its events anew
    another device of this node wrote it       its events anew, at the end of our current incarnation

Written anew means: same bytes, same id, a new link (SYNC §2), so HQ books each event once whatever it has. What was
brought back is remembered (`mirrored:<inc>` in meta), so that a finding is acted on once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from edge.journal import repository as journal_rows
from edge.journal.repository import get_meta, set_meta
from edge.mirror.keys import Keys
from edge.mirror.model import Life, MirrorTrouble, Place, Record, Standing
from edge.syncing import homing, outbox, replay
from kit.crypto import verify
from kit.db import Connection
from kit.logs import logger
from retail.errors import Invalid
from schemas.events.base import decode
from schemas.events.node import NodeReincarnated
from schemas.wire.up import LogHeader
from sync.chain import genesis
from sync.moves import Home

log = logger("lianpu.mirror")


@dataclass(frozen=True)
class Finding:
    """A life of which the mirror has more than this disk: everything behind `common_seq`."""

    standing: Standing
    common_seq: int
    own_seq: int
    forked: bool


@dataclass
class Brought:
    """What came back: ids of events that were not here; `gaps` are (inc, from, to) that the mirror has lost."""

    ids: list[str] = field(default_factory=list)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)


def bring_back(node: Any, place: Place, standings: list[Standing], keys: Keys) -> Brought:
    """Compare every life and bring back what is missing here; killed in between it goes on at the next call."""
    brought = Brought()
    lives = [one.life for one in standings if one.life.public_key == node.key.public]
    for standing in standings:
        finding = _compare(node, place, standing)
        if finding is None:
            continue
        life = standing.life
        log.error(
            "mirror.ahead", inc=life.inc, common=finding.common_seq, to=standing.seq, forked=finding.forked
        )
        _check_record(node, life)
        ours = life.public_key == node.key.public
        if ours:
            _begin_anew(node, place, finding, keys, lives)
        _take(node, place, finding, keys, brought, linked=ours and not finding.forked)
        with node.journal.writing() as tx:
            set_meta(tx, _meta(life), _mark(standing))
    if brought.ids:
        node.journal.bear_witness()
        log.warning("mirror.brought_back", events=len(brought.ids))
        node.nudge()
    return brought


def records_after(place: Place, life: Life, seq: int) -> Iterator[list[Record]]:
    """The mirror's records behind a seq, piece by piece; where a segment is damaged the next piece begins later."""
    while piece := place.piece(life, seq):
        yield piece
        seq = piece[-1].seq


def _compare(node: Any, place: Place, standing: Standing) -> Finding | None:
    """None when this disk has all of it, or once had and dealt with it."""
    life = standing.life
    with node.db.read() as tx:
        if get_meta(tx, _meta(life)) == _mark(standing) or standing.seq < standing.first_seq:
            return None
        row = tx.execute("SELECT * FROM inc WHERE inc = ?", (life.inc,)).fetchone()
        if row is None:
            return Finding(standing, standing.first_seq - 1, 0, False)
        link = journal_rows.link_at(tx, life.inc, standing.seq)  # an abandoned one is ours as well
        if standing.seq <= row["purged_seq"] or (link is not None and link["hash"] == standing.hash):
            return None
        own_seq, own_hash = outbox.head_of(tx, row)
        common = _common(tx, place, standing, own_seq, own_hash)
    return Finding(standing, common, own_seq, forked=own_seq > common)


def _common(tx: Connection, place: Place, standing: Standing, own_seq: int, own_hash: bytes) -> int:
    """The last seq at which both have the same link."""
    life, before = standing.life, standing.first_seq - 1
    if own_seq == before and own_hash == standing.prev:
        return own_seq
    if own_seq > before and _hash_there(place, life, own_seq) == own_hash:
        return own_seq
    common = before
    for piece in records_after(place, life, before):
        for record in piece:
            ours = outbox.hash_at(tx, life.inc, record.seq)
            if ours is not None and ours != record.hash:
                return common
            if ours is None and record.seq > own_seq:
                return common
            common = record.seq
    return common


def _hash_there(place: Place, life: Life, seq: int) -> bytes | None:
    piece = place.piece(life, seq - 1)
    return piece[0].hash if piece and piece[0].seq == seq else None


def _check_record(node: Any, life: Life) -> None:
    """Only what a device of this node has signed comes in; HQ vouches for other devices when it gives their key."""
    if life.node != node.store or not verify(life.public_key, life.signature, "inc", life.record):
        raise MirrorTrouble("damaged", f"{life.inc}: its record is not signed")


def _begin_anew(node: Any, place: Place, finding: Finding, keys: Keys, lives: list[Life]) -> None:
    """A new incarnation behind all of ours, unless the one in question has been left before."""
    life, journal = finding.standing.life, node.journal
    if finding.forked:
        if journal.inc.inc == life.inc:
            homing.home(node, Home(life.inc, finding.common_seq, "fork"))
        return
    numbers = _last_numbers(place, finding, keys)
    with journal.writing() as tx:
        current, head = journal.inc, journal.head
        known = _knows(tx, life)
        for one in lives:
            if not _knows(tx, one):
                insert_life(tx, one)
        if current.inc != life.inc and (known or current.ordinal > life.ordinal):
            return
        if current.inc == life.inc and head.seq != finding.own_seq:
            raise MirrorTrouble("diverged", "a sale came between; the next look finds two logs")
        journal.mint(tx, node.store, "rollback", node.clock.now_ms())
        fact = NodeReincarnated(
            reason="rollback", parent_inc=head.inc, parent_seq=head.seq, last_numbers=numbers
        )
        journal.state(tx, node.context(), fact)
    journal.bear_witness()


def _knows(tx: Connection, life: Life) -> bool:
    return tx.execute("SELECT 1 FROM inc WHERE inc = ?", (life.inc,)).fetchone() is not None


def insert_life(tx: Connection, life: Life) -> None:
    """An incarnation that this disk does not know, at its own place among ours or before them."""
    places = {row["ordinal"] for row in journal_rows.all_incs(tx)}
    ordinal = life.ordinal if life.ordinal not in places else min(places) - 1
    journal_rows.insert_old_inc(
        tx,
        {
            "inc": life.inc, "node": life.node, "ordinal": ordinal, "series": life.series,
            "parent_inc": None, "parent_seq": None, "parent_hash": None, "public_key": life.public_key,
            "record": life.record, "signature": life.signature, "reason": life.reason,
            "minted_at": life.minted_at,
        },
    )  # fmt: skip


def _last_numbers(place: Place, finding: Finding, keys: Keys) -> dict[str, str]:
    """The last receipt number of each terminal in what comes back."""
    life, found = finding.standing.life, dict[str, str]()
    seal = keys.seal(life.device)
    for piece in records_after(place, life, finding.common_seq):
        for record in piece:
            try:
                event = decode(seal.open(record))
            except Invalid:
                continue  # it is kept as bytes; it names no receipt
            if event.type in replay.DOCUMENTS:
                found[event.p["terminal"]] = f"{event.p['series']}-{event.p['n']}"
    return found


def _take(node: Any, place: Place, finding: Finding, keys: Keys, brought: Brought, *, linked: bool) -> None:
    standing = finding.standing
    life, seq, prev = standing.life, finding.common_seq, _hash_before(node, finding)
    seal = keys.seal(life.device)
    with node.db.read() as tx:
        linked = linked and replay.linkable(tx, life.inc)
        have = outbox.hash_at(tx, life.inc, seq) if linked else None
    if linked and have is None:
        linked = False  # the mirror begins later than this disk ends: its links have nothing to stand on
    for piece in records_after(place, life, seq):
        if piece[0].seq != seq + 1:
            log.error("mirror.gap", inc=life.inc, first=seq + 1, last=piece[0].seq - 1)
            brought.gaps.append((life.inc, seq + 1, piece[0].seq - 1))
            linked = False
        bodies = [seal.open(record) for record in piece]
        with node.db.read() as tx:
            brought.ids += [id_ for id_ in map(_id_of, bodies) if id_ and not _known(tx, id_)]
        if linked:
            header = LogHeader(
                inc=life.inc, first_seq=seq + 1, prev=prev, count=len(bodies), last_hash=piece[-1].hash,
                digest=b"\0" * 32, more=False,
            )  # fmt: skip
            replay.adopt(node, header, bodies, at_hq=False)
        else:
            _write_anew(node, life, piece, bodies)
        seq, prev = piece[-1].seq, piece[-1].hash


def _hash_before(node: Any, finding: Finding) -> bytes:
    standing = finding.standing
    if finding.common_seq == standing.first_seq - 1:
        return standing.prev
    if finding.common_seq == 0:
        return genesis(standing.life.record)
    with node.db.read() as tx:
        return outbox.hash_at(tx, standing.life.inc, finding.common_seq) or b""


def _write_anew(node: Any, life: Life, piece: list[Record], bodies: list[bytes]) -> None:
    with node.journal.writing() as tx:
        kept = [
            replay.keep_body(tx, life.inc, record.seq, record.bh, body)
            for record, body in zip(piece, bodies, strict=True)
        ]
        homeless = [
            id_
            for id_ in dict.fromkeys(kept)
            if id_ and tx.execute("SELECT 1 FROM link WHERE id = ?", (id_,)).fetchone() is None
        ]
        node.journal.relink(tx, homeless)


def _id_of(body: bytes) -> str:
    try:
        return decode(body).id
    except Invalid:
        return ""


def _known(tx: Connection, id_: str) -> bool:
    return tx.execute("SELECT 1 FROM body WHERE id = ?", (id_,)).fetchone() is not None


def _meta(life: Life) -> str:
    return f"mirrored:{life.device.hex()[:16]}:{life.inc}"


def _mark(standing: Standing) -> str:
    return f"{standing.seq}/{standing.hash.hex()}"
