"""A disk that has damaged the beginning of an open shift: a new incarnation begins all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.shifts import queries
from edge.shifts.actions import close_shift
from edge.syncing import homing
from sync.moves import Home
from tests.builders import damage
from tests.builders.edge import MANAGER, Shop

OPENING = "(SELECT id FROM body WHERE type = 'shift.opened')"


def flipped(shop: Shop) -> None:
    damage.flipped(shop, shop.node.db.value(f"SELECT {OPENING}"))


def not_found(shop: Shop) -> None:
    """The row calls it something else."""
    damage.edited(shop, lambda tx: tx.execute("UPDATE body SET type = '' WHERE type = 'shift.opened'"))


@pytest.mark.parametrize("damaged", [flipped, not_found])
def test_its_drawer_goes_on_and_can_be_closed(shop: Shop, damaged: Callable[[Shop], None]) -> None:
    node = shop.node
    old = node.journal.inc.inc
    damaged(shop)

    homing.home(node, Home(old, node.journal.head.seq, "rollback"))

    assert node.journal.inc.inc != old
    with node.db.read() as tx:
        assert queries.drawer_balance(tx, node.store, "01", "HKD") == 50_000
        assert queries.open_shift(tx, "01") is not None
    closed = close_shift(shop.at(staff=MANAGER), count={"100": 500}, confirmed=("unsent",), approval=None)
    assert closed["report"]["difference_minor"] == 0
