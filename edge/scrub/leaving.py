"""What no copy can mend and HQ does not have: the log goes on past it, so that one dead record never holds a shop.

Its sales stay in the rows of the till, and by name at HQ. When its bytes come back, from a mirror that was away, they
are said at the end of the log. So is a sound body whose link the disk has lost, where no later link proves its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from edge.journal.incarnation import abandon_in
from edge.journal.model import Head
from edge.journal.repository import is_sound, last_numbers
from edge.scrub.bodies import number_of
from edge.scrub.model import Finding, Report
from edge.scrub.truth import Place, link_at, missing_before, stands
from edge.syncing import outbox
from edge.syncing.purge import purged_anew
from kit.db import Connection, Row
from kit.logs import logger
from schemas.events.node import LOST_MAX, LostEvent, NodeReincarnated

log = logger("lianpu.scrub")
GAP_MAX = 10_000  # places in a run: more is a damaged number, and no page of links


def leave_out(node: Any, report: Report) -> int:
    """Of what a scrub with repair has left, the places that nobody else has; returns how many were left out."""
    left = 0
    with node.db.read() as tx:
        own = outbox.incs(tx)
    for inc in own:
        known = max(inc.receipt.seq if inc.receipt else 0, inc.fetched_seq, inc.purged_seq)
        with node.db.read() as tx:
            lost = _lost(tx, node.store, inc.inc, known, report.findings)
        if lost:
            left += _go_past(node, inc.inc, lost)
    return left


def take_up(node: Any) -> list[str]:
    """Events that have their bytes and no place in a log of ours are said at its end, once; returns which they are."""
    journal = node.journal
    with node.db.read() as tx:  # through all bodies: a sale does not wait for that
        rows = [*_left_before(tx), *([] if _is_torn(tx) else _without_place(tx))]
    whole = [row["id"] for row in sorted(rows, key=lambda row: row["place"]) if is_sound(row)]
    if not whole:
        return []
    with journal.writing() as tx:
        whole = [id_ for id_ in whole if _is_homeless(tx, id_)]
        journal.relink(tx, whole)
    journal.bear_witness()
    log.warning("scrub.taken_up", events=len(whole))
    return whole


def placed(report: Report, ids: Sequence[str]) -> Report:
    """The report without the bodies that no link carried and that have their place now."""
    left = [one for one in report.findings if not (one.kind == "stray" and one.id in ids)]
    mended = report.repaired + len(report.findings) - len(left)
    return msgspec.structs.replace(report, findings=left, repaired=mended)


def _left_before(tx: Connection) -> list[Row]:
    """What was left out of a log and has the bytes of its link again; not what was written anew and deleted since."""
    rows = tx.execute(
        "SELECT b.rowid AS place, b.id, b.bh, b.body, l.inc, l.seq FROM link l JOIN body b ON b.id = l.id"
        " WHERE l.abandoned = 1 AND l.bh = b.bh"
        " AND NOT EXISTS (SELECT 1 FROM link o WHERE o.id = l.id AND o.abandoned = 0)"
    ).fetchall()
    known = {inc: purged_anew(tx, inc) for inc in {row["inc"] for row in rows}}
    at_hq = {row["id"] for row in rows for first, last in known[row["inc"]] if first <= row["seq"] <= last}
    return list({row["id"]: row for row in rows if row["id"] not in at_hq}.values())


def _without_place(tx: Connection) -> list[Row]:
    """What this node wrote and no link carries any more; only what HQ gave back may rightly have none."""
    return tx.execute(
        "SELECT b.rowid AS place, b.id, b.bh, b.body FROM body b"
        " WHERE b.replayed = 0 AND NOT EXISTS (SELECT 1 FROM link l WHERE l.id = b.id)"
    ).fetchall()


def _is_homeless(tx: Connection, id_: str) -> bool:
    row = tx.execute(
        "SELECT 1 FROM body b WHERE b.id = ?"
        " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.id = b.id AND l.abandoned = 0)",
        (id_,),
    ).fetchone()
    return row is not None


def _is_torn(tx: Connection) -> bool:
    """Do links lack before one of a log, or at its end before HQ's receipt? A body without one may belong there."""
    row = tx.execute(
        "SELECT 1 FROM inc i LEFT JOIN receipted r ON r.inc = i.inc LEFT JOIN ("
        " SELECT inc, max(seq) AS newest, max(seq) FILTER (WHERE abandoned = 0) AS last,"
        " count(*) FILTER (WHERE abandoned = 0) AS n FROM link GROUP BY inc) l ON l.inc = i.inc"
        " WHERE i.purged_seq + coalesce(l.n, 0) <> max(i.purged_seq, coalesce(l.last, 0))"
        " OR coalesce(r.seq, 0) > max(i.purged_seq, coalesce(l.newest, 0)) LIMIT 1"
    ).fetchone()
    return row is not None


