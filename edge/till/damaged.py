"""A basket that the disk has damaged is given up, so that its till sells on.

Nothing of it was a sale yet. Its row stays as it is, `aborted`, for whoever wants to look, and the audit names it. Who
came upon it is refused once, in words that ask for the goods again: nobody finds an empty basket without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from edge.till import repository
from edge.till.model import UNREADABLE, OpenBasket
from kit.db import Row
from kit.logs import logger
from retail.errors import Invalid

log = logger("lianpu.till")
T = TypeVar("T")


def whole(node: Any, call: Callable[[], T]) -> T:
    """What the call answers; where it comes upon such a basket, that is given up before it is refused."""
    try:
        return call()
    except Invalid as refused:
        if refused.code == UNREADABLE:
            _give_up(node)
        raise


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


def _is_readable(row: Row) -> bool:
    try:
        OpenBasket.from_row(row)
    except Invalid:
        return False
    return True
