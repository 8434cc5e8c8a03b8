"""Every event type: its payload, its class, and the shared accounts it may post on besides its own store's.

HQ books a posting on an account owned by the sending store; an account of nobody (`transit:*`, `points:*` …)
only where the type lists it here (SYNC §5). No type of this version does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from schemas.events import node, sales, shifts, stock


@dataclass(frozen=True)
class EventType:
    """`tv` is the newest version; `origin` is "edge" or "hq"; `shared` maps account prefix → sign (+1, −1, 0 both)."""

    name: str
    tv: int
    payload: type[msgspec.Struct]
    origin: str = "edge"
    shared: dict[str, int] = field(default_factory=dict)


_ALL = (
    EventType("node.enrolled", 1, node.NodeEnrolled),
    EventType("node.reincarnated", 1, node.NodeReincarnated),
    EventType("clock.corrected", 1, node.ClockCorrected),
    EventType("shift.opened", 1, shifts.ShiftOpened),
    EventType("shift.closed", 1, shifts.ShiftClosed),
    EventType("cash.moved", 1, shifts.CashMoved),
    EventType("drawer.opened", 1, shifts.DrawerOpened),
    EventType("sale.completed", 1, sales.SaleCompleted),
    EventType("return.completed", 1, sales.ReturnCompleted),
    EventType("receipt.reprinted", 1, sales.ReceiptReprinted),
    EventType("basket.aborted", 1, sales.BasketAborted),
    EventType("stock.received", 1, stock.StockReceived),
    EventType("stock.written_off", 1, stock.StockWrittenOff),
    EventType("stock.opening_set", 1, stock.OpeningStockSet, origin="hq"),
    EventType("hq.amended", 1, node.Amended, origin="hq"),
    EventType("hq.trust_changed", 1, node.TrustChanged, origin="hq"),
)

TYPES: dict[str, EventType] = {entry.name: entry for entry in _ALL}
_BY_PAYLOAD: dict[type[msgspec.Struct], EventType] = {entry.payload: entry for entry in _ALL}


def type_of(payload: msgspec.Struct) -> EventType:
    """The entry whose payload class this is; a programmer's mistake raises KeyError."""
    return _BY_PAYLOAD[type(payload)]
