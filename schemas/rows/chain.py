"""Chain settings, reasons, limits, receipt texts and quick keys."""

from __future__ import annotations

import msgspec

Text = dict[str, str]


class TaxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tax code; `rate_ppm` 130000 = 13 %."""

    code: str
    name: Text
    rate_ppm: int
    included: bool


class WeighedRuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """An in-store code such as `21IIIIIWWWWWC`; kind "weight" or "price"."""

    pattern: str
    kind: str
    check_digit: bool = True


class ChainSettingsRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "settings", key "chain", scope chain."""

    name: Text
    currency: str
    tax_rounding: str
    taxes: list[TaxRow]
    cash_step_minor: int
    day_turn: str
    weighed_rules: list[WeighedRuleRow]
    receipt_head: Text
    receipt_foot: Text
    merge_lines: bool = True
    auto_lock_minutes: int = 10
    default_language: str = "zh-Hant"


class ReasonRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "reason", key = `<list>|<code>`; list is discount, return, no_sale, cash, write_off, void or reprint."""

    list: str
    code: str
    name: Text
    position: int
    active: bool = True


class RoleLimitRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "role", key = role: what a till role may do outright; the rest asks for approval or is refused."""

    role: str
    discount_limit_ppm: int
    allowed: list[str]
    approval: list[str]


class QuickKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "quick_key", key = `<page>|<position>`, scope chain or store."""

    page: int
    position: int
    page_name: Text
    sku: str
