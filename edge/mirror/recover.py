"""A mirror that knows more than this disk: the disk lost commits or was put back, and gets them back (ES-12).

    the mirror is ahead of our head            mint (reason "rollback"), then lay its links and bodies behind ours
    it has an incarnation that we have not     the same; HQ's own finding of such a disk ends the same way
    it has other events at our places          two disks wrote: `homing` with reason "fork", then its events anew
    another device of this node wrote it       its events anew, at the end of our current incarnation

Written anew means: same bytes, same id, a new link (SYNC §2), so HQ books each event once whatever it has. What was
brought back is remembered (`mirrored:<inc>` in meta), so that a finding is acted on once; with it the gaps, which
every later look names again until their events have come here another way. A place that shows another end of a life
is a new finding, and may be less than before: what has a place here, or was purged, is known by its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from edge.journal import repository as journal_rows
from edge.journal.repository import get_meta, set_meta
from edge.mirror.keys import Keys
from edge.mirror.model import Life, MirrorTrouble, Place, Record, Standing
from edge.mirror.signed import IncRecord, inc_record
from edge.sales.projection import DOCUMENTS
from edge.syncing import homing, outbox, replay
from kit.db import Connection
from kit.logs import logger
from retail.errors import Invalid, LianpuError
from schemas.events.base import decode
from schemas.events.node import NodeReincarnated
from schemas.wire.up import LogHeader
from sync.chain import link_hash
from sync.moves import Home

log = logger("lianpu.mirror")
Gap = tuple[str, int, int]


@dataclass(frozen=True)
class Finding:
    """A life of which the mirror has more than this disk: everything behind `common_seq`."""

    standing: Standing
    common_seq: int
    own_seq: int
    forked: bool


@dataclass(frozen=True)
class Told:
    """What an earlier look told of a life: `done` when of this very finding; gaps that nothing has filled since."""

    done: bool
    gaps: list[Gap]


@dataclass
class Brought:
    """What came back: ids of events that were not here; `gaps` are (inc, from, to) that the mirror has lost.

    `held` is why a life of another computer could not be taken now: without a line nobody gives its key.
    """

    ids: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    held: LianpuError | None = None


def bring_back(
    node: Any, place: Place, standings: list[Standing], keys: Keys, *, again: bool = False
) -> Brought:
    """Compare every life and bring back what is missing here; killed in between it goes on at the next call.

    `again`: what had gaps is read anew, for the place may have been mended. Without it they are only named.
    Trouble with a life of another computer is told by what is returned, and keeps no other life from coming.
    """
    brought = Brought()
    lives = [
        one.life for one in standings if _signed(node, one.life) and one.life.public_key == node.key.public
    ]
    for standing in standings:
        life = standing.life
        if not life.record:
            log.error("mirror.nameless", inc=life.inc, first=standing.first_seq, last=standing.last[0])
            brought.gaps.append((life.inc, standing.first_seq, max(standing.first_seq, standing.last[0])))
            continue
        told = _told(node, standing)
        if told.done and not (told.gaps and again):
            brought.gaps += told.gaps
        elif life.public_key == node.key.public:
            _bring_life(node, place, standing, keys, brought, lives, told)
        else:
            _bring_other(node, place, standing, keys, brought, told)
    if brought.ids:
        node.journal.bear_witness()
        log.warning("mirror.brought_back", events=len(brought.ids))
        node.nudge()
    return brought


def _bring_life(
    node: Any,
    place: Place,
    standing: Standing,
    keys: Keys,
    brought: Brought,
    lives: list[Life],
    told: Told,
) -> None:
    life, gaps_before, end = standing.life, len(brought.gaps), standing.last[0]
    brought.gaps += [(inc, max(a, end + 1), b) for inc, a, b in told.gaps if b > end]
    finding = _compare(node, place, standing)
    if finding is None:
        return
    log.error("mirror.ahead", inc=life.inc, common=finding.common_seq, to=end, forked=finding.forked)
    _check_record(node, life)
    ours = life.public_key == node.key.public
    if ours:
        _begin_anew(node, place, finding, keys, lives)
    _take(node, place, finding, keys, brought, linked=ours and not finding.forked)
    with node.journal.writing() as tx:
        set_meta(tx, _meta(life), _mark(standing, brought.gaps[gaps_before:]))


def _bring_other(
    node: Any, place: Place, standing: Standing, keys: Keys, brought: Brought, told: Told
) -> None:
    """A life of another computer. What is in its way is tried again, and holds up nothing of our own."""
    inc = standing.life.inc
    try:
        _bring_life(node, place, standing, keys, brought, [], told)
    except LianpuError as error:
        log.error("mirror.held", inc=inc, why=str(error))
        brought.held = error
    except MirrorTrouble as error:
        if error.state != "damaged":  # the place itself is in trouble
            raise
        log.error("mirror.other_damaged", inc=inc, why=str(error))
        brought.gaps.append((inc, standing.first_seq, standing.last[0]))


def records_after(place: Place, life: Life, seq: int) -> Iterator[list[Record]]:
    """The mirror's records behind a seq, piece by piece; where a segment is damaged the next piece begins later."""
    while piece := place.piece(life, seq):
        yield piece
        seq = piece[-1].seq


