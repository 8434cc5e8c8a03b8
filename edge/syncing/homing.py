"""Write a divergent or cut-off tail anew: mint, abandon, relink, in one transaction (SYNC §2, §4).

Bodies stay as they are; only their links are new, at the end of the current incarnation, in the old order. The
abandoned links stay too, as evidence that both chains verify.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.journal.incarnation import abandon_in
from edge.journal.model import Head
from edge.journal.repository import last_numbers, set_meta
from edge.node import Node
from edge.syncing import outbox
from edge.syncing.replay import note_fetched
from kit.db import Connection
from kit.logs import logger
from schemas.events.node import NodeReincarnated
from sync.moves import Home

log = logger("lianpu.sync")


def home(node: Node, command: Home) -> int:
    """Carry out the command; returns how many events were written anew.

    A sale may have come since the verdict "rolled back": then its link is to be shown as evidence first, so
    nothing is done and the next hello finds a fork.
    """
    journal = node.journal
    with journal.writing() as tx:
        if command.reason == "rollback" and _grown(tx, command):
            return 0
        numbers = last_numbers(tx)
        hash_ = outbox.hash_at(tx, command.inc, command.common_seq)
        ids = abandon_in(tx, command.inc, command.common_seq + 1)
        if command.reason is not None:
            parent = None if hash_ is None else Head(command.inc, command.common_seq, hash_)
            fact = NodeReincarnated(
                reason=command.reason,
                parent_inc=command.inc,
                parent_seq=command.common_seq,
                last_numbers=numbers,
            )
            journal.begin_anew(tx, node.context(), fact, parent)
        if _purged(tx, command.inc) == command.common_seq and command.common_seq:
            set_meta(tx, f"closed:{command.inc}", "1")
        journal.relink(tx, ids)
    journal.bear_witness()
    log.warning("sync.homed", inc=command.inc, common=command.common_seq, events=len(ids), why=command.reason)
    return len(ids)


def give_back(node: Node, own: Iterable[outbox.OwnInc], has: Mapping[str, tuple[int, bytes]]) -> int:
    """What we fetched from HQ and HQ has lost since is ours to send; it `has` each incarnation up to this (seq, hash).

    What was fetched and found its place taken by abandoned links has no link of its own, so no push would ever
    bring it back: it is written anew at the end of the current incarnation. HQ knows an event that it still has by
    its id. Returns how many events that were.
    """
    lost = {one.inc: has[one.inc] for one in own if one.inc in has and has[one.inc][0] < one.fetched_seq}
    if not lost:
        return 0
    journal = node.journal
    with journal.writing() as tx:
        rows = tx.execute(
            "SELECT id FROM body WHERE replayed = 1 AND id NOT IN (SELECT id FROM link) ORDER BY rowid"
        ).fetchall()
        journal.relink(tx, [row["id"] for row in rows])
        for inc, (seq, hash_) in lost.items():
            note_fetched(tx, inc, seq, hash_)
    journal.bear_witness()
    log.warning("sync.given_back", events=len(rows), incs=sorted(lost))
    return len(rows)


def _grown(tx: Connection, command: Home) -> bool:
    row = tx.execute(
        "SELECT 1 FROM link WHERE inc = ? AND seq > ? AND abandoned = 0", (command.inc, command.common_seq)
    ).fetchone()
    return row is not None


def _purged(tx: Connection, inc: str) -> int:
    row = tx.execute("SELECT purged_seq FROM inc WHERE inc = ?", (inc,)).fetchone()
    return int(row[0]) if row else 0
