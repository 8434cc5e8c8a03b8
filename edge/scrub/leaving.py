"""What no copy can mend and HQ does not have: the log goes on past it, so that one dead record never holds a shop.

Its sales stay in the rows of the till, and by name at HQ. When its bytes come back, from a mirror that was away, they
are said at the end of the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge.journal.incarnation import abandon_in
from edge.journal.model import Head
from edge.journal.repository import is_sound, last_numbers
from edge.scrub.bodies import number_of
from edge.scrub.model import Report
from edge.syncing import outbox
from kit.db import Connection
from kit.logs import logger
from schemas.events.node import LOST_MAX, LostEvent, NodeReincarnated

log = logger("lianpu.scrub")


def leave_out(node: Any, report: Report) -> int:
    """Of what a scrub with repair has left, the events that nobody else has; returns how many were left out."""
    damaged = {finding.id for finding in report.findings if finding.kind == "body"}
    left = 0
    with node.db.read() as tx:
        own = outbox.incs(tx)
    for inc in own:
        known = max(inc.receipt.seq if inc.receipt else 0, inc.fetched_seq, inc.purged_seq)
        with node.db.read() as tx:
            lost = [one for id_ in sorted(damaged) for one in _lost(tx, inc.inc, known, id_)]
        if lost:
            _go_past(node, inc.inc, sorted(lost, key=lambda one: one.seq))
        left += len(lost)
    return left


def take_up(node: Any) -> int:
    """Events that were left out and whose bytes are whole again are said at the end of the log; returns how many."""
    journal = node.journal
    with journal.writing() as tx:
        rows = tx.execute(
            "SELECT DISTINCT b.rowid, b.id, b.bh, b.body FROM link l JOIN body b ON b.id = l.id"
            " WHERE l.abandoned = 1 AND l.bh = b.bh"
            " AND NOT EXISTS (SELECT 1 FROM link o WHERE o.id = l.id AND o.abandoned = 0) ORDER BY b.rowid"
        ).fetchall()
        whole = [row["id"] for row in rows if is_sound(row)]
        journal.relink(tx, whole)
    if whole:
        journal.bear_witness()
        log.warning("scrub.taken_up", events=len(whole))
    return len(whole)


def _lost(tx: Connection, inc: str, known: int, id_: str) -> list[LostEvent]:
    """The event where it stands in this log behind what HQ has, unless it is whole again by now."""
    rows = tx.execute(
        "SELECT seq FROM link WHERE inc = ? AND seq > ? AND id = ? AND abandoned = 0", (inc, known, id_)
    ).fetchall()
    number = number_of(tx, id_)
    return [
        LostEvent(seq=row["seq"], id=id_, number=number)
        for row in rows
        if outbox.damaged_at(tx, inc, row["seq"])
    ]


def _go_past(node: Any, inc: str, lost: Sequence[LostEvent]) -> None:
    """Carry the log past events whose bytes no copy has any more: all behind them is written anew (SYNC §2).

    They stay here as abandoned links, and their rows with them; HQ is told which they are, where nobody can show
    them: by the first event of a new incarnation, or of several when there are more than one event may name.
    """
    journal, common = node.journal, lost[0].seq - 1
    told = [list(lost[at : at + LOST_MAX]) for at in range(0, len(lost), LOST_MAX)]
    with journal.writing() as tx:
        numbers = last_numbers(tx)
        hash_ = outbox.hash_at(tx, inc, common)
        parent = Head(inc, common, hash_) if hash_ is not None and journal.inc.inc == inc else None
        gone = {one.id for one in lost}
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
