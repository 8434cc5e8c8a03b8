"""How far a person trusts the branches of revoked devices (SYNC §10): untrusted ⇒ stored, nothing booked (I5).

A branch that nobody has named is trusted wholly. There are few rows: one per incarnation of a device that was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.sql import Connection, run

EVERYTHING = 2**53 - 1
"""Trusted as far as it will ever reach."""


@dataclass(frozen=True)
class Cut:
    """Trusted up to `seq`; `counted`: what the books follow; up to `booked` events were booked at first sight.

    `seq` and `counted` differ until the books were brought there: HQ was put back to a backup from before.
    """

    seq: int
    counted: int
    booked: int


Cuts = Mapping[tuple[str, str], Cut]
"""(node, inc) → how far"""


def cuts(connection: Connection) -> Cuts:
    """Every branch that somebody has named."""
    rows = run(connection, "SELECT node, inc, seq, counted, booked FROM trusted_branch")
    return {(row[0], row[1]): Cut(row[2], row[3], row[4]) for row in rows}


def books(cuts: Cuts, node: str, inc: str, seq: int) -> bool:
    """Is this event booked at first sight? One that is reversed later was, also when the logs are read anew.

    What counts only by a decision that the books do not follow yet is left to `trust.carry_out`, which books it.
    """
    cut = cuts.get((node, inc))
    return cut is None or seq <= max(min(cut.seq, cut.counted), cut.booked)


def counts(cuts: Cuts, node: str, inc: str, seq: int) -> bool:
    """Does what stands there count today?"""
    cut = cuts.get((node, inc))
    return cut is None or seq <= cut.seq


def is_lost(connection: Connection, node: str, public_key: bytes) -> bool:
    """Is this device in other hands, so that a person names which branches of it count?"""
    found = run(
        connection,
        "SELECT 1 FROM node_key WHERE node = :node AND public_key = :key AND lost_at IS NOT NULL",
        {"node": node, "key": public_key},
    )
    return found.first() is not None


def distrust(connection: Connection, node: str, inc: str, now: int) -> None:
    """A branch that nobody knew when its device was lost: nothing of it counts."""
    run(
        connection,
        "INSERT INTO trusted_branch (node, inc, seq, counted, booked, named_at, named_by)"
        " VALUES (:node, :inc, 0, 0, 0, :now, '') ON CONFLICT (node, inc) DO NOTHING",
        {"node": node, "inc": inc, "now": now},
    )
