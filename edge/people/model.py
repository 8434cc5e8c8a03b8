"""Roles, permissions and what a person presents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kit.contract import Told
from retail.errors import Invalid

PERMISSIONS: tuple[str, ...] = (
    "till.sell",
    "till.discount",
    "till.void_basket",
    "till.resolve_unknown",
    "till.keyed_weight",
    "till.no_sale",
    "receipts.view",
    "receipts.reprint",
    "returns.make",
    "shifts.open",
    "shifts.close",
    "shifts.cash",
    "shifts.report",
    "stock.receive",
    "stock.write_off",
    "spool.resolve",
    "office.view",
    "office.pair",
)

_CASHIER_ALLOWED = frozenset(
    {
        "till.sell",
        "till.discount",
        "till.void_basket",
        "receipts.view",
        "shifts.open",
        "shifts.close",
        "spool.resolve",
        "office.view",
    }
)

PIN = re.compile(r"[0-9]{6}")
WEAK_PINS = frozenset(
    {"012345", "123456", "654321", "234567", "345678", "456789", "987654", "123123", "112233"}
)


@dataclass(frozen=True)
class Role:
    """What a till role may do outright, what it may do with an approval; all else is refused."""

    name: str
    allowed: frozenset[str]
    approval: frozenset[str]
    discount_limit_ppm: int


DEFAULT_ROLES: dict[str, Role] = {
    "cashier": Role(
        "cashier", _CASHIER_ALLOWED, frozenset(PERMISSIONS) - _CASHIER_ALLOWED - {"office.pair"}, 0
    ),
    "manager": Role("manager", frozenset(PERMISSIONS), frozenset(), 1_000_000),
}


@dataclass(frozen=True)
class Approval:
    """A second person's number and PIN, given with the request that needs them."""

    staff: str
    pin: str


class Approvable(Told, frozen=True, kw_only=True):
    """A body that may carry an approval."""

    refused_as: ClassVar[Mapping[str, str]] = {"approval": "people.approval_malformed"}

    approval: Approval | None = None


def check_new_pin(pin: str) -> str:
    """Six digits that are not the first guess; raises `Invalid`."""
    if not PIN.fullmatch(pin):
        raise Invalid("people.pin_six_digits")
    if pin in WEAK_PINS or len(set(pin)) < 3:
        raise Invalid("people.pin_too_simple")
    return pin
