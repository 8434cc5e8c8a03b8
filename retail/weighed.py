"""In-store labels of scales: digits whose meaning the chain decides by patterns such as `21IIIIIWWWWWC`.

A digit stands for itself, I is the item code, W the weight, P the price, X is skipped, C (last) the check
digit. Patterns of 13 digits are EAN-13 with prefix 2x; 18 digits are the scale codes `26IIIIIPPPPPWWWWWC`.
Weight and price have `weight_exponent` and `price_exponent` decimals (of kilograms and of the currency's
unit).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from retail.errors import Invalid
from retail.money import round_div

_PATTERN = re.compile(r"[0-9]{1,6}(?=[IWPX]*I)[IWPX]+C?", re.ASCII)
EAN_LENGTHS = (8, 12, 13, 14)


def digits_only(text: str) -> bool:
    """ASCII digits and at least one; superscripts and other scripts' digits are not."""
    return text.isascii() and text.isdigit()


def check_digit(body: str) -> int:
    """GS1 mod-10 check digit of the digits before it: weights 3, 1, 3 … from the right."""
    if not digits_only(body):
        raise Invalid("barcode.not_digits", text=body[:40])
    total = sum(int(digit) * (1 if i % 2 else 3) for i, digit in enumerate(reversed(body)))
    return -total % 10


def valid_ean(code: str) -> bool:
    """True for 8, 12, 13 or 14 digits whose last is the right check digit."""
    return digits_only(code) and len(code) in EAN_LENGTHS and check_digit(code[:-1]) == int(code[-1])


@dataclass(frozen=True)
class WeighedRule:
    """`kind` is "weight" or "price": what the label is sold by. `check_digit` off accepts any last digit."""

    pattern: str
    kind: str
    check_digit: bool = True
    weight_exponent: int = 3
    price_exponent: int = 2

    def __post_init__(self) -> None:
        wanted = {"weight": "W", "price": "P"}.get(self.kind)
        if wanted is None:
            raise Invalid("barcode.unknown_rule_kind", kind=self.kind)
        runs_are_single = all(
            len(re.findall(f"{letter}+", self.pattern)) == (letter in self.pattern) for letter in "IWP"
        )
        if (
            _PATTERN.fullmatch(self.pattern) is None
            or wanted not in self.pattern
            or not runs_are_single
            or not 8 <= len(self.pattern) <= 24
        ):
            raise Invalid("barcode.bad_rule", pattern=self.pattern[:40], kind=self.kind)
        if not 0 <= self.weight_exponent <= 5 or not 0 <= self.price_exponent <= 4:
            raise Invalid("barcode.bad_rule", pattern=self.pattern, kind=self.kind)


@dataclass(frozen=True)
class Label:
    """What a label says; `lookup` are the codes by which a shop may know the goods, best first."""

    item: str
    weight_grams: int | None
    amount_minor: int | None
    checked: bool
    lookup: tuple[str, ...]


def read_label(code: str, rule: WeighedRule, currency_exponent: int) -> Label | None:
    """Read a code by a rule, or None when it does not fit (length, fixed digits, check digit)."""
    pattern = rule.pattern
    if len(code) != len(pattern) or not digits_only(code):
        return None
    if any(mark.isdigit() and mark != digit for mark, digit in zip(pattern, code, strict=True)):
        return None
    right = pattern.endswith("C") and check_digit(code[:-1]) == int(code[-1])
    if pattern.endswith("C") and rule.check_digit and not right:
        return None
    item = _field(code, pattern, "I")
    weight, price = _field(code, pattern, "W"), _field(code, pattern, "P")
    return Label(
        item=item,
        weight_grams=_scaled(weight, 3 - rule.weight_exponent),
        amount_minor=_scaled(price, currency_exponent - rule.price_exponent),
        checked=right,
        lookup=tuple(dict.fromkeys((item, item.lstrip("0") or item, _template(code, pattern)))),
    )


def _field(code: str, pattern: str, letter: str) -> str:
    return "".join(digit for mark, digit in zip(pattern, code, strict=True) if mark == letter)


def _scaled(digits: str, shift: int) -> int | None:
    """The number × 10^shift, rounded when the label is finer than we store."""
    if not digits:
        return None
    return int(digits) * 10**shift if shift >= 0 else round_div(int(digits), 10**-shift)


def _template(code: str, pattern: str) -> str:
    """The code with weight and price zeroed and its check digit made right: some shops list goods so."""
    zeroed = "".join("0" if mark in "WPX" else digit for mark, digit in zip(pattern, code, strict=True))
    return f"{zeroed[:-1]}{check_digit(zeroed[:-1])}" if pattern.endswith("C") else zeroed
