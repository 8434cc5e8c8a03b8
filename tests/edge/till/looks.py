"""What the stories of the open basket look at: its lines, its screen, what it refuses, three products."""

from __future__ import annotations

from typing import Any

import pytest

from edge.people.model import Approval
from edge.till.model import OpenBasket
from edge.till.repository import open_row
from edge.till.state import build
from retail.barcode import check_digit
from retail.errors import LianpuError
from schemas.rows.chain import RoleLimitRow
from tests.builders.edge import MANAGER, MANAGER_PIN, Shop, put

A, B, C = "2000000000015", "2000000000022", "2000000000039"
ASK = Approval(MANAGER, MANAGER_PIN)


def lines(shop: Shop, terminal: str = "01") -> list[Any]:
    row = open_row(shop.node.db, terminal)
    return list(OpenBasket.from_row(row).basket.lines) if row else []


def shown(shop: Shop, terminal: str = "01") -> dict[str, Any]:
    return build(shop.node.context(device=terminal))


def ean(body: str) -> str:
    return f"{body}{check_digit(body)}"


def code_of(call: Any, *args: Any, **named: Any) -> str:
    with pytest.raises(LianpuError) as refused:
        call(*args, **named)
    return refused.value.code


def limit(shop: Shop, ppm: int) -> None:
    """What a cashier may take off."""
    row = RoleLimitRow(
        role="cashier", discount_limit_ppm=ppm, allowed=["till.sell", "till.discount"], approval=[]
    )
    put(shop.node, "chain", "role", "cashier", row)