def _lost(tx: Connection, node: str, inc: str, known: int, findings: Sequence[Finding]) -> list[LostEvent]:
    """What stands in this log behind what HQ has and is damaged still, in order: bodies, and places without a link."""
    bodies = sorted({finding.id for finding in findings if finding.kind == "body"})
    places = sorted({finding.seq for finding in findings if finding.kind == "link" and finding.inc == inc})
    found = [one for id_ in bodies for one in _lost_bodies(tx, inc, id_)]
    found += [one for seq in places for one in _lost_links(tx, Place(node, inc, seq))]
    by_place = {one.seq: one for one in reversed(found) if one.seq > known}
    return [by_place[seq] for seq in sorted(by_place)]


def _lost_bodies(tx: Connection, inc: str, id_: str) -> list[LostEvent]:
    rows = tx.execute(
        "SELECT seq FROM link WHERE inc = ? AND id = ? AND abandoned = 0", (inc, id_)
    ).fetchall()
    number = number_of(tx, id_)
    return [
        LostEvent(seq=row["seq"], id=id_, number=number)
        for row in rows
        if outbox.damaged_at(tx, inc, row["seq"])
    ]


def _lost_links(tx: Connection, place: Place) -> list[LostEvent]:
    """Places without a link before this one, which nobody can name; and this one when it does not hold."""
    link = link_at(tx, place.inc, place.seq)
    if link is None or link["abandoned"]:
        return []
    gap = missing_before(tx, place.inc, place.seq)
    if len(gap) > GAP_MAX:
        log.error("scrub.not_left_out", inc=place.inc, first=gap[0], last=gap[-1])
        return []
    lost = [LostEvent(seq=seq, id="", number="") for seq in gap]
    if not stands(tx, place):
        lost.append(LostEvent(seq=place.seq, id=str(link["id"]), number=number_of(tx, link["id"])))
    return lost


def _without_body(tx: Connection, inc: str, after: int) -> list[LostEvent]:
    rows = tx.execute(
        "SELECT seq, id FROM link l WHERE inc = ? AND seq > ? AND abandoned = 0"
        " AND NOT EXISTS (SELECT 1 FROM body b WHERE b.id = l.id)",
        (inc, after),
    ).fetchall()
    return [LostEvent(seq=row["seq"], id=row["id"], number=number_of(tx, row["id"])) for row in rows]


def _go_past(node: Any, inc: str, lost: Sequence[LostEvent]) -> int:
    """Carry the log past places whose bytes no copy has any more: all behind them is written anew (SYNC §2).

    They stay here as abandoned links, and their rows with them; HQ is told which they are, where nobody can show
    them: by the first event of a new incarnation, or of several when there are more than one event may name.
    So is what stands behind them and has no body: nobody found it, and it cannot be written anew either.
    Returns how many; none while the link before them is gone too: HQ has that place, and gives it back first.
    """
    journal, common = node.journal, lost[0].seq - 1
    with journal.writing() as tx:
        numbers = last_numbers(tx)
        hash_ = outbox.hash_at(tx, inc, common)
        if hash_ is None:
            return 0
        parent = Head(inc, common, hash_) if journal.inc.inc == inc else None
        found = {one.seq: one for one in (*_without_body(tx, inc, common), *lost)}
        lost = [found[seq] for seq in sorted(found)]
        told = [lost[at : at + LOST_MAX] for at in range(0, len(lost), LOST_MAX)]
        gone = {one.id for one in lost if outbox.damaged_at(tx, inc, one.seq)}
        ids = [id_ for id_ in abandon_in(tx, inc, common + 1) if id_ not in gone]
        for some in told:
            fact = NodeReincarnated(
                reason="hole", parent_inc=inc, parent_seq=common, last_numbers=numbers, lost=some
            )
            journal.begin_anew(tx, node.context(), fact, parent)
            parent = None
        journal.relink(tx, ids)
    journal.bear_witness()
    log.error("scrub.left_out", inc=inc, lost=[one.seq for one in lost], written_anew=len(ids))
    return len(lost)
