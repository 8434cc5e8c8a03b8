"""Baskets of a disk that was put back: what is open or held may have been sold in the part of the log that was lost.

A new incarnation renames them, as it does the shifts (SYNC §2), so that a sale made now and one that comes back later
are never of one basket. A sale that comes back ends the basket that it was made of, if nobody has gone on with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from edge.journal.draft import Draft
from edge.till.repository import rename, settle, waiting
from kit.db import Connection, Row
from kit.logs import logger
from schemas.events.base import Event

log = logger("lianpu.till")


def continue_baskets(draft: Draft) -> None:
    """Each open or held basket goes on as `<id>.<inc>`."""
    for row in waiting(draft.tx):
        rename(draft.tx, row["id"], f"{_first(row['id'])}.{draft.head.inc}")


def end_sold(tx: Connection, event: Event) -> None:
    """The sale `event` came back: its basket is done, or goes on under the sale's name when it was changed since."""
    sold = event.p["basket"]
    for row in waiting(tx):
        if _first(row["id"]) != _first(sold):
            continue
        if row["changed_at"] <= event.at:
            settle(tx, row["id"], event.id, as_sold=_goods_in(row) == _goods_of(event))
        elif row["id"] == sold:
            rename(tx, sold, f"{sold}.{event.id}")


def goes_on(row_id: str, basket: str) -> bool:
    """Is this the basket, under the name that it has since the disk was put back?"""
    return row_id != basket and _first(row_id) == _first(basket)


def _goods_in(row: Row) -> Counter[str] | None:
    """None when the disk has damaged it: nobody can say then that it was sold as it is."""
    try:
        lines = msgspec.json.decode(row["content"])["basket"]["lines"]
        return _count((line["sku"] or "", line["quantity"]) for line in lines)
    except (msgspec.DecodeError, LookupError, TypeError) as error:
        log.error("till.basket_damaged", basket=row["id"], why=str(error))
        return None


def _goods_of(event: Event) -> Counter[str]:
    return _count((line["sku"], line["quantity"]) for line in event.p["lines"])


def _count(lines: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for sku, quantity in lines:
        found[sku] += quantity
    return found


def _first(basket: str) -> str:
    return basket.split(".")[0]
