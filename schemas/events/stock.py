"""Goods in, write-off and opening stock: movements, never last values."""

from __future__ import annotations

import msgspec


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """`quantity` in thousandths, positive."""

    sku: str
    name: dict[str, str]
    quantity: int
    unit: str


class StockReceived(msgspec.Struct, frozen=True, kw_only=True):
    """Goods came into the store."""

    reference: str
    lines: list[StockLine]
    note: str = ""


class StockWrittenOff(msgspec.Struct, frozen=True, kw_only=True):
    """Goods left the store unsold, with a reason from the chain's list."""

    reason: str
    lines: list[StockLine]
    note: str = ""


class OpeningStockSet(msgspec.Struct, frozen=True, kw_only=True):
    """HQ books the stock that a store starts with (an `hq` event)."""

    store: str
    lines: list[StockLine]
    note: str = ""
