"""Shifts and the cash in a drawer."""

from __future__ import annotations

import msgspec


class ShiftOpened(msgspec.Struct, frozen=True, kw_only=True):
    """One drawer, one terminal, one business date that stays fixed until close."""

    shift: str
    terminal: str
    day: str
    float_minor: int
    currency: str


class ShiftClosed(msgspec.Struct, frozen=True, kw_only=True):
    """The Z. `count` maps denomination (minor) to pieces; `head` is the chain head before this event."""

    shift: str
    terminal: str
    day: str
    z_number: int
    currency: str
    float_minor: int
    expected_minor: int
    counted_minor: int
    difference_minor: int
    count: dict[str, int]
    sales: int
    sales_minor: int
    returns: int
    returns_minor: int
    rounding_minor: int
    tenders: dict[str, int]
    taxes: dict[str, int]
    cash_in_minor: int
    cash_out_minor: int
    no_sale_openings: int
    aborted_baskets: int
    first_number: str | None
    last_number: str | None
    head_inc: str
    head_seq: int
    head_hash: str


class CashMoved(msgspec.Struct, frozen=True, kw_only=True):
    """Money put into or taken out of a drawer without a sale; `direction` is "in" or "out"."""

    terminal: str
    shift: str
    direction: str
    amount_minor: int
    currency: str
    reason: str
    note: str = ""


class DrawerOpened(msgspec.Struct, frozen=True, kw_only=True):
    """The drawer was opened without a sale, with a reason from the chain's list."""

    terminal: str
    shift: str | None
    reason: str
    note: str = ""
