"""The chain's settings as one value, and the rules for what may be typed into them."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kit.i18n import LANGUAGES
from retail.barcode import WeighedRule
from retail.civil import zone_named
from retail.errors import Invalid, LianpuError
from schemas.currencies import EXPONENTS
from schemas.rows.chain import WeighedRuleRow

Text = dict[str, str]
DAY_TURN = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}", re.ASCII)
REASON_LISTS = ("discount", "return", "no_sale", "cash", "write_off", "void", "reprint")
TILL_ROLES = ("cashier", "manager")
QUICK_KEY_PAGES = 8
QUICK_KEY_POSITIONS = 24


class ChainSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One value per name in `chain_setting`; `time_zone` is the console's and the default of new stores."""

    name: Text
    currency: str
    tax_rounding: str
    cash_step_minor: int
    day_turn: str
    time_zone: str
    weighed_rules: list[WeighedRuleRow]
    receipt_head: Text
    receipt_foot: Text
    merge_lines: bool
    auto_lock_minutes: int
    default_language: str


NAMES = ChainSettings.__struct_fields__


def checked_text(text: Text, field: str, *, limit: int = 400) -> Text:
    """A text with known languages only, trimmed and bounded."""
    if any(code not in LANGUAGES for code in text):
        raise Invalid("settings.language_unknown", field=field)
    if any(len(part) > limit for part in text.values()):
        raise Invalid("settings.text_too_long", field=field, limit=limit)
    return {code: part.strip() for code, part in text.items() if part.strip()}


def checked_code(code: str, field: str = "code") -> str:
    """A code of letters, digits, `_.-`, at most 40: fits into account and row names."""
    plain = code.strip()
    if not CODE.fullmatch(plain):
        raise Invalid("settings.code_unusable", field=field, value=code[:40])
    return plain


def checked(values: dict[str, Any]) -> ChainSettings:
    """Settings from plain values; raises `Invalid` with the field that cannot be."""
    settings = msgspec.convert(values, ChainSettings)
    if settings.currency not in EXPONENTS:
        raise Invalid("settings.currency_unknown", value=settings.currency[:10])
    if settings.tax_rounding not in ("line", "receipt"):
        raise Invalid("settings.tax_rounding_unknown")
    if not 0 <= settings.cash_step_minor <= 10_000:
        raise Invalid("settings.cash_step_unusable")
    if not DAY_TURN.fullmatch(settings.day_turn):
        raise Invalid("settings.day_turn_unusable", value=settings.day_turn[:10])
    if not 1 <= settings.auto_lock_minutes <= 240:
        raise Invalid("settings.auto_lock_unusable")
    if settings.default_language not in LANGUAGES:
        raise Invalid("settings.language_unknown", field="default_language")
    if not checked_text(settings.name, "name", limit=80):
        raise Invalid("settings.name_missing")
    checked_text(settings.receipt_head, "receipt_head")
    checked_text(settings.receipt_foot, "receipt_foot")
    zone_named(settings.time_zone)
    for rule in settings.weighed_rules:
        checked_rule(rule)
    return settings


def checked_rule(rule: WeighedRuleRow) -> None:
    """The pattern as the till will read it."""
    try:
        WeighedRule(pattern=rule.pattern, kind=rule.kind, check_digit=rule.check_digit)
    except LianpuError:
        raise Invalid("settings.weighed_rule_unusable", value=rule.pattern[:20])


def parse_rules(text: str) -> list[WeighedRuleRow]:
    """One rule a line: `21IIIIIWWWWWC weight`, with `nocheck` behind it when the last digit is free."""
    rules = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if len(words) < 2 or words[1] not in ("weight", "price") or words[2:] not in ([], ["nocheck"]):
            raise Invalid("settings.weighed_rule_unusable", value=line[:40])
        rules.append(WeighedRuleRow(pattern=words[0], kind=words[1], check_digit=words[2:] == []))
    return rules


def rules_text(rules: list[WeighedRuleRow]) -> str:
    """The rules as `parse_rules` reads them."""
    return "\n".join(f"{r.pattern} {r.kind}" + ("" if r.check_digit else " nocheck") for r in rules)