def _compare(node: Any, place: Place, standing: Standing) -> Finding | None:
    """None when this disk has all of it. What stands behind damage counts like the rest."""
    life, (last_seq, _) = standing.life, standing.last
    if last_seq < standing.first_seq:
        return None
    with node.db.read() as tx:
        row = tx.execute("SELECT * FROM inc WHERE inc = ?", (life.inc,)).fetchone()
        if row is None:
            return Finding(standing, 0, 0, False)
        if last_seq <= row["purged_seq"] or _has_both(tx, standing, row["purged_seq"]):
            return None
        own_seq, own_hash = outbox.head_of(tx, row)
        common = _common(tx, place, standing, own_seq, own_hash)
    return Finding(standing, common, own_seq, forked=own_seq > common)


def _has_both(tx: Connection, standing: Standing, purged_seq: int) -> bool:
    """The end without a gap, and the last record of all; an abandoned link is ours as well."""
    ends = [(standing.seq, standing.hash)] if standing.seq >= standing.first_seq else []
    for seq, hash_ in [*ends, standing.last]:
        link = journal_rows.link_at(tx, standing.life.inc, seq)
        if seq > purged_seq and (link is None or link["hash"] != hash_):
            return False
    return True


def _common(tx: Connection, place: Place, standing: Standing, own_seq: int, own_hash: bytes) -> int:
    """The last seq at which both have the same link. Damage is no contradiction: without one it is our head."""
    life, before = standing.life, standing.first_seq - 1
    if own_seq < before or (own_seq == before and own_hash == standing.prev):
        return own_seq
    if own_seq > before and _hash_there(place, life, own_seq) == own_hash:
        return own_seq
    common = before
    for piece in records_after(place, life, before):
        for record in piece:
            if record.seq > own_seq:
                follows = link_hash(life.node, life.inc, own_seq + 1, own_hash, record.bh) == record.hash
                return own_seq if follows or record.seq > own_seq + 1 else common
            ours = outbox.hash_at(tx, life.inc, record.seq)
            if ours is not None and ours != record.hash:
                return common
            common = record.seq
    return common


def _told(node: Any, standing: Standing) -> Told:
    life = standing.life
    with node.db.read() as tx:
        mark, _, told = (get_meta(tx, _meta(life)) or "").partition(" ")
        gaps = [(life.inc, int(a), int(b)) for a, _, b in (gap.partition("-") for gap in told.split())]
        return Told(mark == _mark(standing, []), [gap for gap in gaps if not _is_filled(tx, *gap)])


def _is_filled(tx: Connection, inc: str, first: int, last: int) -> bool:
    found = tx.execute("SELECT count(*) FROM link WHERE inc = ? AND seq BETWEEN ? AND ?", (inc, first, last))
    purged = tx.execute("SELECT purged_seq FROM inc WHERE inc = ?", (inc,)).fetchone()
    have: int = found.fetchone()[0]
    gone = 0 if purged is None else max(0, min(last, purged["purged_seq"]) - first + 1)
    return have + gone > last - first


def _hash_there(place: Place, life: Life, seq: int) -> bytes | None:
    piece = place.piece(life, seq - 1)
    return piece[0].hash if piece and piece[0].seq == seq else None


def _check_record(node: Any, life: Life) -> IncRecord:
    """Only what a device of this node has signed comes in; HQ vouches for other devices when it gives their key."""
    record = _signed(node, life)
    if record is None:
        raise MirrorTrouble("damaged", f"{life.inc}: its record is not signed")
    return record


