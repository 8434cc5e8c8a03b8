"""A basket that the disk has damaged is given up, so that its till sells on.

Nothing of it was a sale yet. Its row stays as it is, `aborted`, for whoever wants to look; the audit names it, and the
tills are told to scan the goods again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from edge.devices.screens import warn
from edge.till import repository
from edge.till.model import UNREADABLE, OpenBasket
from kit.db import Row
from kit.logs import logger
from retail.errors import Invalid

log = logger("lianpu.till")
T = TypeVar("T")


def whole(node: Any, call: Callable[[], T]) -> T:
    """Run it; where it comes upon such a basket, give that up and run it once more (nothing was written before)."""
    try:
        return call()
    except Invalid as refused:
        if refused.code != UNREADABLE:
            raise
        _give_up(node)
        return call()


def _give_up(node: Any) -> None:
    """Every open or held basket of the store that cannot be read."""
    with node.journal.changing(node.context()) as draft:
        rows = [row for row in repository.waiting(draft.tx) if not _is_readable(row)]
        for row in rows:
            repository.give_up(draft.tx, row["id"])
            draft.audit(
                "till.basket_damaged", f"basket:{row['id']}", terminal=row["terminal"], was=row["state"]
            )
    for row in rows:
        log.error("till.basket_damaged", basket=row["id"], terminal=row["terminal"])
        warn(node, row["terminal"], UNREADABLE, "till.basket_damaged")


def _is_readable(row: Row) -> bool:
    try:
        OpenBasket.from_row(row)
    except Invalid:
        return False
    return True
