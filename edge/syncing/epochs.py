"""HQ's epochs as this node has lived them: the one in force, and those it has left (SYNC §4, §10).

A greeting says which one is in force, whatever it is. A bundle may have lain in a drawer: one of an epoch that was
left, or that was over before the one in force began, says nothing any more.
"""

from __future__ import annotations

from edge.journal.repository import get_meta, set_meta
from kit.db import Connection

CURRENT, LEFT = "hq_epoch", "hq_epochs_left"
LEFT_MAX = 50


def current(tx: Connection) -> str:
    """The epoch in force, empty before HQ was ever heard."""
    return get_meta(tx, CURRENT) or ""


def enter(tx: Connection, epoch: str) -> None:
    """HQ speaks in this epoch now."""
    before = current(tx)
    if epoch == before:
        return
    left = [one for one in _left(tx) if one != epoch]
    if before:
        left.append(before)
    set_meta(tx, LEFT, " ".join(left[-LEFT_MAX:]))
    set_meta(tx, CURRENT, epoch)


def is_over(tx: Connection, epoch: str) -> bool:
    """Is this an epoch that this node has left, or an earlier one?"""
    now = current(tx)
    return epoch in _left(tx) or (epoch != now and _number(epoch) < _number(now))


def _left(tx: Connection) -> list[str]:
    return (get_meta(tx, LEFT) or "").split()


def _number(epoch: str) -> int:
    digits = epoch.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else 0
