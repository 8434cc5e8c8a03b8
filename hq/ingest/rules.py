"""What HQ books of an event (SYNC §5): only what its sender owns, and only when it sums to zero. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from schemas.accounts import ACCOUNT, is_commodity, owner
from schemas.events.registry import EventType

PostingRow = tuple[str, str, int]
HQ_NODE = "hq"


def objection(postings: Sequence[PostingRow], store: str, node: str, kind: EventType | None) -> str | None:
    """Why nothing of this event may be booked, or None when all of it may.

    HQ's own events may post on every store's accounts, but only for types that are HQ's.
    """
    if kind is not None and (kind.origin == HQ_NODE) != (node == HQ_NODE):
        return "origin_not_allowed"
    sums: defaultdict[str, int] = defaultdict(int)
    for account, commodity, quantity in postings:
        held_by = owner(account)
        if held_by is None:
            if not _shared(account, quantity, kind):
                return "account_not_allowed"
        elif held_by != store and node != HQ_NODE:
            return "account_of_another_store"
        if not is_commodity(commodity):
            return "commodity_unknown"
        sums[commodity] += quantity
    if any(sums.values()):
        return "not_zero_sum"
    return None


def _shared(account: str, quantity: int, kind: EventType | None) -> bool:
    """An account of nobody: only where the type lists its prefix, and with the sign that it lists."""
    if kind is None or not ACCOUNT.match(account):
        return False
    sign = kind.shared.get(account.split(":")[0])
    return sign is not None and (sign == 0 or quantity * sign > 0)


def store_of(account: str, otherwise: str) -> str:
    """The store whose ledger an account belongs to."""
    return owner(account) or otherwise
