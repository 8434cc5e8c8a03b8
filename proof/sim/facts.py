"""Facts that are no sale: goods in, postings of a node gone mad, and what only a newer program writes."""

from __future__ import annotations

from collections.abc import Iterable
from unittest.mock import patch

import msgspec

from edge.journal import draft as draft_of_edge
from proof.sim.disks import Disk
from proof.sim.parties import CASHIER, CURRENCY, DAY, text
from retail.postings import Posting, for_goods_in
from schemas.events.node import ClockCorrected
from schemas.events.registry import EventType
from schemas.events.stock import StockLine, StockReceived

NEWER = "future.stamped"


class Stamped(msgspec.Struct, frozen=True):
    """A payload that no program of today knows."""

    stamps: int


def goods_in(disk: Disk, terminal: str) -> None:
    """A fact of a type that HQ's first program does not know."""
    line = StockLine(sku="A", name=text("A"), quantity=5_000, unit="pc")
    with disk.node.journal.changing(disk.node.context(CASHIER, terminal)) as draft:
        draft.event(
            StockReceived(reference="note", lines=[line]), post=for_goods_in(disk.store, [line]), day=DAY
        )


def foreign(disk: Disk, stores: Iterable[str]) -> None:
    """A node gone mad: it posts on another store's drawer."""
    other = next((store for store in stores if store != disk.store), "999")
    post = [Posting(f"cash:{other}:01", CURRENCY, 100), Posting(f"safe:{other}", CURRENCY, -100)]
    with disk.node.journal.changing(disk.node.context(CASHIER, "01")) as draft:
        draft._check_postings = lambda *_: None  # type: ignore[method-assign] # its own check is broken too
        draft.event(ClockCorrected(before_ms=0, after_ms=1, source="foreign"), post=post)


class Widened(ClockCorrected, frozen=True, kw_only=True):
    """A fact that HQ knows, with a field that it does not know."""

    satellites: int = 4


def widened(disk: Disk) -> None:
    """The store's program is newer than HQ's: a known type says more than HQ's program can read."""
    kind = EventType("clock.corrected", 1, Widened)
    with (
        patch.object(draft_of_edge, "type_of", lambda _fact: kind),
        disk.node.journal.changing(disk.node.context(CASHIER, "01")) as draft,
    ):
        draft.event(Widened(before_ms=0, after_ms=1, source="satellite"))


def newer(disk: Disk, terminal: str) -> None:
    """The store's program is newer than HQ's: a type that HQ will not know in this world, with postings."""
    line = StockLine(sku="B", name=text("B"), quantity=2_000, unit="pc")
    kind = EventType(NEWER, 1, Stamped)
    with (
        patch.object(draft_of_edge, "type_of", lambda _fact: kind),
        disk.node.journal.changing(disk.node.context(CASHIER, terminal)) as draft,
    ):
        draft.event(Stamped(stamps=7), post=for_goods_in(disk.store, [line]), day=DAY)