def _signed(node: Any, life: Life) -> IncRecord | None:
    record = inc_record(node.store, life.inc, life.record, life.signature)
    named = record is not None and (life.node, life.public_key.hex()) == (node.store, record.public_key)
    return record if named else None


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
                insert_life(node, tx, one)
        if current.inc != life.inc and (known or current.ordinal > life.ordinal):
            return
        if current.inc == life.inc and head.seq != finding.own_seq:
            raise MirrorTrouble("diverged", "a sale came between; the next look finds two logs")
        fact = NodeReincarnated(
            reason="rollback", parent_inc=head.inc, parent_seq=head.seq, last_numbers=numbers
        )
        journal.begin_anew(tx, node.context(), fact)
    journal.bear_witness()


def _knows(tx: Connection, life: Life) -> bool:
    return tx.execute("SELECT 1 FROM inc WHERE inc = ?", (life.inc,)).fetchone() is not None


def insert_life(node: Any, tx: Connection, life: Life) -> None:
    """An incarnation that this disk does not know, at its own place among ours or before them."""
    record = _check_record(node, life)
    places = {row["ordinal"] for row in journal_rows.all_incs(tx)}
    ordinal = life.ordinal if life.ordinal not in places else min(places) - 1
    values = {"ordinal": ordinal, "series": life.series, "record": life.record, "signature": life.signature}
    journal_rows.insert_old_inc(
        tx, record.columns() | values | {"reason": life.reason, "minted_at": life.minted_at}
    )


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
            if event.type in DOCUMENTS:
                found[event.p["terminal"]] = f"{event.p['series']}-{event.p['n']}"
    return found


def _take(node: Any, place: Place, finding: Finding, keys: Keys, brought: Brought, *, linked: bool) -> None:
    standing = finding.standing
    life, seq = standing.life, finding.common_seq
    with node.db.read() as tx:
        prev = outbox.hash_at(tx, life.inc, seq) or b""
        linked = linked and replay.linkable(tx, life.inc)
        if not prev or (seq == standing.first_seq - 1 and standing.prev not in (b"", prev)):
            linked = False  # its links have nothing here to stand on
        done = _done_with(tx, placed=not linked)
    for piece in records_after(place, life, seq):
        if piece[0].seq != seq + 1:
            log.error("mirror.gap", inc=life.inc, first=seq + 1, last=piece[0].seq - 1)
            brought.gaps.append((life.inc, seq + 1, piece[0].seq - 1))
            linked = False
        left = [record for record in piece if record.bh not in done]
        linked = linked and len(left) == len(piece)
        if left:
            _keep(node, life, left, keys, brought, prev if linked else None)
        seq, prev = piece[-1].seq, piece[-1].hash
    if seq < standing.last[0]:
        brought.gaps.append((life.inc, seq + 1, standing.last[0]))


def _done_with(tx: Connection, *, placed: bool) -> set[bytes]:
    """The hashes of bodies that this disk needs from nobody: purged by HQ's promise, and if asked, in a log here.

    Without it what was purged would be booked a second time, and a dead device's key be asked for to learn nothing.
    """
    rows = tx.execute("SELECT bh FROM purged_replay").fetchall()
    if placed:
        rows += tx.execute(
            "SELECT bh FROM link l WHERE EXISTS (SELECT 1 FROM body b WHERE b.id = l.id)"
        ).fetchall()
    return {row["bh"] for row in rows}


def _keep(
    node: Any, life: Life, records: list[Record], keys: Keys, brought: Brought, prev: bytes | None
) -> None:
    """Records behind `prev` with their links; without it written anew."""
    seal = keys.seal(life.device)
    bodies = [seal.open(record) for record in records]
    with node.db.read() as tx:
        new = [id_ for id_ in map(_id_of, bodies) if id_ and not _known(tx, id_)]
    if prev is None:
        _write_anew(node, life, records, bodies)
    else:
        header = LogHeader(
            inc=life.inc, first_seq=records[0].seq, prev=prev, count=len(bodies), last_hash=records[-1].hash,
            digest=b"\0" * 32, more=False,
        )  # fmt: skip
        replay.adopt(node, header, bodies, at_hq=False)
    brought.ids += new


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


def _mark(standing: Standing, gaps: list[Gap]) -> str:
    """`seq/hash` with `/later` behind damage, then each gap as ` first-last`."""
    later = f"/{standing.later}" if standing.later else ""
    return f"{standing.seq}/{standing.hash.hex()}{later}" + "".join(f" {a}-{b}" for _, a, b in gaps)
